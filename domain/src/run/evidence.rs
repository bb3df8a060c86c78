//! Evidence: files that a run produced or that were added to it, kept under their hash.

use serde::{Deserialize, Serialize};

use crate::actor::Actor;
use crate::clock::Timestamp;
use crate::ids::{EvidenceId, ProjectId, RunId, TaskId, WorkspaceId};

/// What a file is evidence of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceKind {
    /// The change against the source, as a patch.
    Diff,
    /// A JUnit XML report that a requirement named.
    TestReport,
    /// A picture.
    Screenshot,
    /// Any other file that the task asked to keep, or that somebody added.
    Artifact,
}

impl EvidenceKind {
    /// The word stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Diff => "diff",
            Self::TestReport => "test_report",
            Self::Screenshot => "screenshot",
            Self::Artifact => "artifact",
        }
    }

    /// The kind of this word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Diff, Self::TestReport, Self::Screenshot, Self::Artifact]
            .into_iter()
            .find(|kind| kind.as_str() == word)
    }
}

/// A kept file, as its run's event tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapturedEvidence {
    /// Its id.
    pub id: EvidenceId,
    /// What it is evidence of.
    pub kind: EvidenceKind,
    /// Its path below the work directory, or the name that it was added under.
    pub name: String,
    /// Its media type, by its content where that can be told.
    pub media_type: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256, hexadecimal; also its place in R2.
    pub sha256: String,
}

/// A kept file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The file.
    pub file: CapturedEvidence,
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// Its project.
    pub project: ProjectId,
    /// Its task.
    pub task: TaskId,
    /// Its run.
    pub run: RunId,
    /// When it was kept.
    pub at: Timestamp,
    /// Who added it; none when the run's job left it.
    pub added_by: Option<Actor>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_event_of_kept_files_fits_into_a_row() {
        use crate::event::EventBody;
        use crate::ids::EvidenceId;
        use crate::sandbox::protocol::{MAX_FILES, MAX_PATH_BYTES};
        struct Ones;
        impl crate::ports::Random for Ones {
            fn fill(&self, bytes: &mut [u8]) {
                bytes.fill(0xff);
            }
        }
        let file = CapturedEvidence {
            id: EvidenceId::generate(Timestamp(i64::from(u32::MAX)), &Ones),
            kind: EvidenceKind::TestReport,
            // JSON writes such a byte in six.
            name: "\u{1}".repeat(MAX_PATH_BYTES),
            media_type: "\u{1}".repeat(64),
            size: u64::MAX,
            sha256: "f".repeat(64),
        };
        let body = EventBody::EvidenceCaptured { evidence: vec![file; MAX_FILES + 1], added: true };
        let bytes = serde_json::to_string(&body).unwrap().len();
        assert!(bytes < 1_500_000, "{bytes} bytes, and a row holds 2,000,000 with all its columns");
        assert!(bytes > 600_000, "the test isn't of the worst case any more: {bytes} bytes");
    }
}
