//! Anchors: what keeps a rewritten log from passing for the true one.
//!
//! Whoever can write the database can rewrite an event and every hash after it. So the log's heads
//! are authenticated with a secret that the database never sees, and kept where the database isn't:
//! each anchor covers the events after the one before it, and carries that one's authentication
//! code on. Nothing that the database says about anchors is believed.

use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::clock::Timestamp;
use crate::ids::WorkspaceId;

mod verify;

pub use verify::{Difference, StoredEvent, Verifier};

/// What anchors are authenticated with. Never in a log.
#[derive(Clone)]
pub struct ChainSecret(Vec<u8>);

impl ChainSecret {
    /// Fewest bytes of a secret.
    pub const MIN_BYTES: usize = 32;

    /// The secret of this text; none when it is too short to be one.
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() >= Self::MIN_BYTES).then(|| Self(text.as_bytes().to_vec()))
    }
}

impl core::fmt::Debug for ChainSecret {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("ChainSecret(…)")
    }
}

/// An event as an anchor covers it: its place, and the hash that covers everything else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// Its place in the workspace's log.
    pub seq: i64,
    /// Its stream.
    pub stream: String,
    /// Its version there.
    pub version: i64,
    /// Its hash.
    pub hash: String,
}

/// What is kept of a stretch of a workspace's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anchor {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The first event that it covers.
    pub from: i64,
    /// The last one.
    pub to: i64,
    /// SHA-256 over the lines of those events, hexadecimal.
    pub digest: String,
    /// The authentication code of the anchor before it; zeros for the first.
    pub prev_mac: String,
    /// HMAC-SHA-256 over all of the above, hexadecimal.
    pub mac: String,
    /// When it was made. Not authenticated: it proves nothing.
    pub at: Timestamp,
}

impl Anchor {
    /// The anchor after `prev` over these lines; none when there are none, or they don't follow on
    /// one another from where `prev` ended.
    pub fn next(
        secret: &ChainSecret,
        prev: Option<&Self>,
        workspace: WorkspaceId,
        lines: &[LogLine],
        at: Timestamp,
    ) -> Option<Self> {
        let from = prev.map_or(0, |prev| prev.to).saturating_add(1);
        let to = lines.last()?.seq;
        if !lines.iter().zip(from..).all(|(line, seq)| line.seq == seq) {
            return None;
        }
        let prev_mac = prev.map_or_else(genesis, |prev| prev.mac.clone());
        let digest = digest(lines.iter());
        let mut anchor = Self { workspace, from, to, digest, prev_mac, mac: String::new(), at };
        anchor.mac = hex::encode(anchor.code(secret)?.finalize().into_bytes());
        Some(anchor)
    }

    /// Whether it was made with this secret, as it stands.
    pub fn is_authentic(&self, secret: &ChainSecret) -> bool {
        let Some(code) = self.code(secret) else { return false };
        hex::decode(&self.mac).is_ok_and(|mac| code.verify_slice(&mac).is_ok())
    }

    /// Where it is kept. In the order of the names, anchors are in the order of the log.
    pub fn object_key(workspace: WorkspaceId, to: i64) -> String {
        format!("anchors/{workspace}/{to:016}.json")
    }

    // The parts are separated by line ends, which none of them can hold.
    fn code(&self, secret: &ChainSecret) -> Option<Hmac<Sha256>> {
        let mut code = Hmac::<Sha256>::new_from_slice(&secret.0).ok()?;
        let parts = [
            self.prev_mac.as_str(),
            &self.workspace.to_string(),
            &self.from.to_string(),
            &self.to.to_string(),
            &self.digest,
        ];
        for part in parts {
            code.update(part.as_bytes());
            code.update(b"\n");
        }
        Some(code)
    }
}

/// What the first anchor of a workspace follows.
fn genesis() -> String {
    "0".repeat(64)
}

fn digest<'a>(lines: impl Iterator<Item = &'a LogLine>) -> String {
    let mut digest = Sha256::new();
    for line in lines {
        add(&mut digest, line);
    }
    hex::encode(digest.finalize())
}

fn add(digest: &mut Sha256, line: &LogLine) {
    let LogLine { seq, stream, version, hash } = line;
    digest.update(format!("{seq}|{stream}|{version}|{hash}\n").as_bytes());
}
