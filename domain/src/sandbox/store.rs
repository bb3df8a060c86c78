//! What the use cases about sandboxes read. Each method is one round trip.

use async_trait::async_trait;

use super::{Execution, Sandbox};
use crate::clock::Timestamp;
use crate::context::Caller;
use crate::error::Result;
use crate::ids::{ExecutionId, SandboxId};
use crate::ports::Read;
use crate::project::{Project, ProjectKey};
use crate::run::RunScene;

/// A sandbox and what it has in hand.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The sandbox.
    pub sandbox: Sandbox,
    /// The command that it has in hand.
    pub open: Option<Execution>,
}

/// What stopping a sandbox is about.
#[derive(Clone, Debug)]
pub enum StopScene {
    /// The run in it.
    Run(Box<RunScene>),
    /// The sandbox itself, which no run uses.
    Standalone(Box<Sandbox>),
}

/// The reads about sandboxes.
#[async_trait]
pub trait SandboxStore {
    /// A project, and how many sandboxes of the workspace are alive that no run uses.
    async fn project_for_sandbox(
        &self,
        caller: &Caller,
        key: &ProjectKey,
    ) -> Result<Read<Option<(Project, usize)>>>;

    /// A sandbox and what it has in hand.
    async fn standing(&self, caller: &Caller, id: SandboxId) -> Result<Read<Option<Standing>>>;

    /// What stopping the sandbox is about.
    async fn sandbox_to_stop(
        &self,
        caller: &Caller,
        id: SandboxId,
    ) -> Result<Read<Option<StopScene>>>;

    /// One execution of a sandbox, and when the sandbox ends by itself.
    async fn execution(
        &self,
        caller: &Caller,
        sandbox: SandboxId,
        id: ExecutionId,
    ) -> Result<Read<Option<(Execution, Timestamp)>>>;

    /// Sandboxes that are alive and that no run uses, those that end first at the front.
    async fn standalone_alive(&self, limit: u32) -> Result<Vec<SandboxId>>;
}
