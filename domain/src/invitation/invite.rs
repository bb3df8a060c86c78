//! Making an invitation.

use serde::Serialize;

use super::{Invitation, Letter, LinkToken};
use crate::account::Email;
use crate::actor::{Actor, Member, Permission, Role};
use crate::clock::Timestamp;
use crate::context::Context;
use crate::error::{Error, Field, Problem, Refusal, Result};
use crate::event::EventBody;
use crate::idempotency::Asked;
use crate::ids::{InvitationId, UserId};
use crate::ports::Mailer;
use crate::workspace::Workspace;
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

impl Invited {
    /// What a request that was answered before is told: all but the token.
    pub(super) fn before(first: &str) -> Result<Self> {
        let id = first.parse().map_err(|_| Error::Internal)?;
        Ok(Self { id, token: None, sent: false })
    }
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
        return Invited::before(first);
    }
    let scene = read.data.ok_or(Error::NotFound)?;
    let role = Role::parse(&input.role)
        .ok_or(Error::Invalid { field: Field::Role, problem: Problem::Malformed })?;
    check_invite(actor, role)?;
    let email = email?;
    if scene.is_member {
        return Err(Refusal::AlreadyMember.into());
    }
    check_room(scene.open)?;
    let mut workspace = scene.workspace;
    let mut batch = WriteBatch::new(workspace.id);
    let place = Place { role, email };
    let made = make(ctx, &mut batch, &mut workspace, actor.user, place)?;
    batch.answer(ctx, actor.user, &asked, &made.id.to_string());
    batch.rows.push(Row::Workspace(workspace.clone()));
    ctx.commit(batch).await?;
    send(mailer, made, workspace.name, actor.name.clone()).await
}

/// Whether one more may wait beside so many.
pub(super) fn check_room(open: u32) -> Result<(), Refusal> {
    if open >= MAX_OPEN { Err(Refusal::TooManyInvitations { max: MAX_OPEN }) } else { Ok(()) }
}

/// What somebody is invited to.
pub(super) struct Place {
    pub role: Role,
    /// Whose place it is, where that was said.
    pub email: Option<Email>,
}

/// An invitation that is about to be written.
pub(super) struct Made {
    pub id: InvitationId,
    place: Place,
    token: LinkToken,
    expires_at: Timestamp,
}

/// Adds a new invitation and its event; the workspace's own row is the caller's to write.
pub(super) fn make(
    ctx: &Context,
    batch: &mut WriteBatch,
    workspace: &mut Workspace,
    by: UserId,
    place: Place,
) -> Result<Made> {
    let token = LinkToken::generate(&*ctx.random);
    let id = InvitationId::generate(ctx.now(), &*ctx.random);
    let (created_at, expires_at) = (ctx.now(), ctx.now().plus_ms(INVITATION_MS));
    let Place { role, email } = &place;
    let (role, email) = (*role, email.clone());
    let body = EventBody::MemberInvited { invitation: id, role, email: email.clone(), expires_at };
    let version = workspace.note(ctx, batch, Actor::User(by), body)?;
    batch.rows.push(Row::NewInvitation {
        invitation: Invitation {
            id,
            workspace: workspace.id,
            role,
            email,
            invited_by: by,
            created_at,
            expires_at,
            end: None,
            version,
        },
        token_hash: token.hash(),
    });
    Ok(Made { id, place, token, expires_at })
}

/// Sends the letter of an invitation that was written, if it is for somebody's address.
pub(super) async fn send(
    mailer: &dyn Mailer,
    made: Made,
    workspace: String,
    inviter: String,
) -> Result<Invited> {
    let Made { id, place: Place { role, email }, token, expires_at } = made;
    let sent = match email {
        Some(to) => {
            let token = token.clone();
            let letter = Letter::Invitation { to, workspace, inviter, role, token, expires_at };
            // The invitation stands, and its link is shown: a letter that isn't sent loses nothing.
            mailer.send(&letter).await.unwrap_or(false)
        }
        None => false,
    };
    Ok(Invited { id, token: Some(token), sent })
}
