//! Leases: who may write about a run, until when.

use domain::event::{EventBody, Stream};
use domain::ports::LeaseRenewal;
use domain::run::{CancelRun, Claimed, FailureReason, JobEnd, LeaseToken, RunOutcome, RunState};
use domain::sandbox::{Settled, settle};
use domain::task::TaskStage;
use domain::write_batch::Row;
use domain::{Error, Refusal};

use super::world::World;
use super::{Bench, check, ok, same, some};
use crate::database::Statement;

const LEASE_MS: i64 = 60_000;

pub(super) async fn a_lease_is_renewed_by_its_holder_alone(bench: &Bench) -> Result<(), String> {
    let world = World::open(bench).await?;
    let held = world.hold("Renew me").await?;
    let store = &bench.store;
    let thief = LeaseToken("0".repeat(32));
    let (now, until) = (world.time(1_000), world.time(90_000));
    let stolen = ok(store.renew_lease(held.run, &thief, now, until).await, "a thief")?;
    same(stolen, LeaseRenewal::Lost, "a thief's renewal")?;
    let renewed = ok(store.renew_lease(held.run, &held.token, now, until).await, "renew")?;
    same(renewed, LeaseRenewal::Renewed { stop_asked: false }, "the holder's renewal")?;
    let lease = world.scene(held.run).await?.run.lease.map(|lease| lease.expires_at);
    same(lease, Some(until), "the lease's end")?;
    let shorter = world.time(70_000);
    ok(store.renew_lease(held.run, &held.token, now, shorter).await, "a late renewal")?;
    let lease = world.scene(held.run).await?.run.lease.map(|lease| lease.expires_at);
    same(lease, Some(until), "the end after a late renewal")?;
    let cancel = CancelRun { run: held.run };
    ok(domain::run::cancel(&world.as_(world.writer), cancel).await, "cancel")?;
    let renewed = ok(store.renew_lease(held.run, &held.token, now, until).await, "renew")?;
    same(renewed, LeaseRenewal::Renewed { stop_asked: true }, "after the request to stop")?;
    let past = ok(store.renew_lease(held.run, &held.token, until, world.time(200_000)).await, "")?;
    same(past, LeaseRenewal::Lost, "at the moment it ends")?;
    let report = world.report(&held, JobEnd::Cancelled, 0);
    ok(domain::run::finish(&world.system(2_000), report).await, "finish")?;
    let over = ok(store.renew_lease(held.run, &held.token, now, until).await, "renew")?;
    same(over, LeaseRenewal::Lost, "after the end")
}

pub(super) async fn an_expired_lease_reads_as_lost_and_frees_its_slot(
    bench: &Bench,
) -> Result<(), String> {
    let world = World::open(bench).await?;
    let held = world.hold("Lose me").await?;
    let ctx = world.system(LEASE_MS - 1);
    let alive = ok(ctx.store.run_scene(&ctx.caller, held.run).await, "scene")?;
    same(some(alive.data, "the run")?.slots_taken, 1, "slots before the end")?;
    let ctx = world.system(LEASE_MS);
    let scene = ok(ctx.store.run_scene(&ctx.caller, held.run).await, "scene")?;
    let scene = some(scene.data, "the run")?;
    same(scene.slots_taken, 0, "slots at the end")?;
    let lost = RunState::Lost { at: world.time(LEASE_MS) };
    same(scene.run.state_at(ctx.now()), lost.clone(), "the run's state")?;
    // Pages say so too, though nobody has written it down yet.
    let mut viewer = world.as_(world.viewer);
    viewer.caller.now = ctx.now();
    let work = ok(viewer.store.my_work(&viewer.caller).await, "my work")?;
    let running = some(work.data, "my work")?.running;
    let shown = running.first().and_then(|task| task.run.as_ref()).map(|run| run.state.clone());
    same(shown, Some(lost), "the run at a glance")?;
    let expired = ok(bench.store.expired_runs(ctx.now(), 1_000).await, "expired")?;
    check(expired.contains(&held.run), "it isn't found as expired")?;
    let early = ok(bench.store.expired_runs(world.time(LEASE_MS - 1), 1_000).await, "expired")?;
    check(!early.contains(&held.run), "it is found too early")?;
    let report = world.report(&held, JobEnd::Completed, 0);
    let late = domain::run::finish(&ctx, report).await;
    same(late, Err(Error::Refused(Refusal::LeaseLost)), "a report after the lease")
}

