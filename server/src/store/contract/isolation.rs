//! Another workspace's ids answer exactly as missing ones.

use domain::actor::{Credential, Principal};
use domain::context::Context;
use domain::ids::EvidenceId;
use domain::run::JobEnd;
use domain::task::TaskRef;
use domain::views::TaskFilter;

use super::world::{Held, World};
use super::{Bench, check, ok, same, some};

pub(super) async fn another_workspaces_ids_answer_as_missing(bench: &Bench) -> Result<(), String> {
    let (world, held, file) = filled(bench).await?;
    let stranger = World::empty(bench).await?;
    for ctx in [stranger.as_(stranger.owner), world.at(Credential::Session([7; 32]), 0)] {
        sees_nothing(&world, &ctx, &held, file).await?;
    }
    let own = world.as_(world.viewer);
    let read = ok(own.store.evidence(&own.caller, file).await, "evidence")?;
    check(read.data.is_some(), "its own viewer can't read it: the case proves nothing")?;
    let page = ok(own.store.sandbox_detail(&own.caller, held.sandbox).await, "sandbox")?;
    check(page.data.is_some(), "its own viewer can't see it: the case proves nothing")
}

pub(super) async fn without_a_session_nothing_is_read(bench: &Bench) -> Result<(), String> {
    let (world, held, file) = filled(bench).await?;
    let ctx = world.at(Credential::Anonymous, 0);
    sees_nothing(&world, &ctx, &held, file).await?;
    let read = ok(ctx.store.principal(&ctx.caller).await, "principal")?;
    same(read.principal, Principal::SignedOut, "the principal")?;
    let page = ok(ctx.store.frame(&ctx.caller).await, "frame")?;
    check(page.data.is_none() && page.frame.projects.is_empty(), "a frame for nobody")
}

async fn filled(bench: &Bench) -> Result<(World, Held, EvidenceId), String> {
    let world = World::open(bench).await?;
    let held = world.hold("Secret").await?;
    let report = world.report(&held, JobEnd::Completed, 0);
    let file = some(report.evidence.first(), "a file")?.id;
    ok(domain::run::finish(&world.system(20), report).await, "finish")?;
    Ok((world, held, file))
}

/// Every read of one thing finds nothing, and every list is empty.
async fn sees_nothing(
    world: &World,
    ctx: &Context,
    held: &Held,
    file: EvidenceId,
) -> Result<(), String> {
    let (store, caller) = (&ctx.store, &ctx.caller);
    let id = TaskRef::Id(world.task(&held.task).await?.id);
    for task in [&id, &TaskRef::Key(held.task.clone())] {
        check(ok(store.task(caller, task).await, "task")?.data.is_none(), "a task")?;
        let read = ok(store.task_to_start(caller, task).await, "task to start")?;
        check(read.data.is_none(), "a task to start")?;
        let read = ok(store.task_to_decide(caller, task).await, "task to decide")?;
        check(read.data.is_none(), "a task to decide on")?;
        let read = ok(store.task_detail(caller, task).await, "task detail")?;
        check(read.data.is_none(), "a task's page")?;
    }
    let key = &world.project;
    check(ok(store.project(caller, key).await, "project")?.data.is_none(), "a project")?;
    let read = ok(store.project_for_new_task(caller, key).await, "project for new task")?;
    check(read.data.is_none(), "a project for a task")?;
    let read = ok(store.project_settings(caller, key).await, "settings")?;
    check(read.data.is_none(), "a project's settings")?;
    let read = ok(store.task_list(caller, key, &TaskFilter::default()).await, "list")?;
    check(read.data.is_none(), "a project's tasks")?;
    check(ok(store.run_scene(caller, held.run).await, "run")?.data.is_none(), "a run")?;
    check(ok(store.run_detail(caller, held.run).await, "run")?.data.is_none(), "a run's page")?;
    let scene = ok(store.sandbox_to_stop(caller, held.sandbox).await, "sandbox to stop")?;
    check(scene.data.is_none(), "a sandbox to stop")?;
    let read = ok(store.standing(caller, held.sandbox).await, "sandbox's commands")?;
    check(read.data.is_none(), "a sandbox's commands")?;
    let read = ok(store.project_for_sandbox(caller, key).await, "project for a sandbox")?;
    check(read.data.is_none(), "a project for a sandbox")?;
    let read = ok(store.sandbox(caller, held.sandbox).await, "sandbox")?;
    check(read.data.is_none(), "a sandbox")?;
    let read = ok(store.sandbox_detail(caller, held.sandbox).await, "sandbox")?;
    check(read.data.is_none(), "a sandbox's page")?;
    check(ok(store.evidence(caller, file).await, "evidence")?.data.is_none(), "a file")?;
    let read = ok(store.evidence_of_run(caller, held.run).await, "a run's files")?;
    check(read.data.is_none(), "a run's files")?;
    lists_nothing(ctx).await
}

async fn lists_nothing(ctx: &Context) -> Result<(), String> {
    let (store, caller) = (&ctx.store, &ctx.caller);
    let work = ok(store.my_work(caller).await, "my work")?;
    let work = work.data.unwrap_or_default();
    let count = work.needs_me.len() + work.running.len() + work.done_lately.len();
    check(count == 0 && !work.has_tasks, "my work")?;
    let list = ok(store.sandbox_list(caller).await, "sandboxes")?.data.unwrap_or_default();
    check(list.is_empty(), "sandboxes")?;
    let list = ok(store.validation_list(caller).await, "validations")?;
    check(list.frame.waiting == 0, "the frame's count")?;
    let list = list.data.unwrap_or_default();
    check(list.waiting.is_empty() && list.all.is_empty(), "validations")
}
