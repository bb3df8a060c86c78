//! A new password for somebody who forgot theirs: an admin hands them a link.

use serde::Serialize;

use crate::account::{
    AccountChange, AccountDeed, MAX_PER_NETWORK, Password, PasswordReset, check_browser,
};
use crate::actor::{Actor, Member, Permission, Role};
use crate::audit::AuditEntry;
use crate::clock::Timestamp;
use crate::context::Context;
use crate::error::{Error, Refusal, Result};
use crate::event::{EventBody, Stream};
use crate::idempotency::Asked;
use crate::ids::{ResetId, UserId};
use crate::invitation::LinkToken;
use crate::ports::Passwords;
use crate::write_batch::{Row, WriteBatch};

/// How long a link works, in milliseconds: a day.
pub const RESET_MS: i64 = 24 * 3_600_000;

/// The audit log's name of a password that was chosen by a link.
pub const PASSWORD_RESET: &str = "password_reset";

/// A request to offer a member a link.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct OfferReset {
    /// The member.
    pub user: UserId,
}

/// A link that was offered.
#[derive(Clone, Debug)]
pub struct OfferedReset {
    /// Its id.
    pub id: ResetId,
    /// What it ends with, shown this once; none when the request is a retry, whose first answer showed
    /// it.
    pub token: Option<LinkToken>,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

/// A request to choose a new password by a link, as typed.
#[derive(Clone, Debug)]
pub struct ResetPassword {
    /// What the link ends with.
    pub token: String,
    /// The new password.
    pub password: String,
    /// The network that it comes from.
    pub network: String,
}

/// Whether somebody may be offered a link: by a member of no lower role than theirs, in a browser, if
/// they belong to no other workspace, which would be open to whoever has the link. Nobody offers one to
/// themselves: that would be a way around the present password. No key offers one: whoever has the link
/// is that person then, with everything that they may do.
///
/// # Errors
/// [`Refusal::MissingPermission`], [`Refusal::MissingScope`], [`Refusal::OnlyInBrowser`],
/// [`Refusal::OwnReset`], [`Refusal::HigherRole`], [`Refusal::InOtherWorkspaces`].
pub fn check_offer_reset(
    member: &Member,
    user: UserId,
    role: Role,
    is_elsewhere: bool,
) -> Result<(), Refusal> {
    member.check(Permission::ManageMembers)?;
    check_browser(member)?;
    if user == member.user {
        Err(Refusal::OwnReset)
    } else if role > member.role {
        Err(Refusal::HigherRole)
    } else if is_elsewhere {
        Err(Refusal::InOtherWorkspaces)
    } else {
        Ok(())
    }
}

/// Makes a link by which a member chooses a new password. Earlier ones of theirs are void.
///
/// # Errors
/// `SignedOut`, `Forbidden`, `OutOfScope`, `NotFound`, `Refused`, `Conflict`.
pub async fn offer_reset(ctx: &Context, input: OfferReset) -> Result<OfferedReset> {
    let asked = Asked::new("account::offer_reset", &input)?;
    let read = ctx.store.reset_to_offer(&ctx.caller, input.user).await?;
    let member = read.principal.require(Permission::ManageMembers)?;
    // Whom it would be for isn't told to a key either.
    check_browser(member)?;
    let expires_at = ctx.now().plus_ms(RESET_MS);
    if let Some(answer) = asked.first_answer(read.answered.as_ref())? {
        return repeated(answer);
    }
    let scene = read.data.ok_or(Error::NotFound)?;
    check_offer_reset(member, scene.user, scene.role, scene.is_elsewhere)?;
    let token = LinkToken::generate(&*ctx.random);
    let id = ResetId::generate(ctx.now(), &*ctx.random);
    let mut workspace = scene.workspace;
    let (stream, actor) = (Stream::Workspace(workspace.id), Actor::User(member.user));
    let mut batch = WriteBatch::new(workspace.id);
    let body = EventBody::PasswordResetOffered { user: scene.user };
    batch.append(&mut workspace.head, stream, actor, ctx.now(), body)?;
    batch.answer(ctx, member.user, &asked, &format!("{id} {}", expires_at.0));
    batch.rows.push(Row::PasswordReset(Box::new(PasswordReset {
        id,
        token_hash: token.hash(),
        user: scene.user,
        workspace: workspace.id,
        offered_by: member.user,
        created_at: ctx.now(),
        expires_at,
    })));
    batch.rows.push(Row::Workspace(workspace));
    ctx.commit(batch).await?;
    Ok(OfferedReset { id, token: Some(token), expires_at })
}

/// The first answer, without the token: that was shown once.
fn repeated(answer: &str) -> Result<OfferedReset> {
    let (id, expires_at) = answer.split_once(' ').ok_or(Error::Internal)?;
    Ok(OfferedReset {
        id: id.parse().map_err(|_| Error::Internal)?,
        token: None,
        expires_at: Timestamp(expires_at.parse().map_err(|_| Error::Internal)?),
    })
}

/// Chooses a new password by a link, which works once. All sessions of the person end; keys of theirs
/// stay.
///
/// # Errors
/// `TooMany`, `Refused(LinkVoid)`, `Invalid { Password, .. }`.
pub async fn reset_password(
    ctx: &Context,
    passwords: &dyn Passwords,
    input: ResetPassword,
) -> Result<()> {
    let token = LinkToken::parse(&input.token).ok_or(Refusal::LinkVoid)?;
    let scene = ctx.store.begin_reset(token.hash(), &input.network, ctx.now()).await?;
    scene.attempts.check(MAX_PER_NETWORK)?;
    let link = scene.link.ok_or(Refusal::LinkVoid)?;
    let password = Password::choose(&input.password)?;
    let to = passwords.hash(&password).await?;
    let (actor, target) = (Actor::User(link.user), link.user.to_string());
    let deed = AccountDeed {
        user: link.user,
        at: ctx.now(),
        change: AccountChange::Reset { link: link.id, to, network: input.network },
        audit: AuditEntry::done(ctx, link.workspace, actor, PASSWORD_RESET, target),
        idempotency: None,
    };
    match ctx.store.change_account(deed).await {
        Err(Error::Conflict { .. }) => Err(Refusal::LinkVoid.into()),
        outcome => outcome,
    }
}
