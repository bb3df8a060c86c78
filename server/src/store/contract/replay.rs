//! Replaying a stream's events gives the stored row.

use domain::account::Session;
use domain::actor::{Credential, Role};
use domain::agent::Agent;
use domain::context::Context;
use domain::event::{Event, EventBody, Stream};
use domain::ids::{RunId, WorkspaceId};
use domain::invitation::{self, Accept, Invitation, Invite, Joiner};
use domain::project::Project;
use domain::run::Run;
use domain::sandbox::{Sandbox, Settled, settle};
use domain::task::{Task, TaskRef};
use domain::validation::{Approve, Validation, approve};
use domain::workspace::{
    self, AddMember, ChangeRole, ChangeSettings, Membership, OpenWorkspace, RemoveMember, Workspace,
};

use super::accounts::NoPasswords;
use super::joining::NoMail;
use super::world::World;
use super::{Bench, ok, same, some};
use crate::database::{Row, Statement};
use crate::store::invitations::invitation;

fn replay<T>(
    events: &[Event],
    begin: impl Fn(&Event) -> Option<T>,
    apply: impl Fn(&mut T, &Event),
) -> Option<T> {
    let (first, rest) = events.split_first()?;
    let mut row = begin(first)?;
    for event in rest {
        apply(&mut row, event);
    }
    Some(row)
}

pub(super) async fn replaying_the_streams_gives_the_rows(bench: &Bench) -> Result<(), String> {
    let world = World::open(bench).await?;
    let held = world.review("Again from the start").await?;
    ok(settle(&world.system(30), held.sandbox, Settled::Stopped).await, "settle")?;
    super::evidence::add_one(&world.as_(world.writer), held.run).await?;
    let seen = world.version(&held.task).await?;
    let input = Approve { task: TaskRef::Key(held.task.clone()), seen };
    ok(approve(&world.as_(world.decider), input).await, "approve")?;

    let ctx = world.as_(world.owner);
    let task = world.task(&held.task).await?;
    let events = ok(bench.store.stream(Stream::Task(task.id)).await, "stream")?;
    same(replay(&events, Task::begin, Task::apply), Some(task), "the task")?;
    let detail = ok(ctx.store.run_detail(&ctx.caller, held.run).await, "run detail")?;
    let validations = some(detail.data, "the run")?.validations;
    same(Validation::replay(&events), validations, "the validations")?;
    let run = world.scene(held.run).await?.run;
    let events = ok(bench.store.stream(Stream::Run(held.run)).await, "stream")?;
    same(replay(&events, Run::begin, Run::apply), Some(run), "the run")?;
    same_files(&ctx, held.run, &events).await?;
    let read = ok(ctx.store.sandbox(&ctx.caller, held.sandbox).await, "sandbox")?;
    let events = ok(bench.store.stream(Stream::Sandbox(held.sandbox)).await, "stream")?;
    same(replay(&events, Sandbox::begin, Sandbox::apply), read.data, "the sandbox")?;
    let read = ok(ctx.store.project(&ctx.caller, &world.project).await, "project")?;
    let project = some(read.data, "the project")?;
    let stream = Stream::Project(project.details.id);
    let events = ok(bench.store.stream(stream).await, "stream")?;
    same(replay(&events, Project::begin, Project::apply), Some(project), "the project")
}

/// The rows of a run's files are what its events kept, and who added them is who acted.
async fn same_files(ctx: &Context, run: RunId, events: &[Event]) -> Result<(), String> {
    let read = ok(ctx.store.evidence_of_run(&ctx.caller, run).await, "the files")?;
    let rows = some(read.data, "the run")?.evidence;
    let mut rows: Vec<_> = rows.into_iter().map(|row| (row.file, row.added_by)).collect();
    let mut kept = vec![];
    for event in events {
        if let EventBody::EvidenceCaptured { evidence, added } = &event.body {
            let by = added.then_some(event.actor);
            kept.extend(evidence.iter().map(|file| (file.clone(), by)));
        }
    }
    kept.sort_by_key(|(file, _)| file.id);
    rows.sort_by_key(|(file, _)| file.id);
    same(rows, kept, "the files")
}

