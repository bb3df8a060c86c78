//! The reads behind pages.

use std::sync::Arc;

use domain::context::Context;
use domain::event::{Event, Stream};
use domain::ids::UserId;
use domain::task::{Priority, TaskRef, TaskStage};
use domain::validation::{Approve, approve};
use domain::views::{PAGE_SIZE, TaskFilter, TaskList};

use super::world::{Someone, World};
use super::{Bench, check, ok, same, some};
use crate::database::Counting;
use crate::store::SqlStore;

pub(super) async fn every_page_is_one_round_trip(bench: &Bench) -> Result<(), String> {
    let world = World::open(bench).await?;
    let held = world.review("Show me").await?;
    let counting = Arc::new(Counting::new(bench.database.clone()));
    let store: Arc<dyn domain::ports::Store> = Arc::new(SqlStore::new(counting.clone()));
    let ctx = Context { store, ..world.as_(world.decider) };
    let (store, caller) = (&ctx.store, &ctx.caller);
    let task = TaskRef::Key(held.task.clone());
    let mut trips = 0;
    let mut once = |there: bool, page: &str| {
        trips += 1;
        check(there, page)?;
        same(counting.counts().round_trips, trips, page)
    };
    once(ok(store.my_work(caller).await, "")?.data.is_some(), "my work")?;
    let list = store.task_list(caller, &world.project, &TaskFilter::default()).await;
    once(ok(list, "")?.data.is_some(), "tasks")?;
    let detail = ok(store.task_detail(caller, &task).await, "")?;
    once(detail.data.is_some(), "task")?;
    once(ok(store.run_detail(caller, held.run).await, "")?.data.is_some(), "run")?;
    once(ok(store.sandbox_list(caller).await, "")?.data.is_some(), "sandboxes")?;
    once(ok(store.sandbox_detail(caller, held.sandbox).await, "")?.data.is_some(), "sandbox")?;
    once(ok(store.validation_list(caller).await, "")?.data.is_some(), "validations")?;
    let settings = store.project_settings(caller, &world.project).await;
    once(ok(settings, "")?.data.is_some(), "settings")?;
    once(ok(store.members_page(caller).await, "")?.data.is_some(), "members")?;
    once(ok(store.workspace_page(caller).await, "")?.data.is_some(), "workspace")?;
    once(ok(store.frame(caller).await, "")?.data.is_some(), "frame")?;
    let seen = world.version(&held.task).await?;
    ok(approve(&ctx, Approve { task, seen }).await, "approve")?;
    same(counting.counts().round_trips, trips + 2, "a mutation: one read, one write")?;

    let detail = some(detail.data, "the task")?;
    same(detail.run.map(|run| run.id), Some(held.run), "its run")?;
    same(
        (detail.runs.len(), detail.validations.len(), detail.evidence.len()),
        (1, 3, 1),
        "around",
    )?;
    same((detail.people.len(), detail.agents.len()), (4, 1), "people and agents")?;
    let of_task = |event: &&Event| event.stream == Stream::Task(detail.task.id);
    let versions: Vec<_> =
        detail.timeline.iter().filter(of_task).map(|event| event.version).collect();
    same(versions, (1..=5).rev().collect(), "the timeline")?;
    let of_run = detail.timeline.iter().filter(|event| event.stream == Stream::Run(held.run));
    check(of_run.count() > 1, "its run's events are in the timeline")
}

pub(super) async fn my_work_shows_what_waits_for_whom(bench: &Bench) -> Result<(), String> {
    let world = World::open(bench).await?;
    let held = world.review("Whose turn").await?;
    same(needs(&world, world.decider).await?, vec![held.task.clone()], "the decider's")?;
    same(needs(&world, world.owner).await?, vec![held.task.clone()], "the owner's")?;
    check(needs(&world, world.writer).await?.is_empty(), "a producer is asked to decide")?;
    check(needs(&world, world.viewer).await?.is_empty(), "a viewer is asked to decide")?;
    let ctx = world.as_(world.writer);
    let list = ok(ctx.store.validation_list(&ctx.caller).await, "validations")?;
    same(list.frame.waiting, 1, "the frame's count")?;
    same(list.frame.projects.len(), 1, "the frame's projects")?;
    let list = some(list.data, "validations")?;
    let waiting = some(list.waiting.first(), "a waiting task")?;
    check(waiting.is_own, "it isn't said to be one's own")?;
    same((waiting.validations.len(), list.all.len()), (3, 3), "its validations")?;
    let ctx = world.as_(world.decider);
    let list = some(ok(ctx.store.validation_list(&ctx.caller).await, "")?.data, "validations")?;
    check(list.waiting.iter().all(|waiting| !waiting.is_own), "the decider's own")?;
    let input = domain::validation::Reject {
        task: TaskRef::Key(held.task.clone()),
        seen: world.version(&held.task).await?,
        reason: "Not yet.".to_owned(),
    };
    ok(domain::validation::reject(&ctx, input).await, "send back")?;
    same(needs(&world, world.writer).await?, vec![held.task.clone()], "sent back to its writer")?;
    check(needs(&world, world.decider).await?.is_empty(), "sent back to the decider")
}

