//! Signing in and out.

use crate::account::{Email, Opening, Password, Session, SessionToken, User};
use crate::actor::Actor;
use crate::audit::AuditEntry;
use crate::context::Context;
use crate::error::{Error, Field, Problem, Refusal, Result};
use crate::ids::{AuditId, WorkspaceId};
use crate::ports::Passwords;

/// The audit log's name of a sign-in.
pub const SIGNED_IN: &str = "signed_in";
/// Of a sign-out.
pub const SIGNED_OUT: &str = "signed_out";
/// Of a failed sign-in at the address of somebody who exists.
pub const SIGN_IN_REFUSED: &str = "sign_in";

/// How long attempts are counted, in milliseconds: 15 minutes.
pub const ATTEMPT_WINDOW_MS: i64 = 15 * 60_000;
/// Attempts from one network in the window, at whatever email addresses, before it is locked. Those
/// that succeeded don't count.
pub const MAX_PER_NETWORK: u32 = 40;
/// Attempts at one email address from one network in the window before that pair is locked.
pub const MAX_PER_PAIR: u32 = 8;
/// Attempts at one email address from all networks together in the window before it is locked. Far
/// above what one network may do: a stranger's guesses lock the stranger out, not the person.
pub const MAX_PER_EMAIL: u32 = 100;

/// A request to sign in, as typed.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// The email address.
    pub email: String,
    /// The password.
    pub password: String,
    /// The network that it comes from.
    pub network: String,
    /// The browser.
    pub device: String,
}

/// A count of attempts, the present one included, in a window that ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Attempts since the window began.
    pub attempts: u32,
    /// Milliseconds until it ends.
    pub window_left_ms: i64,
}

impl Counted {
    /// Refuses when there were more than `most`.
    ///
    /// # Errors
    /// `TooMany`, with the seconds until this window ends.
    pub fn check(self, most: u32) -> Result<()> {
        if self.attempts <= most {
            return Ok(());
        }
        let seconds = self.window_left_ms.saturating_add(999) / 1_000;
        let retry_after_s = u32::try_from(seconds).unwrap_or(u32::MAX).max(1);
        Err(Error::TooMany { retry_after_s })
    }
}

/// How often somebody tried. What is locked already isn't counted any further: one network over its
/// limit raises no other count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attempts {
    /// From this network.
    pub network: Counted,
    /// From this network at this email address.
    pub pair: Counted,
    /// At this email address.
    pub email: Counted,
}

impl Attempts {
    /// Refuses what is over a limit, with the wait of the window that is exceeded.
    ///
    /// # Errors
    /// `TooMany`.
    pub fn check(&self) -> Result<()> {
        self.network.check(MAX_PER_NETWORK)?;
        self.pair.check(MAX_PER_PAIR)?;
        self.email.check(MAX_PER_EMAIL)
    }
}

/// What signing in reads. The store counts the attempt in the same batch, before the password
/// is looked at, so that parallel guesses can't outrun the count.
#[derive(Clone, Debug)]
pub struct SignInScene {
    /// The person with that address, and the workspace to open, unless they are in none.
    pub user: Option<(User, Option<WorkspaceId>)>,
    /// The attempts so far.
    pub attempts: Attempts,
}

/// A successful sign-in.
#[derive(Debug)]
pub struct SignedIn {
    /// For the cookie.
    pub token: SessionToken,
}

/// How long the answer to a failed attempt is held back, in milliseconds: it doubles from the
/// third on, to 4 s at most.
pub fn slow_down_ms(attempts: &Attempts) -> u64 {
    slow_down_after(attempts.pair.attempts)
}

/// As [`slow_down_ms`], after so many attempts.
pub fn slow_down_after(attempts: u32) -> u64 {
    match attempts {
        0..=2 => 0,
        n => 250u64.saturating_mul(1 << (n.saturating_sub(3)).min(4)),
    }
}

