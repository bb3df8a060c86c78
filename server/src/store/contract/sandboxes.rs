//! Sandboxes that no run uses, and their commands.

use domain::actor::{Actor, Permission, Principal};
use domain::context::Context;
use domain::event::{EventBody, Stream};
use domain::ids::{ExecutionId, SandboxId};
use domain::run::StopSandbox;
use domain::sandbox::{
    self, Execute, Execution, ExecutionEnd, ExecutionLoss, ExecutionState, ProvisionSandbox,
    Sandbox, SandboxState, Settled, Standing, settle,
};
use domain::views::WhoseSandbox;
use domain::write_batch::{Guard, WriteBatch};
use domain::{Error, Refusal};

use super::world::{Someone, World};
use super::{Bench, check, ok, same, some};
use crate::database::Statement;

const TTL_MS: u64 = 60_000;

impl World {
    async fn ask(&self, ctx: &Context, note: &str) -> domain::Result<SandboxId> {
        let (project, note) = (self.project.clone(), note.to_owned());
        sandbox::provision(ctx, ProvisionSandbox { project, note, ttl_ms: Some(TTL_MS) }).await
    }

    /// A sandbox of this person's, which is ready.
    async fn ready(&self, someone: Someone) -> Result<SandboxId, String> {
        let id = ok(self.ask(&self.as_(someone), "To look around").await, "provision")?;
        ok(settle(&self.system(5), id, Settled::Ready { isolation: None }).await, "settle")?;
        Ok(id)
    }

    async fn standing(&self, id: SandboxId) -> Result<Standing, String> {
        let ctx = self.system(0);
        some(ok(ctx.store.standing(&ctx.caller, id).await, "standing")?.data, "the sandbox")
    }

    async fn state(&self, sandbox: SandboxId, id: ExecutionId) -> Result<ExecutionState, String> {
        let ctx = self.system(0);
        let read = ok(ctx.store.execution(&ctx.caller, sandbox, id).await, "execution")?;
        Ok(some(read.data, "the execution")?.0.state)
    }
}

async fn command(ctx: &Context, sandbox: SandboxId, command: &str) -> domain::Result<ExecutionId> {
    let command = command.to_owned();
    sandbox::execute(ctx, Execute { sandbox, command, timeout_ms: Some(5_000) }).await
}

pub(super) async fn a_sandbox_takes_one_command_after_the_other(
    bench: &Bench,
) -> Result<(), String> {
    let world = World::open(bench).await?;
    let writer = world.as_(world.writer);
    let id = ok(world.ask(&writer, "  To look around ").await, "provision")?;
    let early = ok(command(&writer, id, "echo early").await, "a command before it is ready")?;
    ok(settle(&world.system(5), id, Settled::Ready { isolation: None }).await, "settle")?;
    let refused = command(&writer, id, "echo too soon").await;
    same(refused, Err(Error::Refused(Refusal::CommandUnfinished)), "one at a time")?;
    for _ in 0..2 {
        let started = sandbox::command_started(&world.system(6), id, early, 3).await;
        ok(started, "started")?;
    }
    let standing = world.standing(id).await?;
    check(matches!(standing.sandbox.state, SandboxState::Busy { .. }), "it isn't busy")?;
    let end = ExecutionEnd::Exited { code: 7, limit: None };
    for _ in 0..2 {
        let ended = sandbox::command_ended(&world.system(7), id, early, end.clone(), 9).await;
        ok(ended, "ended")?;
    }
    let second = ok(command(&writer, id, "echo second").await, "a second command")?;
    let late = ExecutionEnd::TimedOut { limit_ms: 1 };
    ok(sandbox::command_ended(&world.system(8), id, early, late, 99).await, "a late report")?;
    let at = world.time(7);
    same(
        world.state(id, early).await?,
        ExecutionState::Exited { code: 7, limit: None, at },
        "end",
    )?;
    let standing = world.standing(id).await?;
    same(standing.open.map(|open| open.id()), Some(second), "what is in hand")?;
    same_rows(&world, id).await?;
    let page = ok(writer.store.sandbox_detail(&writer.caller, id).await, "its page")?;
    let summary = some(page.data, "its page")?;
    let numbers: Vec<_> = summary.executions.iter().map(|it| it.request.number).collect();
    same(numbers, vec![2, 1], "its commands")?;
    let WhoseSandbox::Person { name, note, .. } = summary.whose else {
        return Err("it is a run's".to_owned());
    };
    same((name.as_str(), note.as_str()), ("member", "To look around"), "whose it is")
}

