//! A sandbox, its limits and its source.

use serde::{Deserialize, Serialize};

use super::{ExecView, Isolation, JobState};

/// What a sandbox may use. Each must lie within the range in brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Longest time from a job's start to the end of its last step \[1 s, 24 h].
    pub wall_ms: u64,
    /// Most processor time of a job's steps and checks together \[1 s, 24 h].
    pub cpu_ms: u64,
    /// Most memory of the processes \[32 MiB, 64 GiB]. Files live in memory too and count
    /// apart: the control group's ceiling is this plus `disk_bytes`.
    pub memory_bytes: u64,
    /// Most processes and threads at once \[16, 4096].
    pub processes: u32,
    /// Largest single file \[1 MiB, 64 GiB].
    pub file_bytes: u64,
    /// Most bytes of the work directory, home and temporary files together \[8 MiB, 64 GiB].
    pub disk_bytes: u64,
    /// Most bytes of output kept \[1 KiB, 256 MiB]; the rest is counted and dropped. A line
    /// counts at least 32.
    pub output_bytes: u64,
}

/// `PUT /v1/sandboxes/{id}`: makes a sandbox. The id is 1 to 64 of `[A-Za-z0-9_-]`. The same id
/// with the same limits again gives the sandbox as it is; with others `spec_conflict`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provision {
    /// What it may use.
    pub limits: Limits,
}

/// Where a sandbox stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Phase {
    /// Its jail is being made.
    Provisioning,
    /// It waits for a source or a job.
    Ready,
    /// It unpacks its source or executes its job.
    Busy,
    /// Its processes are gone or going, what they left is being captured.
    Stopping,
    /// Its jail is gone; output, results and files are still served.
    Stopped,
    /// Its jail is gone before a job ended in it; output is still served.
    Failed {
        /// Why.
        reason: JailLoss,
    },
}

/// Why a jail is gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum JailLoss {
    /// The runner itself ended and was started again.
    RunnerRestarted,
    /// The jail ended by itself, or never came to be.
    JailDied {
        /// What is known about it, one sentence.
        detail: String,
    },
    /// Its files and processes needed more memory than it has.
    OutOfMemory,
    /// It was cancelled before it had a job.
    Cancelled,
}

/// Where a sandbox's source stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum SourceState {
    /// None was sent.
    None,
    /// It is being unpacked inside the jail. Ask again, or send the same source again.
    Unpacking,
    /// A job can start.
    Ready {
        /// The commit that the diff is made against, hexadecimal.
        base_commit: String,
    },
    /// It can't be used; another sandbox is needed to try another one.
    Rejected {
        /// Why.
        reason: SourceRejection,
        /// One sentence for people.
        detail: String,
    },
}

/// Why a source was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceRejection {
    /// The bytes aren't what `kind` says.
    NotAnArchive,
    /// It begins well and then is damaged, or a bundle lacks commits it builds on.
    Unreadable,
    /// Nothing is in it.
    Empty,
    /// A path is absolute or holds `..`.
    PathLeavesTree,
    /// A link points out of the tree, or a file lies behind a link.
    LinkLeavesTree,
    /// A device, a named pipe, a socket, or a kind of entry that isn't known.
    ForbiddenEntry,
    /// It doesn't fit into the sandbox's disk, memory or time once unpacked.
    ExpandsPastLimit,
}

/// A sandbox as its host knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SandboxView {
    /// The caller's id of it.
    pub id: String,
    /// Where it stands.
    pub phase: Phase,
    /// Its source.
    pub source: SourceState,
    /// Its job's id, once it has one.
    pub job_id: Option<String>,
    /// Its job.
    pub job: JobState,
    /// What it may use.
    pub limits: Limits,
    /// The newest frame's number.
    pub output_last: u64,
    /// When it was made.
    pub created_at_ms: u64,
    /// How it is kept apart from its host; an older runner doesn't say.
    #[serde(default)]
    pub isolation: Option<Isolation>,
    /// The newest single command, once it had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exec: Option<ExecView>,
}

/// `GET /v1/sandboxes`: all of them, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SandboxList {
    /// The sandboxes.
    pub sandboxes: Vec<SandboxView>,
}

/// `GET /v1/sandboxes/{id}/metrics`: what it uses at the moment; zeros once its jail is gone,
/// except `cpu_ms`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metrics {
    /// Processes and threads.
    pub processes: u32,
    /// Memory, files in it too.
    pub memory_bytes: u64,
    /// Processor time so far.
    pub cpu_ms: u64,
    /// When the sandbox was made.
    pub created_at_ms: u64,
    /// When its job started.
    pub started_at_ms: Option<u64>,
    /// How long its job has run, or ran.
    pub wall_ms: u64,
    /// The most memory that was seen.
    #[serde(default)]
    pub memory_peak_bytes: u64,
    /// Bytes of the work directory, home and temporary files together, seen while a command runs
    /// and when it ends; none where nothing isolates the sandbox.
    #[serde(default)]
    pub disk_bytes: Option<u64>,
    /// How long the sandbox has stood, or stood.
    #[serde(default)]
    pub uptime_ms: u64,
}
