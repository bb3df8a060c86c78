//! Stopping a run.

use serde::Serialize;

use crate::actor::{Actor, Member, Permission};
use crate::context::Context;
use crate::error::{Error, Refusal, Result};
use crate::event::EventBody;
use crate::idempotency::Asked;
use crate::ids::{RunId, SandboxId};
use crate::ports::Read;
use crate::run::{Run, RunOutcome, RunScene, RunState};
use crate::sandbox::{StopScene, stop_standalone};
use crate::task::TaskState;
use crate::write_batch::{Job, Row, WriteBatch};

/// A request to stop a run.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct CancelRun {
    /// The run.
    pub run: RunId,
}

/// Whether the member may stop the run now.
///
/// # Errors
/// The reason why not.
pub fn check_cancel(run: &Run, state: &RunState, member: &Member) -> Result<(), Refusal> {
    member.check(Permission::OperateRuns)?;
    if !state.is_live() {
        return Err(Refusal::RunEnded { state: state.clone() });
    }
    if run.cancel.is_some() {
        return Err(Refusal::AlreadyStopping);
    }
    Ok(())
}

/// Stops a run: one that waits ends at once, one in a sandbox is told to stop and ends when its
/// processes are gone and what they left is kept.
///
/// # Errors
/// `SignedOut`, `Forbidden`, `NotFound`, `Refused`, `Conflict`.
pub async fn cancel(ctx: &Context, input: CancelRun) -> Result<()> {
    let asked = Asked::new("run::cancel", &input)?;
    let read = ctx.store.run_scene(&ctx.caller, input.run).await?;
    cancel_read(ctx, &asked, read).await
}

/// A request to stop a sandbox.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct StopSandbox {
    /// The sandbox.
    pub sandbox: SandboxId,
}

/// Stops a sandbox: by stopping the run in it, or itself where no run uses it.
///
/// # Errors
/// As [`cancel`].
pub async fn stop_sandbox(ctx: &Context, input: StopSandbox) -> Result<()> {
    let asked = Asked::new("sandbox::stop", &input)?;
    let read = ctx.store.sandbox_to_stop(&ctx.caller, input.sandbox).await?;
    let member = read.principal.member()?;
    let sandbox = match read.data.ok_or(Error::NotFound)? {
        StopScene::Run(scene) => {
            let (principal, answered) = (read.principal, read.answered);
            let read = Read { principal, answered, data: Some(*scene) };
            return cancel_read(ctx, &asked, read).await;
        }
        StopScene::Standalone(sandbox) => sandbox,
    };
    member.check(Permission::OperateRuns)?;
    if asked.first_answer(read.answered.as_ref())?.is_some() {
        return Ok(());
    }
    stop_standalone(ctx, &asked, member, *sandbox).await
}

async fn cancel_read(ctx: &Context, asked: &Asked, read: Read<Option<RunScene>>) -> Result<()> {
    let member = read.principal.member()?;
    let RunScene { mut run, mut task, .. } = read.data.ok_or(Error::NotFound)?;
    member.check(Permission::OperateRuns)?;
    if asked.first_answer(read.answered.as_ref())?.is_some() {
        return Ok(());
    }
    let now = ctx.now();
    check_cancel(&run, &run.state_at(now), member)?;
    let actor = Actor::User(member.user);
    let mut batch = WriteBatch::new(run.workspace);
    run.record(&mut batch, actor, ctx, EventBody::RunCancelRequested)?;
    if matches!(run.state, RunState::Queued { .. }) {
        let outcome = RunOutcome::Cancelled { by: member.user };
        run.record(&mut batch, actor, ctx, EventBody::RunEnded { outcome })?;
        if task.state.run() == Some(run.id) {
            task.record_move(&mut batch, actor, now, TaskState::Ready { since: now })?;
            batch.rows.push(Row::Task(Box::new(task)));
        }
    } else {
        batch.enqueue(ctx, Job::CancelRun { run: run.id }, now);
    }
    batch.answer(ctx, member.user, asked, &run.id.to_string());
    batch.rows.push(Row::Run(Box::new(run)));
    ctx.commit(batch).await?;
    Ok(())
}