async fn needs(world: &World, whom: Someone) -> Result<Vec<domain::task::TaskKey>, String> {
    let ctx = world.as_(whom);
    let work = some(ok(ctx.store.my_work(&ctx.caller).await, "my work")?.data, "my work")?;
    check(work.has_tasks, "no task at all")?;
    Ok(work.needs_me.into_iter().map(|task| task.key).collect())
}

pub(super) async fn a_verdict_by_an_older_gate_is_shown_as_stale(
    bench: &Bench,
) -> Result<(), String> {
    let world = World::open(bench).await?;
    let held = world.review("Judged too early").await?;
    let done = world.review("Decided in time").await?;
    let ctx = world.as_(world.decider);
    let seen = world.version(&done.task).await?;
    ok(approve(&ctx, Approve { task: TaskRef::Key(done.task.clone()), seen }).await, "approve")?;
    let shown = async || {
        let run = some(ok(ctx.store.run_detail(&ctx.caller, held.run).await, "")?.data, "run")?;
        let other = some(ok(ctx.store.run_detail(&ctx.caller, done.run).await, "")?.data, "run")?;
        let list = some(ok(ctx.store.validation_list(&ctx.caller).await, "")?.data, "list")?;
        let work = some(ok(ctx.store.my_work(&ctx.caller).await, "")?.data, "my work")?;
        check(!other.gate_changed, "what was decided goes stale")?;
        let stale = list.all.iter().filter(|summary| summary.gate_changed).count();
        let waiting = some(list.waiting.first(), "what waits")?.task.gate_changed;
        let mine = some(work.needs_me.first(), "what needs me")?.gate_changed;
        Ok::<_, String>((run.gate_changed, stale, waiting, mine))
    };
    same(shown().await?, (false, 0, false, false), "before")?;
    let gate = domain::project::EditGate {
        project: world.project.to_string(),
        seen: 3,
        commands: "cargo clippy".to_owned(),
        approval: true,
        ..Default::default()
    };
    ok(domain::project::edit_gate(&world.as_(world.owner), gate).await, "another gate")?;
    same(shown().await?, (true, 3, true, true), "after")
}

pub(super) async fn a_list_is_filtered_and_paged(bench: &Bench) -> Result<(), String> {
    let world = World::open(bench).await?;
    let size = usize::try_from(PAGE_SIZE).unwrap_or(0);
    for n in 0..size + 2 {
        let title = if n == 3 { "100 % GRÖSSE_".to_owned() } else { format!("Task {n}") };
        world.write(&title).await?;
    }
    world.start("The running one").await?;
    let first = list(&world, TaskFilter::default()).await?;
    same(first.tasks.len(), size, "the first page")?;
    let after = some(first.next, "a next page")?;
    let rest = list(&world, TaskFilter { after: Some(after), ..TaskFilter::default() }).await?;
    same(rest.tasks.len(), 3, "the last page")?;
    check(rest.next.is_none(), "a page after the last")?;
    let mut ids: Vec<_> = first.tasks.iter().chain(&rest.tasks).map(|task| task.id).collect();
    ids.sort_unstable();
    ids.dedup();
    same(ids.len(), size + 3, "tasks on both pages")?;
    same(
        first.counts.iter().map(|(stage, n)| (stage.as_str(), *n)).collect(),
        vec![("ready", i64::from(PAGE_SIZE) + 2), ("running", 1)],
        "the counts",
    )?;
    for text in ["größe_", "100 %", "0 % GRÖSSE_"] {
        let filter = TaskFilter { text: Some(text.to_owned()), ..TaskFilter::default() };
        let found = list(&world, filter).await?.tasks.len();
        same(found, usize::from(!text.contains('ß')), text)?;
    }
    let wide = TaskFilter { text: Some("\u{1F980}".repeat(200)), ..TaskFilter::default() };
    check(list(&world, wide).await?.tasks.is_empty(), "a long text is found")?;
    let stage = TaskFilter { stage: Some(TaskStage::Running), ..TaskFilter::default() };
    let running = list(&world, stage).await?.tasks;
    let task = some(running.first(), "the running one")?;
    same(task.priority, Priority::High, "its priority")?;
    let started_by: Option<UserId> = task.run.as_ref().map(|run| run.started_by);
    same(started_by, Some(world.writer.user), "who started it")?;
    let label = |label: &str| TaskFilter { label: Some(label.to_owned()), ..TaskFilter::default() };
    same(list(&world, label("Größe")).await?.tasks.len(), size, "by a label")?;
    check(list(&world, label("Gr")).await?.tasks.is_empty(), "by half a label")
}

async fn list(world: &World, filter: TaskFilter) -> Result<TaskList, String> {
    let ctx = world.as_(world.viewer);
    let read = ok(ctx.store.task_list(&ctx.caller, &world.project, &filter).await, "tasks")?;
    some(read.data, "the list")
}
