//! Sandboxes: isolated places where runs execute, and the protocol their host speaks.

use serde::{Deserialize, Serialize};

use crate::actor::Actor;
use crate::clock::Timestamp;
use crate::error::Result;
use crate::event::{Event, EventBody, Head, Stream};
use crate::ids::{ExecutionId, SandboxId, WorkspaceId};
use crate::write_batch::{Row, WriteBatch};

use protocol::Isolation;

pub mod protocol;

mod execute;
mod execution;
mod log;
mod metrics;
mod provision;
mod report;
mod request;
mod settle;
mod stop;
mod store;

pub use crate::run::{StopSandbox, stop_sandbox as stop};
pub use execute::{
    DEFAULT_TIMEOUT_MS, Execute, LEAST_TIMEOUT_MS, MAX_EXECUTIONS, check_execute, execute,
};
pub use execution::{
    Execution, ExecutionEnd, ExecutionLoss, ExecutionRequested, ExecutionState, OutputSpan,
};
pub use log::LogOf;
pub use metrics::{SandboxProbe, metrics};
pub use provision::{
    DEFAULT_TTL_MS, LEAST_TTL_MS, MAX_TTL_MS, ProvisionSandbox, check_provision, provision,
};
pub use report::{close, command_ended, command_started};
pub use request::{Purpose, SandboxRequested, Standalone};
pub use settle::{Settled, settle};
pub use stop::check_stop;
pub(crate) use stop::stop_standalone;
pub use store::{SandboxStore, Standing, StopScene};

/// What a sandbox grants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SandboxSpec {
    /// Longest time of the whole job, in milliseconds.
    pub wall_ms: u64,
    /// Most processor time of the whole job, in milliseconds.
    pub cpu_ms: u64,
    /// Most memory, in bytes.
    pub memory_bytes: u64,
    /// Most processes at once.
    pub processes: u32,
    /// Most bytes of the work directory, and of one file in it.
    pub disk_bytes: u64,
    /// Most bytes of output that are kept.
    pub output_bytes: u64,
}

impl Default for SandboxSpec {
    fn default() -> Self {
        Self {
            wall_ms: 15 * 60_000,
            cpu_ms: 10 * 60_000,
            memory_bytes: 1 << 30,
            processes: 256,
            disk_bytes: 512 << 20,
            output_bytes: 16 << 20,
        }
    }
}

/// Where a sandbox stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum SandboxState {
    /// Being made.
    Provisioning {
        /// Since when.
        since: Timestamp,
    },
    /// Made, nothing runs in it.
    Ready {
        /// Since when.
        since: Timestamp,
    },
    /// Its run or a command executes.
    Busy {
        /// Since when.
        since: Timestamp,
    },
    /// Being taken down.
    Stopping {
        /// Since when.
        since: Timestamp,
    },
    /// Gone.
    Stopped {
        /// When.
        at: Timestamp,
    },
    /// Never came to be, or its host lost it.
    Failed {
        /// Why, a short sentence of the host's.
        reason: String,
        /// When.
        at: Timestamp,
    },
}

impl SandboxState {
    /// The word stored.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Provisioning { .. } => "provisioning",
            Self::Ready { .. } => "ready",
            Self::Busy { .. } => "busy",
            Self::Stopping { .. } => "stopping",
            Self::Stopped { .. } => "stopped",
            Self::Failed { .. } => "failed",
        }
    }

    /// Whether it still costs something.
    pub fn is_alive(&self) -> bool {
        !matches!(self, Self::Stopped { .. } | Self::Failed { .. })
    }

    /// Since when it is so.
    pub fn since(&self) -> Timestamp {
        match self {
            Self::Provisioning { since }
            | Self::Ready { since }
            | Self::Busy { since }
            | Self::Stopping { since } => *since,
            Self::Stopped { at } | Self::Failed { at, .. } => *at,
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Provisioning { .. } => 0,
            Self::Ready { .. } => 1,
            Self::Busy { .. } => 2,
            Self::Stopping { .. } => 3,
            Self::Stopped { .. } | Self::Failed { .. } => 4,
        }
    }

    /// Whether `next` may follow: only onwards, and never from an end.
    pub fn may_become(&self, next: &Self) -> bool {
        self.is_alive() && self.rank() < next.rank()
    }
}