pub(super) async fn a_renewed_lease_survives_a_late_expiry(bench: &Bench) -> Result<(), String> {
    let world = World::open(bench).await?;
    let held = world.hold("Nearly lost").await?;
    let early = ok(domain::run::expire(&world.system(LEASE_MS - 1), held.run).await, "expire")?;
    check(!early, "it expired too early")?;
    // Somebody saw the lease expired, and is overtaken by a renewal that came in time.
    let ctx = world.system(LEASE_MS);
    let scene = ok(ctx.store.run_scene(&ctx.caller, held.run).await, "scene")?;
    let mut run = some(scene.data, "the run")?.run;
    let (now, until) = (world.time(LEASE_MS - 1), world.time(2 * LEASE_MS));
    ok(bench.store.renew_lease(held.run, &held.token, now, until).await, "renew")?;
    let mut batch = domain::write_batch::WriteBatch::new(world.workspace);
    let body = EventBody::RunEnded { outcome: RunOutcome::Lost };
    ok(run.record(&mut batch, domain::actor::Actor::System, &ctx, body), "record")?;
    batch.rows.push(Row::Run(Box::new(run)));
    let outcome = bench.store.commit(batch).await;
    same(outcome, Err(Error::Conflict { current: 0 }), "the late expiry")?;
    check(world.scene(held.run).await?.run.state.is_live(), "the run was lost")?;
    let events = ok(bench.store.stream(Stream::Run(held.run)).await, "stream")?;
    same(events.len(), 2, "events of the run")
}

pub(super) async fn a_stale_writer_shortens_no_lease(bench: &Bench) -> Result<(), String> {
    let world = World::open(bench).await?;
    let held = world.hold("Renewed meanwhile").await?;
    let scene = world.scene(held.run).await?;
    let until = world.time(5 * LEASE_MS);
    ok(bench.store.renew_lease(held.run, &held.token, world.time(1), until).await, "renew")?;
    let mut run = scene.run;
    let ctx = world.system(2);
    let mut batch = domain::write_batch::WriteBatch::new(world.workspace);
    let actor = domain::actor::Actor::System;
    ok(run.record(&mut batch, actor, &ctx, EventBody::RunStarted), "record")?;
    batch.rows.push(Row::Run(Box::new(run)));
    ok(bench.store.commit(batch).await, "the stale writer's batch")?;
    let lease = some(world.scene(held.run).await?.run.lease, "the lease")?;
    same(lease.expires_at, until, "the lease's end")?;
    check(lease.token == held.token, "the token changed")
}

pub(super) async fn a_late_report_is_recorded_once(bench: &Bench) -> Result<(), String> {
    let world = World::open(bench).await?;
    let held = world.hold("Too late").await?;
    let over = ok(domain::run::expire(&world.system(LEASE_MS), held.run).await, "expire")?;
    check(over, "it wasn't lost")?;
    let again = ok(domain::run::expire(&world.system(LEASE_MS), held.run).await, "expire")?;
    check(!again, "it was lost twice")?;
    let before = world.task(&held.task).await?;
    let report = world.report(&held, JobEnd::Completed, 0);
    for after in [1, 2, 3] {
        let ctx = world.system(LEASE_MS + after);
        ok(domain::run::finish(&ctx, report.clone()).await, "a late report")?;
    }
    let scene = world.scene(held.run).await?;
    check(matches!(scene.run.state, RunState::Lost { .. }), "the end changed")?;
    check(matches!(scene.run.late, Some(RunOutcome::Succeeded { .. })), "it isn't recorded")?;
    same(world.task(&held.task).await?, before, "the task")?;
    let events = ok(bench.store.stream(Stream::Run(held.run)).await, "stream")?;
    let late =
        events.iter().filter(|e| matches!(e.body, EventBody::LateReportRecorded { .. })).count();
    same(late, 1, "records of it")
}

