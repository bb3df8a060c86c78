//! What is reported about a sandbox's commands. A repeated or outdated report changes nothing.

use super::{Execution, ExecutionEnd, ExecutionLoss, ExecutionState, SandboxState, Standing};
use crate::actor::Actor;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::event::EventBody;
use crate::ids::{ExecutionId, SandboxId};
use crate::write_batch::{Row, WriteBatch};

/// Records that a command was handed to its sandbox, whose output then stood at line `after`.
///
/// # Errors
/// `NotFound`, `Conflict` (it changed at the same moment: report again).
pub async fn command_started(
    ctx: &Context,
    sandbox: SandboxId,
    execution: ExecutionId,
    after: u64,
) -> Result<()> {
    let Standing { mut sandbox, open } = read(ctx, sandbox).await?;
    let Some(mut open) = open.filter(|open| open.id() == execution) else {
        return Ok(());
    };
    if !matches!(open.state, ExecutionState::Queued { .. }) {
        return Ok(());
    }
    let mut batch = WriteBatch::new(sandbox.workspace);
    let body = EventBody::CommandStarted { execution, after };
    sandbox.record(&mut batch, Actor::System, ctx.now(), body)?;
    follow(&mut batch, &mut open);
    batch.rows.push(Row::Sandbox(sandbox));
    batch.rows.push(Row::Execution(Box::new(open)));
    ctx.commit(batch).await
}

/// Records how a command ended, whose last line of output is `through`.
///
/// # Errors
/// As [`command_started`].
pub async fn command_ended(
    ctx: &Context,
    sandbox: SandboxId,
    execution: ExecutionId,
    end: ExecutionEnd,
    through: u64,
) -> Result<()> {
    let mut standing = read(ctx, sandbox).await?;
    if standing.open.as_ref().map(Execution::id) != Some(execution) {
        return Ok(());
    }
    let mut batch = WriteBatch::new(standing.sandbox.workspace);
    standing.end_open(ctx, &mut batch, end, through)?;
    batch.rows.push(Row::Sandbox(standing.sandbox));
    ctx.commit(batch).await
}

/// Records that a sandbox is about to be taken down: what it had in hand is lost for this reason.
///
/// # Errors
/// As [`command_started`].
pub async fn close(
    ctx: &Context,
    sandbox: SandboxId,
    reason: ExecutionLoss,
    through: u64,
) -> Result<()> {
    let mut standing = read(ctx, sandbox).await?;
    let mut batch = WriteBatch::new(standing.sandbox.workspace);
    standing.end_open(ctx, &mut batch, ExecutionEnd::Lost { reason }, through)?;
    let to = SandboxState::Stopping { since: ctx.now() };
    if standing.sandbox.state.may_become(&to) {
        let body = EventBody::SandboxMoved { to, isolation: None };
        standing.sandbox.record(&mut batch, Actor::System, ctx.now(), body)?;
    }
    if batch.events.is_empty() {
        return Ok(());
    }
    batch.rows.push(Row::Sandbox(standing.sandbox));
    ctx.commit(batch).await
}

async fn read(ctx: &Context, sandbox: SandboxId) -> Result<Standing> {
    let read = ctx.store.standing(&ctx.caller, sandbox).await?;
    read.principal.require_system()?;
    read.data.ok_or(Error::NotFound)
}

/// Moves an execution along with the batch's newest event.
fn follow(batch: &mut WriteBatch, execution: &mut Execution) {
    if let Some(event) = batch.events.last() {
        execution.apply(event);
    }
}

impl Standing {
    /// Appends the end of what is in hand, if anything is. The caller pushes the sandbox's row.
    ///
    /// # Errors
    /// As [`crate::event::Event::next`].
    pub(super) fn end_open(
        &mut self,
        ctx: &Context,
        batch: &mut WriteBatch,
        end: ExecutionEnd,
        through: u64,
    ) -> Result<()> {
        let Some(mut open) = self.open.take() else {
            return Ok(());
        };
        let body = EventBody::CommandEnded { execution: open.id(), end, through };
        self.sandbox.record(batch, Actor::System, ctx.now(), body)?;
        follow(batch, &mut open);
        batch.rows.push(Row::Execution(Box::new(open)));
        Ok(())
    }
}
