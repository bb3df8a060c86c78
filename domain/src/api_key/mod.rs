//! Keys for programs. A key acts in its owner's name, with at most its own scopes and its owner's
//! present role, in one workspace and maybe only one of its projects.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::actor::{Member, Permission, Role};
use crate::clock::Timestamp;
use crate::context::Caller;
use crate::error::{Error, Field, Problem, Refusal, Result};
use crate::event::{ApiKeyCreated, Event, EventBody};
use crate::ids::{ApiKeyId, ProjectId, UserId, WorkspaceId};
use crate::ports::Read;
use crate::project::ProjectKey;
use crate::scope::{Scope, Scopes};
use crate::views::PageRead;
use crate::workspace::Workspace;

mod create;
mod exchange;
mod revoke;
mod secret;

pub use create::{CreateKey, CreatedKey, create};
pub use exchange::{Exchanged, exchange};
pub use revoke::{RevokeKey, check_revoke, revoke};
pub use secret::ApiKeySecret;

/// Most keys of one person in one workspace that are live at once.
pub const MAX_LIVE_KEYS: usize = 50;

/// How long a key that was used isn't noted again, in milliseconds.
pub const USE_NOTED_EVERY_MS: i64 = 60_000;

/// How long a key lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifetime {
    /// So many days.
    Days(u16),
    /// Until it is revoked.
    Endless,
}

impl Lifetime {
    /// What there is to choose from.
    pub const ALL: [Self; 4] = [Self::Days(30), Self::Days(90), Self::Days(365), Self::Endless];

    /// The word in forms and requests.
    pub fn as_str(self) -> String {
        match self {
            Self::Days(days) => days.to_string(),
            Self::Endless => "never".to_owned(),
        }
    }

    /// The lifetime of this word.
    ///
    /// # Errors
    /// [`Error::Invalid`] for [`Field::Expiry`].
    pub fn parse(word: &str) -> Result<Self> {
        let known = Self::ALL.into_iter().find(|lifetime| lifetime.as_str() == word);
        known.ok_or(Error::invalid(Field::Expiry, Problem::Malformed))
    }

    /// When a key ends that is made at `now` by one that ends at `bound`: never later than that.
    pub fn end_within(self, now: Timestamp, bound: Option<Timestamp>) -> Option<Timestamp> {
        [self.end(now), bound].into_iter().flatten().min()
    }

    /// When a key ends that is made at `now`.
    fn end(self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Days(days) => Some(now.plus_ms(i64::from(days).saturating_mul(24 * 3_600_000))),
            Self::Endless => None,
        }
    }
}

/// A key, without its secret: nobody knows that but its owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// The workspace that it acts in.
    pub workspace: WorkspaceId,
    /// In whose name it acts.
    pub user: UserId,
    /// What its owner calls it.
    pub name: String,
    /// How its text begins.
    pub prefix: String,
    /// What it may do.
    pub scopes: Scopes,
    /// The only project that it reaches.
    pub project: Option<ProjectId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
    /// The key that made it; none when a person did in a browser.
    pub made_by: Option<ApiKeyId>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// The version of the workspace's stream at which it was last changed.
    pub version: i64,
}

/// Whether a key works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// It does.
    Live,
    /// Its time is over.
    Expired,
    /// Somebody revoked it.
    Revoked,
    /// Its owner has left the workspace since it was made.
    Ownerless,
}

impl KeyState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Live, Self::Expired, Self::Revoked, Self::Ownerless];

    /// The word stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::Ownerless => "ownerless",
        }
    }
}

impl ApiKey {
    /// The key that its event makes; none for other events.
    pub fn begin(event: &Event) -> Option<Self> {
        let EventBody::ApiKeyCreated(created) = &event.body else {
            return None;
        };
        let ApiKeyCreated { key, user, name, prefix, scopes, project, expires_at, made_by } =
            &**created;
        Some(Self {
            id: *key,
            workspace: event.workspace,
            user: *user,
            name: name.clone(),
            prefix: prefix.clone(),
            scopes: scopes.clone(),
            project: *project,
            created_at: event.at,
            expires_at: *expires_at,
            made_by: *made_by,
            revoked_at: None,
            version: event.version,
        })
    }

    /// What an event of the workspace's stream makes of it.
    pub fn apply(&mut self, event: &Event) {
        let is_ended = match event.body {
            EventBody::ApiKeyRevoked { key } => key == self.id,
            // Whoever leaves takes their keys along.
            EventBody::MemberRemoved { user } => user == self.user,
            _ => false,
        };
        if is_ended && self.revoked_at.is_none() {
            (self.revoked_at, self.version) = (Some(event.at), event.version);
        }
    }

    /// Every key that a workspace's stream makes, in their order.
    pub fn replay(events: &[Event]) -> Vec<Self> {
        let mut keys: Vec<Self> = vec![];
        for event in events {
            keys.iter_mut().for_each(|key| key.apply(event));
            keys.extend(Self::begin(event));
        }
        keys
    }
}

/// SHA-256 of a key's text, which the store finds it by.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretHash(pub [u8; 32]);

// A credential must never reach a log, not even hashed.
impl core::fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("SecretHash(…)")
    }
}

