//! A workspace with a project, a task and a run, made by the same use cases as everything else.

use std::sync::Arc;

use async_trait::async_trait;
use domain::Context;
use domain::account::{Email, Opening, Password, PasswordHash, Session};
use domain::actor::Credential;
use domain::clock::Clock;
use domain::context::{Caller, IdempotencyKey};
use domain::event::{EventBody, Stream};
use domain::ids::{UserId, WorkspaceId};
use domain::ports::{Passwords, Random};
use domain::project::{self, CreateProject, EditGate, ProjectKey, SetSource, sniff_source};
use domain::run::{self, StartRun};
use domain::task::{self, CreateTask, TaskDraft, TaskKey, TaskRef};
use domain::validation::{self, Approve};
use domain::workspace::{self, OpenWorkspace};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use worker::Env;

use super::{As, Failed, said, system};
use crate::clock::PlatformClock;
use crate::random::PlatformRandom;
use crate::sandboxes::{SOURCE_BUCKET, source_key};

/// Nobody signs in with a password here.
struct NoPasswords;

#[async_trait]
impl Passwords for NoPasswords {
    async fn hash(&self, _password: &Password) -> domain::Result<PasswordHash> {
        Ok(PasswordHash("$argon2id$unusable".to_owned()))
    }

    async fn verify(&self, _: &Password, _: Option<&PasswordHash>) -> domain::Result<bool> {
        Ok(false)
    }
}

/// What is to be there. Steps, patterns and commands are one a line.
#[derive(Deserialize)]
pub(super) struct Seed {
    /// The source, hexadecimal.
    source: String,
    steps: String,
    #[serde(default)]
    artifacts: String,
    #[serde(default)]
    commands: String,
    #[serde(default)]
    reports: String,
    #[serde(default = "one")]
    runs: u32,
    /// Whether the source's object is left out of the store.
    #[serde(default)]
    without_source: bool,
}

fn one() -> u32 {
    1
}

/// Makes it all and starts the runs, one task each.
pub(super) async fn seed(env: &Env, input: Seed) -> Result<Value, Failed> {
    let who = open_workspace(env).await?;
    let ctx = sign_in(env, who).await?;
    let details =
        CreateProject { key: "SEED".to_owned(), name: "Seed".to_owned(), ..Default::default() };
    let key = project::create(&ctx, details).await.map_err(|error| said(&error))?;
    set_source(env, &ctx, &key, &input).await?;
    set_gate(&ctx, &key, &input).await?;
    let mut started = vec![];
    for _ in 0..input.runs {
        started.push(start_one(env, who, &key, &input).await?);
    }
    Ok(json!({ "workspace": who.workspace, "user": who.user, "started": started }))
}

async fn open_workspace(env: &Env) -> Result<As, Failed> {
    let ctx = system(env)?;
    let mut bytes = [0_u8; 8];
    PlatformRandom.fill(&mut bytes);
    let request = OpenWorkspace {
        workspace: "Seeded".to_owned(),
        name: "Seeder".to_owned(),
        email: format!("seeder-{}@example.org", hex::encode(bytes)),
        password: "unused unused unused".to_owned(),
    };
    let opened = workspace::open(&ctx, &NoPasswords, request).await;
    let workspace = opened.map_err(|error| said(&error))?;
    let user = owner_of(&ctx, workspace).await?;
    Ok(As { workspace, user })
}

async fn owner_of(ctx: &Context, workspace: WorkspaceId) -> Result<UserId, Failed> {
    let events = ctx.store.stream(Stream::Workspace(workspace)).await;
    let events = events.map_err(|error| said(&error))?;
    let joined = events.iter().find_map(|event| match &event.body {
        EventBody::MemberJoined { user, .. } => Some(*user),
        _ => None,
    });
    joined.ok_or_else(|| "a workspace without members".to_owned())
}

/// A context of this person, by a session like any other.
pub(super) async fn sign_in(env: &Env, who: As) -> Result<Context, Failed> {
    let now = PlatformClock.now();
    let ctx = system(env)?;
    let (session, token) = Session::begin(who.user, who.workspace, "test", now, &PlatformRandom);
    let email = Email::parse("nobody@example.org").map_err(|error| said(&error))?;
    ctx.store
        .open_session(Opening::unproved(session, &email, "test"))
        .await
        .map_err(|error| said(&error))?;
    let caller = Caller::new(Credential::Session(token.hash()), now);
    Ok(Context {
        caller,
        store: Arc::clone(&ctx.store),
        random: ctx.random,
        settings: ctx.settings,
    })
}

async fn set_source(
    env: &Env,
    ctx: &Context,
    key: &ProjectKey,
    input: &Seed,
) -> Result<(), Failed> {
    let bytes = hex::decode(&input.source).map_err(|error| said(&error))?;
    let sha256 = hex::encode(Sha256::digest(&bytes));
    let kind = sniff_source(&bytes).map_err(|error| said(&error))?;
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if !input.without_source {
        let bucket = env.bucket(SOURCE_BUCKET).map_err(|error| said(&error))?;
        bucket.put(source_key(&sha256), bytes).execute().await.map_err(|error| said(&error))?;
    }
    let seen = version(ctx, key).await?;
    let name = "source.bundle".to_owned();
    let request = SetSource { project: key.clone(), seen, name, kind, sha256, size };
    project::set_source(ctx, request).await.map(drop).map_err(|error| said(&error))
}

