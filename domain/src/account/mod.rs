//! People, passwords and sessions.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::error::{Error, Field, Problem, Result};
use crate::ids::{SessionId, UserId, WorkspaceId};
use crate::ports::Random;
use crate::token::{Token, TokenKind};

mod profile;
mod reset;
mod sessions;
mod set_up;
mod sign_in;
mod store;

pub use profile::{
    ChangePassword, PASSWORD_CHANGED, PROFILE_RENAMED, Rename, change_password, check_browser,
    rename,
};
pub use reset::{
    OfferReset, OfferedReset, PASSWORD_RESET, RESET_MS, ResetPassword, check_offer_reset,
    offer_reset, reset_password,
};
pub use sessions::{
    RevokeSession, SESSION_REVOKED, SESSIONS_REVOKED, revoke_other_sessions, revoke_session,
};
pub use set_up::{Admission, MAX_SETUP_GUESSES, SetUp, SetUpScene, set_up};
pub use sign_in::{
    ATTEMPT_WINDOW_MS, Attempts, Counted, MAX_PER_EMAIL, MAX_PER_NETWORK, MAX_PER_PAIR,
    SIGN_IN_REFUSED, SIGNED_IN, SIGNED_OUT, SignIn, SignInScene, SignedIn, sign_in, sign_out,
    slow_down_after, slow_down_ms,
};
pub use store::{
    AccountChange, AccountDeed, AccountStore, Ended, OfferScene, OpenReset, Opening, PasswordReset,
    PasswordScene, ResetLink, ResetScene, SessionSummary,
};

/// How long a session lasts, in milliseconds: 30 days.
pub const SESSION_MS: i64 = 30 * 24 * 3_600_000;

/// A person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// Their name.
    pub name: String,
    /// Their email address.
    pub email: Email,
    /// The argon2id hash of their password, in PHC form.
    pub password_hash: PasswordHash,
    /// When they came.
    pub created_at: Timestamp,
}

/// An email address, lower case.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Email(String);

impl Email {
    /// The address of this text: one `@` with something on both sides, no white space, at most
    /// 254 characters. Whether it exists shows when something is sent to it.
    ///
    /// # Errors
    /// [`Error::Invalid`] for [`Field::Email`].
    pub fn parse(raw: &str) -> Result<Self> {
        // Lower case can be longer: what is stored is what is measured.
        let text = crate::text::line(Field::Email, &raw.trim().to_lowercase(), 1, 254)?;
        let (local, host) = text.split_once('@').unwrap_or_default();
        let fits = !local.is_empty()
            && !host.is_empty()
            && !host.contains('@')
            && !text.contains(char::is_whitespace);
        if fits { Ok(Self(text)) } else { Err(Error::invalid(Field::Email, Problem::Malformed)) }
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A password as typed. It is never printed, stored or compared.
#[derive(Clone)]
pub struct Password(String);

impl Password {
    /// A password that may be set: 12 to 200 characters.
    ///
    /// # Errors
    /// [`Error::Invalid`] for [`Field::Password`].
    pub fn choose(raw: &str) -> Result<Self> {
        let invalid = |problem| Err(Error::invalid(Field::Password, problem));
        match raw.chars().count() {
            0 => invalid(Problem::Empty),
            1..12 => invalid(Problem::TooShort { min: 12 }),
            201.. => invalid(Problem::TooLong { max: 200 }),
            _ => Ok(Self(raw.to_owned())),
        }
    }

    /// A password to be verified; too long a text can't be one.
    pub fn attempt(raw: &str) -> Option<Self> {
        (raw.chars().count() <= 200).then(|| Self(raw.to_owned()))
    }

    /// Its bytes, for the hasher alone.
    pub fn expose(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// A password's argon2id hash, in PHC form.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(pub String);

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

/// The kind of [`SessionToken`].
pub struct OfSession;

impl TokenKind for OfSession {
    const NAME: &'static str = "SessionToken";
}

/// What a session cookie holds.
pub type SessionToken = Token<OfSession>;

/// A signed-in browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// The person.
    pub user: UserId,
    /// The workspace that it has open.
    pub workspace: WorkspaceId,
    /// SHA-256 of its token.
    pub token_hash: [u8; 32],
    /// The browser, as it named itself; at most 200 characters.
    pub device: String,
    /// The network that it was opened from; empty where nobody can tell.
    pub network: String,
    /// When it began.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

impl Session {
    /// A new session and the token that opens it.
    pub fn begin(
        user: UserId,
        workspace: WorkspaceId,
        device: &str,
        now: Timestamp,
        random: &dyn Random,
    ) -> (Self, SessionToken) {
        let token = SessionToken::generate(random);
        let session = Self {
            id: SessionId::generate(now, random),
            user,
            workspace,
            token_hash: token.hash(),
            device: device.chars().filter(|c| !c.is_control()).take(200).collect(),
            network: String::new(),
            created_at: now,
            expires_at: now.plus_ms(SESSION_MS),
        };
        (session, token)
    }

    /// As opened from this network.
    #[must_use]
    pub fn from_network(mut self, network: &str) -> Self {
        network.clone_into(&mut self.network);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_passwords_are_checked() {
        assert_eq!(
            Email::parse(" Ada@Example.ORG ").map(|e| e.0),
            Ok("ada@example.org".to_owned())
        );
        for bad in ["", "a", "@b", "a@", "a@b@c", "a b@c"] {
            assert!(Email::parse(bad).is_err(), "{bad}");
        }
        // 129 characters as typed and 256 in lower case: what is stored must be readable again.
        assert!(Email::parse(&format!("{}@b", "\u{130}".repeat(127))).is_err());
        assert!(Password::choose("short").is_err());
        assert!(Password::choose(&"x".repeat(201)).is_err());
        assert!(Password::choose("correct horse battery").is_ok());
        assert_eq!(format!("{:?}", Password::choose("correct horse").unwrap()), "Password(…)");
    }
}
