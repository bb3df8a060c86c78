//! What programs list and read: leaner than what pages show, in pages of their own size. Each read is
//! one round trip and gives only what the caller's credential reaches.

use async_trait::async_trait;

use crate::actor::Role;
use crate::agent::Agent;
use crate::clock::Timestamp;
use crate::context::Caller;
use crate::error::Result;
use crate::ids::{AgentId, RunId, SandboxId, TaskId, UserId, ValidationId, WorkspaceId};
use crate::ports::Read;
use crate::project::{Project, ProjectKey};
use crate::run::Run;
use crate::sandbox::Sandbox;
use crate::task::{Priority, TaskKey, TaskRef, TaskState};
use crate::validation::Validation;
use crate::views::{TaskCursor, TaskFilter};

/// A workspace that the caller belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedWorkspace {
    /// Its id.
    pub id: WorkspaceId,
    /// Its name.
    pub name: String,
    /// The caller's role there.
    pub role: Role,
    /// Whether it is the one that the credential acts in.
    pub is_current: bool,
    /// When it began.
    pub created_at: Timestamp,
    /// The other sites whose pages may use its API, in their order.
    pub origins: Vec<String>,
    /// The version at which its settings were last changed.
    pub version: i64,
}

/// A member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedMember {
    /// The person.
    pub user: UserId,
    /// Their name.
    pub name: String,
    /// Their email address.
    pub email: String,
    /// Their role.
    pub role: Role,
    /// Since when.
    pub joined_at: Timestamp,
    /// The version at which their place in the workspace was last changed.
    pub version: i64,
}

/// A task in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedTask {
    /// Its id.
    pub id: TaskId,
    /// `MONO-12`.
    pub key: TaskKey,
    /// One line.
    pub title: String,
    /// How soon it matters.
    pub priority: Priority,
    /// Short words.
    pub labels: Vec<String>,
    /// The agent that would run it.
    pub agent: Option<AgentId>,
    /// Where it stands.
    pub state: TaskState,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Its version.
    pub version: i64,
}

/// Something of a task, with the task's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfTask<T> {
    /// The task's key.
    pub task: TaskKey,
    /// What is the task's.
    pub of: T,
}

/// A place in the workspace's validations, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ValidationCursor {
    /// When the last one shown was opened.
    pub opened_at: Timestamp,
    /// Its place in the gate.
    pub position: u32,
    /// Its id.
    pub id: ValidationId,
}

/// A place in the workspace's sandboxes, those alive first, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SandboxCursor {
    /// Whether the last one shown was alive.
    pub alive: bool,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// Its id.
    pub id: SandboxId,
}

impl SandboxCursor {
    /// The place of this one.
    pub fn of(sandbox: &Sandbox) -> Self {
        let alive = sandbox.state.is_alive();
        Self { alive, created_at: sandbox.created_at, id: sandbox.id() }
    }
}

/// The reads behind the API. A list gives at most `limit` entries, those after `after` in its order;
/// one of something that isn't there gives none.
#[async_trait]
pub trait ListingStore {
    /// Whether any workspace lets pages of this origin use its API.
    async fn origin_is_allowed(&self, origin: &str) -> Result<bool>;
    /// The person's workspaces by id; for a key only its own.
    async fn listed_workspaces(
        &self,
        caller: &Caller,
        after: Option<WorkspaceId>,
        limit: u32,
    ) -> Result<Read<Vec<ListedWorkspace>>>;
    /// One of [`ListingStore::listed_workspaces`].
    async fn listed_workspace(
        &self,
        caller: &Caller,
        workspace: WorkspaceId,
    ) -> Result<Read<Option<ListedWorkspace>>>;
    /// The workspace's members, by id.
    async fn listed_members(
        &self,
        caller: &Caller,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Read<Vec<ListedMember>>>;
    /// One member.
    async fn listed_member(
        &self,
        caller: &Caller,
        user: UserId,
    ) -> Result<Read<Option<ListedMember>>>;
    /// The workspace's agents, by id.
    async fn agents(
        &self,
        caller: &Caller,
        after: Option<AgentId>,
        limit: u32,
    ) -> Result<Read<Vec<Agent>>>;
    /// Projects, by key.
    async fn projects(
        &self,
        caller: &Caller,
        after: Option<&ProjectKey>,
        limit: u32,
    ) -> Result<Read<Vec<Project>>>;
    /// A project's tasks, newest change first, after `filter.after`.
    async fn tasks(
        &self,
        caller: &Caller,
        project: &ProjectKey,
        filter: &TaskFilter,
        limit: u32,
    ) -> Result<Read<Option<Vec<ListedTask>>>>;
    /// A task's runs, newest first: those whose attempt is below `before`.
    async fn runs_of_task(
        &self,
        caller: &Caller,
        task: &TaskRef,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Read<Option<Vec<OfTask<Run>>>>>;
    /// A run.
    async fn run(&self, caller: &Caller, run: RunId) -> Result<Read<Option<OfTask<Run>>>>;
    /// A task's validations, newest first: those whose id is below `before`.
    async fn validations_of_task(
        &self,
        caller: &Caller,
        task: &TaskRef,
        before: Option<ValidationId>,
        limit: u32,
    ) -> Result<Read<Option<Vec<OfTask<Validation>>>>>;
    /// Validations, newest first.
    async fn validations(
        &self,
        caller: &Caller,
        after: Option<ValidationCursor>,
        limit: u32,
    ) -> Result<Read<Vec<OfTask<Validation>>>>;
    /// A validation.
    async fn validation(
        &self,
        caller: &Caller,
        validation: ValidationId,
    ) -> Result<Read<Option<OfTask<Validation>>>>;
    /// Sandboxes, those alive first, newest first.
    async fn sandboxes(
        &self,
        caller: &Caller,
        after: Option<SandboxCursor>,
        limit: u32,
    ) -> Result<Read<Vec<Sandbox>>>;
}

impl ListedTask {
    /// Its place in the list.
    pub fn place(&self) -> TaskCursor {
        TaskCursor { updated_at: self.updated_at, id: self.id }
    }
}
