//! Files that people, programs and runs add to a run.

use std::sync::Mutex;

use async_trait::async_trait;
use domain::actor::{Actor, Credential, Permission};
use domain::context::Context;
use domain::event::{EventBody, Stream};
use domain::ids::RunId;
use domain::run::{
    AddEvidence, AddedEvidence, Evidence, EvidenceKind, EvidenceVault, JobEnd, KeptFile,
    MAX_ADDED_FILE_BYTES, MAX_ADDED_FILES, MAX_FILES_AT_ONCE, OfferedFile, add_evidence,
};
use domain::scope::Scope;
use domain::task::{TaskRef, TaskStage};
use domain::validation::{Approve, approve};
use domain::{Error, Field, Problem, Refusal, Result, Timestamp};
use futures_util::future::join_all;
use sha2::{Digest, Sha256};

use super::world::{Held, World};
use super::{Bench, check, ok, same, some};
use crate::database::Statement;

/// A vault that keeps the names of what it was asked to keep, at a moment of its own.
struct Kept {
    at: Timestamp,
    names: Mutex<Vec<String>>,
    fault: Option<Error>,
}

impl Kept {
    fn at(at: Timestamp) -> Self {
        Self { at, names: Mutex::default(), fault: None }
    }

    fn count(&self) -> usize {
        self.names.lock().map_or(0, |names| names.len())
    }
}

#[async_trait]
impl EvidenceVault for Kept {
    async fn keep(&self, file: &OfferedFile) -> Result<KeptFile> {
        if let Ok(mut names) = self.names.lock() {
            names.push(file.name.clone());
        }
        let is_picture = file.name.contains(".png");
        let media_type = if is_picture { "image/png" } else { "text/plain; charset=utf-8" };
        self.fault.clone().map_or(Ok(KeptFile { media_type, at: self.at }), Err)
    }
}

fn offered(name: &str, content: &str) -> OfferedFile {
    OfferedFile {
        name: name.to_owned(),
        size: u64::try_from(content.len()).unwrap_or(0),
        sha256: hex::encode(Sha256::digest(content)),
    }
}

async fn add(ctx: &Context, run: RunId, files: &[OfferedFile]) -> Result<AddedEvidence> {
    let vault = Kept::at(ctx.now());
    add_evidence(ctx, &vault, AddEvidence { run, files: files.to_vec() }).await
}

/// Adds one file, by whoever asks.
pub(super) async fn add_one(ctx: &Context, run: RunId) -> Result<(), String> {
    ok(add(ctx, run, &[offered("added.txt", "added")]).await, "add").map(|_| ())
}

async fn files_of(world: &World, run: RunId) -> Result<Vec<Evidence>, String> {
    let ctx = world.as_(world.viewer);
    let read = ok(ctx.store.evidence_of_run(&ctx.caller, run).await, "the files")?;
    Ok(some(read.data, "the run")?.evidence)
}

/// The request of the run itself, by the token that goes with its lease.
fn own(world: &World, held: &Held, after: i64) -> Context {
    let lease = hex::encode(Sha256::digest(held.token.0.as_bytes()));
    world.at(Credential::RunToken { run: held.run, lease }, after)
}

/// The request of a program whose key has these scopes, for this project or for all.
pub(super) async fn program(
    world: &World,
    scopes: &[Scope],
    project: Option<String>,
) -> Result<Context, String> {
    let mut secret = [0_u8; 32];
    world.bench.random.fill(&mut secret);
    let scopes: domain::scope::Scopes = scopes.iter().copied().collect();
    let insert = Statement::new(
        "INSERT INTO api_keys (id, workspace_id, user_id, name, prefix, secret_hash, scopes, \
         project_id, created_at, version) VALUES (?1, ?2, ?3, 'Key', 'mt_x', ?4, ?5, ?6, ?7, 1)",
        [
            domain::ids::ApiKeyId::generate(world.time(0), &*world.bench.random).to_string().into(),
            world.workspace.to_string().into(),
            world.writer.user.to_string().into(),
            hex::encode(secret).into(),
            ok(serde_json::to_string(&scopes), "scopes")?.into(),
            project.into(),
            world.time(0).0.into(),
        ],
    );
    ok(world.bench.database.execute(insert).await, "a key")?;
    Ok(world.at(Credential::Key(secret), 1))
}

