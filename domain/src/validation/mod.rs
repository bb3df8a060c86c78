//! Validations: the verdict on one requirement of the gate for one revision.

use serde::{Deserialize, Serialize};

use crate::actor::Actor;
use crate::clock::Timestamp;
use crate::context::Context;
use crate::error::Result;
use crate::event::{Event, EventBody};
use crate::ids::{EvidenceId, ProjectId, RunId, TaskId, UserId, ValidationId, WorkspaceId};
use crate::project::Requirement;
use crate::sandbox::protocol::SkipReason;
use crate::task::Task;
use crate::write_batch::{Row, WriteBatch};

mod decide;
mod judge;
mod junit;

pub use decide::{Approve, DecisionScene, Reject, approve, check_approve, check_reject, reject};
pub use judge::judge;
pub use junit::{MAX_REPORT_BYTES, ReportProblem, TestReport, parse_report};

/// Where a validation stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ValidationState {
    /// Not begun.
    Pending,
    /// Being judged.
    Running {
        /// Since when.
        since: Timestamp,
    },
    /// The requirement is met.
    Passed {
        /// When it was found.
        at: Timestamp,
    },
    /// It isn't.
    Failed {
        /// Why.
        finding: Finding,
        /// When it was found.
        at: Timestamp,
    },
    /// A person must decide.
    AwaitingReview {
        /// Since when.
        since: Timestamp,
    },
    /// A person approved.
    Approved {
        /// Who.
        by: UserId,
        /// When.
        at: Timestamp,
    },
    /// A person sent it back.
    Rejected {
        /// Who.
        by: UserId,
        /// When.
        at: Timestamp,
        /// Why.
        reason: String,
    },
    /// A newer run made it meaningless.
    Stale {
        /// The run.
        by: RunId,
        /// Since when.
        since: Timestamp,
    },
}

impl ValidationState {
    /// The word stored.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running { .. } => "running",
            Self::Passed { .. } => "passed",
            Self::Failed { .. } => "failed",
            Self::AwaitingReview { .. } => "awaiting_review",
            Self::Approved { .. } => "approved",
            Self::Rejected { .. } => "rejected",
            Self::Stale { .. } => "stale",
        }
    }

    /// Whether the requirement is met.
    pub fn is_met(&self) -> bool {
        matches!(self, Self::Passed { .. } | Self::Approved { .. })
    }
}

/// Why a requirement isn't met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "finding", rename_all = "snake_case")]
pub enum Finding {
    /// The command exited with another code than 0.
    CommandFailed {
        /// The exit code; none when it didn't end by itself.
        exit_code: Option<i32>,
    },
    /// The command wasn't run.
    CommandNotRun,
    /// No file matches the pattern.
    ReportMissing,
    /// A matching file isn't a test report.
    ReportUnreadable {
        /// Its path.
        path: String,
        /// What is wrong with it.
        problem: ReportProblem,
    },
    /// A matching file was there and couldn't be kept, so nobody knows what it says.
    ReportNotKept {
        /// Its path.
        path: String,
        /// Why it wasn't kept.
        reason: SkipReason,
    },
    /// Not everything that the run left was looked at: a matching report may be missing.
    CaptureIncomplete,
    /// The reports hold no test that was run.
    NoTests,
    /// Tests failed.
    TestsFailed {
        /// How many failed or erred.
        failed: u32,
        /// Of how many.
        total: u32,
        /// The first few names.
        names: Vec<String>,
    },
}

/// A validation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validation {
    /// Its id.
    pub id: ValidationId,
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// Its project.
    pub project: ProjectId,
    /// Its task, whose stream its events are in.
    pub task: TaskId,
    /// The run that produced the revision.
    pub run: RunId,
    /// The revision.
    pub revision: String,
    /// The requirement.
    pub requirement: Requirement,
    /// Its place in the gate, from 0.
    pub position: u32,
    /// Where it stands.
    pub state: ValidationState,
    /// The kept files that it rests on.
    pub evidence: Vec<EvidenceId>,
    /// When it was opened.
    pub opened_at: Timestamp,
}

/// A person's decision on one validation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValidationVerdict {
    /// The validation.
    pub id: ValidationId,
    /// Why it was sent back; none when it was approved.
    pub rejected_because: Option<String>,
}

impl Validation {
    /// The validation after one more event of its task's stream.
    pub fn apply(&mut self, event: &Event) {
        match (&event.body, event.actor) {
            (EventBody::ValidationDecided { verdict }, Actor::User(by))
                if verdict.id == self.id =>
            {
                let at = event.at;
                self.state = match &verdict.rejected_because {
                    None => ValidationState::Approved { by, at },
                    Some(reason) => ValidationState::Rejected { by, at, reason: reason.clone() },
                };
            }
            (EventBody::ValidationsStaled { by }, _)
                if *by != self.run && !matches!(self.state, ValidationState::Stale { .. }) =>
            {
                self.state = ValidationState::Stale { by: *by, since: event.at };
            }
            _ => {}
        }
    }

    /// All validations that the events of one task's stream give, in the order of their opening.
    pub fn replay(events: &[Event]) -> Vec<Self> {
        let mut all: Vec<Self> = vec![];
        for event in events {
            if let EventBody::ValidationsOpened { validations } = &event.body {
                all.extend(validations.iter().cloned());
            }
            for validation in &mut all {
                validation.apply(event);
            }
        }
        all
    }
}

/// Makes a task's validations stale because `run` begins; adds nothing when there are none.
///
/// # Errors
/// As [`Event::next`].
pub fn stale_all(
    ctx: &Context,
    batch: &mut WriteBatch,
    task: &mut Task,
    run: RunId,
    validations: Vec<Validation>,
) -> Result<()> {
    if validations.is_empty() {
        return Ok(());
    }
    task.record(batch, Actor::System, ctx.now(), EventBody::ValidationsStaled { by: run })?;
    let event = batch.events.last().cloned();
    for mut validation in validations {
        if let Some(event) = &event {
            validation.apply(event);
        }
        batch.rows.push(Row::Validation(Box::new(validation)));
    }
    Ok(())
}
