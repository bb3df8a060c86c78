//! What a sandbox's host reports about it.

use crate::context::Context;
use crate::error::{Error, Result};
use crate::ids::SandboxId;
use crate::sandbox::protocol::Isolation;
use crate::sandbox::{ExecutionEnd, ExecutionLoss, SandboxState};
use crate::write_batch::WriteBatch;

/// What the host says became of a sandbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// It stands, and nothing runs in it yet.
    Ready {
        /// How it is kept apart from its host, if the host says.
        isolation: Option<Isolation>,
    },
    /// It was taken down.
    Stopped,
    /// It never came to be, or the host lost it.
    Failed {
        /// Why, a short sentence.
        reason: String,
    },
}

/// Records what the host reports. A repeated or outdated report changes nothing.
///
/// # Errors
/// `NotFound`, `Conflict` (it changed at the same moment: report again).
pub async fn settle(ctx: &Context, sandbox: SandboxId, report: Settled) -> Result<()> {
    let read = ctx.store.standing(&ctx.caller, sandbox).await?;
    read.principal.require_system()?;
    let mut standing = read.data.ok_or(Error::NotFound)?;
    let now = ctx.now();
    let (to, isolation) = match report {
        Settled::Ready { isolation } => (SandboxState::Ready { since: now }, isolation),
        Settled::Stopped => (SandboxState::Stopped { at: now }, None),
        Settled::Failed { reason } => {
            (SandboxState::Failed { reason: reason.chars().take(300).collect(), at: now }, None)
        }
    };
    let mut batch = WriteBatch::new(standing.sandbox.workspace);
    if !to.is_alive() {
        // Nothing is in hand of a sandbox that is gone.
        let reason = ExecutionLoss::SandboxLost;
        standing.end_open(ctx, &mut batch, ExecutionEnd::Lost { reason }, 0)?;
    }
    standing.sandbox.record_move_isolated(&mut batch, now, to, isolation)?;
    if !batch.events.is_empty() {
        ctx.commit(batch).await?;
    }
    Ok(())
}