/// The rows are what the events make.
async fn same_rows(world: &World, id: SandboxId) -> Result<(), String> {
    let events = ok(world.bench.store.stream(Stream::Sandbox(id)).await, "stream")?;
    let (first, rest) = some(events.split_first(), "events")?;
    let mut sandbox = some(Sandbox::begin(first), "the first event's sandbox")?;
    rest.iter().for_each(|event| sandbox.apply(event));
    same(world.standing(id).await?.sandbox, sandbox, "the sandbox")?;
    let ctx = world.system(0);
    for execution in Execution::replay(&events) {
        let read = ctx.store.execution(&ctx.caller, id, execution.id()).await;
        let (stored, _) = some(ok(read, "execution")?.data, "the execution")?;
        same(stored, execution, "the execution")?;
    }
    Ok(())
}

pub(super) async fn sandboxes_at_once_never_exceed_their_slots(
    bench: &Bench,
) -> Result<(), String> {
    let world = World::open(bench).await?;
    let writer = world.as_(world.writer);
    let asked = futures_util::future::join_all((0..6).map(|_| world.ask(&writer, ""))).await;
    let made: Vec<SandboxId> = asked.iter().filter_map(|it| it.clone().ok()).collect();
    check((1..=2).contains(&made.len()), "not one or two were made")?;
    for outcome in asked.iter().filter_map(|it| it.as_ref().err()) {
        let is_no_room = matches!(outcome, Error::Refused(Refusal::NoSandboxSlot { limit: 2 }));
        check(is_no_room || matches!(outcome, Error::Conflict { .. }), "another refusal")?;
    }
    if let Ok(id) = world.ask(&writer, "").await {
        check(made.len() < 2 && !made.contains(&id), "a third one was made")?;
    }
    let refused = world.ask(&writer, "").await;
    same(refused, Err(Error::Refused(Refusal::NoSandboxSlot { limit: 2 })), "a third one")?;
    let mut batch = WriteBatch::new(world.workspace);
    let (stream, actor) =
        (Stream::Sandbox(SandboxId::generate(bench.now, &*bench.random)), Actor::System);
    let body =
        EventBody::SandboxMoved { to: SandboxState::Stopped { at: bench.now }, isolation: None };
    let mut head = domain::event::Head::start();
    ok(batch.append(&mut head, stream, actor, bench.now, body), "append")?;
    batch.guards.push(Guard::FreeSandboxSlot { workspace: world.workspace, limit: 2 });
    let conflict = bench.store.commit(batch).await;
    same(conflict, Err(Error::Conflict { current: 0 }), "the guard itself")?;
    // A run's sandbox takes none of them, and one that has ended gives its own back.
    world.hold("Beside").await?;
    let first = some(made.first(), "a sandbox")?;
    ok(settle(&world.system(5), *first, Settled::Stopped).await, "settle")?;
    ok(world.ask(&writer, "").await, "another one").map(drop)
}

pub(super) async fn a_sandbox_that_ends_leaves_no_command_open(
    bench: &Bench,
) -> Result<(), String> {
    let world = World::open(bench).await?;
    let writer = world.as_(world.writer);
    for (end, reason) in [
        (Settled::Stopped, ExecutionLoss::SandboxLost),
        (Settled::Failed { reason: "gone".to_owned() }, ExecutionLoss::SandboxLost),
    ] {
        let id = world.ready(world.writer).await?;
        let open = ok(command(&writer, id, "sleep 60").await, "a command")?;
        ok(settle(&world.system(6), id, end).await, "settle")?;
        let lost = ExecutionState::Lost { reason, at: world.time(6) };
        same(world.state(id, open).await?, lost, "the command")?;
        same_rows(&world, id).await?;
        let refused = command(&writer, id, "true").await;
        same(refused, Err(Error::Refused(Refusal::SandboxEnded)), "a command after its end")?;
    }
    let id = world.ready(world.writer).await?;
    let open = ok(command(&writer, id, "sleep 60").await, "a command")?;
    for _ in 0..2 {
        let closed = sandbox::close(&world.system(7), id, ExecutionLoss::Expired, 4).await;
        ok(closed, "close")?;
    }
    let lost = ExecutionState::Lost { reason: ExecutionLoss::Expired, at: world.time(7) };
    same(world.state(id, open).await?, lost, "the command")?;
    let state = world.standing(id).await?.sandbox.state;
    check(matches!(state, SandboxState::Stopping { .. }), "it isn't being taken down")?;
    same_rows(&world, id).await
}

