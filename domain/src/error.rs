//! The one closed error of the domain. What went wrong inside goes to the log; these variants are
//! all a caller learns.

use serde::{Deserialize, Serialize};

use crate::actor::Permission;
use crate::run::RunState;
use crate::scope::Scope;
use crate::task::TaskStage;

/// The result of a use case.
pub type Result<T, E = Error> = core::result::Result<T, E>;

/// Why a request wasn't carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Error {
    /// Nobody is signed in, or the session was revoked.
    #[error("signed out")]
    SignedOut,
    /// The actor's role lacks this permission.
    #[error("forbidden: needs {missing:?}")]
    Forbidden {
        /// What the role would need.
        missing: Permission,
    },
    /// The key lacks this scope.
    #[error("out of scope: needs {missing:?}")]
    OutOfScope {
        /// What the key would need.
        missing: Scope,
    },
    /// There is no such thing, or not in the caller's workspace: the two answer alike.
    #[error("not found")]
    NotFound,
    /// Somebody else changed it first.
    #[error("conflict: now at version {current}")]
    Conflict {
        /// The version to read again; 0 when the store couldn't tell.
        current: i64,
    },
    /// One field isn't acceptable.
    #[error("invalid {field:?}: {problem:?}")]
    Invalid {
        /// The field that the message stands beside.
        field: Field,
        /// What is wrong with it.
        problem: Problem,
    },
    /// The rules don't allow it in the present state.
    #[error("refused: {0:?}")]
    Refused(Refusal),
    /// Too many attempts.
    #[error("too many, again in {retry_after_s} s")]
    TooMany {
        /// Seconds to wait.
        retry_after_s: u32,
    },
    /// A part that is needed doesn't answer; a later try can succeed.
    #[error("unavailable")]
    Unavailable,
    /// A fault of ours. The cause is in the log under the request's id.
    #[error("internal")]
    Internal,
}

impl Error {
    /// Shorthand for [`Error::Invalid`].
    pub fn invalid(field: Field, problem: Problem) -> Self {
        Self::Invalid { field, problem }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::MissingPermission(missing) => Self::Forbidden { missing },
            Refusal::MissingScope(missing) => Self::OutOfScope { missing },
            other => Self::Refused(other),
        }
    }
}

/// A field of a form or of a request's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// The whole form, when no single field is to blame.
    Form,
    /// The name of a person or of a key.
    Name,
    /// A workspace's name.
    WorkspaceName,
    /// An email address.
    Email,
    /// A password.
    Password,
    /// The token that guards the first visit outside localhost.
    SetupToken,
    /// A project's key, such as `MONO`.
    ProjectKey,
    /// A project's name.
    ProjectName,
    /// A link to a repository.
    RepositoryUrl,
    /// An uploaded source.
    Source,
    /// A gate's requirements.
    Gate,
    /// A task's title.
    Title,
    /// A task's description.
    Description,
    /// A task's labels.
    Labels,
    /// A task's priority.
    Priority,
    /// A task's steps.
    Steps,
    /// A task's artifact patterns.
    Artifacts,
    /// The reason of a decision.
    Reason,
    /// The agent of a task.
    Agent,
    /// A command for a sandbox.
    Command,
    /// Longest time of a command.
    Timeout,
    /// How long a sandbox lives.
    TimeToLive,
    /// What a sandbox is for.
    Note,
    /// A file of evidence.
    File,
    /// A member's role.
    Role,
    /// Other sites whose pages may use the API.
    AllowedOrigins,
    /// The password that is to be changed.
    PresentPassword,
    /// What a key may do.
    Scopes,
    /// How long a key lasts.
    Expiry,
    /// The project that a key is for.
    Project,
}

