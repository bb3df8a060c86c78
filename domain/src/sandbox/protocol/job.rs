//! A job and where it stands.

use core::fmt;

use serde::{Deserialize, Serialize};

use super::JailLoss;

/// Whether a command makes the work or judges it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// One of the task's steps: they run in order, the first failure skips the rest.
    Step,
    /// One of the gate's commands: each runs by itself, and only if every step succeeded. The
    /// change is determined before the first one.
    Check,
}

/// One command of a job, executed as `sh -c` in the work directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobStep {
    /// What to call it, at most 200 characters; the caller's own key for it.
    pub name: String,
    /// A shell command, may have several lines.
    pub command: String,
    /// Whether it works or judges.
    pub role: Role,
    /// Longest time of this command; the job's `wall_ms` binds as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
}

/// A variable of the steps' environment. Its name is 1 to 64 of `[A-Z0-9_]`, none that the runner
/// sets itself; its value has at most [`MAX_VALUE_BYTES`](super::MAX_VALUE_BYTES).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// A variable whose value nobody but the steps may see: visible ASCII characters, at least
/// [`MIN_SECRET_BYTES`](super::MIN_SECRET_BYTES), since masking less would blot out plain words.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secret {
    /// Its name, as a [`Variable`]'s.
    pub name: String,
    /// Its value.
    pub value: String,
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret").field("name", &self.name).finish_non_exhaustive()
    }
}

/// `POST /v1/sandboxes/{id}/job`: what to do. A sandbox does one job. The same `job_id` again
/// gives the sandbox as it is; another one gives `job_exists`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// The caller's id of it, 1 to 64 of `[A-Za-z0-9_-]`.
    pub job_id: String,
    /// The commands, steps before checks, at least one.
    pub steps: Vec<JobStep>,
    /// Glob patterns, relative to the work directory, of regular files to keep.
    #[serde(default)]
    pub artifacts: Vec<String>,
    /// As `artifacts`, and kept before them: what a gate reads must not be crowded out.
    #[serde(default)]
    pub reports: Vec<String>,
    /// Whether the steps after a failed one run all the same. Checks don't.
    #[serde(default)]
    pub keep_going: bool,
    /// Variables for the steps, not for the checks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub environment: Vec<Variable>,
    /// Secret variables for the steps, not for the checks. The runner keeps them in memory while
    /// the job runs, writes them nowhere, and writes `***` in their place in whatever steps and
    /// checks print, base64 of them too. Files that are kept aren't masked, nor are their names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<Secret>,
}

/// Where a job stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum JobState {
    /// None was sent yet.
    Waiting,
    /// It executes.
    Running {
        /// Which of its steps, from 0.
        step: u32,
    },
    /// Its processes are gone; files are being captured.
    Collecting,
    /// It ended; every frame of its output and its [`Results`] are there.
    Finished {
        /// How.
        outcome: Outcome,
    },
    /// Its jail was lost under it. Output up to then is served; results and files aren't.
    Interrupted {
        /// Why.
        reason: JailLoss,
    },
}

/// How a job ended. Checks don't decide it, except by using up the whole job's time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Outcome {
    /// Every step exited with 0.
    Succeeded,
    /// A step ended otherwise: its result says how.
    Failed {
        /// The first such step, from 0.
        step: u32,
    },
    /// A step needed more than `limit` grants.
    LimitExceeded {
        /// Which step, from 0.
        step: u32,
        /// Which limit.
        limit: Limit,
    },
    /// A step's `timeout_ms` or the job's `wall_ms` passed.
    TimedOut {
        /// Which step, from 0.
        step: u32,
        /// The time it had.
        limit_ms: u64,
    },
    /// It was cancelled.
    Cancelled,
}

/// A limit of a sandbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// `wall_ms`.
    Wall,
    /// `cpu_ms`.
    Cpu,
    /// `memory_bytes`.
    Memory,
    /// `processes`.
    Processes,
    /// `file_bytes`.
    FileSize,
    /// `disk_bytes`.
    Disk,
    /// `output_bytes`.
    Output,
}