/// The permission that a scope carries.
fn permission_of(scope: Scope) -> Option<Permission> {
    Permission::ALL.into_iter().find(|permission| permission.scope() == scope)
}

/// Whether a key that this person, or their key, makes may have the scope.
///
/// # Errors
/// [`Refusal::MissingPermission`], [`Refusal::MissingScope`].
pub fn check_grant(member: &Member, scope: Scope) -> Result<(), Refusal> {
    permission_of(scope).map_or(Ok(()), |permission| member.check(permission))
}

/// What making a key needs to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewKeyScene {
    /// The workspace.
    pub workspace: Workspace,
    /// The project that it is to be for, if the caller reaches it.
    pub project: Option<ProjectId>,
    /// How many live keys the person has here.
    pub live: usize,
}

/// What revoking a key needs to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyScene {
    /// The workspace.
    pub workspace: Workspace,
    /// The key.
    pub key: ApiKey,
}

/// Whose keys to list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Whose {
    /// The caller's own.
    #[default]
    Mine,
    /// Everybody's in the workspace, for those who may manage its members.
    Everybodys,
}

/// Which keys to list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyFilter {
    /// Whose.
    pub whose: Whose,
    /// Only keys after this one, newest first.
    pub after: Option<KeyCursor>,
    /// At most so many; 0 is a page's.
    pub limit: u32,
}

/// A place in a list of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyCursor {
    /// When the last one shown was made.
    pub created_at: Timestamp,
    /// Its id.
    pub id: ApiKeyId,
}

/// A key in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySummary {
    /// The key.
    pub key: ApiKey,
    /// Its owner's name.
    pub owner: String,
    /// Its owner's role, if they have been a member ever since it was made.
    pub role: Option<Role>,
    /// The key of its only project.
    pub project: Option<ProjectKey>,
    /// What the key that made it is called, where one did.
    pub maker: Option<String>,
    /// When it was last used, within a minute.
    pub last_used_at: Option<Timestamp>,
}

impl KeySummary {
    /// Whether it works at `now`.
    pub fn state(&self, now: Timestamp) -> KeyState {
        if self.key.revoked_at.is_some() {
            KeyState::Revoked
        } else if self.key.expires_at.is_some_and(|end| end <= now) {
            KeyState::Expired
        } else if self.role.is_none() {
            KeyState::Ownerless
        } else {
            KeyState::Live
        }
    }
}

/// Keys, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyList {
    /// The keys.
    pub keys: Vec<KeySummary>,
    /// Where the next page begins.
    pub next: Option<KeyCursor>,
}

/// What is read and noted of keys. Each method is one round trip.
#[async_trait]
pub trait ApiKeyStore {
    /// What making a key for this project, or for all, needs.
    async fn key_to_create(
        &self,
        caller: &Caller,
        project: Option<ProjectId>,
    ) -> Result<Read<Option<NewKeyScene>>>;
    /// A key of the caller's workspace.
    async fn key_to_revoke(&self, caller: &Caller, key: ApiKeyId)
    -> Result<Read<Option<KeyScene>>>;
    /// Keys. Everybody's only if the caller's role may manage members; a key that is for one project
    /// sees only keys for that project.
    async fn api_keys(&self, caller: &Caller, filter: &KeyFilter) -> Result<PageRead<KeyList>>;
    /// One key, for whom [`ApiKeyStore::api_keys`] would list it.
    async fn api_key(&self, caller: &Caller, key: ApiKeyId) -> Result<Read<Option<KeySummary>>>;
    /// Notes that a key was used, unless that was noted within the last minute.
    async fn note_key_used(&self, key: ApiKeyId, now: Timestamp) -> Result<()>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifetimes_are_read_back_and_nothing_else_is_one() {
        for lifetime in Lifetime::ALL {
            assert_eq!(Lifetime::parse(&lifetime.as_str()), Ok(lifetime));
        }
        for bad in ["", "0", "31", "-30", "030", "Never", "99999999999"] {
            assert!(Lifetime::parse(bad).is_err(), "{bad:?}");
        }
        let now = Timestamp(1_000);
        assert_eq!(Lifetime::Days(30).end(now), Some(Timestamp(1_000 + 30 * 86_400_000)));
        assert_eq!(Lifetime::Endless.end(now), None);
    }

    #[test]
    fn a_key_made_by_one_that_ends_ends_no_later() {
        let (now, soon) = (Timestamp(1_000), Timestamp(2_000));
        let month = Lifetime::Days(30).end(now);
        for (lifetime, bound, end) in [
            (Lifetime::Endless, None, None),
            (Lifetime::Endless, Some(soon), Some(soon)),
            (Lifetime::Days(30), Some(soon), Some(soon)),
            (Lifetime::Days(30), Lifetime::Days(90).end(now), month),
            (Lifetime::Days(30), None, month),
        ] {
            assert_eq!(lifetime.end_within(now, bound), end, "{lifetime:?} {bound:?}");
        }
    }

    #[test]
    fn every_scope_has_the_permission_that_has_it() {
        for scope in Scope::ALL {
            assert_eq!(permission_of(scope).map(Permission::scope), Some(scope));
        }
    }

    #[test]
    fn the_hash_of_a_secret_is_not_printed() {
        assert_eq!(format!("{:?}", SecretHash([7; 32])), "SecretHash(…)");
    }
}
