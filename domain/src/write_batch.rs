//! What one mutation writes, committed whole or not at all.
//!
//! The store writes the events first: `UNIQUE(stream, version)` is the guard, and a lost race
//! aborts the whole batch. Then the guards that look across streams, the idempotency record, the
//! rows and the outbox.

use serde::{Deserialize, Serialize};

use crate::account::{PasswordHash, PasswordReset, Session, User};
use crate::actor::{Actor, Credential, Principal, Role};
use crate::agent::Agent;
use crate::api_key::{ApiKey, SecretHash};
use crate::audit::AuditEntry;
use crate::clock::Timestamp;
use crate::context::{Caller, Context};
use crate::error::Result;
use crate::event::{Event, EventBody, Head, Stream};
use crate::idempotency::{Asked, IdempotencyRecord};
use crate::ids::{OutboxId, ProjectId, RunId, SandboxId, SessionId, TaskId, UserId, WorkspaceId};
use crate::invitation::Invitation;
use crate::project::Project;
use crate::run::{Evidence, Run};
use crate::sandbox::{Execution, Sandbox};
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
    /// A person is no member of a workspace any more.
    MembershipEnded {
        /// The workspace.
        workspace: WorkspaceId,
        /// The person.
        user: UserId,
    },
    /// The sessions of a person that have a workspace open end.
    SessionsEnded {
        /// The workspace.
        workspace: WorkspaceId,
        /// The person.
        user: UserId,
        /// When.
        at: Timestamp,
    },
    /// The sessions of a person that have one workspace open have another one open now.
    SessionsMoved {
        /// The person.
        user: UserId,
        /// The only session that is meant; otherwise all of them.
        session: Option<SessionId>,
        /// The workspace that they had open.
        from: WorkspaceId,
        /// The one that they have open now.
        to: WorkspaceId,
    },
    /// The keys of a person for a workspace end.
    KeysEnded {
        /// The workspace.
        workspace: WorkspaceId,
        /// The person.
        user: UserId,
        /// When.
        at: Timestamp,
        /// The version of the workspace's stream that says so.
        version: i64,
    },
    /// An invitation that was just made. Inserted only.
    NewInvitation {
        /// The invitation.
        invitation: Invitation,
        /// SHA-256 of its link's token.
        token_hash: [u8; 32],
    },
    /// What became of an invitation.
    Invitation(Invitation),
    /// The origins of other sites whose pages may use the API: these and no others.
    AllowedOrigins {
        /// The workspace.
        workspace: WorkspaceId,
        /// All of them.
        origins: Vec<String>,
    },
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
    /// A command in a sandbox.
    Execution(Box<Execution>),
    /// A validation.
    Validation(Box<Validation>),
    /// A kept file. Inserted once; the same id again changes nothing.
    Evidence(Evidence),
    /// A new key, with what it is found by. Inserted only.
    NewApiKey {
        /// The key.
        key: Box<ApiKey>,
        /// What it is found by.
        secret: SecretHash,
    },
    /// A key that is there: when it was revoked, and by which version.
    ApiKey(Box<ApiKey>),
    /// A link that lets a person choose a new password. Inserted only; the person's earlier ones are
    /// void.
    PasswordReset(Box<PasswordReset>),
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
    /// See what a sandbox that no run uses needs: to be made, to be given its command, to be taken
    /// down. Queue `agent-execution`.
    ServeSandbox {
        /// The sandbox.
        sandbox: SandboxId,
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
            Self::ExecuteRun { .. } | Self::CancelRun { .. } | Self::ServeSandbox { .. } => {
                Queue::AgentExecution
            }
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

/// What must hold at the moment of the commit though no event of the batch's own streams says so.
/// A guard that doesn't hold is a `Conflict` and nothing is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Guard {
    /// Fewer than `limit` sandboxes of the workspace are alive that no run uses.
    FreeSandboxSlot {
        /// The workspace.
        workspace: WorkspaceId,
        /// How many may be alive.
        limit: usize,
    },
    /// Fewer than `limit` runs of the workspace hold a lease at `now`.
    FreeSlot {
        /// The workspace.
        workspace: WorkspaceId,
        /// When.
        now: Timestamp,
        /// How many may.
        limit: usize,
    },
    /// The project's gate is still the one that was set at this version.
    GateAt {
        /// The project.
        project: ProjectId,
        /// Its `gate_version`.
        version: i64,
    },
    /// The project still stands at this version: its source and its gate are those that were read.
    ProjectAt {
        /// The project.
        project: ProjectId,
        /// Its head's version.
        version: i64,
    },
    /// The person's password is still the one that this hash is of.
    PasswordAt {
        /// The person.
        user: UserId,
        /// Its hash.
        hash: PasswordHash,
    },
    /// The task still stands at this version.
    TaskAt {
        /// The task.
        task: TaskId,
        /// Its head's version.
        version: i64,
    },
}

/// Whoever asked for a mutation, as they were when it was decided. Whose credential was revoked, whose
/// role was changed, or who has another workspace open when it is written, writes nothing: `Conflict`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// What they showed.
    pub credential: Credential,
    /// When.
    pub now: Timestamp,
    /// Where it let them in.
    pub workspace: WorkspaceId,
    /// Their role there; none for a run.
    pub role: Option<Role>,
}

impl Holder {
    /// None for MonoTask itself, and for whoever shows nothing.
    fn of(caller: &Caller) -> Option<Self> {
        let principal = caller.witness.seen()?;
        let role = match principal {
            Principal::Member(member) => Some(member.role),
            Principal::Run(_) => None,
            Principal::SignedOut | Principal::System => return None,
        };
        let workspace = principal.workspace()?;
        let (credential, now) = (caller.credential.clone(), caller.now);
        Some(Self { credential, now, workspace, role })
    }
}

/// What one mutation writes.
#[derive(Clone, Debug, PartialEq)]
pub struct WriteBatch {
    /// The workspace whose log the events join.
    pub workspace: WorkspaceId,
    /// The events, in order. Never empty.
    pub events: Vec<Event>,
    /// What must hold besides.
    pub guards: Vec<Guard>,
    /// Who must still be let in; [`Context::commit`] puts it in.
    pub holder: Option<Holder>,
    /// The idempotency record.
    pub idempotency: Option<IdempotencyRecord>,
    /// The audit log's entry; [`Context::commit`] puts it in.
    pub audit: Option<AuditEntry>,
    /// The rows.
    pub rows: Vec<Row>,
    /// The outbox rows.
    pub outbox: Vec<OutboxMessage>,
}

impl WriteBatch {
    /// Nothing yet, for the log of `workspace`.
    pub fn new(workspace: WorkspaceId) -> Self {
        Self {
            workspace,
            events: vec![],
            guards: vec![],
            holder: None,
            idempotency: None,
            audit: None,
            rows: vec![],
            outbox: vec![],
        }
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
    pub fn answer(&mut self, ctx: &Context, user: UserId, asked: &Asked, answer: &str) {
        self.idempotency = asked.record(ctx, user, answer);
    }

    /// Whether the caller's session has another workspace open afterwards.
    fn moves_session(&self) -> bool {
        self.rows
            .iter()
            .any(|row| matches!(row, Row::SessionsMoved { .. } | Row::MembershipEnded { .. }))
    }

    /// Ties the batch to whoever asked: what they showed must still hold when it is written, and its
    /// answer is for that workspace.
    pub(crate) fn tie_to(&mut self, caller: &Caller) {
        self.holder = Holder::of(caller);
        let workspace = (!self.moves_session()).then_some(self.workspace);
        if let Some(record) = &mut self.idempotency {
            record.workspace = workspace;
        }
    }
}
