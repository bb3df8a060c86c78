//! What the domain needs of a platform.

use async_trait::async_trait;

use crate::account::{
    AccountStore, Email, Opening, Password, PasswordHash, SetUpScene, SignInScene,
};
use crate::actor::Principal;
use crate::api_key::ApiKeyStore;
use crate::audit::AuditStore;
use crate::clock::Timestamp;
use crate::context::Caller;
use crate::error::Result;
use crate::event::{Event, Stream};
use crate::feed::EventFeed;
use crate::idempotency::Answered;
use crate::ids::{AuditId, EvidenceId, OutboxId, RunId, SandboxId, WorkspaceId};
use crate::invitation::{InvitationStore, Letter};
use crate::listing::ListingStore;
use crate::project::{Project, ProjectKey};
use crate::run::{Evidence, EvidenceStore, LeaseToken, RunScene, StartScene};
use crate::sandbox::{Sandbox, SandboxStore};
use crate::task::{Task, TaskRef};
use crate::validation::DecisionScene;
use crate::views::PageStore;
use crate::workspace::WorkspaceStore;
use crate::write_batch::{OutboxMessage, WriteBatch};

/// Where randomness comes from.
pub trait Random: Send + Sync {
    /// Fills `bytes` with random bits fit for secrets.
    fn fill(&self, bytes: &mut [u8]);
}

/// Password hashing: argon2id, one at a time, since it stalls whatever runs beside it.
#[async_trait]
pub trait Passwords: Send + Sync {
    /// Hashes a new password under a fresh salt.
    ///
    /// # Errors
    /// `Internal`.
    async fn hash(&self, password: &Password) -> Result<PasswordHash>;

    /// Whether the password is the hashed one. Without a hash it takes as long and says no.
    ///
    /// # Errors
    /// `Internal` when the stored hash can't be read.
    async fn verify(&self, password: &Password, hash: Option<&PasswordHash>) -> Result<bool>;
}

/// Sends letters. What it can't send isn't lost: whoever asked is shown what was in it.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Sends a letter. Gives whether there is anybody who delivers it.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn send(&self, letter: &Letter) -> Result<bool>;
}

/// Where uploaded sources are kept, under the hash of their bytes.
#[async_trait]
pub trait SourceVault: Send + Sync {
    /// Keeps the bytes whose SHA-256 this is, hexadecimal; the same bytes again change nothing.
    ///
    /// # Errors
    /// `Unavailable`, `Internal`.
    async fn put(&self, sha256: &str, bytes: Vec<u8>) -> Result<()>;
}

/// What one read batch gives: who asks, whether their idempotency key was answered before, and
/// the data, which is always that of the caller's own workspace.
#[derive(Clone, Debug)]
pub struct Read<T> {
    /// Who asks.
    pub principal: Principal,
    /// The first answer under the caller's idempotency key, not older than it is remembered.
    pub answered: Option<Answered>,
    /// The data; for a caller who is signed out it is always the empty one.
    pub data: T,
}