async fn set_gate(ctx: &Context, key: &ProjectKey, input: &Seed) -> Result<(), Failed> {
    let request = EditGate {
        project: key.as_str().to_owned(),
        seen: version(ctx, key).await?,
        commands: input.commands.clone(),
        reports: input.reports.clone(),
        approval: true,
    };
    project::edit_gate(ctx, request).await.map(drop).map_err(|error| said(&error))
}

async fn version(ctx: &Context, key: &ProjectKey) -> Result<i64, Failed> {
    let read = ctx.store.project(&ctx.caller, key).await.map_err(|error| said(&error))?;
    read.data.map(|project| project.head.version).ok_or_else(|| "no project".to_owned())
}

async fn start_one(env: &Env, who: As, key: &ProjectKey, input: &Seed) -> Result<Value, Failed> {
    let ctx = sign_in(env, who).await?;
    let task = write_one(&ctx, who, key, &input.steps, &input.artifacts).await?;
    let id = start(&ctx, TaskRef::Key(task.clone()), None).await?;
    Ok(json!({ "task": task.to_string(), "run": id }))
}

async fn write_one(
    ctx: &Context,
    who: As,
    project: &ProjectKey,
    steps: &str,
    artifacts: &str,
) -> Result<TaskKey, Failed> {
    let draft = TaskDraft {
        title: "Seeded task".to_owned(),
        steps: steps.to_owned(),
        artifacts: artifacts.to_owned(),
        agent: agent_of(ctx, who.workspace).await?,
        ..TaskDraft::default()
    };
    let request = CreateTask { project: project.clone(), draft, ready: true };
    task::create(ctx, request).await.map_err(|error| said(&error))
}

#[derive(Deserialize)]
pub(super) struct Write {
    #[serde(flatten)]
    who: As,
    steps: String,
}

/// One more task in a workspace that was seeded, ready to start.
pub(super) async fn write(env: &Env, input: Write) -> Result<Value, Failed> {
    let ctx = sign_in(env, input.who).await?;
    let project = ProjectKey::parse("SEED").map_err(|error| said(&error))?;
    let task = write_one(&ctx, input.who, &project, &input.steps, "").await?;
    let seen = version_of(&ctx, &TaskRef::Key(task.clone())).await?;
    Ok(json!({ "task": task.to_string(), "seen": seen }))
}

async fn version_of(ctx: &Context, task: &TaskRef) -> Result<i64, Failed> {
    let read = ctx.store.task(&ctx.caller, task).await.map_err(|error| said(&error))?;
    read.data.map(|task| task.head.version).ok_or_else(|| "no task".to_owned())
}

async fn agent_of(ctx: &Context, workspace: WorkspaceId) -> Result<String, Failed> {
    let events = ctx.store.stream(Stream::Workspace(workspace)).await;
    let events = events.map_err(|error| said(&error))?;
    let agent = events.iter().find_map(|event| match &event.body {
        EventBody::AgentAdded { agent } => Some(agent.id.to_string()),
        _ => None,
    });
    agent.ok_or_else(|| "a workspace without agents".to_owned())
}

#[derive(Deserialize)]
pub(super) struct Start {
    #[serde(flatten)]
    who: As,
    task: String,
    /// The version that the person saw; the present one if it isn't told.
    seen: Option<i64>,
    /// Under which a retry gets the first answer.
    key: Option<String>,
}

/// Starts a task that is there.
pub(super) async fn start_again(env: &Env, input: Start) -> Result<Value, Failed> {
    let mut ctx = sign_in(env, input.who).await?;
    ctx.caller.idempotency_key = input.key.as_deref().and_then(IdempotencyKey::parse);
    let task: TaskKey = input.task.parse().map_err(|_| "not a task".to_owned())?;
    start(&ctx, TaskRef::Key(task), input.seen).await.map(|run| json!({ "run": run }))
}

/// Approves a task as this person.
pub(super) async fn approve(env: &Env, input: Start) -> Result<Value, Failed> {
    let ctx = sign_in(env, input.who).await?;
    let key: TaskKey = input.task.parse().map_err(|_| "not a task".to_owned())?;
    let task = TaskRef::Key(key);
    let seen = version_of(&ctx, &task).await?;
    let approved = validation::approve(&ctx, Approve { task, seen }).await;
    approved.map(|_| json!({})).map_err(|error| said(&error))
}

async fn start(ctx: &Context, task: TaskRef, seen: Option<i64>) -> Result<String, Failed> {
    let seen = match seen {
        Some(seen) => seen,
        None => version_of(ctx, &task).await?,
    };
    let started = run::start(ctx, StartRun { task, seen }).await;
    started.map(|run| run.to_string()).map_err(|error| said(&error))
}
