//! What programs list: in its order, in pages without a gap, and only what is theirs.

use core::fmt::Debug;

use domain::actor::Credential;
use domain::agent::Agent;
use domain::api_key::{CreateKey, create};
use domain::context::Context;
use domain::listing::{
    ListedMember, ListedTask, ListedWorkspace, OfTask, SandboxCursor, ValidationCursor,
};
use domain::ports::Read;
use domain::project::{self, CreateProject, ProjectKey};
use domain::run::{Run, StartRun};
use domain::sandbox::{self, ProvisionSandbox};
use domain::task::TaskRef;
use domain::validation::{Reject, Validation, reject};
use domain::views::TaskFilter;

use super::world::World;
use super::{Bench, check, ok, same, some};

/// What was seen of a list, page after page.
struct Pages<T, P> {
    what: &'static str,
    place: fn(&T) -> P,
    seen: Vec<T>,
    after: Option<P>,
}

impl<T, P: Copy + Debug + PartialEq> Pages<T, P> {
    fn of(what: &'static str, place: fn(&T) -> P) -> Self {
        Self { what, place, seen: vec![], after: None }
    }

    /// Takes the next page; gives whether there may be another one. Fails when it is too long, or when
    /// an entry comes again.
    fn take(&mut self, page: Vec<T>) -> Result<bool, String> {
        check(page.len() <= 2, &format!("{}: a page too long", self.what))?;
        let Some(last) = page.last() else { return Ok(false) };
        self.after = Some((self.place)(last));
        for entry in page {
            let place = (self.place)(&entry);
            let is_new = self.seen.iter().all(|seen| (self.place)(seen) != place);
            check(is_new, &format!("{}: {place:?} came twice", self.what))?;
            self.seen.push(entry);
        }
        Ok(true)
    }
}

/// Every entry of a list, in pages of two.
macro_rules! all {
    ($what:literal, $place:expr, |$after:ident| $page:expr) => {{
        let mut pages = Pages::of($what, $place);
        loop {
            let $after = pages.after;
            if !pages.take(ok($page, $what)?)? {
                break pages.seen;
            }
        }
    }};
}

fn data<T>(read: Read<Vec<T>>) -> Vec<T> {
    read.data
}

fn rows<T>(read: Read<Option<Vec<T>>>) -> Vec<T> {
    read.data.unwrap_or_default()
}

/// Sandboxes, and a task that was run three times.
async fn furnish(world: &World) -> Result<TaskRef, String> {
    let owner = world.as_(world.owner);
    for key in ["ALPHA", "BETA", "OMEGA"] {
        let name = key.to_owned();
        let input = CreateProject { key: name.clone(), name, ..CreateProject::default() };
        ok(project::create(&owner, input).await, "a project")?;
    }
    let held = world.review("Thrice").await?;
    let task = TaskRef::Key(held.task.clone());
    for _ in 0..2 {
        let decider = world.as_(world.decider);
        let seen = world.version(&held.task).await?;
        let input = Reject { task: task.clone(), seen, reason: "Once more.".to_owned() };
        ok(reject(&decider, input).await, "send back")?;
        let seen = world.version(&held.task).await?;
        let input = StartRun { task: task.clone(), seen };
        let run = ok(domain::run::start(&world.as_(world.writer), input).await, "start")?;
        world.finish(run).await?;
    }
    for note in ["one", "two"] {
        let input = ProvisionSandbox {
            project: world.project.clone(),
            note: note.to_owned(),
            ttl_ms: None,
        };
        ok(sandbox::provision(&owner, input).await, "a sandbox")?;
    }
    for title in ["A", "B", "C"] {
        world.write(title).await?;
    }
    Ok(task)
}

pub(super) async fn lists_come_in_pages_without_a_gap(bench: &Bench) -> Result<(), String> {
    let world = World::open(bench).await?;
    let task = &furnish(&world).await?;
    let ctx = &world.as_(world.owner);
    let (store, caller) = (&ctx.store, &ctx.caller);
    let members = all!("members", |member: &ListedMember| member.user, |after| {
        store.listed_members(caller, after, 2).await.map(data)
    });
    same(members.len(), 4, "members")?;
    check(members.is_sorted_by_key(|member| member.user), "members by id")?;
    let own = ok(store.listed_member(caller, world.viewer.user).await, "a member")?.data;
    same(own, members.into_iter().find(|m| m.user == world.viewer.user), "one of them")?;
    let places = all!("workspaces", |place: &ListedWorkspace| place.id, |after| {
        store.listed_workspaces(caller, after, 2).await.map(data)
    });
    same(places.len(), 1, "workspaces")?;
    let own = ok(store.listed_workspace(caller, world.workspace).await, "a workspace")?.data;
    same(own, places.into_iter().next(), "the workspace")?;
    let agents = all!("agents", |agent: &Agent| agent.id, |after| {
        store.agents(caller, after, 2).await.map(data)
    });
    same(agents.len(), 1, "agents")?;
    let first = ok(store.projects(caller, None, 2).await, "projects")?.data;
    let after = some(first.last(), "a project")?.details.key.clone();
    let second = ok(store.projects(caller, Some(&after), 3).await, "projects")?.data;
    let keys: Vec<_> = first.iter().chain(&second).map(|p| p.details.key.to_string()).collect();
    same(keys.join(" "), "ALPHA BETA MONO OMEGA".to_owned(), "projects")?;
    let tasks = all!("tasks", ListedTask::place, |after| {
        let filter = TaskFilter { after, ..TaskFilter::default() };
        store.tasks(caller, &world.project, &filter, 2).await.map(rows)
    });
    same(tasks.len(), 4, "tasks")?;
    check(tasks.is_sorted_by(|a, b| a.updated_at >= b.updated_at), "tasks by their change")?;
    of_one_task(ctx, task).await
}

