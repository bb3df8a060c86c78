//! What a room knows of a socket, kept on the socket itself: it survives the room's sleep.

use app::live::protocol::MAX_TOPICS;
use serde::{Deserialize, Serialize};
use worker::{Result, WebSocket};

use super::Visitor;

/// Most messages of a browser in one window.
const MAX_MESSAGES: u32 = 30;
/// How long a window is, in milliseconds.
const WINDOW_MS: i64 = 10_000;
/// Longest topic that is remembered, in bytes; keeps an attachment far below its limit of 16 kB.
const MAX_TOPIC_BYTES: usize = 64;

/// What the platform takes as an attachment, in bytes.
const MAX_ATTACHMENT: usize = 16_384;
/// What the rest of an attachment takes at most: three ids, four numbers, names.
const MAX_OTHER: usize = 1_024;
// However a topic is escaped (six bytes for one), what is known of a socket fits on it.
const _: () = assert!(MAX_TOPICS * (6 * MAX_TOPIC_BYTES + 3) + MAX_OTHER < MAX_ATTACHMENT);

/// What is known of a socket.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Attachment {
    /// Who opened it.
    pub visitor: Visitor,
    /// The last event it was sent; none until it said hello.
    pub cursor: Option<i64>,
    /// The runs whose log it follows.
    pub topics: Vec<String>,
    window_began: i64,
    messages: u32,
}

impl Attachment {
    /// A socket that hasn't said anything.
    pub fn new(visitor: Visitor) -> Self {
        Self { visitor, cursor: None, topics: vec![], window_began: 0, messages: 0 }
    }

    /// The socket's, unless this version can't read it.
    pub fn of(socket: &WebSocket) -> Option<Self> {
        let text: Option<String> = socket.deserialize_attachment().ok()?;
        serde_json::from_str(&text?).ok()
    }

    /// Puts it on the socket, as a JSON string.
    pub fn keep(&self, socket: &WebSocket) -> Result<()> {
        socket.serialize_attachment(serde_json::to_string(self)?)
    }

    /// Replaces what the browser follows.
    pub fn follow(&mut self, cursor: i64, topics: Vec<String>) {
        self.cursor = Some(cursor);
        self.topics = topics
            .into_iter()
            .filter(|topic| topic.len() <= MAX_TOPIC_BYTES)
            .take(MAX_TOPICS)
            .collect();
    }

    /// Counts a message; says whether it was one too many.
    pub fn is_flooding(&mut self, now_ms: i64) -> bool {
        if now_ms.saturating_sub(self.window_began) > WINDOW_MS {
            self.window_began = now_ms;
            self.messages = 0;
        }
        self.messages = self.messages.saturating_add(1);
        self.messages > MAX_MESSAGES
    }
}