pub(super) async fn a_lost_run_is_tried_again_once(bench: &Bench) -> Result<(), String> {
    let world = World::open(bench).await?;
    let held = world.hold("Try again").await?;
    let reason = FailureReason::RunnerRestarted;
    let report = world.report(&held, JobEnd::Failed(reason.clone()), 0);
    ok(domain::run::finish(&world.system(5), report).await, "finish")?;
    let task = world.task(&held.task).await?;
    same(task.state.stage(), TaskStage::Running, "the stage")?;
    let retry = some(task.state.run(), "the retry")?;
    check(retry != held.run, "it is the same run")?;
    same(world.scene(retry).await?.run.retry_of, Some(held.run), "what it repeats")?;
    let mut ctx = world.system(6);
    ctx.settings.run_slots = usize::MAX;
    let claimed = ok(domain::run::claim(&ctx, retry).await, "claim")?;
    let Claimed::InHand { sandbox } = claimed else {
        return Err(format!("the claim came to {claimed:?}"));
    };
    let lease = some(world.scene(retry).await?.run.lease, "a lease")?;
    let task = held.task.clone();
    let held = super::world::Held { task, run: retry, sandbox, token: lease.token };
    let report = world.report(&held, JobEnd::Failed(reason), 0);
    ok(domain::run::finish(&world.system(7), report).await, "finish again")?;
    same(world.task(&held.task).await?.state.stage(), TaskStage::Failed, "the stage at last")
}

pub(super) async fn leftover_sandboxes_are_found(bench: &Bench) -> Result<(), String> {
    let world = World::open(bench).await?;
    let held = world.hold("Leave it").await?;
    let found = |list: &[domain::sandbox::Sandbox]| list.iter().any(|s| s.id() == held.sandbox);
    let list = ok(bench.store.leftover_sandboxes(10_000).await, "leftovers")?;
    check(!found(&list), "a sandbox in use is left over")?;
    let report = world.report(&held, JobEnd::Completed, 0);
    ok(domain::run::finish(&world.system(5), report).await, "finish")?;
    let list = ok(bench.store.leftover_sandboxes(10_000).await, "leftovers")?;
    check(found(&list), "it isn't found")?;
    ok(settle(&world.system(6), held.sandbox, Settled::Stopped).await, "settle")?;
    let list = ok(bench.store.leftover_sandboxes(10_000).await, "leftovers")?;
    check(!found(&list), "a stopped one is left over")
}

pub(super) async fn a_leftover_that_cannot_be_read_hides_no_other(
    bench: &Bench,
) -> Result<(), String> {
    let world = World::open(bench).await?;
    let mut left = vec![];
    for title in ["Bent", "Straight"] {
        let held = world.hold(title).await?;
        let report = world.report(&held, JobEnd::Completed, 0);
        ok(domain::run::finish(&world.system(5), report).await, "finish")?;
        left.push(held.sandbox);
    }
    let &[bent, straight] = left.as_slice() else { return Err("two sandboxes".to_owned()) };
    let bend = Statement::new(
        "UPDATE sandboxes SET spec = '{\"of\":\"another version\"}' WHERE id = ?1",
        [bent.to_string().into()],
    );
    ok(bench.database.execute(bend).await, "bend the row")?;
    let list = ok(bench.store.leftover_sandboxes(10_000).await, "leftovers")?;
    let found: Vec<_> =
        list.iter().map(|sandbox| sandbox.id()).filter(|id| left.contains(id)).collect();
    same(found, vec![straight], "what is found")
}
