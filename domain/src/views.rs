//! What pages show: read models, each loaded in one round trip together with the session and the
//! frame around the page.

use async_trait::async_trait;

use crate::actor::{Principal, Role};
use crate::agent::Agent;
use crate::clock::Timestamp;
use crate::context::Caller;
use crate::error::Result;
use crate::event::Event;
use crate::ids::{ProjectId, RunId, SandboxId, TaskId, UserId};
use crate::project::{Project, ProjectKey};
use crate::run::{CancelRequest, Evidence, Run, RunState};
use crate::sandbox::{Execution, Sandbox};
use crate::task::{Priority, Task, TaskKey, TaskRef, TaskStage, TaskState};
use crate::validation::Validation;
use crate::workspace::WorkspaceLink;

/// Most tasks on one page of a list.
pub const PAGE_SIZE: u32 = 50;

/// What a page's batch gives.
#[derive(Clone, Debug)]
pub struct PageRead<T> {
    /// Who asks.
    pub principal: Principal,
    /// The frame around the page; empty for a caller who is signed out.
    pub frame: Frame,
    /// The page's own data; none when it doesn't exist for the caller.
    pub data: Option<T>,
}

/// What every page shows around its content.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    /// The workspace's projects, by name.
    pub projects: Vec<ProjectLink>,
    /// How many tasks wait for a decision.
    pub waiting: i64,
    /// The workspaces that the reader is in, by name.
    pub workspaces: Vec<WorkspaceLink>,
    /// The newest event's `seq`: where a live connection begins.
    pub seq: i64,
}

/// A project in the navigation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectLink {
    /// Its id.
    pub id: ProjectId,
    /// Its key.
    pub key: ProjectKey,
    /// Its name.
    pub name: String,
    /// Whether there is something for its runs to work on.
    pub has_source: bool,
}

/// A member, for names beside actions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Their id.
    pub id: UserId,
    /// Their name.
    pub name: String,
    /// Their role.
    pub role: Role,
}

/// A run at a glance. Its state is as a reader may see it: an expired lease reads as lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunGlance {
    /// Its id.
    pub id: RunId,
    /// Which attempt at its task.
    pub attempt: i64,
    /// Where it stands.
    pub state: RunState,
    /// The request to stop it.
    pub cancel: Option<CancelRequest>,
    /// Who started it.
    pub started_by: UserId,
    /// When it was queued.
    pub queued_at: Timestamp,
    /// Whether it repeats another run by itself.
    pub is_retry: bool,
}

/// A task in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskSummary {
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
    /// Where it stands.
    pub state: TaskState,
    /// The run that its state is about, or its newest one.
    pub run: Option<RunGlance>,
    /// Whether it waits for a decision on a revision that an older gate judged.
    pub gate_changed: bool,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// *My work*.
#[derive(Clone, Debug, Default)]
pub struct MyWork {
    /// Waits for this person: tasks in review that they may decide on, tasks sent back or failed
    /// that they wrote or started.
    pub needs_me: Vec<TaskSummary>,
    /// Runs under way in the workspace.
    pub running: Vec<TaskSummary>,
    /// Done in the last 7 days, newest first, at most 10.
    pub done_lately: Vec<TaskSummary>,
    /// Whether the workspace has any task at all.
    pub has_tasks: bool,
}

/// What a task list shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaskFilter {
    /// Only this stage.
    pub stage: Option<TaskStage>,
    /// Only this label.
    pub label: Option<String>,
    /// Only tasks whose title holds this text, in any case.
    pub text: Option<String>,
    /// Only tasks after this one in the list's order.
    pub after: Option<TaskCursor>,
}

/// A place in a task list, whose order is newest change first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskCursor {
    /// When the last task shown changed.
    pub updated_at: Timestamp,
    /// Its id.
    pub id: TaskId,
}

/// A project's tasks.
#[derive(Clone, Debug)]
pub struct TaskList {
    /// The project.
    pub project: Project,
    /// The tasks, newest change first, at most [`PAGE_SIZE`].
    pub tasks: Vec<TaskSummary>,
    /// How many tasks stand in each stage, whatever the filter.
    pub counts: Vec<(TaskStage, i64)>,
    /// Where the next page begins.
    pub next: Option<TaskCursor>,
    /// The workspace's agents, for the form that writes a task.
    pub agents: Vec<Agent>,
}

/// A task and everything around it.
#[derive(Clone, Debug)]
pub struct TaskDetail {
    /// The task.
    pub task: Task,
    /// Its project.
    pub project: Project,
    /// The workspace's agents.
    pub agents: Vec<Agent>,
    /// The run that its state is about, or its newest one.
    pub run: Option<Run>,
    /// Its runs, newest first, at most 20.
    pub runs: Vec<RunGlance>,
    /// The validations of `run`, in the gate's order.
    pub validations: Vec<Validation>,
    /// The kept files of `run`.
    pub evidence: Vec<Evidence>,
    /// The workspace's members.
    pub people: Vec<Person>,
    /// The newest events of the task and of `runs`, newest first, at most 100.
    pub timeline: Vec<Event>,
}

