//! Projects and tasks: written, read back, changed.

use domain::event::Stream;
use domain::project::{self, CreateProject};
use domain::task::{self, EditTask, MoveTask, MoveTo, TaskRef, TaskStage};
use domain::{Error, Field, Problem};

use super::world::World;
use super::{Bench, check, ok, same, some};

pub(super) async fn a_project_reads_back_and_its_key_is_taken(bench: &Bench) -> Result<(), String> {
    let world = World::open(bench).await?;
    let ctx = world.as_(world.viewer);
    let read = ok(ctx.store.project(&ctx.caller, &world.project).await, "project")?;
    let project = some(read.data, "the project")?;
    same(project.head.version, 3, "its version")?;
    same(project.gate_version, 3, "its gate's version")?;
    same(project.gate.requirements.len(), 3, "its requirements")?;
    same(project.source.map(|source| source.size), Some(10), "its source")?;
    let input =
        CreateProject { key: "mono".to_owned(), name: "Again".to_owned(), ..Default::default() };
    let taken = Error::invalid(Field::ProjectKey, Problem::Taken);
    same(project::create(&world.as_(world.owner), input).await, Err(taken), "the same key")?;
    let elsewhere = World::open(bench).await?;
    same(elsewhere.project, world.project, "the same key in another workspace")
}

pub(super) async fn tasks_are_numbered_and_read_back_by_id_and_key(
    bench: &Bench,
) -> Result<(), String> {
    let world = World::open(bench).await?;
    let first = world.write("First").await?;
    let second = world.write("Zweites Größtes \u{1F980}").await?;
    same((first.number, second.number), (1, 2), "the numbers")?;
    let by_key = world.task(&second).await?;
    let ctx = world.as_(world.viewer);
    let by_id = ok(ctx.store.task(&ctx.caller, &TaskRef::Id(by_key.id)).await, "task")?;
    same(by_id.data, Some(by_key.clone()), "by its id")?;
    same(by_key.content.title.as_str(), "Zweites Größtes \u{1F980}", "the title")?;
    same(by_key.content.labels, vec!["bug".to_owned(), "Größe".to_owned()], "the labels")?;
    let system = world.system(0);
    let read = ok(system.store.task(&system.caller, &TaskRef::Id(by_key.id)).await, "task")?;
    check(read.data.is_some(), "MonoTask itself can't read a task by its id")?;
    let read = ok(system.store.task(&system.caller, &TaskRef::Key(second)).await, "task")?;
    check(read.data.is_none(), "a key without a workspace named a task")?;
    let next = ok(ctx.store.project_for_new_task(&ctx.caller, &world.project).await, "next")?;
    same(next.data.map(|(_, number)| number), Some(3), "the next number")
}

pub(super) async fn a_stale_version_conflicts_with_the_present_one(
    bench: &Bench,
) -> Result<(), String> {
    let world = World::open(bench).await?;
    let key = world.write("Stale").await?;
    let ctx = world.as_(world.writer);
    let edit = |title: &str| EditTask {
        task: TaskRef::Key(key.clone()),
        seen: 1,
        draft: world.draft(title),
    };
    ok(task::edit(&ctx, edit("Fresh")).await, "the first edit")?;
    let again = task::edit(&ctx, edit("Fresher")).await;
    same(again, Err(Error::Conflict { current: 2 }), "the second edit")?;
    same(world.task(&key).await?.content.title.as_str(), "Fresh", "the title")
}

pub(super) async fn a_mutation_without_outbox_keeps_the_log_dense(
    bench: &Bench,
) -> Result<(), String> {
    let world = World::open(bench).await?;
    let key = world.write("Move me").await?;
    let ctx = world.as_(world.writer);
    let there = [MoveTo::Backlog, MoveTo::Ready, MoveTo::Cancelled];
    for (to, seen) in there.into_iter().zip(1i64..) {
        let input = MoveTask { task: TaskRef::Key(key.clone()), seen, to };
        ok(task::move_task(&ctx, input).await, "move")?;
    }
    let task = world.task(&key).await?;
    same(task.state.stage(), TaskStage::Cancelled, "the stage")?;
    let events = ok(bench.store.stream(Stream::Task(task.id)).await, "stream")?;
    let versions: Vec<_> = events.iter().map(|event| event.version).collect();
    same(versions, vec![1, 2, 3, 4], "the versions")?;
    let log = ok(bench.store.events_after(world.workspace, 0, 1_000).await, "log")?;
    let seqs: Vec<_> = log.iter().map(|(seq, _)| *seq).collect();
    same(seqs, (1..=i64::try_from(log.len()).unwrap_or(0)).collect(), "the log's places")
}