fn place(validation: &OfTask<Validation>) -> ValidationCursor {
    ValidationCursor {
        opened_at: validation.of.opened_at,
        position: validation.of.position,
        id: validation.of.id,
    }
}

async fn of_one_task(ctx: &Context, task: &TaskRef) -> Result<(), String> {
    let (store, caller) = (&ctx.store, &ctx.caller);
    let runs = all!("runs", |run: &OfTask<Run>| run.of.attempt, |before| {
        store.runs_of_task(caller, task, before, 2).await.map(rows)
    });
    same(runs.iter().map(|run| run.of.attempt).collect(), vec![3, 2, 1], "runs")?;
    let newest = some(runs.first(), "a run")?;
    let read = ok(store.run(caller, newest.of.id).await, "a run")?;
    same(read.data.as_ref(), Some(newest), "one run")?;
    let own = all!("validations of a task", |one: &OfTask<Validation>| one.of.id, |before| {
        store.validations_of_task(caller, task, before, 2).await.map(rows)
    });
    same(own.len(), 9, "validations of a task")?;
    let judged =
        all!("validations", place, |after| store.validations(caller, after, 2).await.map(data));
    same(judged.len(), 9, "validations")?;
    let newest = some(judged.first(), "a validation")?;
    let read = ok(store.validation(caller, newest.of.id).await, "a validation")?;
    same(read.data.as_ref(), Some(newest), "one validation")?;
    let sandboxes = all!("sandboxes", SandboxCursor::of, |after| {
        store.sandboxes(caller, after, 2).await.map(data)
    });
    same(sandboxes.len(), 5, "sandboxes")?;
    let alive: Vec<_> = sandboxes.iter().map(|sandbox| sandbox.state.is_alive()).collect();
    check(alive.is_sorted_by(|first, next| first >= next), "those alive first")
}

pub(super) async fn lists_hold_what_the_credential_reaches(bench: &Bench) -> Result<(), String> {
    let world = World::open(bench).await?;
    let task = furnish(&world).await?;
    let owner = world.as_(world.owner);
    let stranger = World::open(bench).await?;
    let alpha = ok(ProjectKey::parse("ALPHA"), "a key")?;
    let alpha = ok(owner.store.project(&owner.caller, &alpha).await, "a project")?.data;
    let input = CreateKey {
        name: "Narrow".to_owned(),
        scopes: vec!["read".to_owned()],
        project: some(alpha, "the project")?.details.id.to_string(),
        expires: "30".to_owned(),
    };
    let made = ok(create(&owner, input).await, "a key")?;
    let narrow = Credential::Key(some(made.secret, "its secret")?.hash());
    let runs = rows(ok(owner.store.runs_of_task(&owner.caller, &task, None, 9).await, "runs")?);
    let run = some(runs.first(), "a run")?.of.id;
    let judged = ok(owner.store.validations(&owner.caller, None, 9).await, "validations")?.data;
    let judged = some(judged.first(), "a validation")?.of.id;
    for (what, ctx) in [
        ("a key for another project", world.at(narrow, 0)),
        ("a stranger", stranger.as_(stranger.owner)),
    ] {
        let (store, caller) = (&ctx.store, &ctx.caller);
        let here = ok(store.sandboxes(caller, None, 9).await, what)?.data;
        check(here.is_empty(), &format!("{what}: sandboxes"))?;
        let here = ok(store.validations(caller, None, 9).await, what)?.data;
        check(here.is_empty(), &format!("{what}: validations"))?;
        check(ok(store.run(caller, run).await, what)?.data.is_none(), "a run")?;
        check(ok(store.validation(caller, judged).await, what)?.data.is_none(), "a validation")?;
    }
    let nobody = world.at(Credential::Anonymous, 0);
    let here = ok(nobody.store.sandboxes(&nobody.caller, None, 9).await, "nobody")?;
    check(here.data.is_empty() && here.principal.member().is_err(), "nobody sees sandboxes")
}
