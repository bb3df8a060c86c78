//! A retried request gets the first one's answer.

use domain::Error;
use domain::run::StartRun;
use domain::task::{CreateTask, TaskRef, create};
use domain::views::TaskFilter;
use futures_util::future::join_all;

use super::world::World;
use super::{Bench, check, ok, same, some};

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