/// What is wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "problem", rename_all = "snake_case")]
pub enum Problem {
    /// Nothing was given.
    Empty,
    /// Fewer than `min` characters.
    TooShort {
        /// Least number of characters.
        min: usize,
    },
    /// More than `max` characters.
    TooLong {
        /// Greatest number of characters.
        max: usize,
    },
    /// More than `max` entries.
    TooMany {
        /// Greatest number of entries.
        max: usize,
    },
    /// Control characters, or direction overrides that would disguise the text.
    ControlCharacters,
    /// It doesn't have the form that is needed.
    Malformed,
    /// Something else already has this value.
    Taken,
    /// The email address and the password don't belong together.
    WrongCredentials,
    /// It has more than `max` bytes.
    TooLarge {
        /// Greatest number of bytes.
        max: u64,
    },
    /// A number outside of the range in which it must lie.
    OutOfRange {
        /// The least.
        min: u64,
        /// The greatest.
        max: u64,
    },
    /// It isn't an archive of a kind that can be unpacked.
    NotAnArchive,
    /// Its bytes aren't those that its length and its hash announced.
    WrongDigest,
    /// The request's idempotency key belongs to an earlier request with other content.
    KeyReused,
}

/// Why an action isn't allowed now. The same value disables the button and answers the request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "refusal", rename_all = "snake_case")]
pub enum Refusal {
    /// The actor's role lacks the permission.
    MissingPermission(Permission),
    /// The key lacks the scope.
    MissingScope(Scope),
    /// The task's stage doesn't allow it.
    WrongTaskStage {
        /// The stage it is in.
        stage: TaskStage,
    },
    /// The run has ended.
    RunEnded {
        /// How it ended.
        state: RunState,
    },
    /// The run's lease belongs to somebody else or has expired.
    LeaseLost,
    /// The run already waits to be stopped.
    AlreadyStopping,
    /// The sandbox is gone, or about to go.
    SandboxEnded,
    /// The sandbox is a run's: what it executes is the run's plan.
    SandboxOfRun,
    /// As many sandboxes as may be are alive that no run uses.
    NoSandboxSlot {
        /// How many may be.
        limit: usize,
    },
    /// The sandbox has another command in hand.
    CommandUnfinished,
    /// The sandbox was given as many commands as it takes.
    NoCommandsLeft {
        /// How many it takes.
        limit: u32,
    },
    /// The task names no agent.
    NoAgent,
    /// A script task without steps.
    NoSteps,
    /// The project has no source to work on.
    NoSource,
    /// Whoever produced the revision can't approve it while somebody else could.
    ProducerCannotApprove,
    /// The gate changed after this revision was judged.
    GateChanged,
    /// A requirement isn't met.
    RequirementNotMet {
        /// How many aren't.
        count: usize,
    },
    /// Nothing waits for a decision.
    NothingToDecide,
    /// The workspace has been set up already.
    AlreadySetUp,
    /// Only who shows a key itself may do it, neither a browser nor a token.
    KeyNeeded,
    /// The run has ended and its task doesn't wait for a decision on it: its files are settled.
    EvidenceSettled {
        /// The stage that the task is in.
        stage: TaskStage,
    },
    /// The workspace would have no owner left.
    LastOwner,
    /// The person, or the role that is to be given, is above the actor's own role.
    AboveOwnRole,
    /// The link lets nobody in: it was used or taken back, it is too old, or it never was one.
    LinkOver,
    /// The invitation was made for somebody with another email address.
    OtherAddress,
    /// The person is a member already.
    AlreadyMember,
    /// The page belongs to another workspace than the one that is open by now.
    OtherWorkspace,
    /// The person is a member of no workspace.
    NoWorkspace,
    /// As many invitations as there may be wait to be accepted.
    TooManyInvitations {
        /// How many may.
        max: u32,
    },
    /// The person is in as many workspaces as one may be.
    TooManyWorkspaces {
        /// How many one may.
        max: u32,
    },
    /// Only a person in a browser may do it, no key.
    OnlyInBrowser,
    /// The person has as many live keys as there may be.
    TooManyKeys {
        /// How many there may be.
        max: usize,
    },
    /// A key that is for one project makes keys for that project only.
    ConfinedToProject,
    /// Nobody hands themselves a link that resets their password.
    OwnReset,
    /// The member has a higher role than who asks.
    HigherRole,
    /// The member belongs to other workspaces too, which the link would open.
    InOtherWorkspaces,
    /// The link was used, replaced, or has expired, or never was one.
    LinkVoid,
}
