//! What the live connection and a run's log say, as JSON. The browser, the Worker and its
//! `WebSocketRoom` compile these same types.
//!
//! **The connection.** A browser opens [`LIVE_PATH`] and sends [`FromBrowser::Hello`] with the
//! `seq` its page was rendered at. The room answers with the events after it, in order and without
//! a gap, in as many [`FromServer::Events`] as it takes, and goes on with new ones as they happen.
//! A browser that misses some sends `Hello` again with the last `seq` it has. Every
//! [`PING_EVERY_MS`] it sends the exact text [`PING`], which the room answers with
//! [`FromServer::Pong`] without waking up.
//!
//! **The log.** `GET` [`log_path`] gives a [`LogPage`]; [`FromServer::LogAdvanced`] says when to
//! ask again.

use serde::{Deserialize, Serialize};

/// Where the live connection is opened.
pub const LIVE_PATH: &str = "/live";
/// The text that asks for a [`FromServer::Pong`].
pub const PING: &str = "ping";
/// How often a browser sends [`PING`], in milliseconds.
pub const PING_EVERY_MS: i32 = 25_000;
/// Most bytes of a message from a browser; a room refuses longer ones.
pub const MAX_FROM_BROWSER_BYTES: usize = 4_096;
/// Most topics of a [`FromBrowser::Hello`]; a room ignores the ones after them.
pub const MAX_TOPICS: usize = 8;
/// Most lines of a [`LogPage`].
pub const MAX_LOG_LINES: usize = 2_000;
/// Most bytes of text of a [`LogPage`]; it holds at least one line whatever its size.
pub const MAX_LOG_BYTES: usize = 512 * 1024;

/// What a browser says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FromBrowser {
    /// Send what happened after `cursor`, and what happens from now on. Replaces an earlier one.
    Hello {
        /// The last `seq` that the browser has.
        cursor: i64,
        /// Ids of the runs whose log the page shows: only these get [`FromServer::LogAdvanced`].
        topics: Vec<String>,
    },
}

/// What a room says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FromServer {
    /// What happened, in order; the first one follows what was sent before without a gap.
    Events {
        /// The events; empty when there is nothing after the browser's cursor.
        events: Vec<LiveEvent>,
        /// The newest `seq` there is. Higher than the last event's when more follow.
        newest: i64,
    },
    /// A run's log has more lines.
    LogAdvanced {
        /// The run's id.
        run: String,
        /// The newest line's number.
        through: u64,
    },
    /// The answer to [`PING`].
    Pong {
        /// The newest `seq` that the room knows of. Higher than the browser's cursor when a
        /// nudge was lost: it then says `Hello` again.
        newest: i64,
    },
}

/// An event's outside. What it changed is read from the pages that show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveEvent {
    /// Its place in the workspace's log: dense, from 1.
    pub seq: i64,
    /// The id of what it is about.
    pub stream: String,
    /// Its name, as [`domain::event::EventBody::name`].
    pub name: String,
    /// The id of the person who did it, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
}

/// Where a page of a run's log is: `after=N` is the number of the last line already there.
#[must_use]
pub fn log_path(run: &str, after: u64) -> String {
    format!("/runs/{run}/log?after={after}")
}

/// Where a run's whole log is, as text.
#[must_use]
pub fn log_text_path(run: &str) -> String {
    format!("/runs/{run}/log.txt")
}

/// Where a line comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogStream {
    /// A command's standard output.
    Stdout,
    /// A command's standard error.
    Stderr,
    /// The runner itself.
    System,
}

/// One line of a run's log, or a piece of a very long one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// Its number: from 1, no gaps, all streams counted together.
    pub n: u64,
    /// When it was written, in milliseconds since 1970.
    pub at_ms: i64,
    /// Where it comes from.
    pub stream: LogStream,
    /// The command it belongs to, from 1: the task's steps first, then the gate's commands. None
    /// for what concerns the whole sandbox.
    pub step: Option<u32>,
    /// The text, without its line end. May hold escape sequences (colours, mostly).
    pub text: String,
    /// Whether the same line goes on in its stream's next entry.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub continues: bool,
}

/// Some of a run's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogPage {
    /// The lines after the one that was named, in order and without a gap; at most
    /// [`MAX_LOG_LINES`] and [`MAX_LOG_BYTES`].
    pub lines: Vec<LogLine>,
    /// The number to ask `after` next.
    pub next: u64,
    /// Whether the log has ended and nothing follows `next`.
    pub complete: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_keep_their_form_on_the_wire() {
        let hello = FromBrowser::Hello { cursor: 41, topics: vec!["run_1".to_owned()] };
        let text = serde_json::to_string(&hello).unwrap();
        assert_eq!(text, r#"{"hello":{"cursor":41,"topics":["run_1"]}}"#);
        let event = LiveEvent {
            seq: 42,
            stream: "tsk_1".to_owned(),
            name: "task_moved".to_owned(),
            actor: None,
        };
        let events = FromServer::Events { events: vec![event], newest: 42 };
        let text = serde_json::to_string(&events).unwrap();
        assert_eq!(
            text,
            r#"{"events":{"events":[{"seq":42,"stream":"tsk_1","name":"task_moved"}],"newest":42}}"#
        );
        assert_eq!(serde_json::from_str::<FromServer>(&text).unwrap(), events);
        let pong = serde_json::to_string(&FromServer::Pong { newest: 7 }).unwrap();
        assert_eq!(pong, r#"{"pong":{"newest":7}}"#);
    }

    #[test]
    fn a_log_line_says_only_what_it_must() {
        let line = LogLine {
            n: 1,
            at_ms: 2,
            stream: LogStream::Stderr,
            step: Some(1),
            text: "x".to_owned(),
            continues: false,
        };
        let text = serde_json::to_string(&line).unwrap();
        assert_eq!(text, r#"{"n":1,"at_ms":2,"stream":"stderr","step":1,"text":"x"}"#);
        assert_eq!(serde_json::from_str::<LogLine>(&text).unwrap(), line);
    }
}
