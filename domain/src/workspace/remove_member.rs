//! Removing a member, and leaving.

use serde::Serialize;

use crate::actor::{Actor, KeyGrant, Member, Permission, Role};
use crate::context::Context;
use crate::error::{Error, Refusal, Result};
use crate::event::EventBody;
use crate::idempotency::Asked;
use crate::ids::{UserId, WorkspaceId};
use crate::workspace::{MemberScene, Membership};
use crate::write_batch::{Row, WriteBatch};

/// A request to remove a member.
#[derive(Clone, Debug, Serialize)]
pub struct RemoveMember {
    /// The member; whoever names themselves leaves.
    pub user: UserId,
    /// The version of their membership that was seen.
    pub seen: i64,
}

/// Where leaving leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Left {
    /// The workspace that the person's sessions have open now; none when they ended.
    pub elsewhere: Option<WorkspaceId>,
}

/// Whether `actor` may remove this member, who is somebody else.
///
/// # Errors
/// Why not.
pub fn check_remove_member(actor: &Member, member: &Membership) -> Result<(), Refusal> {
    actor.check(Permission::RemoveMembers)?;
    if member.role > actor.role { Err(Refusal::AboveOwnRole) } else { Ok(()) }
}

/// Whether `actor` may leave a workspace with so many owners. Every role may; a key needs its scope, and
/// no project to be held to.
///
/// # Errors
/// Why not.
pub fn check_leave(actor: &Member, owners: u32) -> Result<(), Refusal> {
    let scope = Permission::RemoveMembers.scope();
    let is_short = |grant: &KeyGrant| grant.project.is_some() || !grant.scopes.allows(scope);
    if actor.grant().is_some_and(is_short) {
        return Err(Refusal::MissingScope(scope));
    }
    if actor.role == Role::Owner && owners <= 1 { Err(Refusal::LastOwner) } else { Ok(()) }
}

/// Removes a member: at once they read nothing here any more, and their keys end.
///
/// # Errors
/// `SignedOut`, `Forbidden`, `OutOfScope`, `NotFound`, `Conflict` with the present version,
/// `Refused(AboveOwnRole)`, `Refused(LastOwner)`.
pub async fn remove_member(ctx: &Context, input: RemoveMember) -> Result<Left> {
    let asked = Asked::new("workspace::remove_member", &input)?;
    remove(ctx, &asked, Some(input)).await
}

/// The caller leaves their workspace.
///
/// # Errors
/// `SignedOut`, `OutOfScope`, `Refused(LastOwner)`, `Conflict` when the workspace changed at the same
/// moment.
pub async fn leave(ctx: &Context) -> Result<Left> {
    let asked = Asked::new("workspace::leave", &())?;
    remove(ctx, &asked, None).await
}

async fn remove(ctx: &Context, asked: &Asked, named: Option<RemoveMember>) -> Result<Left> {
    let read = ctx.store.member(&ctx.caller, named.as_ref().map(|named| named.user)).await?;
    let actor = read.principal.member()?;
    let is_own = named.as_ref().is_none_or(|named| named.user == actor.user);
    if !is_own {
        actor.check(Permission::RemoveMembers)?;
    }
    if asked.first_answer(read.answered.as_ref())?.is_some() {
        return Ok(Left { elsewhere: None });
    }
    let scene = read.data.ok_or(Error::NotFound)?;
    let membership = &scene.entry.membership;
    if named.is_some_and(|named| named.seen != membership.version) {
        return Err(Error::Conflict { current: membership.version });
    }
    if is_own {
        check_leave(actor, scene.owners)?;
    } else {
        check_remove_member(actor, membership)?;
    }
    // Whoever is removed isn't led elsewhere unasked: they sign in again.
    let elsewhere = scene.elsewhere.filter(|_| is_own);
    let mut batch = WriteBatch::new(scene.workspace.id);
    batch.answer(ctx, actor.user, asked, &membership.user.to_string());
    end(ctx, &mut batch, actor.user, scene, elsewhere)?;
    ctx.commit(batch).await?;
    Ok(Left { elsewhere })
}

fn end(
    ctx: &Context,
    batch: &mut WriteBatch,
    by: UserId,
    scene: MemberScene,
    elsewhere: Option<WorkspaceId>,
) -> Result<()> {
    let Membership { workspace, user, .. } = scene.entry.membership;
    let body = EventBody::MemberRemoved { user };
    let version = scene.workspace.record(ctx, batch, Actor::User(by), body)?;
    let at = ctx.now();
    batch.rows.push(Row::MembershipEnded { workspace, user });
    batch.rows.push(Row::KeysEnded { workspace, user, at, version });
    batch.rows.push(match elsewhere {
        Some(to) => Row::SessionsMoved { user, session: None, from: workspace, to },
        None => Row::SessionsEnded { workspace, user, at },
    });
    Ok(())
}
