//! The HTTP protocol of a sandbox host: what `runner` serves and what a Worker's sandbox driver
//! asks. Only types; nothing here does anything.
//!
//! Every call is short, may be repeated, and can be resumed by another process: the runner
//! executes a whole job by itself and keeps its output on disk until it is acknowledged. All
//! calls but `GET /healthz` carry `Authorization: Bearer <secret>`. Bodies are JSON except the
//! source (bytes in) and files (bytes out). Times named `*_at_ms` are milliseconds since 1970,
//! durations are milliseconds, sizes are bytes. A refusal is an [`ApiError`].
//!
//! | call | body | answer |
//! |---|---|---|
//! | `GET /healthz` | | [`Health`] |
//! | `GET /v1/info` | | [`Info`] |
//! | `GET /v1/sandboxes` | | [`SandboxList`] |
//! | `PUT /v1/sandboxes/{id}` | [`Provision`] | [`SandboxView`] |
//! | `GET /v1/sandboxes/{id}` | | [`SandboxView`] |
//! | `PUT /v1/sandboxes/{id}/source?kind=bundle` or `tar` | bytes | [`SandboxView`] |
//! | `POST /v1/sandboxes/{id}/job` | [`Job`] | [`SandboxView`] |
//! | `POST /v1/sandboxes/{id}/exec` | [`Exec`] | [`SandboxView`] |
//! | `GET /v1/sandboxes/{id}/output?after=0&wait_ms=0&max_bytes=262144` | | [`OutputPage`] |
//! | `POST /v1/sandboxes/{id}/ack` | [`Ack`] | [`SandboxView`] |
//! | `GET /v1/sandboxes/{id}/results` | | [`Results`] |
//! | `GET /v1/sandboxes/{id}/files/{sha256}` | | bytes |
//! | `POST /v1/sandboxes/{id}/cancel` | | [`SandboxView`] |
//! | `GET /v1/sandboxes/{id}/metrics` | | [`Metrics`] |
//! | `DELETE /v1/sandboxes/{id}` | | `204`, also when there was none |

mod error;
mod exec;
mod host;
mod job;
mod output;
mod results;
mod sandbox;

pub use error::{ApiError, ErrorCode};
pub use exec::{Exec, ExecState, ExecView};
pub use host::{Health, Info, Isolation};
pub use job::{Job, JobState, JobStep, Limit, Outcome, Role, Secret, Variable};
pub use output::{Ack, Frame, OutputPage, OutputStream};
pub use results::{
    CapturedFile, FileKind, Results, Revision, SkipReason, SkippedFile, StepExit, StepResult,
    is_usable_path,
};
pub use sandbox::{
    JailLoss, Limits, Metrics, Phase, Provision, SandboxList, SandboxView, SourceRejection,
    SourceState,
};

/// Largest source accepted, in bytes.
pub const MAX_SOURCE_BYTES: u64 = 25 * 1024 * 1024;
/// Most steps and checks of one job.
pub const MAX_STEPS: usize = 100;
/// Longest command, in bytes.
pub const MAX_COMMAND_BYTES: usize = 64 * 1024;
/// Most artifact patterns of one job.
pub const MAX_PATTERNS: usize = 50;
/// Most variables, and most secrets, of one job.
pub const MAX_VARIABLES: usize = 16;
/// Longest value of a variable or a secret, in bytes.
pub const MAX_VALUE_BYTES: usize = 4096;
/// Shortest value of a secret, in bytes.
pub const MIN_SECRET_BYTES: usize = 8;
/// Longest time that one request for output waits, in milliseconds.
pub const MAX_WAIT_MS: u64 = 25_000;
/// Longest piece of a line in one frame, in bytes as they were printed: a longer line is several
/// frames. Replacing bytes that aren't UTF-8 makes its text up to three times as long.
pub const MAX_FRAME_BYTES: usize = 16 * 1024;
/// Most files kept of one job, the diff not counted.
pub const MAX_FILES: usize = 200;
/// Largest file kept, the diff too, in bytes.
pub const MAX_FILE_BYTES: u64 = 25 * 1024 * 1024;
/// Most bytes of all files kept of one job, the diff not counted.
pub const MAX_FILES_TOTAL_BYTES: u64 = 100 * 1024 * 1024;
/// Longest path of a file that is kept, in bytes.
pub const MAX_PATH_BYTES: usize = 512;
/// The path under which the diff is listed among the files.
pub const DIFF_PATH: &str = "changes.diff";