pub(super) async fn people_programs_and_the_run_itself_add_files(
    bench: &Bench,
) -> Result<(), String> {
    let world = World::open(bench).await?;
    let held = world.hold("Add to me").await?;
    let viewer = add(&world.as_(world.viewer), held.run, &[offered("a.txt", "a")]).await;
    same(viewer, Err(Error::Forbidden { missing: Permission::AddEvidence }), "a viewer")?;
    let missing = Scope::WriteEvidence;
    let reader = program(&world, &[Scope::Read, Scope::WriteRuns], None).await?;
    let outcome = add(&reader, held.run, &[offered("a.txt", "a")]).await;
    same(outcome, Err(Error::OutOfScope { missing }), "a key without the scope")?;
    let key = program(&world, &[Scope::WriteEvidence], None).await?;
    let files = [offered("notes/a.txt", "a"), offered("shot.png", "p")];
    let added = ok(add(&key, held.run, &files).await, "a key")?;
    let kinds: Vec<_> = added.files.iter().map(|kept| kept.file.kind).collect();
    same(kinds, vec![EvidenceKind::Artifact, EvidenceKind::Screenshot], "what they are")?;
    let run = ok(add(&own(&world, &held, 2), held.run, &[offered("b.txt", "b")]).await, "a run")?;
    same(
        run.files.iter().map(|kept| kept.added_by).collect(),
        vec![Some(Actor::Run(held.run))],
        "by",
    )?;
    let there = files_of(&world, held.run).await?;
    let told: Vec<_> = there.iter().map(|kept| (kept.file.name.as_str(), kept.added_by)).collect();
    let writer = Some(Actor::User(world.writer.user));
    let want =
        vec![("b.txt", Some(Actor::Run(held.run))), ("notes/a.txt", writer), ("shot.png", writer)];
    same(told, want, "the files")?;
    let entry = Statement::new(
        "SELECT a.proof FROM audit a WHERE a.workspace_id = ?1 AND a.target = ?2 \
         AND a.action = 'evidence_captured' ORDER BY a.at",
        [world.workspace.to_string().into(), held.run.to_string().into()],
    );
    let audit = ok(bench.database.query(entry).await, "the audit log")?.0;
    same(audit.len(), 2, "entries of the audit log")
}

pub(super) async fn a_run_adds_to_itself_alone_and_while_its_lease_holds(
    bench: &Bench,
) -> Result<(), String> {
    let world = World::open(bench).await?;
    let (held, other) = (world.hold("Mine").await?, world.hold("Another").await?);
    let file = [offered("a.txt", "a")];
    let outcome = add(&own(&world, &held, 1), other.run, &file).await;
    let forbidden = Err(Error::Forbidden { missing: Permission::AddEvidence });
    same(outcome, forbidden, "another run's file")?;
    let late = add(&own(&world, &held, 60_001), held.run, &file).await;
    same(late, Err(Error::SignedOut), "past the lease")?;
    let stolen = Held { token: other.token.clone(), ..world.hold("Stolen").await? };
    let outcome = add(&own(&world, &stolen, 1), stolen.run, &file).await;
    same(outcome, Err(Error::SignedOut), "by another lease")?;
    let report = world.report(&held, JobEnd::Completed, 0);
    ok(domain::run::finish(&world.system(20), report).await, "finish")?;
    let ended = add(&own(&world, &held, 21), held.run, &file).await;
    same(ended, Err(Error::SignedOut), "after its end")?;
    let stranger = World::empty(bench).await?;
    let outcome = add(&stranger.as_(stranger.owner), held.run, &file).await;
    same(outcome, Err(Error::NotFound), "another workspace's run")
}

