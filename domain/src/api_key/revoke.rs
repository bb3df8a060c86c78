//! Revoking a key.

use serde::Serialize;

use crate::actor::{Actor, Member, Permission};
use crate::api_key::ApiKey;
use crate::context::Context;
use crate::error::{Error, Refusal, Result};
use crate::event::{EventBody, Stream};
use crate::idempotency::Asked;
use crate::ids::ApiKeyId;
use crate::write_batch::{Row, WriteBatch};

/// A request to revoke a key.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct RevokeKey {
    /// The key.
    pub key: ApiKeyId,
}

/// Whether the caller may revoke this key: their own, or as somebody who manages members, anybody's.
///
/// # Errors
/// [`Refusal::MissingPermission`], [`Refusal::MissingScope`].
pub fn check_revoke(member: &Member, key: &ApiKey) -> Result<(), Refusal> {
    member.check(Permission::RevokeKeys)?;
    if key.user == member.user { Ok(()) } else { member.check(Permission::ManageMembers) }
}

/// Revokes a key for good; its next request is refused. One that is revoked already stays so.
///
/// # Errors
/// `SignedOut`, `Forbidden`, `OutOfScope`, `NotFound` (somebody else's key, for those who don't see
/// it), `Conflict`.
pub async fn revoke(ctx: &Context, input: RevokeKey) -> Result<()> {
    let asked = Asked::new("api_key::revoke", &input)?;
    let read = ctx.store.key_to_revoke(&ctx.caller, input.key).await?;
    let member = read.principal.require(Permission::RevokeKeys)?;
    if asked.first_answer(read.answered.as_ref())?.is_some() {
        return Ok(());
    }
    let scene = read.data.ok_or(Error::NotFound)?;
    let (mut key, mut workspace) = (scene.key, scene.workspace);
    if key.user != member.user && !member.role.allows(Permission::ManageMembers) {
        return Err(Error::NotFound);
    }
    check_revoke(member, &key)?;
    if key.revoked_at.is_some() {
        return Ok(());
    }
    let (stream, actor) = (Stream::Workspace(workspace.id), Actor::User(member.user));
    let mut batch = WriteBatch::new(workspace.id);
    let body = EventBody::ApiKeyRevoked { key: key.id };
    batch.append(&mut workspace.head, stream, actor, ctx.now(), body)?;
    batch.events.iter().for_each(|event| key.apply(event));
    batch.answer(ctx, member.user, &asked, &key.id.to_string());
    batch.rows.push(Row::Workspace(workspace));
    batch.rows.push(Row::ApiKey(Box::new(key)));
    ctx.commit(batch).await
}
