//! A retried request gets the first one's answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use domain::idempotency::REMEMBERED_MS;
use domain::project::{self, CreateProject};
use domain::run::StartRun;
use domain::task::{CreateTask, TaskRef, create};
use domain::validation::{Approve, Reject, approve, reject};
use domain::views::TaskFilter;
use domain::workspace::{self, CreateWorkspace};
use domain::{Error, Field, Problem};
use futures_util::future::join_all;

use super::world::World;
use super::{Bench, check, ok, same, some};
use crate::database::{Database, DatabaseError, Rows, Statement};
use crate::store::SqlStore;

pub(super) async fn a_retry_gets_the_first_answer(bench: &Bench) -> Result<(), String> {
    let world = World::open(bench).await?;
    let ctx = world.keyed(world.writer, "first-key");
    let project = world.project.clone();
    let input = CreateTask { project, draft: world.draft("Only once"), ready: true };
    let first = ok(create(&ctx, input.clone()).await, "the first")?;
    let again = ok(create(&ctx, input).await, "the retry")?;
    same(&again, &first, "the answer")?;
    let ctx = world.keyed(world.writer, "second-key");
    let start = StartRun { task: TaskRef::Key(first.clone()), seen: 1 };
    let run = ok(domain::run::start(&ctx, start.clone()).await, "the start")?;
    let again = ok(domain::run::start(&ctx, start).await, "the start again")?;
    same(again, run, "the run")?;
    same(world.version(&first).await?, 2, "the task's version")
}

pub(super) async fn duplicates_at_once_make_one_task(bench: &Bench) -> Result<(), String> {
    let world = World::open(bench).await?;
    let ctx = world.keyed(world.writer, "same-for-all");
    let project = world.project.clone();
    let input = CreateTask { project, draft: world.draft("One of twenty"), ready: true };
    let outcomes = join_all((0..20).map(|_| create(&ctx, input.clone()))).await;
    for outcome in &outcomes {
        match outcome {
            Ok(key) => same(key.number, 1, "the number")?,
            Err(Error::Conflict { .. }) => {}
            Err(other) => return Err(format!("a duplicate got {other:?}")),
        }
    }
    check(outcomes.iter().any(Result::is_ok), "nobody got an answer")?;
    same(ok(create(&ctx, input).await, "a late retry")?.number, 1, "the late retry's number")?;
    let list = ctx.store.task_list(&ctx.caller, &world.project, &TaskFilter::default()).await;
    same(some(ok(list, "the list")?.data, "the list")?.tasks.len(), 1, "tasks")
}

pub(super) async fn a_key_is_its_users_own(bench: &Bench) -> Result<(), String> {
    let world = World::open(bench).await?;
    let project = world.project.clone();
    let input = CreateTask { project, draft: world.draft("Mine"), ready: true };
    let mine = world.keyed(world.writer, "a-shared-key");
    let theirs = world.keyed(world.decider, "a-shared-key");
    let first = ok(create(&mine, input.clone()).await, "mine")?;
    let second = ok(create(&theirs, input).await, "theirs")?;
    same((first.number, second.number), (1, 2), "the numbers")
}

pub(super) async fn a_key_answers_in_its_own_workspace(bench: &Bench) -> Result<(), String> {
    let world = World::open(bench).await?;
    let here = world.keyed(world.owner, "setup-operations");
    let input = CreateProject {
        key: "OPS".to_owned(),
        name: "Operations".to_owned(),
        ..CreateProject::default()
    };
    let first = ok(project::create(&here, input.clone()).await, "here")?;
    same(ok(project::create(&here, input.clone()).await, "again")?, first, "the answer")?;
    let founding = world.keyed(world.owner, "the-other-place");
    let named = || CreateWorkspace { name: "The other place".to_owned() };
    let there = ok(workspace::create(&founding, named()).await, "found another")?;
    // The retry comes from the workspace that the first request opened.
    same(ok(workspace::create(&founding, named()).await, "found it again")?, there, "the answer")?;
    let reused = Some(Error::invalid(Field::Form, Problem::KeyReused));
    same(project::create(&here, input.clone()).await.err(), reused, "as if it were done there")?;
    let other = world.keyed(world.owner, "setup-operations-there");
    ok(project::create(&other, input).await, "there, under a key of its own").map(|_| ())
}

