//! Projects: a key, a source to work on, and the gate that its tasks must pass.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::error::{Error, Field, Problem, Result};
use crate::event::{Event, EventBody, Head};
use crate::ids::{ProjectId, UserId, WorkspaceId};

mod create;
mod edit_gate;
mod set_source;
mod upload_source;

pub use create::{CreateProject, create};
pub use edit_gate::{EditGate, edit_gate};
pub use set_source::{SetSource, set_source, sniff_source};
pub use upload_source::{UploadSource, upload_source};

/// A project's key: 2 to 8 capital letters and digits, a letter first. `MONO` in `MONO-12`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProjectKey(String);

impl ProjectKey {
    /// The key of this text, in any case.
    ///
    /// # Errors
    /// [`Error::Invalid`] for [`Field::ProjectKey`].
    pub fn parse(raw: &str) -> Result<Self> {
        let key = raw.trim().to_ascii_uppercase();
        let malformed = || Error::invalid(Field::ProjectKey, Problem::Malformed);
        if key.is_empty() {
            return Err(Error::invalid(Field::ProjectKey, Problem::Empty));
        }
        let first = key.bytes().next().ok_or_else(malformed)?;
        let fits = (2..=8).contains(&key.len())
            && first.is_ascii_uppercase()
            && key.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        if fits { Ok(Self(key)) } else { Err(malformed()) }
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ProjectKey {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        Self::parse(&text)
    }
}

impl core::str::FromStr for ProjectKey {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::parse(text)
    }
}

impl From<ProjectKey> for String {
    fn from(key: ProjectKey) -> Self {
        key.0
    }
}

impl core::fmt::Display for ProjectKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a project is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectDetails {
    /// Its id.
    pub id: ProjectId,
    /// Its key, unique in the workspace.
    pub key: ProjectKey,
    /// Its name.
    pub name: String,
    /// A link to its repository, `https` only.
    pub repository_url: Option<String>,
}

/// The form of an uploaded source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// A `git bundle`.
    Bundle,
    /// A tar archive, plain or gzip.
    Tar,
}

/// What runs work on: an uploaded archive, kept in R2 under its hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Its form.
    pub kind: SourceKind,
    /// The uploaded file's name.
    pub name: String,
    /// SHA-256, hexadecimal.
    pub sha256: String,
    /// Bytes.
    pub size: u64,
    /// Who uploaded it.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
}

/// One thing that a task's revision must meet before `done`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requirement {
    /// A short name, unique in the gate: `tests`.
    pub id: String,
    /// What it demands.
    pub rule: Rule,
}

/// What a requirement demands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "snake_case")]
pub enum Rule {
    /// The command, run in the sandbox after the task's steps, exits with 0.
    CommandSucceeded {
        /// A shell command.
        command: String,
    },
    /// At least one JUnit XML file matches the pattern; none of them reports a failure, and
    /// together they report at least one test.
    TestReport {
        /// A glob pattern below the work directory.
        pattern: String,
    },
    /// A person who isn't a producer of the revision approves it.
    Approval,
}

/// A project's list of requirements.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gate {
    /// In the order in which they are shown.
    pub requirements: Vec<Requirement>,
}

impl Gate {
    /// What a new project starts with: a person's approval.
    pub fn approval_only() -> Self {
        Self { requirements: vec![Requirement { id: "approval".to_owned(), rule: Rule::Approval }] }
    }
}

/// A project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Project {
    /// What it is.
    pub details: ProjectDetails,
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// What its runs work on.
    pub source: Option<Source>,
    /// What its tasks must meet.
    pub gate: Gate,
    /// The project's version at which the gate was last changed.
    pub gate_version: i64,
    /// When it began.
    pub created_at: Timestamp,
    /// Where its stream stands.
    pub head: Head,
}

impl Project {
    /// The project that the first event of its stream makes.
    pub fn begin(event: &Event) -> Option<Self> {
        let EventBody::ProjectCreated { details, gate } = &event.body else {
            return None;
        };
        Some(Self {
            details: details.clone(),
            workspace: event.workspace,
            source: None,
            gate: gate.clone(),
            gate_version: event.version,
            created_at: event.at,
            head: event.head(),
        })
    }

    /// The project after one more event of its stream.
    pub fn apply(&mut self, event: &Event) {
        match &event.body {
            EventBody::SourceUploaded { source } => self.source = Some(source.clone()),
            EventBody::GateChanged { gate } => {
                self.gate = gate.clone();
                self.gate_version = event.version;
            }
            _ => {}
        }
        self.head = event.head();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_upper_case_and_checked() {
        assert_eq!(ProjectKey::parse(" mono ").map(String::from), Ok("MONO".to_owned()));
        for bad in ["", "M", "1AB", "MONO-1", "MÖNO", "TOOLONGKEY", "A B"] {
            assert!(ProjectKey::parse(bad).is_err(), "{bad}");
        }
    }
}