pub(super) async fn a_sandbox_is_stopped_by_who_may_and_once(bench: &Bench) -> Result<(), String> {
    let world = World::open(bench).await?;
    let id = world.ready(world.writer).await?;
    let stop = StopSandbox { sandbox: id };
    let viewer = world.as_(world.viewer);
    let forbidden = Err(Error::Forbidden { missing: Permission::OperateRuns });
    same(sandbox::stop(&viewer, stop).await, forbidden.clone(), "a viewer's stop")?;
    same(command(&viewer, id, "true").await.map(drop), forbidden.clone(), "a viewer's command")?;
    same(world.ask(&viewer, "").await.map(drop), forbidden, "a viewer's sandbox")?;
    let keyed = world.keyed(world.decider, "stop-it-once");
    ok(sandbox::stop(&keyed, stop).await, "somebody else's stop")?;
    ok(sandbox::stop(&keyed, stop).await, "the same request again")?;
    let again = sandbox::stop(&world.as_(world.writer), stop).await;
    same(again, Err(Error::Refused(Refusal::AlreadyStopping)), "a second stop")?;
    let refused = command(&world.as_(world.writer), id, "true").await;
    same(refused, Err(Error::Refused(Refusal::SandboxEnded)), "a command")?;
    ok(settle(&world.system(9), id, Settled::Stopped).await, "settle")?;
    let again = sandbox::stop(&world.as_(world.writer), stop).await;
    same(again, Err(Error::Refused(Refusal::SandboxEnded)), "a stop of what is gone")?;
    // A run's is stopped by stopping its run, and takes no commands.
    let held = world.hold("A run's").await?;
    let refused = command(&world.as_(world.writer), held.sandbox, "true").await;
    same(refused, Err(Error::Refused(Refusal::SandboxOfRun)), "a command for a run's")?;
    let stop = StopSandbox { sandbox: held.sandbox };
    ok(sandbox::stop(&world.as_(world.writer), stop).await, "a run's")?;
    check(world.scene(held.run).await?.run.cancel.is_some(), "its run wasn't asked to stop")
}

pub(super) async fn a_request_for_a_sandbox_or_a_command_is_effected_once(
    bench: &Bench,
) -> Result<(), String> {
    let world = World::open(bench).await?;
    let keyed = world.keyed(world.writer, "ask-once-only");
    let id = ok(world.ask(&keyed, "one").await, "provision")?;
    same(world.ask(&keyed, "one").await, Ok(id), "the same request again")?;
    check(world.ask(&keyed, "another").await.is_err(), "another request under its key")?;
    let keyed = world.keyed(world.writer, "run-once-only");
    let execution = ok(command(&keyed, id, "true").await, "execute")?;
    same(command(&keyed, id, "true").await, Ok(execution), "the same command again")?;
    check(command(&keyed, id, "false").await.is_err(), "another command under its key")
}

