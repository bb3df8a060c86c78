//! Leases: who may write about a run, until when.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::ports::Random;

/// The fencing token of a lease. Every write about a run is guarded by it; it never appears in
/// events, pages or logs.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LeaseToken(pub String);

impl LeaseToken {
    /// 128 random bits, hexadecimal.
    pub fn generate(random: &dyn Random) -> Self {
        let mut bytes = [0u8; 16];
        random.fill(&mut bytes);
        Self(hex::encode(bytes))
    }
}

impl fmt::Debug for LeaseToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LeaseToken(…)")
    }
}

/// A run's lease.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// Whose writes count.
    pub token: LeaseToken,
    /// Until when, without renewal.
    pub expires_at: Timestamp,
}

impl Lease {
    /// Whether `token` may write at `now`.
    pub fn admits(&self, token: &LeaseToken, now: Timestamp) -> bool {
        self.token == *token && now < self.expires_at
    }
}
