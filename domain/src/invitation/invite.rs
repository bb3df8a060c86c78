//! Making an invitation.

use serde::Serialize;

use super::{Invitation, Letter, LinkToken};
use crate::account::Email;
use crate::actor::{Actor, Member, Permission, Role};
use crate::context::Context;
use crate::error::{Error, Field, Problem, Refusal, Result};
use crate::event::EventBody;
use crate::idempotency::Asked;
use crate::ids::InvitationId;
use crate::ports::Mailer;
use crate::write_batch::{Row, WriteBatch};

/// How long an invitation lasts, in milliseconds: 7 days.
pub const INVITATION_MS: i64 = 7 * 24 * 3_600_000;
/// How many invitations of a workspace may wait at once.
pub const MAX_OPEN: u32 = 100;

/// A request to invite somebody, as typed.
#[derive(Clone, Debug, Serialize)]
pub struct Invite {
    /// The role that they get, as a word.
    pub role: String,
    /// Their email address; empty for whoever has the link.
    pub email: String,
}

/// An invitation that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invited {
    /// Its id.
    pub id: InvitationId,
    /// What its link holds: this once. A retry of the same request isn't told again.
    pub token: Option<LinkToken>,
    /// Whether a letter with the link was sent.
    pub sent: bool,
}

/// Whether `actor` may invite somebody who gets this role.
///
/// # Errors
/// Why not.
pub fn check_invite(actor: &Member, role: Role) -> Result<(), Refusal> {
    actor.check(Permission::ManageMembers)?;
    if role > actor.role { Err(Refusal::AboveOwnRole) } else { Ok(()) }
}

/// Makes a link that lets one person in, and sends it where an address was given.
///
/// # Errors
/// `SignedOut`, `Forbidden`, `OutOfScope`, `Invalid`, `Refused(AboveOwnRole)`,
/// `Refused(AlreadyMember)`, `Refused(TooManyInvitations)`, `Conflict` when the workspace changed at the
/// same moment.
pub async fn invite(ctx: &Context, mailer: &dyn Mailer, input: Invite) -> Result<Invited> {
    let asked = Asked::new("invitation::invite", &input)?;
    // What can't be an address names nobody; who may not ask isn't told.
    let email = match input.email.trim() {
        "" => Ok(None),
        typed => Email::parse(typed).map(Some),
    };
    let address = email.as_ref().ok().and_then(Option::as_ref);
    let read = ctx.store.inviting(&ctx.caller, address).await?;
    let actor = read.principal.require(Permission::ManageMembers)?;
    if let Some(first) = asked.first_answer(read.answered.as_ref())? {
        let id = first.parse().map_err(|_| Error::Internal)?;
        return Ok(Invited { id, token: None, sent: false });
    }
    let scene = read.data.ok_or(Error::NotFound)?;
    let role = Role::parse(&input.role)
        .ok_or(Error::Invalid { field: Field::Role, problem: Problem::Malformed })?;
    check_invite(actor, role)?;
    let email = email?;
    if scene.is_member {
        return Err(Refusal::AlreadyMember.into());
    }
    if scene.open >= MAX_OPEN {
        return Err(Refusal::TooManyInvitations { max: MAX_OPEN }.into());
    }
    let token = LinkToken::generate(&*ctx.random);
    let (id, workspace) = (InvitationId::generate(ctx.now(), &*ctx.random), scene.workspace.id);
    let (name, invited_by) = (scene.workspace.name.clone(), actor.user);
    let (created_at, expires_at) = (ctx.now(), ctx.now().plus_ms(INVITATION_MS));
    let mut batch = WriteBatch::new(workspace);
    batch.answer(ctx, invited_by, &asked, &id.to_string());
    let body = EventBody::MemberInvited { invitation: id, role, email: email.clone(), expires_at };
    let version = scene.workspace.record(ctx, &mut batch, Actor::User(invited_by), body)?;
    batch.rows.push(Row::NewInvitation {
        invitation: Invitation {
            id,
            workspace,
            role,
            email: email.clone(),
            invited_by,
            created_at,
            expires_at,
            end: None,
            version,
        },
        token_hash: token.hash(),
    });
    ctx.commit(batch).await?;
    let letter = email.map(|to| Letter::Invitation {
        to,
        workspace: name,
        inviter: actor.name.clone(),
        role,
        token: token.clone(),
        expires_at,
    });
    let sent = match letter {
        // The invitation stands, and its link is shown: a letter that isn't sent loses nothing.
        Some(letter) => mailer.send(&letter).await.unwrap_or(false),
        None => false,
    };
    Ok(Invited { id, token: Some(token), sent })
}
