//! Refusals of calls.

use std::io;

use domain::sandbox::protocol::{ApiError, ErrorCode, Phase, SourceRejection};

use super::record::Record;

/// Why a call isn't done.
#[derive(Debug)]
pub(crate) struct Refused(pub ApiError);

impl Refused {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self(ApiError { code, message: message.into(), reason: None })
    }

    /// The call isn't what it should be.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidRequest, message)
    }

    pub(crate) fn source(reason: SourceRejection, detail: String) -> Self {
        Self(ApiError { code: ErrorCode::SourceRejected, message: detail, reason: Some(reason) })
    }

    /// The sandbox takes nothing new.
    pub(super) fn gone(record: &Record) -> Self {
        let why = match &record.phase {
            Phase::Failed { .. } => "its jail is gone",
            Phase::Stopped => "its job is done",
            _ => "it is busy or stopping",
        };
        Self::new(ErrorCode::SandboxGone, format!("this sandbox takes nothing new: {why}"))
    }
}

impl From<io::Error> for Refused {
    fn from(error: io::Error) -> Self {
        eprintln!("a call failed: {error}");
        Self::new(ErrorCode::Internal, "the runner couldn't read or write its state")
    }
}