/// A sandbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sandbox {
    /// What was asked for.
    pub request: SandboxRequested,
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// Where it stands.
    pub state: SandboxState,
    /// How it is kept apart from its host, once that is known.
    pub isolation: Option<Isolation>,
    /// How many commands it was given.
    pub executions: u32,
    /// The command that it has in hand: one that waits, or executes.
    pub executing: Option<ExecutionId>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// Where its stream stands.
    pub head: Head,
}

impl Sandbox {
    /// The sandbox that the first event of its stream makes.
    pub fn begin(event: &Event) -> Option<Self> {
        let EventBody::SandboxRequested(request) = &event.body else {
            return None;
        };
        Some(Self {
            request: (**request).clone(),
            workspace: event.workspace,
            state: SandboxState::Provisioning { since: event.at },
            isolation: None,
            executions: 0,
            executing: None,
            created_at: event.at,
            head: event.head(),
        })
    }

    /// The sandbox after one more event of its stream.
    pub fn apply(&mut self, event: &Event) {
        match &event.body {
            EventBody::SandboxMoved { to, isolation } => {
                self.state = to.clone();
                self.isolation = isolation.or(self.isolation);
            }
            EventBody::CommandRequested(request) => {
                self.executions = self.executions.saturating_add(1);
                self.executing = Some(request.id);
            }
            EventBody::CommandStarted { .. } => {
                if matches!(self.state, SandboxState::Ready { .. }) {
                    self.state = SandboxState::Busy { since: event.at };
                }
            }
            EventBody::CommandEnded { .. } => {
                self.executing = None;
                if matches!(self.state, SandboxState::Busy { .. }) {
                    self.state = SandboxState::Ready { since: event.at };
                }
            }
            _ => {}
        }
        self.head = event.head();
    }

    /// Its id.
    pub fn id(&self) -> SandboxId {
        self.request.id
    }

    /// When it ends by itself, if it is no run's.
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.request.purpose.standalone().map(|standalone| standalone.expires_at)
    }

    /// Appends an event and applies it. The caller pushes the row.
    ///
    /// # Errors
    /// As [`Event::next`].
    fn record(
        &mut self,
        batch: &mut WriteBatch,
        actor: Actor,
        at: Timestamp,
        body: EventBody,
    ) -> Result<()> {
        let mut head = self.head.clone();
        batch.append(&mut head, Stream::Sandbox(self.id()), actor, at, body)?;
        if let Some(event) = batch.events.last() {
            self.apply(event);
        }
        Ok(())
    }

    /// Appends a move, if the transition table has it; otherwise it changes nothing, since
    /// reports about a sandbox repeat.
    ///
    /// # Errors
    /// As [`Event::next`].
    pub fn record_move(
        self,
        batch: &mut WriteBatch,
        at: Timestamp,
        to: SandboxState,
    ) -> Result<()> {
        self.record_move_isolated(batch, at, to, None)
    }

    /// As [`Self::record_move`], with what has become known of its isolation.
    ///
    /// # Errors
    /// As [`Event::next`].
    pub fn record_move_isolated(
        mut self,
        batch: &mut WriteBatch,
        at: Timestamp,
        to: SandboxState,
        isolation: Option<Isolation>,
    ) -> Result<()> {
        if !self.state.may_become(&to) {
            return Ok(());
        }
        let body = EventBody::SandboxMoved { to, isolation };
        self.record(batch, Actor::System, at, body)?;
        batch.rows.push(Row::Sandbox(self));
        Ok(())
    }
}
