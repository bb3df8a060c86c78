//! A task's whole life.

use domain::actor::Credential;
use domain::project::{self, EditGate};
use domain::run::{JobEnd, RunState};
use domain::sandbox::protocol::Isolation;
use domain::sandbox::{self, SandboxState, Settled};
use domain::task::{TaskFailure, TaskRef, TaskStage, TaskState};
use domain::validation::{Approve, Finding, Reject, ValidationState, approve, reject};
use domain::{Error, Refusal};

use super::world::World;
use super::{Bench, check, ok, same, some};

pub(super) async fn a_task_goes_from_written_to_done(bench: &Bench) -> Result<(), String> {
    let world = World::open(bench).await?;
    let held = world.hold("Make it so").await?;
    same(world.task(&held.task).await?.state.stage(), TaskStage::Running, "once started")?;
    let ready = Settled::Ready { isolation: Some(Isolation::Unsafe) };
    ok(sandbox::settle(&world.system(1), held.sandbox, ready).await, "settle")?;
    ok(domain::run::started(&world.system(2), held.run, &held.token).await, "started")?;
    let scene = world.scene(held.run).await?;
    check(matches!(scene.run.state, RunState::Running { .. }), "the run isn't running")?;
    let isolation = scene.sandbox.as_ref().and_then(|sandbox| sandbox.isolation);
    same(isolation, Some(Isolation::Unsafe), "how it is isolated, one state later")?;
    let busy = scene.sandbox.map(|sandbox| sandbox.state);
    same(busy, Some(SandboxState::Busy { since: world.time(2) }), "the sandbox")?;
    let report = world.report(&held, JobEnd::Completed, 0);
    ok(domain::run::finish(&world.system(3), report.clone()).await, "finish")?;
    ok(domain::run::finish(&world.system(4), report.clone()).await, "the same report again")?;
    let task = world.task(&held.task).await?;
    same(&task.state, &TaskState::Review { run: held.run, since: world.time(3) }, "the state")?;
    let scene = world.scene(held.run).await?;
    check(scene.run.lease.is_none(), "an ended run holds a lease")?;
    same(scene.evidence.len(), 1, "kept files")?;
    ok(sandbox::settle(&world.system(5), held.sandbox, Settled::Stopped).await, "stopped")?;

    let input = Approve { task: TaskRef::Id(task.id), seen: task.head.version };
    let own = approve(&world.as_(world.writer), input.clone()).await;
    same(own.err(), Some(Error::Refused(Refusal::ProducerCannotApprove)), "one's own work")?;
    let decider = world.at(Credential::Session(world.decider.session), 6);
    ok(approve(&decider, input).await, "approve")?;
    let task = world.task(&held.task).await?;
    let done = TaskState::Done { by: world.decider.user, run: held.run, since: world.time(6) };
    same(&task.state, &done, "at the end")?;

    let ctx = world.as_(world.viewer);
    let file = some(report.evidence.first(), "a file")?.id;
    let kept = some(ok(ctx.store.evidence(&ctx.caller, file).await, "evidence")?.data, "it")?;
    same((kept.run, kept.file.size), (held.run, 123), "the kept file")?;
    let read = ok(ctx.store.sandbox(&ctx.caller, held.sandbox).await, "sandbox")?;
    let stopped = read.data.map(|sandbox| sandbox.state);
    same(stopped, Some(SandboxState::Stopped { at: world.time(5) }), "the sandbox at the end")
}

pub(super) async fn a_revision_that_fails_its_gate_is_not_done(
    bench: &Bench,
) -> Result<(), String> {
    let world = World::open(bench).await?;
    let held = world.hold("Break it").await?;
    let report = world.report(&held, JobEnd::Completed, 1);
    ok(domain::run::finish(&world.system(3), report).await, "finish")?;
    let task = world.task(&held.task).await?;
    let cause = TaskFailure::GateNotPassed;
    same(&task.state, &TaskState::Failed { run: held.run, cause, since: world.time(3) }, "state")?;
    let ctx = world.as_(world.decider);
    let detail = ok(ctx.store.run_detail(&ctx.caller, held.run).await, "run detail")?;
    let validations = some(detail.data, "the run")?.validations;
    let failed = validations.iter().find_map(|validation| match &validation.state {
        ValidationState::Failed { finding, .. } => Some(finding.clone()),
        _ => None,
    });
    let names = vec!["it works".to_owned()];
    same(failed, Some(Finding::TestsFailed { failed: 1, total: 3, names }), "the finding")?;
    let input = Approve { task: TaskRef::Id(task.id), seen: task.head.version };
    let outcome = approve(&ctx, input).await;
    same(outcome.err(), Some(Error::Refused(Refusal::NothingToDecide)), "approving it")?;
    // A new run makes the old verdicts stale, in the batch that queues it.
    let input = domain::run::StartRun { task: TaskRef::Id(task.id), seen: task.head.version };
    ok(domain::run::start(&world.as_(world.writer), input).await, "start again")?;
    let detail = ok(ctx.store.run_detail(&ctx.caller, held.run).await, "run detail")?;
    let states: Vec<_> =
        some(detail.data, "the run")?.validations.iter().map(|v| v.state.as_str()).collect();
    same(states, vec!["stale"; 3], "the old verdicts")
}

pub(super) async fn a_gate_changed_meanwhile_stops_the_approval(
    bench: &Bench,
) -> Result<(), String> {
    let world = World::open(bench).await?;
    let held = world.review("Judge me").await?;
    let gate = EditGate {
        project: world.project.to_string(),
        seen: 3,
        commands: "cargo clippy".to_owned(),
        approval: true,
        ..Default::default()
    };
    ok(project::edit_gate(&world.as_(world.owner), gate).await, "edit the gate")?;
    let ctx = world.as_(world.decider);
    let seen = world.version(&held.task).await?;
    let task = TaskRef::Key(held.task.clone());
    let outcome = approve(&ctx, Approve { task: task.clone(), seen }).await;
    same(outcome.err(), Some(Error::Refused(Refusal::GateChanged)), "the approval")?;
    ok(reject(&ctx, Reject { task, seen, reason: "Once more.".to_owned() }).await, "send back")?;
    let stage = world.task(&held.task).await?.state.stage();
    same(stage, TaskStage::ChangesRequested, "the stage")
}
