//! Why runs fail: a closed list, each with a remedy in the catalogue of texts.

use serde::{Deserialize, Serialize};

/// A limit of a sandbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitKind {
    /// Processor time.
    CpuTime,
    /// Memory.
    Memory,
    /// Number of processes.
    Processes,
    /// Size of a file or of the work directory.
    Disk,
}

/// Why a run failed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum FailureReason {
    /// A step exited with another code than 0.
    StepFailed {
        /// Which step, from 1.
        step: u32,
        /// Its exit code; 128 + the signal's number when a signal ended it.
        exit_code: i32,
    },
    /// A step needed more than the sandbox grants.
    LimitExceeded {
        /// Which step, from 1.
        step: u32,
        /// The limit.
        limit: LimitKind,
    },
    /// The source couldn't be unpacked.
    SourceRejected {
        /// The runner's reason, a short sentence.
        detail: String,
    },
    /// The source's object isn't in the store any more.
    SourceMissing,
    /// The change is larger than what is kept, so nobody could review it.
    ChangeTooLarge {
        /// Its bytes.
        bytes: u64,
    },
    /// What the steps changed couldn't be determined or kept, so nobody could review it.
    ChangeUnknown {
        /// The runner's reason, a short sentence.
        detail: String,
    },
    /// No sandbox could be made. Passing.
    SandboxUnavailable,
    /// The machine that ran the sandbox restarted. Passing.
    RunnerRestarted,
    /// A report contradicted the plan. A fault of ours.
    ReportInvalid,
}

impl FailureReason {
    /// Whether trying again can help without anybody changing anything; only these are retried
    /// by themselves.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::SandboxUnavailable | Self::RunnerRestarted)
    }
}
