//! What is read and written of people's accounts: passwords, sessions, links that reset a password.
//!
//! None of it has events: a password is no fact that a workspace's log may tell. Each deed is one batch
//! with its entry of the audit log.

use async_trait::async_trait;

use crate::account::{Counted, Email, PasswordHash, Session};
use crate::actor::Role;
use crate::audit::AuditEntry;
use crate::clock::Timestamp;
use crate::context::Caller;
use crate::error::Result;
use crate::idempotency::IdempotencyRecord;
use crate::ids::{ResetId, SessionId, UserId, WorkspaceId};
use crate::ports::Read;
use crate::views::PageRead;
use crate::workspace::Workspace;

/// What changing one's password reads; the store counts the attempt in the same batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordScene {
    /// The present password.
    pub hash: PasswordHash,
    /// Attempts by this person, the present one included.
    pub attempts: Counted,
}

/// What offering a link reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferScene {
    /// The workspace.
    pub workspace: Workspace,
    /// The member whom the link is for.
    pub user: UserId,
    /// Their name.
    pub name: String,
    /// Their role here.
    pub role: Role,
    /// Whether they belong to another workspace as well.
    pub is_elsewhere: bool,
}

/// A link that lets a person choose a new password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordReset {
    /// Its id.
    pub id: ResetId,
    /// SHA-256 of its token.
    pub token_hash: [u8; 32],
    /// Whose password.
    pub user: UserId,
    /// The workspace whose admin offered it.
    pub workspace: WorkspaceId,
    /// Who offered it.
    pub offered_by: UserId,
    /// When.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

/// A link that still works: not used, not replaced, not expired, of a person who is in no other
/// workspace, from somebody who still may offer it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenReset {
    /// The link.
    pub id: ResetId,
    /// Whose password.
    pub user: UserId,
    /// Their name.
    pub name: String,
    /// Their email address.
    pub email: Email,
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The workspace's name.
    pub workspace_name: String,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// What is behind a link's token. Whoever has the token may know what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResetLink {
    /// It works.
    Open(Box<OpenReset>),
    /// It was used, or the password was changed otherwise.
    Used,
    /// Its time is over.
    Expired,
    /// It never was one, was replaced by a newer one, or the reason for it is gone.
    Void,
}

/// What using a link reads; the store counts the attempt in the same batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResetScene {
    /// The link, if it still works.
    pub link: Option<OpenReset>,
    /// Attempts from this network, the present one included.
    pub attempts: Counted,
}

/// A signed-in browser in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionSummary {
    /// Its id.
    pub id: SessionId,
    /// The browser, as it named itself.
    pub device: String,
    /// The network that it signed in from; empty where nobody noted it.
    pub network: String,
    /// The workspace that it has open.
    pub workspace: WorkspaceId,
    /// Its name.
    pub workspace_name: String,
    /// When it signed in.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// Whether it is the one that asks.
    pub is_this: bool,
}

/// Which of a person's sessions end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// This one.
    One(SessionId),
    /// All but this one.
    AllBut(SessionId),
    /// All.
    All,
}

/// What one deed changes of a person's account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountChange {
    /// Their name.
    Name(String),
    /// Their password, if it still is the one that was shown to be known. Open links that would reset
    /// it are void.
    Password {
        /// The one that was.
        from: PasswordHash,
        /// The new one.
        to: PasswordHash,
        /// Which sessions end.
        ended: Ended,
    },
    /// Their password by a link, if it still works. All their sessions end, and every other such link.
    Reset {
        /// The link.
        link: ResetId,
        /// The new password.
        to: PasswordHash,
        /// The network, from whose count of attempts this one is taken back.
        network: String,
    },
    /// Sessions of theirs.
    Sessions(Ended),
}

/// One deed, written whole or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountDeed {
    /// Whose account.
    pub user: UserId,
    /// When.
    pub at: Timestamp,
    /// What changes.
    pub change: AccountChange,
    /// The audit log's entry.
    pub audit: AuditEntry,
    /// The idempotency record.
    pub idempotency: Option<IdempotencyRecord>,
}

/// A session that is being opened.
#[derive(Clone, Debug)]
pub struct Opening<'a> {
    /// It.
    pub session: Session,
    /// The address that was signed in with.
    pub email: &'a Email,
    /// From where.
    pub network: &'a str,
    /// The password that proved it; a session isn't opened by one that was changed meanwhile.
    pub proved_by: Option<PasswordHash>,
    /// The audit log's entry.
    pub audit: Option<AuditEntry>,
}

impl<'a> Opening<'a> {
    /// One that nothing proved and nobody records: a seed's or a test's.
    pub fn unproved(session: Session, email: &'a Email, network: &'a str) -> Self {
        Self { session, email, network, proved_by: None, audit: None }
    }
}

/// What is read and written of accounts. Each method is one round trip.
#[async_trait]
pub trait AccountStore {
    /// Counts an attempt of the signed-in person to prove that they know their password, and reads it.
    async fn begin_password_change(&self, caller: &Caller) -> Result<Read<Option<PasswordScene>>>;
    /// A member of the caller's workspace, for a link that resets their password.
    async fn reset_to_offer(
        &self,
        caller: &Caller,
        user: UserId,
    ) -> Result<Read<Option<OfferScene>>>;
    /// The link with this hash.
    async fn reset_link(&self, token_hash: [u8; 32], now: Timestamp) -> Result<ResetLink>;
    /// Counts an attempt to use a link, and reads it.
    async fn begin_reset(
        &self,
        token_hash: [u8; 32],
        network: &str,
        now: Timestamp,
    ) -> Result<ResetScene>;
    /// The person's live sessions, newest first, at most 100.
    async fn session_list(&self, caller: &Caller) -> Result<PageRead<Vec<SessionSummary>>>;
    /// The person's live sessions, newest first; after that one, at most `limit`.
    async fn sessions(
        &self,
        caller: &Caller,
        after: Option<SessionId>,
        limit: u32,
    ) -> Result<Read<Vec<SessionSummary>>>;
    /// Whether this is a live session of the caller's.
    async fn has_session(&self, caller: &Caller, session: SessionId) -> Result<Read<bool>>;
    /// Writes a deed. `Conflict` when the password or the link isn't any more what was read.
    async fn change_account(&self, deed: AccountDeed) -> Result<()>;
}
