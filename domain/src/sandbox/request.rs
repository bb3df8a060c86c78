//! What is asked for when a sandbox is.

use serde::{Deserialize, Serialize};

use super::SandboxSpec;
use crate::clock::Timestamp;
use crate::ids::{ProjectId, RunId, SandboxId, TaskId, UserId};
use crate::project::Source;

/// The first event of a sandbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SandboxRequested {
    /// Its id.
    pub id: SandboxId,
    /// Its project.
    pub project: ProjectId,
    /// What it is for.
    #[serde(flatten)]
    pub purpose: Purpose,
    /// What it grants.
    pub spec: SandboxSpec,
}

/// What a sandbox is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Purpose {
    /// One run.
    Run {
        /// Its task.
        task: TaskId,
        /// The run.
        run: RunId,
    },
    /// Single commands of somebody's, without a run.
    Standalone(Box<Standalone>),
}

/// A sandbox that no run uses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standalone {
    /// Who asked for it.
    pub by: UserId,
    /// Why, in their words; may be empty.
    pub note: String,
    /// What is unpacked in it: the project's source as it was then.
    pub source: Source,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

impl Purpose {
    /// The run, if it is for one.
    pub fn run(&self) -> Option<RunId> {
        match self {
            Self::Run { run, .. } => Some(*run),
            Self::Standalone(_) => None,
        }
    }

    /// The task of its run.
    pub fn task(&self) -> Option<TaskId> {
        match self {
            Self::Run { task, .. } => Some(*task),
            Self::Standalone(_) => None,
        }
    }

    /// What is known of one that no run uses.
    pub fn standalone(&self) -> Option<&Standalone> {
        match self {
            Self::Run { .. } => None,
            Self::Standalone(standalone) => Some(standalone),
        }
    }
}