pub(super) async fn replaying_a_workspace_gives_its_people_and_agents(
    bench: &Bench,
) -> Result<(), String> {
    let world = World::empty(bench).await?;
    let ctx = world.system(0);
    let mail = |name: &str| format!("{name}-{}@example.org", world.workspace);
    let password = "correct horse battery".to_owned();
    let input = OpenWorkspace {
        workspace: "Replayed".to_owned(),
        name: "Ada".to_owned(),
        email: mail("ada"),
        password: password.clone(),
    };
    let id = ok(workspace::open(&ctx, &NoPasswords, input).await, "open")?;
    for (name, role, after) in [("ben", Role::Admin, 1), ("dmitri", Role::Viewer, 2)] {
        let (email, password) = (mail(name), password.clone());
        let name = name.to_owned();
        let input = AddMember { workspace: id, name, email, password, role };
        ok(workspace::add_member(&world.system(after), &NoPasswords, input).await, "join")?;
    }
    changes(&world, id, &mail).await?;
    let events = ok(bench.store.stream(Stream::Workspace(id)).await, "stream")?;
    let rows = async |sql: &'static str| {
        let rows = bench.database.query(Statement::new(sql, [id.to_string().into()])).await;
        ok(rows, sql).map(|rows| rows.0)
    };
    let columns = |row: &Row, names: &[&str]| -> Result<Vec<String>, String> {
        names.iter().map(|name| ok(row.string(name), name)).collect()
    };
    let stored = rows("SELECT w.id, w.name, w.hash, CAST(w.settings_version AS TEXT) AS settings FROM workspaces w \
         WHERE w.id = ?1").await?;
    let replayed = some(Workspace::replay(&events), "the workspace")?;
    same(
        columns(some(stored.first(), "the workspace")?, &["id", "name", "hash", "settings"])?,
        vec![
            replayed.id.to_string(),
            replayed.name,
            replayed.head.hash.0,
            replayed.settings_version.to_string(),
        ],
        "the workspace",
    )?;
    let sql = "SELECT m.user_id, m.role, CAST(m.version AS TEXT) AS version FROM members m \
         WHERE m.workspace_id = ?1 ORDER BY m.joined_at, m.version";
    let stored = rows(sql).await?;
    let stored: Result<Vec<_>, _> =
        stored.iter().map(|row| columns(row, &["user_id", "role", "version"])).collect();
    let replayed = Membership::replay(&events);
    let replayed = replayed
        .iter()
        .map(|m| vec![m.user.to_string(), m.role.as_str().to_owned(), m.version.to_string()]);
    same(stored?, replayed.collect(), "the people")?;
    let mut replayed = Invitation::replay(&events);
    let ids: Vec<_> = replayed.iter().map(|each| each.id).collect();
    let sql = "SELECT i.* FROM json_each(?1) j JOIN invitations i ON i.id = j.value";
    let ids = ok(serde_json::to_string(&ids), "ids")?;
    let stored = ok(bench.database.query(Statement::new(sql, [ids.into()])).await, sql)?;
    let stored: Result<Vec<_>, _> = stored.0.iter().map(invitation).collect();
    let mut stored = ok(stored, "invitations")?;
    stored.sort_by_key(|each| each.id);
    replayed.sort_by_key(|each| each.id);
    same(stored, replayed, "the invitations")?;
    let stored = rows("SELECT a.id, a.name FROM agents a WHERE a.workspace_id = ?1").await?;
    let stored: Result<Vec<_>, _> =
        stored.iter().map(|row| columns(row, &["id", "name"])).collect();
    let replayed = Agent::replay(&events);
    let replayed = replayed.iter().map(|agent| vec![agent.id.to_string(), agent.name.clone()]);
    same(stored?, replayed.collect(), "the agents")
}

/// What happens to a workspace's people, invitations and settings once it is there.
async fn changes(
    world: &World,
    id: WorkspaceId,
    mail: &impl Fn(&str) -> String,
) -> Result<(), String> {
    let stranger = world.at(Credential::Anonymous, 3);
    let arrive = async |token: &str, name: &str| {
        let (email, password) = (mail(name), "correct horse battery".to_owned());
        let joiner = Joiner::New { name: name.to_owned(), email, password };
        let (token, network) = (token.to_owned(), format!("replay {id}"));
        let input = Accept { token, joiner, network, device: "contract".to_owned() };
        let joined = invitation::accept(&stranger, &NoPasswords, input).await;
        some(ok(joined, "join")?.token, "a session")
    };
    let events = ok(world.bench.store.stream(Stream::Workspace(id)).await, "stream")?;
    let people = Membership::replay(&events);
    let (random, now) = (&*world.bench.random, world.time(3));
    let first = some(people.first(), "an owner")?.user;
    let (session, _) = Session::begin(first, id, "contract", now, random);
    let hash = session.token_hash;
    let sign_in = Statement::new(
        "INSERT INTO sessions (id, token_hash, user_id, workspace_id, device, created_at, \
         expires_at) VALUES (?1, ?2, ?3, ?4, '', ?5, ?5 + 1000000)",
        [
            session.id.to_string().into(),
            hex::encode(hash).into(),
            first.to_string().into(),
            id.to_string().into(),
            now.0.into(),
        ],
    );
    ok(world.bench.database.execute(sign_in).await, "sign in")?;
    let owner = world.at(Credential::Session(hash), 4);
    let make = async |role: &str, email: &str| {
        let input = Invite { role: role.to_owned(), email: email.to_owned() };
        ok(invitation::invite(&owner, &NoMail, input).await, "invite")
    };
    let used = some(make("admin", &mail("eve")).await?.token, "a token")?;
    let revoked = make("viewer", "").await?.id;
    make("member", "").await?;
    ok(invitation::revoke(&owner, revoked).await, "revoke")?;
    let eve = arrive(used.expose(), "eve").await?;
    let eve = world.at(Credential::Session(eve.hash()), 5);
    let members = ok(eve.store.members(&eve.caller, None, 50).await, "members")?.data;
    let of = |role: Role| members.iter().find(|entry| entry.membership.role == role);
    let dmitri = &some(of(Role::Viewer), "dmitri")?.membership;
    let input = ChangeRole { user: dmitri.user, role: "member".to_owned(), seen: dmitri.version };
    ok(workspace::change_role(&eve, input).await, "change a role")?;
    let ben = members.iter().find(|entry| entry.email == mail("ben"));
    let ben = &some(ben, "ben")?.membership;
    let input = RemoveMember { user: ben.user, seen: ben.version };
    ok(workspace::remove_member(&eve, input).await, "remove")?;
    let waits = make("viewer", "").await?.id;
    ok(invitation::renew(&owner, &NoMail, waits).await, "renew")?;
    let (name, origins) = ("Replayed again".to_owned(), vec!["https://a.example".to_owned()]);
    let input =
        ChangeSettings { workspace: None, name: Some(name), origins: Some(origins), seen: 1 };
    ok(workspace::change_settings(&eve, input).await, "settings").map(|_| ())
}
