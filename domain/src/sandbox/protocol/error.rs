//! Refusals.

use serde::{Deserialize, Serialize};

use super::SourceRejection;

/// What every refusal carries. Nothing else is ever answered with a status of 400 or more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiError {
    /// For programs.
    pub code: ErrorCode,
    /// One sentence for people, without secrets and host paths.
    pub message: String,
    /// With `source_rejected`: why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<SourceRejection>,
}

/// Why a call was refused. The status is in brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// No or a wrong secret \[401].
    Unauthorized,
    /// No such call \[404].
    UnknownCall,
    /// No sandbox of this id \[404].
    UnknownSandbox,
    /// No captured file of this hash \[404].
    UnknownFile,
    /// The body, the path or the query isn't what the call takes \[400].
    InvalidRequest,
    /// The body is larger than the call takes \[413].
    TooLarge,
    /// The sandbox exists with other limits \[409].
    SpecConflict,
    /// The sandbox has another source already \[409].
    SourceExists,
    /// The source can't be used \[422].
    SourceRejected,
    /// A job needs an unpacked source first; also while it is being unpacked \[409].
    SourceNotReady,
    /// The sandbox has another job already, or executes single commands \[409].
    JobExists,
    /// Another command executes \[409].
    ExecUnfinished,
    /// The job hasn't ended \[409].
    JobUnfinished,
    /// The job's jail was lost, there are no results \[409].
    JobInterrupted,
    /// The sandbox's jail is gone \[409].
    SandboxGone,
    /// As many sandboxes as this runner takes are alive; passing \[503].
    TooManySandboxes,
    /// The runner couldn't do its part; passing or not, see its log \[500].
    Internal,
}
