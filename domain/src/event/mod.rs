//! Events: one fact each, appended to a stream, chained by hash. Rows are what replaying a
//! stream gives; boards, timelines and undo are derived from them.

use core::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::account::Email;
use crate::actor::{Actor, Role};
use crate::agent::Agent;
use crate::clock::Timestamp;
use crate::ids::{
    ApiKeyId, ExecutionId, InvitationId, ProjectId, RunId, SandboxId, TaskId, UserId, WorkspaceId,
};
use crate::project::{Gate, ProjectDetails, Source};
use crate::run::{CapturedEvidence, RunOutcome, RunQueued};
use crate::sandbox::protocol::Isolation;
use crate::sandbox::{ExecutionEnd, ExecutionRequested, SandboxRequested, SandboxState};
use crate::scope::Scopes;
use crate::task::{TaskContent, TaskCreated, TaskState};
use crate::validation::{Validation, ValidationVerdict};

mod name;

/// What a stream is about. Its events are numbered from 1 without a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stream {
    /// The whole installation: its setup.
    Installation,
    /// A workspace, its members and agents.
    Workspace(WorkspaceId),
    /// A project, its source and gate.
    Project(ProjectId),
    /// A task and its validations.
    Task(TaskId),
    /// A run and its evidence.
    Run(RunId),
    /// A sandbox.
    Sandbox(SandboxId),
}

impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Installation => f.write_str("installation"),
            Self::Workspace(id) => id.fmt(f),
            Self::Project(id) => id.fmt(f),
            Self::Task(id) => id.fmt(f),
            Self::Run(id) => id.fmt(f),
            Self::Sandbox(id) => id.fmt(f),
        }
    }
}

impl core::str::FromStr for Stream {
    type Err = crate::ids::InvalidId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "installation" {
            return Ok(Self::Installation);
        }
        text.parse()
            .map(Self::Workspace)
            .or_else(|_| text.parse().map(Self::Project))
            .or_else(|_| text.parse().map(Self::Task))
            .or_else(|_| text.parse().map(Self::Run))
            .or_else(|_| text.parse().map(Self::Sandbox))
    }
}

/// A link of a stream's hash chain: SHA-256, hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChainHash(pub String);

impl ChainHash {
    /// What the first event of a stream chains to.
    pub fn genesis() -> Self {
        Self("0".repeat(64))
    }
}

/// Where a stream stands: the version of its newest event and that event's hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Number of events so far.
    pub version: i64,
    /// The newest event's hash.
    pub hash: ChainHash,
}

impl Head {
    /// A stream without events.
    pub fn start() -> Self {
        Self { version: 0, hash: ChainHash::genesis() }
    }
}

/// An event that is about to be appended, or was. Its position in the workspace's log (`seq`)
/// is given by the store and isn't part of the hash.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The workspace whose log it belongs to.
    pub workspace: WorkspaceId,
    /// Its stream.
    pub stream: Stream,
    /// Its number in the stream, from 1.
    pub version: i64,
    /// Who did it.
    pub actor: Actor,
    /// When.
    pub at: Timestamp,
    /// What happened.
    pub body: EventBody,
    /// The hash of the event before it.
    pub prev_hash: ChainHash,
    /// Its own hash.
    pub hash: ChainHash,
}

impl Event {
    /// The next event of the stream that stands at `head`.
    ///
    /// # Errors
    /// [`crate::Error::Internal`] when the body can't be written as JSON.
    pub fn next(
        head: &Head,
        workspace: WorkspaceId,
        stream: Stream,
        actor: Actor,
        at: Timestamp,
        body: EventBody,
    ) -> crate::Result<Self> {
        let version = head.version.saturating_add(1);
        let payload = serde_json::to_string(&body).map_err(|_| crate::Error::Internal)?;
        let actor_text = serde_json::to_string(&actor).map_err(|_| crate::Error::Internal)?;
        let hash = chain_hash(&head.hash, workspace, stream, version, &actor_text, at, &payload);
        let prev_hash = head.hash.clone();
        Ok(Self { workspace, stream, version, actor, at, body, prev_hash, hash })
    }

    /// Where the stream stands after this event.
    pub fn head(&self) -> Head {
        Head { version: self.version, hash: self.hash.clone() }
    }
}

/// The hash of one event, over everything but its `seq`. The parts are separated by line ends,
/// which JSON text and ids can't hold.
pub fn chain_hash(
    prev: &ChainHash,
    workspace: WorkspaceId,
    stream: Stream,
    version: i64,
    actor_json: &str,
    at: Timestamp,
    body_json: &str,
) -> ChainHash {
    let mut digest = Sha256::new();
    for part in [
        prev.0.as_str(),
        &workspace.to_string(),
        &stream.to_string(),
        &version.to_string(),
        actor_json,
        &at.0.to_string(),
        body_json,
    ] {
        digest.update(part.as_bytes());
        digest.update(b"\n");
    }
    ChainHash(hex::encode(digest.finalize()))
}