pub(super) async fn a_key_of_one_project_adds_to_no_other(bench: &Bench) -> Result<(), String> {
    let world = World::open(bench).await?;
    let held = world.hold("Of one project").await?;
    let own = world.scene(held.run).await?.run.project.to_string();
    let create = domain::project::CreateProject {
        key: "ELSE".to_owned(),
        name: "Else".to_owned(),
        ..Default::default()
    };
    let owner = world.as_(world.owner);
    let key = ok(domain::project::create(&owner, create).await, "another project")?;
    let other = ok(owner.store.project(&owner.caller, &key).await, "the project")?;
    let other = some(other.data, "the project")?.details.id.to_string();
    let file = [offered("a.txt", "a")];
    let elsewhere = program(&world, &[Scope::WriteEvidence], Some(other)).await?;
    same(add(&elsewhere, held.run, &file).await, Err(Error::NotFound), "of another project")?;
    let here = program(&world, &[Scope::WriteEvidence], Some(own)).await?;
    check(ok(add(&here, held.run, &file).await, "of its own")?.is_new, "it isn't new")
}

pub(super) async fn an_added_file_changes_nothing_that_was_judged(
    bench: &Bench,
) -> Result<(), String> {
    let world = World::open(bench).await?;
    let held = world.review("Judged already").await?;
    let ctx = world.as_(world.decider);
    let before = world.task(&held.task).await?;
    let judged = ok(ctx.store.task_to_decide(&ctx.caller, &TaskRef::Id(before.id)).await, "scene")?;
    let judged = some(judged.data, "the scene")?.validations;
    let run = world.scene(held.run).await?.run;
    // Named as the report that the gate reads, and held to be none.
    let file = offered("target/failing/junit.xml", "<testsuite failures='9'/>");
    let added = ok(add(&world.as_(world.writer), held.run, &[file]).await, "add")?;
    let kind = some(added.files.first(), "the file")?.file.kind;
    same(kind, EvidenceKind::Artifact, "what it is")?;
    let stands = ok(ctx.store.task_to_decide(&ctx.caller, &TaskRef::Id(before.id)).await, "again")?;
    let stands = some(stands.data, "the scene")?;
    same(stands.validations, judged, "the verdicts")?;
    same(&stands.task, &before, "the task")?;
    same(world.scene(held.run).await?.run.state, run.state, "the run's end")?;
    // Whoever saw the page before it came decides by what they saw.
    let seen = before.head.version;
    ok(approve(&ctx, Approve { task: TaskRef::Id(before.id), seen }).await, "approve")?;
    let settled = Refusal::EvidenceSettled { stage: TaskStage::Done };
    let late = add(&world.as_(world.writer), held.run, &[offered("late.txt", "late")]).await;
    same(late, Err(Error::Refused(settled)), "after the decision")
}

pub(super) async fn the_same_file_is_added_once_however_often_it_comes(
    bench: &Bench,
) -> Result<(), String> {
    let world = World::open(bench).await?;
    let held = world.hold("Once").await?;
    let ctx = world.as_(world.writer);
    let file = [offered("a.txt", "a"), offered("a.txt", "a")];
    let outcomes = join_all((0..4).map(|_| add(&ctx, held.run, &file))).await;
    let mut ids = vec![];
    for outcome in outcomes {
        let added = ok(outcome, "one of four")?;
        ids.extend(added.files.iter().map(|kept| kept.file.id));
    }
    ids.dedup();
    same(ids.len(), 1, "ids")?;
    same(files_of(&world, held.run).await?.len(), 1, "files")?;
    let events = ok(bench.store.stream(Stream::Run(held.run)).await, "stream")?;
    let kept = |event: &&domain::event::Event| {
        matches!(event.body, EventBody::EvidenceCaptured { added: true, .. })
    };
    same(events.iter().filter(kept).count(), 1, "events")?;
    let vault = Kept::at(ctx.now());
    let input = AddEvidence { run: held.run, files: file.to_vec() };
    let again = ok(add_evidence(&ctx, &vault, input).await, "once more")?;
    check(!again.is_new && vault.count() == 0, "its bytes were asked for again")?;
    let other = add(&ctx, held.run, &[offered("a.txt", "b")]).await;
    same(other, Err(Error::invalid(Field::File, Problem::Taken)), "other bytes of that name")?;
    // Under a key, the first answer is given again, and no other request has it.
    let keyed = world.keyed(world.writer, "a-key-of-a-file");
    let first = ok(add(&keyed, held.run, &[offered("k.txt", "k")]).await, "keyed")?;
    same(ok(add(&keyed, held.run, &[offered("k.txt", "k")]).await, "again")?, first, "answer")?;
    let reused = add(&keyed, held.run, &[offered("l.txt", "k")]).await;
    same(reused, Err(Error::invalid(Field::Form, Problem::KeyReused)), "another file")
}