pub(super) async fn a_key_answers_no_other_request(bench: &Bench) -> Result<(), String> {
    let world = World::open(bench).await?;
    let reused = || Some(Error::invalid(Field::Form, Problem::KeyReused));
    let ctx = world.keyed(world.writer, "one-key-for-all");
    let project = world.project.clone();
    let input = CreateTask { project, draft: world.draft("First"), ready: true };
    let first = ok(create(&ctx, input.clone()).await, "the first")?;
    let other = CreateTask { draft: world.draft("Second"), ..input };
    same(create(&ctx, other).await.err(), reused(), "another task")?;
    let start = StartRun { task: TaskRef::Key(first.clone()), seen: 1 };
    same(domain::run::start(&ctx, start).await.err(), reused(), "another use case")?;
    same(world.version(&first).await?, 1, "the first task's version")?;
    // Sending back under the key of an approval is no approval.
    let held = world.review("Decide once").await?;
    let (task, seen) = (TaskRef::Key(held.task.clone()), world.version(&held.task).await?);
    let ctx = world.keyed(world.decider, "a-decision");
    let input = Approve { task: task.clone(), seen };
    ok(approve(&ctx, input.clone()).await, "approve")?;
    ok(approve(&ctx, input).await, "approve again")?;
    let input = Reject { task, seen, reason: "No.".to_owned() };
    same(reject(&ctx, input).await.err(), reused(), "a rejection under an approval's key")
}

pub(super) async fn a_project_created_twice_at_once_gets_its_first_answer(
    bench: &Bench,
) -> Result<(), String> {
    let world = World::open(bench).await?;
    let ctx = world.keyed(world.owner, "double-click");
    let input =
        CreateProject { key: "TWICE".to_owned(), name: "Twice".to_owned(), ..Default::default() };
    let outcomes = join_all((0..10).map(|_| project::create(&ctx, input.clone()))).await;
    check(outcomes.iter().any(Result::is_ok), "nobody got an answer")?;
    for outcome in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
        // Not `Taken`: that would tell the person that somebody else has their key.
        same(outcome, &Error::Conflict { current: 0 }, "what the other click got")?;
    }
    let again = ok(project::create(&ctx, input).await, "the other click, tried again")?;
    same(again.as_str(), "TWICE", "the answer")
}

pub(super) async fn answers_are_forgotten_after_a_day(bench: &Bench) -> Result<(), String> {
    let world = World::open(bench).await?;
    let ctx = world.keyed(world.writer, "an-old-key");
    let project = world.project.clone();
    let input = CreateTask { project, draft: world.draft("Each day"), ready: true };
    same(ok(create(&ctx, input.clone()).await, "today")?.number, 1, "today's number")?;
    let mut tomorrow = ctx.clone();
    tomorrow.caller.now = world.time(REMEMBERED_MS - 1);
    same(ok(create(&tomorrow, input.clone()).await, "a retry")?.number, 1, "the retry's number")?;
    tomorrow.caller.now = world.time(REMEMBERED_MS);
    same(ok(create(&tomorrow, input).await, "tomorrow")?.number, 2, "tomorrow's number")?;
    let store = SqlStore::new(bench.database.clone());
    for key in ["another-key", "a-third-key"] {
        let ctx = world.keyed(world.writer, key);
        let project = world.project.clone();
        let input = CreateTask { project, draft: world.draft(key), ready: true };
        ok(create(&ctx, input).await, "write")?;
    }
    same(
        ok(store.forget_answers(world.time(REMEMBERED_MS), 1).await, "sweep")?,
        1,
        "in one sweep",
    )?;
    while ok(store.forget_answers(world.time(REMEMBERED_MS), 100).await, "sweep")? > 0 {}
    let gone = ok(store.forget_answers(world.time(2 * REMEMBERED_MS), 100).await, "sweep")?;
    check(gone >= 1, "tomorrow's answer went with today's")
}

/// A database whose next write is committed though its answer is lost on the way.
struct LosesAnAnswer {
    inner: Arc<dyn Database>,
    loses: AtomicBool,
}

#[async_trait]
impl Database for LosesAnAnswer {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DatabaseError> {
        let is_write = !statements.iter().all(Statement::is_read);
        let answer = self.inner.batch(statements).await?;
        if is_write && self.loses.swap(false, Ordering::Relaxed) {
            return Err(DatabaseError::Unavailable { cause: "Network connection lost".to_owned() });
        }
        Ok(answer)
    }
}

pub(super) async fn a_commit_whose_answer_was_lost_is_not_done_twice(
    bench: &Bench,
) -> Result<(), String> {
    let world = World::open(bench).await?;
    let (inner, loses) = (bench.database.clone(), AtomicBool::new(true));
    let store = Arc::new(SqlStore::new(Arc::new(LosesAnAnswer { inner, loses })));
    let ctx = domain::Context { store, ..world.keyed(world.writer, "sent-again") };
    let project = world.project.clone();
    let input = CreateTask { project, draft: world.draft("Once"), ready: true };
    same(create(&ctx, input.clone()).await.err(), Some(Error::Unavailable), "the lost answer")?;
    same(ok(create(&ctx, input).await, "sent again")?.number, 1, "the number")?;
    let list = ctx.store.task_list(&ctx.caller, &world.project, &TaskFilter::default()).await;
    same(some(ok(list, "the list")?.data, "the list")?.tasks.len(), 1, "tasks")
}