/// What is known of a new key, which is all but its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKeyCreated {
    /// Its id.
    pub key: ApiKeyId,
    /// Whose it is.
    pub user: UserId,
    /// Its name.
    pub name: String,
    /// How its text begins.
    pub prefix: String,
    /// What it may do.
    pub scopes: Scopes,
    /// The only project that it reaches.
    pub project: Option<ProjectId>,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
    /// The key that made it; none when a person did in a browser.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_by: Option<ApiKeyId>,
}

/// What happened, in the past tense.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum EventBody {
    /// The first visit created the first workspace.
    InstallationSetUp {
        /// Its owner.
        owner: UserId,
    },
    /// A workspace began.
    WorkspaceCreated {
        /// Its name.
        name: String,
    },
    /// A person joined the workspace.
    MemberJoined {
        /// The person.
        user: UserId,
        /// Their name then.
        name: String,
        /// Their role.
        role: Role,
        /// The invitation that they accepted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        invitation: Option<InvitationId>,
    },
    /// The workspace got another name.
    WorkspaceRenamed {
        /// The new name.
        name: String,
    },
    /// The origins of other sites whose pages may use the API were changed.
    AllowedOriginsChanged {
        /// All of them.
        origins: Vec<String>,
    },
    /// A link was made that lets a person in.
    MemberInvited {
        /// The invitation.
        invitation: InvitationId,
        /// The role that it gives.
        role: Role,
        /// Whom it is meant for, where that was said.
        email: Option<Email>,
        /// When it ends by itself.
        expires_at: Timestamp,
    },
    /// An invitation was taken back.
    InvitationRevoked {
        /// The invitation.
        invitation: InvitationId,
    },
    /// A member's role was changed.
    MemberRoleChanged {
        /// The member.
        user: UserId,
        /// The role before.
        from: Role,
        /// The role now.
        to: Role,
    },
    /// A member was removed from the workspace, or left it.
    MemberRemoved {
        /// Who.
        user: UserId,
    },
    /// A link was made that lets a member choose a new password.
    PasswordResetOffered {
        /// The member.
        user: UserId,
    },
    /// A key for programs was made.
    ApiKeyCreated(Box<ApiKeyCreated>),
    /// A key for programs was revoked.
    ApiKeyRevoked {
        /// The key.
        key: ApiKeyId,
    },
    /// An agent profile was added to the workspace.
    AgentAdded {
        /// The profile.
        agent: Agent,
    },
    /// A project began.
    ProjectCreated {
        /// What it is.
        details: ProjectDetails,
        /// Its first gate.
        gate: Gate,
    },
    /// The project's source was set.
    SourceUploaded {
        /// The source.
        source: Source,
    },
    /// The project's gate was changed.
    GateChanged {
        /// The new gate.
        gate: Gate,
    },
    /// A task was written.
    TaskCreated(Box<TaskCreated>),
    /// A task's content was changed.
    TaskEdited {
        /// The content as it now is.
        content: Box<TaskContent>,
    },
    /// A task's state changed.
    TaskMoved {
        /// The state it is now in; the variant says why.
        to: TaskState,
    },
    /// A revision's requirements were judged, one validation each.
    ValidationsOpened {
        /// The validations, in the gate's order.
        validations: Vec<Validation>,
    },
    /// A person decided on a validation.
    ValidationDecided {
        /// The verdict.
        verdict: ValidationVerdict,
    },
    /// A newer run made the validations of earlier revisions stale.
    ValidationsStaled {
        /// The run that did.
        by: RunId,
    },
    /// A run was queued.
    RunQueued(Box<RunQueued>),
    /// A consumer claimed the run and asked for a sandbox.
    RunClaimed {
        /// The sandbox.
        sandbox: SandboxId,
    },
    /// The run's first step began.
    RunStarted,
    /// A person asked to stop the run.
    RunCancelRequested,
    /// Files of the run were kept.
    EvidenceCaptured {
        /// The files.
        evidence: Vec<CapturedEvidence>,
        /// Whether the actor added them, rather than the run's job left them.
        #[serde(default, skip_serializing_if = "core::ops::Not::not")]
        added: bool,
    },
    /// The run ended.
    RunEnded {
        /// How.
        outcome: RunOutcome,
    },
    /// A report came after the run's end; it is recorded and changes nothing.
    LateReportRecorded {
        /// What the report claimed.
        outcome: RunOutcome,
    },
    /// A sandbox was asked for.
    SandboxRequested(Box<SandboxRequested>),
    /// A sandbox's state changed.
    SandboxMoved {
        /// The state it is now in.
        to: SandboxState,
        /// How it is kept apart from its host, where that has just become known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        isolation: Option<Isolation>,
    },
    /// Somebody gave a sandbox a command.
    CommandRequested(Box<ExecutionRequested>),
    /// The command was handed to the sandbox.
    CommandStarted {
        /// The command.
        execution: ExecutionId,
        /// The sandbox's newest line of output then.
        after: u64,
    },
    /// The command ended.
    CommandEnded {
        /// The command.
        execution: ExecutionId,
        /// How.
        end: ExecutionEnd,
        /// The sandbox's newest line of output then.
        through: u64,
    },
}