/// A run and everything around it.
#[derive(Clone, Debug)]
pub struct RunDetail {
    /// The run.
    pub run: Run,
    /// Its task.
    pub task: Task,
    /// Its sandbox.
    pub sandbox: Option<Sandbox>,
    /// Its validations, in the gate's order.
    pub validations: Vec<Validation>,
    /// Its kept files.
    pub evidence: Vec<Evidence>,
    /// The workspace's members.
    pub people: Vec<Person>,
    /// The workspace's agents.
    pub agents: Vec<Agent>,
    /// Whether the task waits for a decision on this run, and the gate has changed since.
    pub gate_changed: bool,
}

/// A sandbox in a list.
#[derive(Clone, Debug)]
pub struct SandboxSummary {
    /// The sandbox.
    pub sandbox: Sandbox,
    /// Whose it is.
    pub whose: WhoseSandbox,
    /// Its newest commands, newest first, at most [`PAGE_SIZE`], as a reader may see them; none in a
    /// list.
    pub executions: Vec<Execution>,
}

/// Whose a sandbox is.
#[derive(Clone, Debug)]
pub enum WhoseSandbox {
    /// A run's.
    Run {
        /// Its task's key.
        task_key: TaskKey,
        /// Its task's title.
        task_title: String,
        /// The run.
        run: Box<RunGlance>,
    },
    /// Somebody's, for commands of their own.
    Person {
        /// Its project's key.
        project: ProjectKey,
        /// Who.
        name: String,
        /// Why, in their words; may be empty.
        note: String,
        /// When it ends by itself.
        expires_at: Timestamp,
    },
}

/// A validation in a list.
#[derive(Clone, Debug)]
pub struct ValidationSummary {
    /// The validation.
    pub validation: Validation,
    /// Its task's key.
    pub task_key: TaskKey,
    /// Its task's title.
    pub task_title: String,
    /// Whether the task waits for a decision on its run, and the gate has changed since.
    pub gate_changed: bool,
}

/// Validations.
#[derive(Clone, Debug, Default)]
pub struct ValidationList {
    /// Tasks in review, longest waiting first, with whether this person may decide on them.
    pub waiting: Vec<WaitingTask>,
    /// The newest validations, at most [`PAGE_SIZE`].
    pub all: Vec<ValidationSummary>,
}

/// A task that waits for a decision.
#[derive(Clone, Debug)]
pub struct WaitingTask {
    /// The task.
    pub task: TaskSummary,
    /// The validations of the revision.
    pub validations: Vec<Validation>,
    /// Whether this person produced it and somebody else must decide.
    pub is_own: bool,
}

/// A project's settings.
#[derive(Clone, Debug)]
pub struct ProjectSettings {
    /// The project.
    pub project: Project,
    /// The workspace's members.
    pub people: Vec<Person>,
}

/// The reads behind pages. Each method is one round trip; each gives only what the caller's own
/// workspace holds.
#[async_trait]
pub trait PageStore {
    /// *My work*.
    async fn my_work(&self, caller: &Caller) -> Result<PageRead<MyWork>>;
    /// A project's tasks.
    async fn task_list(
        &self,
        caller: &Caller,
        project: &ProjectKey,
        filter: &TaskFilter,
    ) -> Result<PageRead<TaskList>>;
    /// A task.
    async fn task_detail(&self, caller: &Caller, task: &TaskRef) -> Result<PageRead<TaskDetail>>;
    /// A run.
    async fn run_detail(&self, caller: &Caller, run: RunId) -> Result<PageRead<RunDetail>>;
    /// The newest sandboxes, those alive first, at most [`PAGE_SIZE`].
    async fn sandbox_list(&self, caller: &Caller) -> Result<PageRead<Vec<SandboxSummary>>>;
    /// A sandbox.
    async fn sandbox_detail(
        &self,
        caller: &Caller,
        sandbox: SandboxId,
    ) -> Result<PageRead<SandboxSummary>>;
    /// Validations.
    async fn validation_list(&self, caller: &Caller) -> Result<PageRead<ValidationList>>;
    /// A project's settings.
    async fn project_settings(
        &self,
        caller: &Caller,
        project: &ProjectKey,
    ) -> Result<PageRead<ProjectSettings>>;
    /// Only the frame, for pages without data of their own (new project, errors).
    async fn frame(&self, caller: &Caller) -> Result<PageRead<()>>;
}