/// Signs a person in and opens a new session: an older one of the same browser isn't reused.
/// The answer doesn't tell whether the email address is known.
///
/// # Errors
/// `Invalid { Password, WrongCredentials }` (hold the answer back by [`slow_down_ms`]),
/// `TooMany`, `Refused(NoWorkspace)` for somebody who is a member of none any more.
pub async fn sign_in(
    ctx: &Context,
    passwords: &dyn Passwords,
    input: SignIn,
) -> Result<SignedIn, (Error, Attempts)> {
    let wrong = Error::invalid(Field::Password, Problem::WrongCredentials);
    let email = Email::parse(&input.email).map_err(|e| (e, Attempts::default()))?;
    let scene = ctx
        .store
        .begin_sign_in(&email, &input.network, ctx.now())
        .await
        .map_err(|e| (e, Attempts::default()))?;
    let attempts = scene.attempts;
    attempts.check().map_err(|e| (e, attempts))?;
    let refuse = || {
        if let Some((user, Some(workspace))) = &scene.user {
            note_refusal(ctx, user, *workspace);
        }
        (wrong.clone(), attempts)
    };
    let password = Password::attempt(&input.password).ok_or_else(refuse)?;
    let hash = scene.user.as_ref().map(|(user, _)| &user.password_hash);
    let is_right = passwords.verify(&password, hash).await.map_err(|e| (e, attempts))?;
    let Some((user, workspace)) = scene.user.as_ref().filter(|_| is_right) else {
        return Err(refuse());
    };
    let workspace = workspace.ok_or((Refusal::NoWorkspace.into(), attempts))?;
    let now = ctx.now();
    let (session, token) = Session::begin(user.id, workspace, &input.device, now, &*ctx.random);
    let (actor, target) = (Actor::User(user.id), session.id.to_string());
    let opening = Opening {
        session: session.from_network(&input.network),
        email: &email,
        network: &input.network,
        proved_by: Some(user.password_hash.clone()),
        audit: Some(AuditEntry::done(ctx, workspace, actor, SIGNED_IN, target)),
    };
    match ctx.store.open_session(opening).await {
        Ok(()) => Ok(SignedIn { token }),
        // The password was changed while it was verified.
        Err(Error::Conflict { .. }) => Err(refuse()),
        Err(error) => Err((error, attempts)),
    }
}

/// Leaves an entry for whoever exists: their workspace should know that somebody tries.
fn note_refusal(ctx: &Context, user: &User, workspace: WorkspaceId) {
    let (actor, target) = (Actor::User(user.id), user.id.to_string());
    let entry = AuditEntry::refused(
        ctx,
        workspace,
        (actor, crate::audit::Proof::Secret),
        (SIGN_IN_REFUSED, target),
        "wrong_credentials",
    );
    ctx.caller.witness.leave(entry);
}

/// Ends the caller's session at once. Without one it does nothing.
///
/// # Errors
/// As the store.
pub async fn sign_out(ctx: &Context) -> Result<()> {
    let entry = AuditId::generate(ctx.now(), &*ctx.random);
    ctx.store.revoke_session(&ctx.caller, entry).await.map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(attempts: u32, window_left_ms: i64) -> Counted {
        Counted { attempts, window_left_ms }
    }

    #[test]
    fn the_first_mistakes_are_free_and_later_ones_cost_time() {
        let delay = |n| slow_down_ms(&Attempts { pair: counted(n, 0), ..Attempts::default() });
        assert_eq!([1, 2, 3, 4, 5, 9, 90].map(delay), [0, 0, 250, 500, 1_000, 4_000, 4_000]);
    }

    #[test]
    fn the_wait_is_that_of_the_window_that_is_exceeded() {
        let at = |network, pair, email| Attempts { network, pair, email };
        let few = counted(1, 900_000);
        assert_eq!(at(few, counted(8, 1), few).check(), Ok(()));
        let wait = |retry_after_s| Err(Error::TooMany { retry_after_s });
        assert_eq!(at(few, counted(9, 1_500), few).check(), wait(2));
        assert_eq!(at(counted(41, 60_000), few, few).check(), wait(60));
        assert_eq!(at(few, few, counted(101, 0)).check(), wait(1));
    }
}
