//! Replaying a stream's events gives the stored row.

use domain::event::{Event, Stream};
use domain::project::Project;
use domain::run::Run;
use domain::sandbox::{Sandbox, Settled, settle};
use domain::task::{Task, TaskRef};
use domain::validation::{Approve, Validation, approve};

use super::world::World;
use super::{Bench, ok, same, some};

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
    let read = ok(ctx.store.sandbox(&ctx.caller, held.sandbox).await, "sandbox")?;
    let events = ok(bench.store.stream(Stream::Sandbox(held.sandbox)).await, "stream")?;
    same(replay(&events, Sandbox::begin, Sandbox::apply), read.data, "the sandbox")?;
    let read = ok(ctx.store.project(&ctx.caller, &world.project).await, "project")?;
    let project = some(read.data, "the project")?;
    let stream = Stream::Project(project.details.id);
    let events = ok(bench.store.stream(stream).await, "stream")?;
    same(replay(&events, Project::begin, Project::apply), Some(project), "the project")
}
