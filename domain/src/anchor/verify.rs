//! Holding a workspace's whole log against its anchors.

use std::collections::HashMap;

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{Anchor, ChainSecret, LogLine, add, genesis};
use crate::clock::Timestamp;
use crate::event::{ChainHash, Stream, chain_hash};
use crate::ids::WorkspaceId;

/// Most differences that are told.
const MAX_TOLD: usize = 100;

/// An event as it is stored, unread: what is verified are the very bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEvent {
    /// Its place, stream, version and hash.
    pub line: LogLine,
    /// Who, as JSON.
    pub actor: String,
    /// When.
    pub at: Timestamp,
    /// What, as JSON.
    pub body: String,
    /// The hash of the event before it in its stream.
    pub prev_hash: String,
}

/// Something that differs from what was anchored, or contradicts itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "difference", rename_all = "snake_case")]
pub enum Difference {
    /// An event is missing from the log, or two changed places.
    Place {
        /// The place that should have come.
        expected: i64,
        /// The one that did.
        found: i64,
    },
    /// An event doesn't follow on the one before it in its stream, or isn't what its hash says.
    Chain {
        /// Its place.
        seq: i64,
        /// Its stream.
        stream: String,
    },
    /// An anchor isn't authentic.
    Forged {
        /// The last event that it claims to cover.
        to: i64,
    },
    /// Between two anchors, or before the first, there is none.
    AnchorMissing {
        /// The first event that nothing covers.
        from: i64,
        /// The last one.
        to: i64,
    },
    /// Events aren't those that were anchored.
    Altered {
        /// The first event of the anchor.
        from: i64,
        /// The last.
        to: i64,
    },
    /// Anchored events aren't there any more.
    Truncated {
        /// The newest event there is.
        newest: i64,
        /// The last one that was anchored.
        anchored: i64,
    },
}

/// Verifies one workspace's log, event by event.
pub struct Verifier {
    workspace: WorkspaceId,
    anchors: std::collections::VecDeque<Anchor>,
    anchored: i64,
    heads: HashMap<String, (i64, ChainHash)>,
    newest: i64,
    covered: Sha256,
    differences: Vec<Difference>,
}

impl Verifier {
    /// Begins with the workspace's anchors, all of them, in the order of the log.
    pub fn begin(secret: &ChainSecret, workspace: WorkspaceId, anchors: Vec<Anchor>) -> Self {
        let mut verifier = Self {
            workspace,
            anchors: anchors.into(),
            anchored: 0,
            heads: HashMap::new(),
            newest: 0,
            covered: Sha256::new(),
            differences: vec![],
        };
        verifier.check_anchors(secret);
        verifier
    }

    fn check_anchors(&mut self, secret: &ChainSecret) {
        let mut found = vec![];
        let mut prev_mac = genesis();
        for anchor in &self.anchors {
            let is_of_here = anchor.workspace == self.workspace && anchor.from <= anchor.to;
            let first = self.anchored.saturating_add(1);
            if !is_of_here || !anchor.is_authentic(secret) {
                found.push(Difference::Forged { to: anchor.to });
            } else if anchor.from != first {
                let to = anchor.from.saturating_sub(1);
                found.push(Difference::AnchorMissing { from: first, to });
            } else if anchor.prev_mac != prev_mac {
                found.push(Difference::Forged { to: anchor.to });
            }
            self.anchored = self.anchored.max(anchor.to);
            prev_mac.clone_from(&anchor.mac);
        }
        found.into_iter().for_each(|difference| self.tell(difference));
    }

    fn tell(&mut self, difference: Difference) {
        if self.differences.len() < MAX_TOLD {
            self.differences.push(difference);
        }
    }

    /// Hears how far the database says that the anchors reach. That proves nothing, but less is there
    /// than there was.
    pub fn is_said_to_reach(&mut self, to: i64) {
        if to > self.anchored {
            self.tell(Difference::AnchorMissing { from: self.anchored.saturating_add(1), to });
        }
    }

    /// Takes the next event, in the order of `seq`.
    pub fn take(&mut self, event: &StoredEvent) {
        let line = &event.line;
        let expected = self.newest.saturating_add(1);
        if line.seq != expected {
            self.tell(Difference::Place { expected, found: line.seq });
        }
        self.newest = line.seq;
        if !self.follows(event) {
            self.tell(Difference::Chain { seq: line.seq, stream: line.stream.clone() });
        }
        let head = (line.version, ChainHash(line.hash.clone()));
        self.heads.insert(line.stream.clone(), head);
        self.cover(line);
    }

    fn follows(&self, event: &StoredEvent) -> bool {
        let line = &event.line;
        let start = (0, ChainHash::genesis());
        let (version, head) = self.heads.get(&line.stream).unwrap_or(&start);
        let Ok(stream) = line.stream.parse::<Stream>() else { return false };
        let (actor, body) = (&event.actor, &event.body);
        let hash = chain_hash(head, self.workspace, stream, line.version, actor, event.at, body);
        line.version == version.saturating_add(1)
            && event.prev_hash == head.0
            && line.hash == hash.0
    }

    fn cover(&mut self, line: &LogLine) {
        // What is past an anchor's end without having met it was told as a missing place.
        while self.anchors.front().is_some_and(|anchor| anchor.to < line.seq) {
            self.anchors.pop_front();
            self.covered = Sha256::new();
        }
        let Some(anchor) = self.anchors.front() else { return };
        let (from, to) = (anchor.from, anchor.to);
        if line.seq < from {
            return;
        }
        add(&mut self.covered, line);
        if line.seq == to {
            let digest = hex::encode(std::mem::take(&mut self.covered).finalize());
            if digest != anchor.digest {
                self.tell(Difference::Altered { from, to });
            }
            self.anchors.pop_front();
        }
    }

    /// What differs. Events past the last anchor are held to their chains alone.
    pub fn finish(mut self) -> Vec<Difference> {
        if self.newest < self.anchored {
            let (newest, anchored) = (self.newest, self.anchored);
            self.tell(Difference::Truncated { newest, anchored });
        }
        self.differences
    }
}
