//! One command in a sandbox that no run uses.

use serde::{Deserialize, Serialize};

use crate::actor::Actor;
use crate::clock::Timestamp;
use crate::event::{Event, EventBody, Stream};
use crate::ids::{ExecutionId, ProjectId, SandboxId, UserId, WorkspaceId};
use crate::run::LimitKind;
use crate::sandbox::Sandbox;

/// The first event of an execution, in its sandbox's stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecutionRequested {
    /// Its id.
    pub id: ExecutionId,
    /// Its number among those of its sandbox, from 1.
    pub number: u32,
    /// A shell command, may have several lines.
    pub command: String,
    /// Longest time of it, in milliseconds.
    pub timeout_ms: u64,
}

/// Where an execution stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ExecutionState {
    /// It waits for its sandbox to be ready, or to be told.
    Queued {
        /// Since when.
        since: Timestamp,
    },
    /// It was handed to the sandbox.
    Running {
        /// Since when.
        since: Timestamp,
    },
    /// It ended by itself, by a signal, or because it needed more than the sandbox grants.
    Exited {
        /// Its exit code; 128 and the signal's number when a signal ended it.
        code: i32,
        /// The limit that ended it, or that it failed of.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        limit: Option<LimitKind>,
        /// When.
        at: Timestamp,
    },
    /// It took longer than it may, and was ended.
    TimedOut {
        /// How long it might, in milliseconds.
        limit_ms: u64,
        /// When.
        at: Timestamp,
    },
    /// Its sandbox ended first.
    Lost {
        /// Why.
        reason: ExecutionLoss,
        /// When.
        at: Timestamp,
    },
}

/// Why an execution was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExecutionLoss {
    /// Somebody stopped the sandbox.
    Stopped,
    /// The sandbox's time was over.
    Expired,
    /// The sandbox never came to be, or its host lost it.
    SandboxLost,
}

/// How an execution ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "end", rename_all = "snake_case")]
pub enum ExecutionEnd {
    /// As [`ExecutionState::Exited`].
    Exited {
        /// The exit code.
        code: i32,
        /// The limit that ended it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        limit: Option<LimitKind>,
    },
    /// As [`ExecutionState::TimedOut`].
    TimedOut {
        /// How long it might, in milliseconds.
        limit_ms: u64,
    },
    /// As [`ExecutionState::Lost`].
    Lost {
        /// Why.
        reason: ExecutionLoss,
    },
}

impl ExecutionState {
    /// The word stored.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Queued { .. } => "queued",
            Self::Running { .. } => "running",
            Self::Exited { .. } => "exited",
            Self::TimedOut { .. } => "timed_out",
            Self::Lost { .. } => "lost",
        }
    }

    /// Whether it can still change.
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Queued { .. } | Self::Running { .. })
    }

    /// Since when it is so.
    pub fn since(&self) -> Timestamp {
        match self {
            Self::Queued { since } | Self::Running { since } => *since,
            Self::Exited { at, .. } | Self::TimedOut { at, .. } | Self::Lost { at, .. } => *at,
        }
    }

    /// The state as a reader may see it at `now`, if the sandbox ends by itself at `expires_at`:
    /// nothing runs past that, whether or not anybody has written it down.
    #[must_use]
    pub fn seen_at(self, now: Timestamp, expires_at: Timestamp) -> Self {
        if self.is_open() && expires_at <= now {
            return Self::Lost { reason: ExecutionLoss::Expired, at: expires_at };
        }
        self
    }

    fn ended(end: &ExecutionEnd, at: Timestamp) -> Self {
        match end {
            ExecutionEnd::Exited { code, limit } => Self::Exited { code: *code, limit: *limit, at },
            ExecutionEnd::TimedOut { limit_ms } => Self::TimedOut { limit_ms: *limit_ms, at },
            ExecutionEnd::Lost { reason } => Self::Lost { reason: *reason, at },
        }
    }
}

/// Which lines of its sandbox's output an execution printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputSpan {
    /// The last line before its first.
    pub after: u64,
    /// Its last line; none while it may go on.
    pub through: Option<u64>,
}

/// An execution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Execution {
    /// What was asked for.
    pub request: ExecutionRequested,
    /// Its sandbox.
    pub sandbox: SandboxId,
    /// Its sandbox's project.
    pub project: ProjectId,
    /// Its sandbox's workspace.
    pub workspace: WorkspaceId,
    /// Who asked for it.
    pub by: UserId,
    /// Where it stands.
    pub state: ExecutionState,
    /// What it printed.
    pub output: OutputSpan,
    /// When it was asked for.
    pub requested_at: Timestamp,
}

impl Execution {
    /// The execution that an event of this sandbox's stream makes.
    pub fn begin(sandbox: &Sandbox, event: &Event) -> Option<Self> {
        let (EventBody::CommandRequested(request), Actor::User(by)) = (&event.body, event.actor)
        else {
            return None;
        };
        Some(Self {
            request: (**request).clone(),
            sandbox: sandbox.id(),
            project: sandbox.request.project,
            workspace: event.workspace,
            by,
            state: ExecutionState::Queued { since: event.at },
            output: OutputSpan::default(),
            requested_at: event.at,
        })
    }

    /// The execution after one more event of its sandbox's stream.
    pub fn apply(&mut self, event: &Event) {
        match &event.body {
            EventBody::CommandStarted { execution, after } if *execution == self.request.id => {
                self.state = ExecutionState::Running { since: event.at };
                self.output.after = *after;
            }
            EventBody::CommandEnded { execution, end, through }
                if *execution == self.request.id =>
            {
                self.state = ExecutionState::ended(end, event.at);
                self.output.through = Some(*through);
            }
            _ => {}
        }
    }

    /// All executions that a sandbox's events make, in their order.
    pub fn replay(events: &[Event]) -> Vec<Self> {
        let Some(sandbox) = events.first().and_then(Sandbox::begin) else {
            return vec![];
        };
        let mut executions: Vec<Self> = vec![];
        for event in events {
            executions.iter_mut().for_each(|execution| execution.apply(event));
            executions.extend(Self::begin(&sandbox, event));
        }
        executions
    }

    /// Its id.
    pub fn id(&self) -> ExecutionId {
        self.request.id
    }

    /// The stream that its events are in.
    pub fn stream(&self) -> Stream {
        Stream::Sandbox(self.sandbox)
    }
}
