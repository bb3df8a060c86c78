//! Signing in and out.

use crate::account::{Email, Password, Session, SessionToken, User};
use crate::context::Context;
use crate::error::{Error, Field, Problem, Result};
use crate::ids::WorkspaceId;
use crate::ports::Passwords;

/// How long attempts are counted, in milliseconds: 15 minutes.
pub const ATTEMPT_WINDOW_MS: i64 = 15 * 60_000;
/// Attempts at one email address in the window before it is locked.
const MAX_PER_EMAIL: u32 = 8;
/// Attempts from one network address in the window before it is locked.
const MAX_PER_ADDRESS: u32 = 40;

/// A request to sign in, as typed.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// The email address.
    pub email: String,
    /// The password.
    pub password: String,
    /// The network address that it comes from.
    pub address: String,
    /// The browser.
    pub device: String,
}

/// How often somebody tried, this attempt included, since the window began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attempts {
    /// At this email address.
    pub email: u32,
    /// From this network address.
    pub address: u32,
    /// Milliseconds until the older of the two windows ends.
    pub window_left_ms: i64,
}

/// What signing in reads. The store counts the attempt in the same batch, before the password
/// is looked at, so that parallel guesses can't outrun the count.
#[derive(Clone, Debug)]
pub struct SignInScene {
    /// The person with that address, and the workspace to open.
    pub user: Option<(User, WorkspaceId)>,
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
    match attempts.email {
        0..=2 => 0,
        n => 250u64.saturating_mul(1 << (n.saturating_sub(3)).min(4)),
    }
}

/// Signs a person in and opens a new session: an older one of the same browser isn't reused.
/// The answer doesn't tell whether the email address is known.
///
/// # Errors
/// `Invalid { Password, WrongCredentials }` (hold the answer back by [`slow_down_ms`]),
/// `TooMany`.
pub async fn sign_in(
    ctx: &Context,
    passwords: &dyn Passwords,
    input: SignIn,
) -> Result<SignedIn, (Error, Attempts)> {
    let wrong = Error::invalid(Field::Password, Problem::WrongCredentials);
    let email = Email::parse(&input.email).map_err(|e| (e, Attempts::default()))?;
    let scene = ctx
        .store
        .begin_sign_in(&email, &input.address, ctx.now())
        .await
        .map_err(|e| (e, Attempts::default()))?;
    let attempts = scene.attempts;
    if attempts.email > MAX_PER_EMAIL || attempts.address > MAX_PER_ADDRESS {
        let seconds = attempts.window_left_ms.max(1_000) / 1_000;
        let retry_after_s = u32::try_from(seconds).unwrap_or(u32::MAX);
        return Err((Error::TooMany { retry_after_s }, attempts));
    }
    let password = Password::attempt(&input.password).ok_or((wrong.clone(), attempts))?;
    let hash = scene.user.as_ref().map(|(user, _)| &user.password_hash);
    let is_right = passwords.verify(&password, hash).await.map_err(|e| (e, attempts))?;
    let Some((user, workspace)) = scene.user.filter(|_| is_right) else {
        return Err((wrong, attempts));
    };
    let now = ctx.now();
    let (session, token) = Session::begin(user.id, workspace, &input.device, now, &*ctx.random);
    ctx.store.open_session(session, &email).await.map_err(|e| (e, attempts))?;
    Ok(SignedIn { token })
}

/// Ends the caller's session at once. Without one it does nothing.
///
/// # Errors
/// As the store.
pub async fn sign_out(ctx: &Context) -> Result<()> {
    ctx.store.revoke_session(&ctx.caller).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_mistakes_are_free_and_later_ones_cost_time() {
        let delay = |email| slow_down_ms(&Attempts { email, ..Attempts::default() });
        assert_eq!([1, 2, 3, 4, 5, 9, 90].map(delay), [0, 0, 250, 500, 1_000, 4_000, 4_000]);
    }
}