/// The truth. Each method is one round trip.
#[async_trait]
pub trait Store:
    PageStore
    + AccountStore
    + ApiKeyStore
    + AuditStore
    + ListingStore
    + EvidenceStore
    + SandboxStore
    + EventFeed
    + WorkspaceStore
    + InvitationStore
    + Send
    + Sync
{
    /// Commits a mutation whole or not at all.
    ///
    /// # Errors
    /// `Conflict` when a stream has moved or the idempotency key was just used, `Invalid` for a
    /// taken email address or project key, `Unavailable`, `Internal`.
    async fn commit(&self, batch: WriteBatch) -> Result<()>;

    /// Who asks.
    async fn principal(&self, caller: &Caller) -> Result<Read<()>>;

    /// Whether the first visit has happened.
    async fn is_set_up(&self) -> Result<bool>;
    /// Whether the first visit has happened; until then, counts a guess of the setup token from
    /// this network.
    async fn begin_set_up(&self, network: Option<&str>, now: Timestamp) -> Result<SetUpScene>;
    /// Counts an attempt to sign in and reads the person.
    async fn begin_sign_in(
        &self,
        email: &Email,
        network: &str,
        now: Timestamp,
    ) -> Result<SignInScene>;
    /// Writes a session, forgets the attempts at its email address from this network, and takes
    /// this one back off the network's. `Conflict` when the password isn't any more what proved it.
    async fn open_session(&self, opening: Opening<'_>) -> Result<()>;
    /// Ends the caller's session, with an entry of the audit log under this id. Gives its workspace,
    /// if there was one to end.
    async fn revoke_session(&self, caller: &Caller, entry: AuditId) -> Result<Option<WorkspaceId>>;

    /// A project by its key.
    async fn project(&self, caller: &Caller, key: &ProjectKey) -> Result<Read<Option<Project>>>;
    /// A project and the number that its next task gets.
    async fn project_for_new_task(
        &self,
        caller: &Caller,
        key: &ProjectKey,
    ) -> Result<Read<Option<(Project, i64)>>>;

    /// A task.
    async fn task(&self, caller: &Caller, task: &TaskRef) -> Result<Read<Option<Task>>>;
    /// A task and what starting it needs.
    async fn task_to_start(
        &self,
        caller: &Caller,
        task: &TaskRef,
    ) -> Result<Read<Option<StartScene>>>;
    /// A task and what deciding on it needs.
    async fn task_to_decide(
        &self,
        caller: &Caller,
        task: &TaskRef,
    ) -> Result<Read<Option<DecisionScene>>>;

    /// A run and everything around it.
    async fn run_scene(&self, caller: &Caller, run: RunId) -> Result<Read<Option<RunScene>>>;
    /// Moves a lease's end to `until`, if `token` still holds it at `now` and the run is alive.
    /// No event: a lease is a timer. Gives whether it did, and whether a person asked to stop.
    async fn renew_lease(
        &self,
        run: RunId,
        token: &LeaseToken,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<LeaseRenewal>;
    /// Live runs whose lease expired before `now`, oldest first, at most `limit`.
    async fn expired_runs(&self, now: Timestamp, limit: u32) -> Result<Vec<RunId>>;

    /// A sandbox.
    async fn sandbox(&self, caller: &Caller, id: SandboxId) -> Result<Read<Option<Sandbox>>>;
    /// Sandboxes that are still alive though their run has ended, oldest first.
    async fn leftover_sandboxes(&self, limit: u32) -> Result<Vec<Sandbox>>;

    /// A kept file's record.
    async fn evidence(&self, caller: &Caller, id: EvidenceId) -> Result<Read<Option<Evidence>>>;

    /// Outbox rows not yet confirmed, due at `now`, oldest first.
    async fn due_outbox(&self, now: Timestamp, limit: u32) -> Result<Vec<OutboxMessage>>;
    /// Notes that a message was sent, so that the sweeper leaves it alone until `again_at`.
    async fn outbox_sent(&self, ids: &[OutboxId], again_at: Timestamp) -> Result<()>;
    /// Confirms that a message's work is done.
    async fn confirm_outbox(&self, id: OutboxId) -> Result<()>;

    /// A stream's events in order.
    async fn stream(&self, stream: Stream) -> Result<Vec<Event>>;
    /// A workspace's events after `after`, with their `seq`, at most `limit`.
    async fn events_after(
        &self,
        workspace: WorkspaceId,
        after: i64,
        limit: u32,
    ) -> Result<Vec<(i64, Event)>>;
}

/// What renewing a lease came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeaseRenewal {
    /// It holds until the new moment.
    Renewed {
        /// A person asked to stop the run.
        stop_asked: bool,
    },
    /// Somebody else's, expired, or the run has ended: stop working.
    Lost,
}
