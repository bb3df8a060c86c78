//! What is remembered about a sandbox that is driven. All of it can be made again from D1 and
//! from the host; remembering spares asking.

use domain::Timestamp;
use domain::ids::{RunId, SandboxId, WorkspaceId};
use domain::run::{CapturedEvidence, CheckResult, JobEnd, LeaseToken, ReportFile};
use domain::sandbox::protocol::{CapturedFile, Isolation, SkippedFile};
use serde::{Deserialize, Serialize};

/// The shape of what is remembered. Another version's drive isn't read: it begins anew from D1
/// and the host, under the same lease.
const VERSION: u32 = 2;
/// How long a drive may take beside its job's own time, in milliseconds: waiting for a place on
/// the host, unpacking, comparing, keeping files.
pub const SLACK_MS: i64 = 20 * 60_000;

/// One sandbox on its way through a run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Drive {
    version: u32,
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
    /// When it was first seen that somebody wants it to stop.
    pub stop_seen: Option<Timestamp>,
    /// Since when the host has had no place for it.
    pub waiting_since: Option<Timestamp>,
    /// How many steps in a row met a fault.
    pub faults: u32,
    /// How the sandbox is kept apart from its host, once the host said.
    pub isolation: Option<Isolation>,
    /// When it must be over, whatever happens.
    pub ends_by: Timestamp,
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
    /// Files that a test report's pattern matched and that aren't kept.
    pub skipped_reports: Vec<SkippedFile>,
    /// Whether files may be missing without being listed.
    pub capture_incomplete: bool,
}

impl Verdict {
    /// An end with nothing kept.
    pub fn bare(end: JobEnd) -> Self {
        Self {
            end,
            checks: vec![],
            evidence: vec![],
            reports: vec![],
            diff_sha256: String::new(),
            skipped_reports: vec![],
            capture_incomplete: false,
        }
    }
}

impl Drive {
    /// What was remembered, if this version can read it.
    pub fn recalled(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok().filter(|drive: &Self| drive.version == VERSION)
    }

    /// A drive at its beginning.
    pub fn begin(run: RunId, sandbox: SandboxId, now: Timestamp) -> Self {
        Self {
            version: VERSION,
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
            stop_seen: None,
            waiting_since: None,
            faults: 0,
            isolation: None,
            ends_by: now.plus_ms(SLACK_MS),
        }
    }
}