pub(super) async fn a_file_that_may_not_be_added_leaves_nothing(
    bench: &Bench,
) -> Result<(), String> {
    let world = World::open(bench).await?;
    let held = world.hold("Bounded").await?;
    let ctx = world.as_(world.writer);
    let long = "x".repeat(513);
    let names =
        ["", "/etc/passwd", "../a", "a/../b", "a//b", ".", "a\0b", "a\u{202E}gnp", " a ", &long];
    for name in names {
        let outcome = add(&ctx, held.run, &[offered(name, "a")]).await;
        let is_refused = matches!(outcome, Err(Error::Invalid { field: Field::File, .. }));
        check(is_refused, &format!("{name:?}: {outcome:?}"))?;
    }
    let huge = OfferedFile { size: MAX_ADDED_FILE_BYTES + 1, ..offered("a", "a") };
    let no_hash = OfferedFile { sha256: "A".repeat(64), ..offered("a", "a") };
    let many: Vec<_> =
        (0..=MAX_FILES_AT_ONCE).map(|n| offered(&format!("{n}"), &format!("{n}"))).collect();
    for files in [vec![huge], vec![no_hash], many, vec![]] {
        let outcome = add(&ctx, held.run, &files).await;
        let is_refused = matches!(outcome, Err(Error::Invalid { field: Field::File, .. }));
        check(is_refused, &format!("{files:?}: {outcome:?}"))?;
    }
    let wrong = Error::invalid(Field::File, Problem::WrongDigest);
    let vault = Kept { fault: Some(wrong.clone()), ..Kept::at(ctx.now()) };
    let input = AddEvidence { run: held.run, files: vec![offered("a.txt", "a")] };
    same(add_evidence(&ctx, &vault, input).await, Err(wrong), "other bytes")?;
    same(files_of(&world, held.run).await?, vec![], "files")?;
    for round in 0..MAX_ADDED_FILES / MAX_FILES_AT_ONCE {
        let names = (0..MAX_FILES_AT_ONCE).map(|n| format!("{round}-{n}"));
        let files: Vec<_> = names.map(|name| offered(&name, &name)).collect();
        ok(add(&ctx, held.run, &files).await, "a hundred files")?;
    }
    let full = Error::invalid(Field::File, Problem::TooMany { max: MAX_ADDED_FILES });
    same(add(&ctx, held.run, &[offered("more", "more")]).await, Err(full), "one more")
}

pub(super) async fn bytes_that_were_long_on_their_way_are_asked_about_again(
    bench: &Bench,
) -> Result<(), String> {
    let world = World::open(bench).await?;
    let held = world.hold("Slow").await?;
    // The lease ran out while the bytes came, and nobody has written that down.
    let ctx = own(&world, &held, 1);
    let vault = Kept::at(world.time(61_000));
    let input = AddEvidence { run: held.run, files: vec![offered("slow.bin", "slow")] };
    let outcome = add_evidence(&ctx, &vault, input.clone()).await;
    same(outcome, Err(Error::SignedOut), "by a run that was lost meanwhile")?;
    let outcome = add_evidence(&world.as_(world.writer), &vault, input.clone()).await;
    let settled = Refusal::EvidenceSettled { stage: TaskStage::Running };
    same(outcome, Err(Error::Refused(settled)), "to a run that was lost meanwhile")?;
    let vault = Kept::at(world.time(30_000));
    let added = ok(add_evidence(&own(&world, &held, 1), &vault, input).await, "in time")?;
    same(vault.count(), 1, "how often the bytes were asked for")?;
    same(added.files.iter().map(|kept| kept.at).collect(), vec![world.time(30_000)], "when")
}
