//! The numbered output of a job.

use serde::{Deserialize, Serialize};

use super::{ExecView, JobState};

/// Where a frame comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputStream {
    /// A command's standard output.
    Stdout,
    /// A command's standard error.
    Stderr,
    /// The runner itself.
    System,
}

/// One line of output, or a piece of a long one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// Its number: from 1, no gaps, both streams counted together.
    pub seq: u64,
    /// When the runner had it whole.
    pub at_ms: u64,
    /// Where it comes from.
    pub stream: OutputStream,
    /// The step it belongs to, from 0; none for what concerns the whole sandbox.
    pub step: Option<u32>,
    /// Valid UTF-8 without control characters but tab and escape; no line end.
    pub text: String,
    /// Whether the same line goes on in the stream's next frame.
    #[serde(default, skip_serializing_if = "is_false")]
    pub continues: bool,
}

fn is_false(value: &bool) -> bool {
    !value
}

/// `GET /v1/sandboxes/{id}/output`: frames numbered above `after`, as many as fit `max_bytes`
/// (at least one). With none there yet it waits up to `wait_ms` for one or for the job's end.
/// The job is told as it stood *before* the frames were read, so a page that says `finished`
/// and whose `next` equals `last` is the last one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputPage {
    /// In order, without gaps.
    pub frames: Vec<Frame>,
    /// The number to ask `after` next.
    pub next: u64,
    /// The newest number there is.
    pub last: u64,
    /// Frames up to this number were acknowledged and may be gone.
    pub acknowledged: u64,
    /// Where the job stands.
    pub job: JobState,
    /// The newest single command, told as the job is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exec: Option<ExecView>,
}

/// `POST /v1/sandboxes/{id}/ack`: the caller has stored these frames, the runner may forget
/// them. Lower than before changes nothing; higher than the newest frame is `invalid_request`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ack {
    /// The last number stored.
    pub through: u64,
}
