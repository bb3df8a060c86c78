//! What is remembered about a sandbox that is driven. All of it can be made again from D1 and
//! from the host; remembering spares asking.

use domain::Timestamp;
use domain::ids::{RunId, SandboxId, WorkspaceId};
use domain::run::{CapturedEvidence, CheckResult, JobEnd, LeaseToken, ReportFile};
use domain::sandbox::protocol::CapturedFile;
use serde::{Deserialize, Serialize};

/// One sandbox on its way through a run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Drive {
    /// The run.
    pub run: RunId,
    /// The sandbox.
    pub sandbox: SandboxId,
    /// The run's workspace, once read.
    pub workspace: Option<WorkspaceId>,
    /// The lease that the driver writes under, once read.
    pub token: Option<LeaseToken>,
    /// How far it is.
    pub phase: Phase,
    /// Output up to this line is kept.
    pub after: u64,
    /// When the lease was last known to be renewed.
    pub renewed_at: Timestamp,
    /// Since when the host hasn't answered.
    pub silent_since: Option<Timestamp>,
    /// How many looks in a row found no output.
    pub quiet: u32,
    /// Whether the host was told to stop the job.
    pub cancel_sent: bool,
}

/// How far a drive is.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "phase", rename_all = "snake_case")]
pub enum Phase {
    /// The sandbox is made and given its source and its job.
    Provision,
    /// The job runs; its output is pulled.
    Execute,
    /// The job ended; its files are kept one by one.
    Collect(Box<Collection>),
    /// Everything is kept; the run's end is to be written down.
    Finish(Box<Verdict>),
    /// The run has ended; the sandbox is taken down.
    Cleanup {
        /// Since when.
        since: Timestamp,
        /// How often it was tried.
        tries: u32,
    },
    /// Nothing is left to do.
    Over,
}

/// Files being kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Collection {
    /// What the host captured.
    pub files: Vec<CapturedFile>,
    /// How many of them are kept.
    pub done: usize,
    /// What the run's end will say.
    pub verdict: Verdict,
}

/// What the run's end will say.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Verdict {
    /// How the job ended.
    pub end: JobEnd,
    /// The exits of the gate's commands.
    pub checks: Vec<CheckResult>,
    /// The files kept.
    pub evidence: Vec<CapturedEvidence>,
    /// Those of them that are test reports.
    pub reports: Vec<ReportFile>,
    /// SHA-256 of the produced diff, hexadecimal; empty when there is none.
    pub diff_sha256: String,
}

impl Verdict {
    /// An end with nothing kept.
    pub fn bare(end: JobEnd) -> Self {
        Self { end, checks: vec![], evidence: vec![], reports: vec![], diff_sha256: String::new() }
    }
}

impl Drive {
    /// A drive at its beginning.
    pub fn begin(run: RunId, sandbox: SandboxId, now: Timestamp) -> Self {
        Self {
            run,
            sandbox,
            workspace: None,
            token: None,
            phase: Phase::Provision,
            after: 0,
            renewed_at: now,
            silent_since: None,
            quiet: 0,
            cancel_sent: false,
        }
    }
}
