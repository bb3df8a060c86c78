//! Several at once: one wins, the others conflict, nothing is doubled.

use std::collections::BTreeSet;

use domain::Error;
use domain::event::{EventBody, Stream};
use domain::run::StartRun;
use domain::task::{CreateTask, TaskRef, TaskStage, TaskState};
use domain::validation::{Approve, approve};
use futures_util::future::join_all;

use super::world::World;
use super::{Bench, check, ok, same};

fn is_conflict<T>(outcome: &Result<T, Error>) -> bool {
    matches!(outcome, Err(Error::Conflict { .. }))
}

pub(super) async fn of_fifty_approvals_one_wins(bench: &Bench) -> Result<(), String> {
    let world = World::open(bench).await?;
    let held = world.review("Approve me").await?;
    let seen = world.version(&held.task).await?;
    let ctx = world.as_(world.decider);
    let input = Approve { task: TaskRef::Key(held.task.clone()), seen };
    let outcomes = join_all((0..50).map(|_| approve(&ctx, input.clone()))).await;
    same(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "winners")?;
    same(outcomes.iter().filter(|outcome| is_conflict(outcome)).count(), 49, "conflicts")?;
    let task = world.task(&held.task).await?;
    same(task.state.stage(), TaskStage::Done, "the stage")?;
    let events = ok(bench.store.stream(Stream::Task(task.id)).await, "stream")?;
    let done = events
        .iter()
        .filter(|e| matches!(&e.body, EventBody::TaskMoved { to: TaskState::Done { .. } }))
        .count();
    same(done, 1, "moves to done")
}

pub(super) async fn tasks_written_at_once_get_numbers_of_their_own(
    bench: &Bench,
) -> Result<(), String> {
    let world = World::open(bench).await?;
    let ctx = world.as_(world.writer);
    let input = CreateTask {
        project: world.project.clone(),
        draft: world.draft("One of many"),
        ready: true,
    };
    let outcomes = join_all((0..10).map(|_| domain::task::create(&ctx, input.clone()))).await;
    let keys: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.as_ref().ok()).collect();
    check(!keys.is_empty(), "nobody won")?;
    same(keys.len() + outcomes.iter().filter(|o| is_conflict(o)).count(), 10, "answers")?;
    let numbers: BTreeSet<_> = keys.iter().map(|key| key.number).collect();
    let count = i64::try_from(keys.len()).unwrap_or(0);
    same(numbers, (1..=count).collect(), "the numbers")
}

pub(super) async fn of_two_starts_one_wins(bench: &Bench) -> Result<(), String> {
    let world = World::open(bench).await?;
    let key = world.write("Start me twice").await?;
    let ctx = world.as_(world.writer);
    let input = StartRun { task: TaskRef::Key(key.clone()), seen: 1 };
    let outcomes = join_all((0..2).map(|_| domain::run::start(&ctx, input.clone()))).await;
    same(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "winners")?;
    same(outcomes.iter().filter(|outcome| is_conflict(outcome)).count(), 1, "conflicts")?;
    let detail = ctx.store.task_detail(&ctx.caller, &TaskRef::Key(key)).await;
    let runs = ok(detail, "task detail")?.data.map(|detail| detail.runs.len());
    same(runs, Some(1), "runs")
}

pub(super) async fn of_two_claims_one_wins(bench: &Bench) -> Result<(), String> {
    let world = World::open(bench).await?;
    let (_, run) = world.start("Claim me twice").await?;
    let ctx = world.system(0);
    let outcomes = join_all((0..5).map(|_| domain::run::claim(&ctx, run))).await;
    check(outcomes.iter().any(Result::is_ok), "nobody won")?;
    check(outcomes.iter().all(|o| o.is_ok() || is_conflict(o)), "another answer")?;
    let sandbox = world.scene(run).await?.sandbox.map(|sandbox| sandbox.id());
    check(sandbox.is_some(), "no sandbox")?;
    let events = ok(bench.store.stream(Stream::Run(run)).await, "stream")?;
    same(events.len(), 2, "events of the run")
}
