//! What one mutation writes, committed whole or not at all.
//!
//! The store writes the events first: `UNIQUE(stream, version)` is the guard, and a lost race
//! aborts the whole batch. Then the rows, the outbox and the idempotency record.

use serde::{Deserialize, Serialize};

use crate::account::{Session, User};
use crate::actor::Actor;
use crate::agent::Agent;
use crate::clock::Timestamp;
use crate::context::Context;
use crate::error::Result;
use crate::event::{Event, EventBody, Head, Stream};
use crate::ids::{OutboxId, RunId, UserId, WorkspaceId};
use crate::project::Project;
use crate::run::{Evidence, Run};
use crate::sandbox::Sandbox;
use crate::task::Task;
use crate::validation::Validation;
use crate::workspace::{Membership, Workspace};

/// A whole row, written over whatever the store has under its id.
#[derive(Clone, Debug, PartialEq)]
pub enum Row {
    /// A person. Inserted only; a taken email address is `Invalid { Email, Taken }`.
    User(User),
    /// A signed-in browser.
    Session(Session),
    /// A workspace.
    Workspace(Workspace),
    /// A person's role in a workspace.
    Membership(Membership),
    /// An agent profile.
    Agent(Agent),
    /// A project. A taken key is `Invalid { ProjectKey, Taken }`.
    Project(Box<Project>),
    /// A task.
    Task(Box<Task>),
    /// A run. Its lease is written only while the token is the stored one or the run had none.
    Run(Box<Run>),
    /// A sandbox.
    Sandbox(Sandbox),
    /// A validation.
    Validation(Box<Validation>),
    /// A kept file. Inserted once; the same id again changes nothing.
    Evidence(Evidence),
}

/// Work to hand to a queue after the commit. A message carries ids only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case")]
pub enum Job {
    /// Claim the run and drive it in a sandbox. Queue `agent-execution`.
    ExecuteRun {
        /// The run.
        run: RunId,
    },
    /// Stop the run's processes. Queue `agent-execution`.
    CancelRun {
        /// The run.
        run: RunId,
    },
}

/// A queue, under its fixed name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Queue {
    /// `task-processing`
    TaskProcessing,
    /// `agent-execution`
    AgentExecution,
    /// `github-sync`
    GithubSync,
}

impl Queue {
    /// Its fixed name.
    pub fn name(self) -> &'static str {
        match self {
            Self::TaskProcessing => "task-processing",
            Self::AgentExecution => "agent-execution",
            Self::GithubSync => "github-sync",
        }
    }
}

impl Job {
    /// The queue that it goes to.
    pub fn queue(&self) -> Queue {
        match self {
            Self::ExecuteRun { .. } | Self::CancelRun { .. } => Queue::AgentExecution,
        }
    }
}

/// An outbox row: sent after the commit, and again by the sweeper until it was confirmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxMessage {
    /// Its id, also the message's idempotency key.
    pub id: OutboxId,
    /// The workspace it is about.
    pub workspace: WorkspaceId,
    /// The work.
    pub job: Job,
    /// Not to be sent before.
    pub not_before: Timestamp,
    /// When it was written.
    pub created_at: Timestamp,
}

/// The first answer to a request with an idempotency key, given again to its retries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyRecord {
    /// Who asked.
    pub user: UserId,
    /// The key that came with the request.
    pub key: String,
    /// The use case, so that one key can't answer another one.
    pub operation: &'static str,
    /// The answer: an id, as text.
    pub answer: String,
    /// When.
    pub at: Timestamp,
}

/// What one mutation writes.
#[derive(Clone, Debug, PartialEq)]
pub struct WriteBatch {
    /// The workspace whose log the events join.
    pub workspace: WorkspaceId,
    /// The events, in order. Never empty.
    pub events: Vec<Event>,
    /// The rows.
    pub rows: Vec<Row>,
    /// The outbox rows.
    pub outbox: Vec<OutboxMessage>,
    /// The idempotency record.
    pub idempotency: Option<IdempotencyRecord>,
}

impl WriteBatch {
    /// Nothing yet, for the log of `workspace`.
    pub fn new(workspace: WorkspaceId) -> Self {
        Self { workspace, events: vec![], rows: vec![], outbox: vec![], idempotency: None }
    }

    /// Adds the next event of a stream and moves `head` past it.
    ///
    /// # Errors
    /// As [`Event::next`].
    pub fn append(
        &mut self,
        head: &mut Head,
        stream: Stream,
        actor: Actor,
        at: Timestamp,
        body: EventBody,
    ) -> Result<()> {
        let event = Event::next(head, self.workspace, stream, actor, at, body)?;
        *head = event.head();
        self.events.push(event);
        Ok(())
    }

    /// Adds work to hand to its queue.
    pub fn enqueue(&mut self, ctx: &Context, job: Job, not_before: Timestamp) {
        self.outbox.push(OutboxMessage {
            id: OutboxId::generate(ctx.now(), &*ctx.random),
            workspace: self.workspace,
            job,
            not_before,
            created_at: ctx.now(),
        });
    }

    /// Remembers the answer under the caller's idempotency key, if the request had one.
    pub fn answer(&mut self, ctx: &Context, user: UserId, operation: &'static str, answer: &str) {
        self.idempotency = ctx.caller.idempotency_key.as_ref().map(|key| IdempotencyRecord {
            user,
            key: key.as_str().to_owned(),
            operation,
            answer: answer.to_owned(),
            at: ctx.now(),
        });
    }
}
