//! A person's own name and password.

use serde::Serialize;

use crate::account::{AccountChange, AccountDeed, Ended, MAX_PER_PAIR, Password, slow_down_after};
use crate::actor::{Actor, Member};
use crate::audit::AuditEntry;
use crate::context::Context;
use crate::error::{Error, Field, Problem, Refusal, Result};
use crate::idempotency::Asked;
use crate::ids::SessionId;
use crate::ports::Passwords;
use crate::text;

/// The audit log's name of a change of one's name.
pub const PROFILE_RENAMED: &str = "profile_renamed";
/// Of a change of one's password.
pub const PASSWORD_CHANGED: &str = "password_changed";

/// A request to change one's own name, as typed.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Rename {
    /// The new name.
    pub name: String,
}

/// A request to change one's own password, as typed.
#[derive(Clone, Debug, Default)]
pub struct ChangePassword {
    /// The present one.
    pub present: String,
    /// The new one.
    pub password: String,
}

/// The session of a person in a browser: no key reaches somebody's account.
///
/// # Errors
/// [`Refusal::OnlyInBrowser`].
pub fn check_browser(member: &Member) -> Result<SessionId, Refusal> {
    member.session().ok_or(Refusal::OnlyInBrowser)
}

/// Changes one's own name.
///
/// # Errors
/// `SignedOut`, `Refused(OnlyInBrowser)`, `Invalid`.
pub async fn rename(ctx: &Context, input: Rename) -> Result<()> {
    let asked = Asked::new("account::rename", &input)?;
    let read = ctx.store.principal(&ctx.caller).await?;
    let member = read.principal.member()?;
    check_browser(member)?;
    if asked.first_answer(read.answered.as_ref())?.is_some() {
        return Ok(());
    }
    let name = text::line(Field::Name, &input.name, 1, 80)?;
    if name == member.name {
        return Ok(());
    }
    let user = member.user.to_string();
    let deed = deed(ctx, member, AccountChange::Name(name), (PROFILE_RENAMED, user), &asked);
    ctx.store.change_account(deed).await
}

/// Changes one's own password. Every other session of the person ends.
///
/// # Errors
/// `SignedOut`, `Refused(OnlyInBrowser)`, `TooMany`, `Invalid { PresentPassword, WrongCredentials }`
/// (hold the answer back by so many milliseconds), `Invalid { Password, .. }`, `Conflict`.
pub async fn change_password(
    ctx: &Context,
    passwords: &dyn Passwords,
    input: ChangePassword,
) -> Result<(), (Error, u64)> {
    let at_once = |error: Error| (error, 0);
    // Not its input: a fingerprint of a password could be guessed at.
    let asked = Asked::new("account::change_password", &()).map_err(at_once)?;
    let read = ctx.store.begin_password_change(&ctx.caller).await.map_err(at_once)?;
    let member = read.principal.member().map_err(at_once)?;
    let session = check_browser(member).map_err(|refusal| at_once(refusal.into()))?;
    let scene = read.data.ok_or((Error::Internal, 0))?;
    scene.attempts.check(MAX_PER_PAIR).map_err(at_once)?;
    let password = Password::choose(&input.password).map_err(at_once)?;
    if asked.first_answer(read.answered.as_ref()).map_err(at_once)?.is_some() {
        return repeated(passwords, &password, &scene.hash).await.map_err(at_once);
    }
    let wrong = Error::invalid(Field::PresentPassword, Problem::WrongCredentials);
    let slowly = |error: Error| (error, slow_down_after(scene.attempts.attempts));
    let present = Password::attempt(&input.present).ok_or_else(|| slowly(wrong.clone()))?;
    if !passwords.verify(&present, Some(&scene.hash)).await.map_err(at_once)? {
        return Err(slowly(wrong));
    }
    let to = passwords.hash(&password).await.map_err(at_once)?;
    let change = AccountChange::Password { from: scene.hash, to, ended: Ended::AllBut(session) };
    let target = (PASSWORD_CHANGED, member.user.to_string());
    let deed = deed(ctx, member, change, target, &asked);
    ctx.store.change_account(deed).await.map_err(at_once)
}

/// The same request once more: it was done if the password is the one that it asked for.
async fn repeated(
    passwords: &dyn Passwords,
    password: &Password,
    hash: &crate::account::PasswordHash,
) -> Result<()> {
    if passwords.verify(password, Some(hash)).await? {
        Ok(())
    } else {
        Err(Error::invalid(Field::Form, Problem::KeyReused))
    }
}

/// What a person does to their own account.
pub(super) fn deed(
    ctx: &Context,
    member: &Member,
    change: AccountChange,
    (action, target): (&str, String),
    asked: &Asked,
) -> AccountDeed {
    let user = member.user;
    let audit = AuditEntry::done(ctx, member.workspace, Actor::User(user), action, target);
    let idempotency = asked.record(ctx, user, "done");
    AccountDeed { user, at: ctx.now(), change, audit, idempotency }
}
