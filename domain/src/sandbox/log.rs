//! Whose a log is.

use core::fmt;

use crate::ids::{RunId, SandboxId};

/// A log: the output of a run, or of the commands in a sandbox that no run uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LogOf {
    /// A run's.
    Run(RunId),
    /// A sandbox's.
    Sandbox(SandboxId),
}

impl fmt::Display for LogOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Run(id) => id.fmt(f),
            Self::Sandbox(id) => id.fmt(f),
        }
    }
}

impl From<RunId> for LogOf {
    fn from(id: RunId) -> Self {
        Self::Run(id)
    }
}

impl From<SandboxId> for LogOf {
    fn from(id: SandboxId) -> Self {
        Self::Sandbox(id)
    }
}