pub(super) async fn what_makes_no_sense_for_a_sandbox_is_refused(
    bench: &Bench,
) -> Result<(), String> {
    let world = World::open(bench).await?;
    let writer = world.as_(world.writer);
    for ttl_ms in [0, 9_999, 3_600_001, u64::MAX] {
        let (project, note) = (world.project.clone(), String::new());
        let input = ProvisionSandbox { project, note, ttl_ms: Some(ttl_ms) };
        let refused = sandbox::provision(&writer, input).await;
        check(matches!(refused, Err(Error::Invalid { .. })), "a time to live")?;
    }
    let long = "x".repeat(201);
    for note in ["a\u{202e}b", "a\nb", &long] {
        let refused = world.ask(&writer, note).await;
        check(matches!(refused, Err(Error::Invalid { .. })), "a note")?;
    }
    let id = world.ready(world.writer).await?;
    let megabyte = "x".repeat(1 << 20);
    for line in ["", " \n", "a\0b", &megabyte] {
        let refused = command(&writer, id, line).await;
        check(matches!(refused, Err(Error::Invalid { .. })), "a command")?;
    }
    for timeout_ms in [0, 99, u64::MAX] {
        let input =
            Execute { sandbox: id, command: "true".to_owned(), timeout_ms: Some(timeout_ms) };
        let refused = sandbox::execute(&writer, input).await;
        check(matches!(refused, Err(Error::Invalid { .. })), "a timeout")?;
    }
    let mut late = writer.clone();
    late.caller.now = world.time(i64::try_from(TTL_MS).unwrap_or(0));
    let refused = command(&late, id, "true").await;
    same(refused, Err(Error::Refused(Refusal::SandboxEnded)), "a command past its time")
}

pub(super) async fn a_command_past_its_sandboxs_time_is_never_shown_as_running(
    bench: &Bench,
) -> Result<(), String> {
    let world = World::open(bench).await?;
    let id = world.ready(world.writer).await?;
    let open = ok(command(&world.as_(world.writer), id, "sleep 60").await, "a command")?;
    ok(sandbox::command_started(&world.system(6), id, open, 0).await, "started")?;
    let mut viewer = world.as_(world.viewer);
    viewer.caller.now = world.time(i64::try_from(TTL_MS).unwrap_or(0).saturating_add(1));
    let page = ok(viewer.store.sandbox_detail(&viewer.caller, id).await, "its page")?;
    let shown = some(page.data, "its page")?.executions;
    let state = some(shown.first(), "the command")?.state.clone();
    let is_lost = matches!(state, ExecutionState::Lost { reason: ExecutionLoss::Expired, .. });
    check(is_lost, "it is shown as running")?;
    let found = ok(bench.store.standalone_alive(10_000).await, "alive")?;
    check(found.contains(&id), "the sweep doesn't find it")?;
    let held = world.hold("A run's").await?;
    let found = ok(bench.store.standalone_alive(10_000).await, "alive")?;
    check(!found.contains(&held.sandbox), "the sweep finds a run's")
}

pub(super) async fn another_workspaces_commands_answer_as_missing(
    bench: &Bench,
) -> Result<(), String> {
    let world = World::open(bench).await?;
    let id = world.ready(world.writer).await?;
    let open = ok(command(&world.as_(world.writer), id, "true").await, "a command")?;
    let stranger = World::open(bench).await?;
    let ctx = stranger.as_(stranger.owner);
    let read = ok(ctx.store.execution(&ctx.caller, id, open).await, "execution")?;
    check(read.data.is_none(), "a command")?;
    check(matches!(read.principal, Principal::Member(_)), "the stranger isn't signed in")?;
    let page = ok(ctx.store.sandbox_detail(&ctx.caller, id).await, "page")?;
    check(page.data.is_none(), "a sandbox's page")?;
    same(command(&ctx, id, "true").await.map(drop), Err(Error::NotFound), "a command given")?;
    let stop = StopSandbox { sandbox: id };
    same(sandbox::stop(&ctx, stop).await, Err(Error::NotFound), "a stop")?;
    // Of its own sandbox, but another one's command.
    let own = stranger.ready(stranger.writer).await?;
    let read = ok(ctx.store.execution(&ctx.caller, own, open).await, "execution")?;
    check(read.data.is_none(), "another sandbox's command")?;
    let bend = Statement::new(
        "UPDATE sandbox_executions SET state = '{\"state\":\"running\"}' WHERE id = ?1",
        [open.to_string().into()],
    );
    ok(bench.database.execute(bend).await, "bend the row")?;
    let own = world.as_(world.writer);
    let read = own.store.execution(&own.caller, id, open).await;
    check(matches!(read, Err(Error::Internal)), "an impossible row was read")
}
