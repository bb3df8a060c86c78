//! Runs: one attempt of one agent at one task, immutable once ended.

use serde::{Deserialize, Serialize};

use crate::actor::Actor;
use crate::clock::Timestamp;
use crate::event::{Event, EventBody, Head};
use crate::ids::{AgentId, EvidenceId, ProjectId, RunId, SandboxId, TaskId, UserId, WorkspaceId};
use crate::project::{Gate, Source};
use crate::sandbox::{Sandbox, SandboxSpec};
use crate::task::{Step, Task};

mod add_evidence;
mod cancel;
mod claim;
mod evidence;
mod expire;
mod failure;
mod finish;
mod lease;
mod media_type;
mod start;

pub use add_evidence::{
    AddEvidence, AddedEvidence, EvidenceScene, EvidenceStore, EvidenceVault, KeptFile,
    MAX_ADDED_FILE_BYTES, MAX_ADDED_FILES, MAX_ADDED_TOTAL_BYTES, MAX_FILES_AT_ONCE, OfferedFile,
    add_evidence, check_add_evidence,
};
pub use cancel::{CancelRun, StopSandbox, cancel, check_cancel, stop_sandbox};
pub use claim::{Claimed, claim, started};
pub use evidence::{CapturedEvidence, Evidence, EvidenceKind};
pub use expire::expire;
pub use failure::{FailureReason, LimitKind};
pub use finish::{CheckResult, JobEnd, ReportFile, RunReport, Uncaptured, finish, revision_of};
pub use lease::{Lease, LeaseToken};
pub use media_type::{MediaTypeSniffer, media_type_of};
pub use start::{StartRun, StartScene, check_start, start};

/// Where a run stands. The variant owns what is known there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum RunState {
    /// Waits for a consumer and a slot.
    Queued {
        /// Since when.
        since: Timestamp,
    },
    /// Its sandbox is being made.
    Provisioning {
        /// The sandbox.
        sandbox: SandboxId,
        /// Since when.
        since: Timestamp,
    },
    /// Its steps are being executed.
    Running {
        /// The sandbox.
        sandbox: SandboxId,
        /// Since when.
        since: Timestamp,
    },
    /// Every step succeeded.
    Succeeded {
        /// The hash of what it produced.
        revision: String,
        /// When.
        at: Timestamp,
    },
    /// It failed.
    Failed {
        /// Why.
        reason: FailureReason,
        /// When.
        at: Timestamp,
    },
    /// A person stopped it.
    Cancelled {
        /// Who.
        by: UserId,
        /// When.
        at: Timestamp,
    },
    /// It took longer than its limit.
    TimedOut {
        /// The limit, in milliseconds.
        limit_ms: u64,
        /// When.
        at: Timestamp,
    },
    /// Its lease expired: nobody knows what became of it.
    Lost {
        /// When the lease expired.
        at: Timestamp,
    },
}

impl RunState {
    /// The word stored, and shown by the catalogue of texts.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Queued { .. } => "queued",
            Self::Provisioning { .. } => "provisioning",
            Self::Running { .. } => "running",
            Self::Succeeded { .. } => "succeeded",
            Self::Failed { .. } => "failed",
            Self::Cancelled { .. } => "cancelled",
            Self::TimedOut { .. } => "timed_out",
            Self::Lost { .. } => "lost",
        }
    }

    /// Whether it can still change.
    pub fn is_live(&self) -> bool {
        matches!(self, Self::Queued { .. } | Self::Provisioning { .. } | Self::Running { .. })
    }

    /// Since when it is so, or when it ended.
    pub fn since(&self) -> Timestamp {
        match self {
            Self::Queued { since }
            | Self::Provisioning { since, .. }
            | Self::Running { since, .. } => *since,
            Self::Succeeded { at, .. }
            | Self::Failed { at, .. }
            | Self::Cancelled { at, .. }
            | Self::TimedOut { at, .. }
            | Self::Lost { at } => *at,
        }
    }

    /// The state as a reader may see it at `now`, if the run's lease ends at `lease_ends`.
    #[must_use]
    pub fn seen_at(self, now: Timestamp, lease_ends: Option<Timestamp>) -> Self {
        match lease_ends {
            Some(at) if self.is_live() && at <= now => Self::Lost { at },
            _ => self,
        }
    }

    /// Whether `next` may follow: the whole transition table.
    pub fn may_become(&self, next: &Self) -> bool {
        use RunState as S;
        matches!(
            (self, next),
            (S::Queued { .. }, S::Provisioning { .. } | S::Cancelled { .. } | S::Failed { .. })
                | (S::Provisioning { .. }, S::Running { .. })
        ) || matches!(self, S::Provisioning { .. } | S::Running { .. }) && !next.is_live()
    }
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum RunOutcome {
    /// Every step succeeded.
    Succeeded {
        /// The hash of what it produced.
        revision: String,
    },
    /// It failed.
    Failed {
        /// Why.
        reason: FailureReason,
    },
    /// A person stopped it.
    Cancelled {
        /// Who.
        by: UserId,
    },
    /// It took longer than its limit.
    TimedOut {
        /// The limit, in milliseconds.
        limit_ms: u64,
    },
    /// Its lease expired.
    Lost,
}

