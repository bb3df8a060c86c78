//! Tasks: the goal. A task and its runs are separate records.

use serde::{Deserialize, Serialize};

use crate::actor::Actor;
use crate::clock::Timestamp;
use crate::event::{Event, EventBody, Head};
use crate::ids::{AgentId, ProjectId, RunId, TaskId, UserId, WorkspaceId};
use crate::project::ProjectKey;

mod content;
mod create;
mod edit;
mod key;
mod move_task;

pub use content::{Priority, Step, TaskContent, TaskDraft, is_safe_pattern};
pub use create::{CreateTask, create};
pub use edit::{AmendTask, EditTask, TaskChanges, amend, check_edit, edit};
pub use key::{TaskKey, TaskRef};
pub use move_task::{ChangedTask, MoveTask, MoveTo, check_move, move_task};

/// Where a task stands. The variant says why it is there and since when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "stage", rename_all = "snake_case")]
pub enum TaskState {
    /// Written, not yet meant to be done.
    Backlog {
        /// Since when.
        since: Timestamp,
    },
    /// May be started.
    Ready {
        /// Since when.
        since: Timestamp,
    },
    /// A run works on it.
    Running {
        /// The run.
        run: RunId,
        /// Since when.
        since: Timestamp,
    },
    /// The gate judges what the run produced.
    Validating {
        /// The run.
        run: RunId,
        /// Since when.
        since: Timestamp,
    },
    /// A person must decide.
    Review {
        /// The run whose revision is to be judged.
        run: RunId,
        /// Since when.
        since: Timestamp,
    },
    /// A person sent it back.
    ChangesRequested {
        /// Who.
        by: UserId,
        /// Why.
        reason: String,
        /// Since when.
        since: Timestamp,
    },
    /// Accepted.
    Done {
        /// Who accepted it.
        by: UserId,
        /// The run whose revision was accepted.
        run: RunId,
        /// Since when.
        since: Timestamp,
    },
    /// The last run failed, or its revision didn't pass the gate.
    Failed {
        /// The run.
        run: RunId,
        /// Why.
        cause: TaskFailure,
        /// Since when.
        since: Timestamp,
    },
    /// Given up.
    Cancelled {
        /// Who.
        by: UserId,
        /// Since when.
        since: Timestamp,
    },
}

/// Why a task failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskFailure {
    /// The run itself didn't succeed; the run says why.
    RunFailed,
    /// The run succeeded, but a requirement of the gate isn't met.
    GateNotPassed,
}

/// The name of a task's state, without its data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskStage {
    /// See [`TaskState::Backlog`].
    Backlog,
    /// See [`TaskState::Ready`].
    Ready,
    /// See [`TaskState::Running`].
    Running,
    /// See [`TaskState::Validating`].
    Validating,
    /// See [`TaskState::Review`].
    Review,
    /// See [`TaskState::ChangesRequested`].
    ChangesRequested,
    /// See [`TaskState::Done`].
    Done,
    /// See [`TaskState::Failed`].
    Failed,
    /// See [`TaskState::Cancelled`].
    Cancelled,
}

impl TaskStage {
    /// Every stage, in the order of a task's way.
    pub const ALL: [Self; 9] = [
        Self::Backlog,
        Self::Ready,
        Self::Running,
        Self::Validating,
        Self::Review,
        Self::ChangesRequested,
        Self::Failed,
        Self::Done,
        Self::Cancelled,
    ];

    /// The word stored, and used in links.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Backlog => "backlog",
            Self::Ready => "ready",
            Self::Running => "running",
            Self::Validating => "validating",
            Self::Review => "review",
            Self::ChangesRequested => "changes_requested",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The stage of this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.as_str() == word)
    }

    /// The whole transition table.
    pub fn may_become(self, next: Self) -> bool {
        use TaskStage as S;
        matches!(
            (self, next),
            (S::Backlog, S::Ready | S::Cancelled)
                | (S::Ready, S::Backlog | S::Running | S::Cancelled)
                | (S::Running, S::Validating | S::Ready | S::Failed)
                | (S::Validating, S::Review | S::Failed)
                | (S::Review, S::Done | S::ChangesRequested | S::Cancelled)
                | (S::ChangesRequested | S::Failed, S::Ready | S::Running | S::Cancelled)
                | (S::Done, S::Ready)
                | (S::Cancelled, S::Backlog)
        )
    }

    /// Whether a run may be started from here.
    pub fn can_start(self) -> bool {
        self.may_become(Self::Running)
    }
}

