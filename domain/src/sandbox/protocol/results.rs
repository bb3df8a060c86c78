//! What a finished job left.

use serde::{Deserialize, Serialize};

use super::{Limit, MAX_PATH_BYTES, Outcome, Role};

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum StepExit {
    /// By itself.
    Code {
        /// Its exit code, 0 to 255.
        code: i32,
    },
    /// By a signal that the runner didn't send.
    Signal {
        /// The signal's number.
        signal: i32,
    },
    /// Its own `timeout_ms` passed.
    TimedOut,
    /// It needed more than this limit grants, and was ended.
    Limit {
        /// Which.
        limit: Limit,
    },
    /// The job was cancelled while it ran.
    Cancelled,
    /// It never started.
    Skipped,
}

/// What became of one command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepResult {
    /// The name that the job gave it.
    pub name: String,
    /// Whether it works or judges.
    pub role: Role,
    /// How it ended.
    pub exit: StepExit,
    /// Limits that it ran against without being ended for it.
    pub limits_hit: Vec<Limit>,
    /// How long it took.
    pub duration_ms: u64,
    /// Processor time of all its processes.
    pub cpu_ms: u64,
    /// The highest memory seen of all its processes together, sampled, without files.
    pub max_rss_bytes: u64,
}

/// What a job made of its source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Revision {
    /// The change is known.
    Produced {
        /// The commit that the diff is made against.
        base_commit: String,
        /// The git tree of the whole result, ignored files not counted.
        tree: String,
        /// SHA-256 of the diff, hexadecimal. The diff is listed among the files unless it was
        /// too large to keep.
        diff_sha256: String,
        /// The diff's bytes; 0 when nothing changed.
        diff_bytes: u64,
    },
    /// It couldn't be determined.
    Unavailable {
        /// Why, one sentence.
        detail: String,
    },
}

/// What a captured file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// It matched an artifact pattern.
    Artifact,
    /// The change against the source, as `git apply` takes it.
    Diff,
}

/// A captured file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapturedFile {
    /// What it is.
    pub kind: FileKind,
    /// Its path below the work directory; [`DIFF_PATH`] for the diff.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256 of its bytes, hexadecimal: its name in `files/{sha256}`.
    pub sha256: String,
}

/// Why a matching file wasn't kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// A symbolic link: they aren't followed.
    Symlink,
    /// A device, a named pipe or a socket.
    NotRegular,
    /// Larger than [`MAX_FILE_BYTES`].
    TooLarge,
    /// More than [`MAX_FILES`] matched.
    TooMany,
    /// All files together passed [`MAX_FILES_TOTAL_BYTES`].
    TotalTooLarge,
    /// It couldn't be read to its end.
    Unreadable,
    /// Its path is longer than [`MAX_PATH_BYTES`] or holds control characters.
    BadName,
}

/// Whether a file of this path is kept: one below the work directory, of bounded length, without
/// control characters.
pub fn is_usable_path(path: &str) -> bool {
    path.len() <= MAX_PATH_BYTES
        && !path.chars().any(char::is_control)
        && path.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

/// A file that would have been kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkippedFile {
    /// Its path below the work directory, what isn't UTF-8 replaced.
    pub path: String,
    /// Why it wasn't.
    pub reason: SkipReason,
}

/// `GET /v1/sandboxes/{id}/results`: everything about a finished job. `job_unfinished` before,
/// `job_interrupted` if its jail was lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Results {
    /// The caller's id of the job.
    pub job_id: String,
    /// How it ended.
    pub outcome: Outcome,
    /// One for each of its steps, in order.
    pub steps: Vec<StepResult>,
    /// What its steps made, before any check ran.
    pub revision: Revision,
    /// What was captured, the diff first.
    pub files: Vec<CapturedFile>,
    /// What matched and wasn't captured, at most 200.
    pub skipped_files: Vec<SkippedFile>,
    /// How many more were skipped than are listed.
    pub skipped_more: u32,
    /// Whether capturing was cut short, so that files may be missing without being listed.
    pub capture_incomplete: bool,
    /// The newest frame's number.
    pub output_last: u64,
    /// Bytes of output that were dropped past the limit.
    pub output_dropped_bytes: u64,
    /// When the job started.
    pub started_at_ms: u64,
    /// When everything was captured.
    pub finished_at_ms: u64,
}
