//! Taking an invitation back.

use super::InvitationEnd;
use crate::actor::{Actor, Permission};
use crate::context::Context;
use crate::error::{Error, Refusal, Result};
use crate::event::EventBody;
use crate::idempotency::Asked;
use crate::ids::InvitationId;
use crate::write_batch::{Row, WriteBatch};

/// Takes an invitation back: its link lets nobody in any more. One that was taken back stays so.
///
/// # Errors
/// `SignedOut`, `Forbidden`, `OutOfScope`, `NotFound`, `Refused(LinkOver)` when somebody has joined by
/// it, `Conflict` when the workspace changed at the same moment.
pub async fn revoke(ctx: &Context, id: InvitationId) -> Result<()> {
    let asked = Asked::new("invitation::revoke", &id)?;
    let read = ctx.store.invitation(&ctx.caller, id).await?;
    let user = read.principal.require(Permission::RemoveMembers)?.user;
    if asked.first_answer(read.answered.as_ref())?.is_some() {
        return Ok(());
    }
    let scene = read.data.ok_or(Error::NotFound)?;
    let mut invitation = scene.entry.invitation;
    match invitation.end {
        Some(InvitationEnd::Revoked { .. }) => return Ok(()),
        Some(InvitationEnd::Accepted { .. }) => return Err(Refusal::LinkOver.into()),
        None => {}
    }
    let mut batch = WriteBatch::new(scene.workspace.id);
    batch.answer(ctx, user, &asked, &id.to_string());
    let body = EventBody::InvitationRevoked { invitation: id };
    let version = scene.workspace.record(ctx, &mut batch, Actor::User(user), body)?;
    invitation.end = Some(InvitationEnd::Revoked { at: ctx.now() });
    invitation.version = version;
    batch.rows.push(Row::Invitation(invitation));
    ctx.commit(batch).await
}
