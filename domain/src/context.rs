//! What a use case gets: its caller, its store, its randomness, its time.

use std::sync::Arc;

use crate::actor::Credential;
use crate::clock::Timestamp;
use crate::ports::{Random, Store};
use crate::sandbox::SandboxSpec;

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

/// Who asks, and when.
#[derive(Clone, Debug)]
pub struct Caller {
    /// How they prove it.
    pub credential: Credential,
    /// The key that makes a retry safe, if they sent one.
    pub idempotency_key: Option<IdempotencyKey>,
    /// The moment of the request; one for everything it does.
    pub now: Timestamp,
}

/// Limits that an installation may set.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How long a run's lease lasts without renewal, in milliseconds.
    pub lease_ms: i64,
    /// How many runs of a workspace may be alive at once.
    pub run_slots: usize,
    /// What the sandbox of a run grants.
    pub sandbox: SandboxSpec,
}

impl Default for Settings {
    fn default() -> Self {
        Self { lease_ms: 60_000, run_slots: 4, sandbox: SandboxSpec::default() }
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
}
