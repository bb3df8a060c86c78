//! What a use case gets: its caller, its store, its randomness, its time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use crate::actor::{Credential, Principal};
use crate::audit::{AuditEntry, Missing};
use crate::clock::Timestamp;
use crate::error::Result;
use crate::ids::WorkspaceId;
use crate::ports::{Random, Store};
use crate::sandbox::SandboxSpec;
use crate::write_batch::WriteBatch;

/// A key under which a retried request gets the first one's answer: 8 to 64 visible ASCII
/// characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// The key, if the text can be one.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (8..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        fits.then(|| Self(text.to_owned()))
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Where a request came from, for the audit log. Empty where nobody can tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestOrigin {
    /// The network address, as the platform's edge saw it.
    pub network: String,
    /// The program, as it named itself.
    pub agent: String,
    /// The request's id.
    pub request_id: String,
}

/// Remembers who the caller turned out to be, for what stands around the use case: the audit log,
/// answers to other sites' pages, caches. No decision rests on it.
#[derive(Clone, Debug, Default)]
pub struct Witness(Arc<Noted>);

#[derive(Debug, Default)]
struct Noted {
    who: OnceLock<Principal>,
    was_answered: AtomicBool,
    missing: OnceLock<Missing>,
    refusals: Mutex<Vec<AuditEntry>>,
}

impl Witness {
    /// Notes what a read told; the first one counts.
    pub fn note(&self, principal: &Principal) {
        // A later read tells the same or nothing new.
        let _ = self.0.who.set(principal.clone());
    }

    /// Who it was, once a read told.
    pub fn seen(&self) -> Option<&Principal> {
        self.0.who.get()
    }

    /// Notes that the request was answered before: what it gets now is that first answer.
    pub fn note_answered(&self) {
        self.0.was_answered.store(true, Ordering::Relaxed);
    }

    /// Whether the request was answered before.
    pub fn was_answered(&self) -> bool {
        self.0.was_answered.load(Ordering::Relaxed)
    }

    /// Notes what the caller lacked; the first one counts.
    pub fn note_missing(&self, missing: Missing) {
        // A later one would be of what was tried besides.
        let _ = self.0.missing.set(missing);
    }

    /// What the caller lacked, if they were refused for it.
    pub fn missing(&self) -> Option<Missing> {
        self.0.missing.get().copied()
    }

    /// Leaves the entry of something that was refused, to be written after the answer.
    pub fn leave(&self, refusal: AuditEntry) {
        if let Ok(mut refusals) = self.0.refusals.lock() {
            refusals.push(refusal);
        }
    }

    /// Takes the entries that were left.
    pub fn take_refusals(&self) -> Vec<AuditEntry> {
        self.0.refusals.lock().map(|mut left| std::mem::take(&mut *left)).unwrap_or_default()
    }
}

/// Who asks, and when.
#[derive(Clone, Debug)]
pub struct Caller {
    /// How they prove it.
    pub credential: Credential,
    /// The key that makes a retry safe, if they sent one.
    pub idempotency_key: Option<IdempotencyKey>,
    /// The moment of the request; one for everything it does.
    pub now: Timestamp,
    /// The workspace of the page that the request was sent from, where it said so. Whoever has
    /// another one open by now is refused: the same address may mean something else there.
    pub workspace: Option<WorkspaceId>,
    /// Where it came from.
    pub origin: RequestOrigin,
    /// Who they turned out to be.
    pub witness: Witness,
}

impl Caller {
    /// Somebody with this credential, at this moment.
    pub fn new(credential: Credential, now: Timestamp) -> Self {
        Self {
            credential,
            idempotency_key: None,
            now,
            workspace: None,
            origin: RequestOrigin::default(),
            witness: Witness::default(),
        }
    }
}

/// Limits that an installation may set.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How long a run's lease lasts without renewal, in milliseconds.
    pub lease_ms: i64,
    /// How many runs of a workspace may be alive at once.
    pub run_slots: usize,
    /// How many sandboxes of a workspace may be alive at once that no run uses.
    pub sandbox_slots: usize,
    /// What a sandbox grants.
    pub sandbox: SandboxSpec,
}

impl Default for Settings {
    fn default() -> Self {
        Self { lease_ms: 60_000, run_slots: 4, sandbox_slots: 2, sandbox: SandboxSpec::default() }
    }
}

/// What a use case gets.
#[derive(Clone)]
pub struct Context {
    /// Who asks.
    pub caller: Caller,
    /// The truth.
    pub store: Arc<dyn Store>,
    /// Randomness for ids and tokens.
    pub random: Arc<dyn Random>,
    /// The installation's limits.
    pub settings: Settings,
}

impl Context {
    /// The moment of the request.
    pub fn now(&self) -> Timestamp {
        self.caller.now
    }

    /// Commits a mutation whole or not at all, and with it the audit log's entry.
    ///
    /// # Errors
    /// As [`Store::commit`].
    pub async fn commit(&self, mut batch: WriteBatch) -> Result<()> {
        batch.audit = AuditEntry::of(self, &batch);
        batch.tie_to(&self.caller);
        self.store.commit(batch).await
    }
}
