//! Single commands in a sandbox that does no job.

use serde::{Deserialize, Serialize};

use super::{JailLoss, Limit, StepExit};

/// `POST /v1/sandboxes/{id}/exec`: one command, executed as `sh -c` in the work directory of a
/// sandbox that has its source and no job. It shares files with those before it; its processes end
/// with it. The id of the newest one again gives the sandbox as it is, another one while that runs
/// `exec_unfinished`. Each has the sandbox's `cpu_ms` and `output_bytes` for itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exec {
    /// The caller's id of it, 1 to 64 of `[A-Za-z0-9_-]`.
    pub exec_id: String,
    /// A shell command, may have several lines.
    pub command: String,
    /// Longest time of it; the sandbox's `wall_ms` binds as well.
    pub timeout_ms: u64,
}

/// The newest single command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecView {
    /// The caller's id of it.
    pub exec_id: String,
    /// How many there were before it: its frames have it as their `step`.
    pub index: u32,
    /// Where it stands.
    pub state: ExecState,
}

/// Where a single command stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ExecState {
    /// It executes.
    Running,
    /// It ended, with everything that it started; every frame of its output is there.
    Ended {
        /// How.
        exit: StepExit,
        /// Limits that it ran against without being ended for it.
        limits_hit: Vec<Limit>,
        /// How long it took.
        duration_ms: u64,
        /// Processor time of all its processes.
        cpu_ms: u64,
    },
    /// Its jail was lost under it. Output up to then is served.
    Interrupted {
        /// Why.
        reason: JailLoss,
    },
}
