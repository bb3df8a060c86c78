//! Stopping a sandbox that no run uses.

use super::{Sandbox, SandboxState};
use crate::actor::{Actor, Member, Permission};
use crate::context::Context;
use crate::error::{Refusal, Result};
use crate::event::EventBody;
use crate::idempotency::Asked;
use crate::write_batch::{Job, Row, WriteBatch};

/// Whether the member may stop the sandbox now.
///
/// # Errors
/// The reason why not.
pub fn check_stop(sandbox: &Sandbox, member: &Member) -> Result<(), Refusal> {
    member.check(Permission::OperateRuns)?;
    match sandbox.state {
        SandboxState::Stopping { .. } => Err(Refusal::AlreadyStopping),
        SandboxState::Stopped { .. } | SandboxState::Failed { .. } => Err(Refusal::SandboxEnded),
        _ => Ok(()),
    }
}

/// Has a sandbox taken down. What it has in hand is ended, and what that printed is kept.
///
/// # Errors
/// `Forbidden`, `OutOfScope`, `Refused`, `Conflict`.
pub(crate) async fn stop_standalone(
    ctx: &Context,
    asked: &Asked,
    member: &Member,
    mut sandbox: Sandbox,
) -> Result<()> {
    check_stop(&sandbox, member)?;
    let now = ctx.now();
    let mut batch = WriteBatch::new(sandbox.workspace);
    let to = SandboxState::Stopping { since: now };
    let body = EventBody::SandboxMoved { to, isolation: None };
    sandbox.record(&mut batch, Actor::User(member.user), now, body)?;
    batch.enqueue(ctx, Job::ServeSandbox { sandbox: sandbox.id() }, now);
    batch.answer(ctx, member.user, asked, &sandbox.id().to_string());
    batch.rows.push(Row::Sandbox(sandbox));
    ctx.commit(batch).await
}
