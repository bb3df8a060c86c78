//! Runs' logs: numbered chunks of lines in R2, readable while they grow and for good.
//!
//! A chunk holds up to [`CHUNK_LINES`] lines, one JSON object a line, under
//! `logs/<run or sandbox>/<number of its first line>`. A chunk may be written again with more lines; two
//! chunks may overlap after a crash. A reader takes each line once.

#[cfg(target_arch = "wasm32")]
mod r2;
#[cfg(target_arch = "wasm32")]
mod read;
#[cfg(target_arch = "wasm32")]
mod tail;

use async_trait::async_trait;
use domain::ids::RunId;
use domain::sandbox::LogOf;
use domain::sandbox::protocol::Frame;

#[cfg(target_arch = "wasm32")]
pub use r2::R2Logs;
#[cfg(target_arch = "wasm32")]
pub use read::{LOG_BUCKET, piece, read, read_as_text};
#[cfg(target_arch = "wasm32")]
pub use tail::newest;

/// A piece of a run's log.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LogPiece {
    /// Lines in order, without a gap.
    pub lines: Vec<Frame>,
    /// Whether there may be more already.
    pub more: bool,
}

/// Runs' logs, as handlers see them.
#[async_trait]
pub trait RunLogs: Send + Sync {
    /// The lines after line `after`, as many as one piece holds.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn lines_after(&self, run: RunId, after: u64) -> domain::Result<LogPiece>;
}

/// Most lines of a chunk.
pub const CHUNK_LINES: usize = 500;

/// Where a log's chunks are.
pub fn prefix(log: LogOf) -> String {
    format!("logs/{log}/")
}

/// Where the chunk is that begins with this line.
pub fn chunk_key(log: LogOf, first_line: u64) -> String {
    format!("logs/{log}/{first_line:012}")
}

/// The line that the chunk under this key begins with.
pub fn first_line_of(key: &str) -> Option<u64> {
    key.rsplit('/').next()?.parse().ok()
}

/// A chunk's text.
pub fn chunk_text(frames: &[Frame]) -> String {
    let mut text = String::new();
    for frame in frames {
        if let Ok(line) = serde_json::to_string(frame) {
            text.push_str(&line);
            text.push('\n');
        }
    }
    text
}

/// The lines of a chunk's text.
pub fn chunk_frames(text: &str) -> impl Iterator<Item = Frame> + '_ {
    text.lines().filter_map(|line| serde_json::from_str(line).ok())
}
