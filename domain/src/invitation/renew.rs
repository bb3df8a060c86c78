//! A new link for an invitation whose link is lost.

use super::invite::{Place, check_room, make, send};
use super::{InvitationEnd, Invited, check_invite};
use crate::actor::{Actor, Permission};
use crate::context::Context;
use crate::error::{Error, Refusal, Result};
use crate::event::EventBody;
use crate::idempotency::Asked;
use crate::ids::InvitationId;
use crate::ports::Mailer;
use crate::write_batch::{Row, WriteBatch};

/// Makes an invitation anew: the same role, the same address, another 7 days, and a link that can be
/// shown. The old link lets nobody in any more.
///
/// # Errors
/// `SignedOut`, `Forbidden`, `OutOfScope`, `NotFound`, `Refused(LinkOver)` for one that was used or
/// taken back, `Refused(AboveOwnRole)`, `Refused(TooManyInvitations)`, `Conflict` when the workspace
/// changed at the same moment.
pub async fn renew(ctx: &Context, mailer: &dyn Mailer, id: InvitationId) -> Result<Invited> {
    let asked = Asked::new("invitation::renew", &id)?;
    let read = ctx.store.invitation(&ctx.caller, id).await?;
    let actor = read.principal.require(Permission::ManageMembers)?;
    if let Some(first) = asked.first_answer(read.answered.as_ref())? {
        return Invited::before(first);
    }
    let scene = read.data.ok_or(Error::NotFound)?;
    let mut old = scene.entry.invitation;
    if old.end.is_some() {
        return Err(Refusal::LinkOver.into());
    }
    check_invite(actor, old.role)?;
    let is_counted = old.expires_at > ctx.now();
    check_room(scene.open.saturating_sub(u32::from(is_counted)))?;
    let mut workspace = scene.workspace;
    let mut batch = WriteBatch::new(workspace.id);
    let body = EventBody::InvitationRevoked { invitation: id };
    old.version = workspace.note(ctx, &mut batch, Actor::User(actor.user), body)?;
    old.end = Some(InvitationEnd::Revoked { at: ctx.now() });
    let place = Place { role: old.role, email: old.email.clone() };
    batch.rows.push(Row::Invitation(old));
    let made = make(ctx, &mut batch, &mut workspace, actor.user, place)?;
    batch.answer(ctx, actor.user, &asked, &made.id.to_string());
    batch.rows.push(Row::Workspace(workspace.clone()));
    ctx.commit(batch).await?;
    send(mailer, made, workspace.name, actor.name.clone()).await
}