impl RunOutcome {
    /// The state that this outcome makes.
    pub fn state(&self, at: Timestamp) -> RunState {
        match self.clone() {
            Self::Succeeded { revision } => RunState::Succeeded { revision, at },
            Self::Failed { reason } => RunState::Failed { reason, at },
            Self::Cancelled { by } => RunState::Cancelled { by, at },
            Self::TimedOut { limit_ms } => RunState::TimedOut { limit_ms, at },
            Self::Lost => RunState::Lost { at },
        }
    }
}

/// Who produced what a run makes; none of them may approve it while somebody else could.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Producers {
    /// The agent.
    pub agent: AgentId,
    /// Who wrote the steps.
    pub steps_author: UserId,
    /// Who started the run.
    pub started_by: UserId,
}

impl Producers {
    /// Whether this person is one.
    pub fn include(&self, user: UserId) -> bool {
        self.steps_author == user || self.started_by == user
    }

    /// Whether `user` is one while one of the `deciders` isn't and could decide instead.
    pub fn must_leave_it_to_others(&self, user: UserId, deciders: &[UserId]) -> bool {
        self.include(user) && deciders.iter().any(|other| *other != user && !self.include(*other))
    }
}

/// What a run is to do, as it was when it was started: later edits don't change it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunPlan {
    /// What it works on.
    pub source: Source,
    /// The task's steps.
    pub steps: Vec<Step>,
    /// Which files are kept, as glob patterns.
    pub artifacts: Vec<String>,
    /// The gate that judges it.
    pub gate: Gate,
    /// The project's version at which that gate was set.
    pub gate_version: i64,
    /// The sandbox that it needs.
    pub spec: SandboxSpec,
}

/// The first event of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunQueued {
    /// Its id.
    pub id: RunId,
    /// Its task.
    pub task: TaskId,
    /// Its project.
    pub project: ProjectId,
    /// Which attempt at the task, from 1.
    pub attempt: i64,
    /// What it is to do.
    pub plan: RunPlan,
    /// Who produces.
    pub producers: Producers,
    /// The run that this one repeats by itself, after a passing fault.
    pub retry_of: Option<RunId>,
}

/// A run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// Its project.
    pub project: ProjectId,
    /// Its task.
    pub task: TaskId,
    /// Which attempt at the task, from 1.
    pub attempt: i64,
    /// What it is to do.
    pub plan: RunPlan,
    /// Who produces.
    pub producers: Producers,
    /// The run that this one repeats by itself.
    pub retry_of: Option<RunId>,
    /// Where it stands.
    pub state: RunState,
    /// The person who asked to stop it, and when.
    pub cancel: Option<CancelRequest>,
    /// Its sandbox, once it had one.
    pub sandbox: Option<SandboxId>,
    /// Who may write about it, until when. A timer, not history: renewing it is no event, so
    /// replaying the stream doesn't give it.
    pub lease: Option<Lease>,
    /// What a report claimed that came after the run's end.
    pub late: Option<RunOutcome>,
    /// When it was queued.
    pub queued_at: Timestamp,
    /// Where its stream stands.
    pub head: Head,
}

/// A request to stop a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancelRequest {
    /// Who.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
}

impl Run {
    /// The run that the first event of its stream makes.
    pub fn begin(event: &Event) -> Option<Self> {
        let EventBody::RunQueued(queued) = &event.body else {
            return None;
        };
        Some(Self {
            id: queued.id,
            workspace: event.workspace,
            project: queued.project,
            task: queued.task,
            attempt: queued.attempt,
            plan: queued.plan.clone(),
            producers: queued.producers.clone(),
            retry_of: queued.retry_of,
            state: RunState::Queued { since: event.at },
            cancel: None,
            sandbox: None,
            lease: None,
            late: None,
            queued_at: event.at,
            head: event.head(),
        })
    }

    /// The run after one more event of its stream.
    pub fn apply(&mut self, event: &Event) {
        match &event.body {
            EventBody::RunClaimed { sandbox } => {
                self.sandbox = Some(*sandbox);
                self.state = RunState::Provisioning { sandbox: *sandbox, since: event.at };
            }
            EventBody::RunStarted => {
                if let Some(sandbox) = self.sandbox {
                    self.state = RunState::Running { sandbox, since: event.at };
                }
            }
            EventBody::RunCancelRequested => {
                if let Actor::User(by) = event.actor {
                    self.cancel = Some(CancelRequest { by, at: event.at });
                }
            }
            EventBody::RunEnded { outcome } => {
                self.state = outcome.state(event.at);
                self.lease = None;
            }
            EventBody::LateReportRecorded { outcome } => self.late = Some(outcome.clone()),
            _ => {}
        }
        self.head = event.head();
    }

    /// The run as a reader may see it at `now`: an expired lease reads as `lost`, whether or not
    /// anybody has written that down yet.
    #[must_use]
    pub fn state_at(&self, now: Timestamp) -> RunState {
        let lease_ends = self.lease.as_ref().map(|lease| lease.expires_at);
        self.state.clone().seen_at(now, lease_ends)
    }
}

/// What the use cases about a run read: everything around it, in one batch.
#[derive(Clone, Debug)]
pub struct RunScene {
    /// The run.
    pub run: Run,
    /// Its task.
    pub task: Task,
    /// Its sandbox, if it has one.
    pub sandbox: Option<Sandbox>,
    /// How many runs of the workspace hold a lease that hasn't expired.
    pub slots_taken: usize,
    /// Ids of files already kept of this run, so that a repeated report doubles none.
    pub evidence: Vec<EvidenceId>,
}