impl TaskState {
    /// The state's name.
    pub fn stage(&self) -> TaskStage {
        match self {
            Self::Backlog { .. } => TaskStage::Backlog,
            Self::Ready { .. } => TaskStage::Ready,
            Self::Running { .. } => TaskStage::Running,
            Self::Validating { .. } => TaskStage::Validating,
            Self::Review { .. } => TaskStage::Review,
            Self::ChangesRequested { .. } => TaskStage::ChangesRequested,
            Self::Done { .. } => TaskStage::Done,
            Self::Failed { .. } => TaskStage::Failed,
            Self::Cancelled { .. } => TaskStage::Cancelled,
        }
    }

    /// Since when it is so.
    pub fn since(&self) -> Timestamp {
        match self {
            Self::Backlog { since }
            | Self::Ready { since }
            | Self::Running { since, .. }
            | Self::Validating { since, .. }
            | Self::Review { since, .. }
            | Self::ChangesRequested { since, .. }
            | Self::Done { since, .. }
            | Self::Failed { since, .. }
            | Self::Cancelled { since, .. } => *since,
        }
    }

    /// The run that the state is about.
    pub fn run(&self) -> Option<RunId> {
        match self {
            Self::Running { run, .. }
            | Self::Validating { run, .. }
            | Self::Review { run, .. }
            | Self::Done { run, .. }
            | Self::Failed { run, .. } => Some(*run),
            Self::Backlog { .. }
            | Self::Ready { .. }
            | Self::ChangesRequested { .. }
            | Self::Cancelled { .. } => None,
        }
    }
}

/// The first event of a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskCreated {
    /// Its id.
    pub id: TaskId,
    /// Its project.
    pub project: ProjectId,
    /// Its project's key.
    pub project_key: ProjectKey,
    /// Its number in the project, from 1.
    pub number: i64,
    /// What is to be done.
    pub content: TaskContent,
    /// Where it starts.
    pub state: TaskState,
}

/// A task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// Its project.
    pub project: ProjectId,
    /// `MONO-12`.
    pub key: TaskKey,
    /// What is to be done.
    pub content: TaskContent,
    /// Where it stands.
    pub state: TaskState,
    /// Who wrote it.
    pub created_by: Actor,
    /// When.
    pub created_at: Timestamp,
    /// When its stream last grew.
    pub updated_at: Timestamp,
    /// Where its stream stands; `head.version` is the version that forms carry.
    pub head: Head,
}

impl Task {
    /// The task that the first event of its stream makes.
    pub fn begin(event: &Event) -> Option<Self> {
        let EventBody::TaskCreated(created) = &event.body else {
            return None;
        };
        Some(Self {
            id: created.id,
            workspace: event.workspace,
            project: created.project,
            key: TaskKey { project: created.project_key.clone(), number: created.number },
            content: created.content.clone(),
            state: created.state.clone(),
            created_by: event.actor,
            created_at: event.at,
            updated_at: event.at,
            head: event.head(),
        })
    }

    /// The task after one more event of its stream.
    pub fn apply(&mut self, event: &Event) {
        match &event.body {
            EventBody::TaskEdited { content } => self.content = (**content).clone(),
            EventBody::TaskMoved { to } => self.state = to.clone(),
            _ => {}
        }
        self.updated_at = event.at;
        self.head = event.head();
    }

    /// The agent that would run it.
    pub fn agent(&self) -> Option<AgentId> {
        self.content.agent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_can_always_leave_its_stage_and_done_needs_review() {
        for stage in TaskStage::ALL {
            assert!(TaskStage::ALL.iter().any(|next| stage.may_become(*next)), "{stage:?}");
            assert_eq!(stage.may_become(TaskStage::Done), stage == TaskStage::Review);
            assert_eq!(TaskStage::parse(stage.as_str()), Some(stage));
        }
    }
}
