//! What a run that succeeded reports.

use domain::ids::{EvidenceId, RunId};
use domain::run::{
    CapturedEvidence, CheckResult, EvidenceKind, JobEnd, LeaseToken, RunReport, Uncaptured,
};

/// Its one check passed and it left one file.
pub fn report(run: RunId, token: LeaseToken, file: EvidenceId) -> RunReport {
    RunReport {
        run,
        token,
        end: JobEnd::Completed,
        checks: vec![CheckResult { requirement: "command-1".to_owned(), exit_code: Some(0) }],
        evidence: vec![CapturedEvidence {
            id: file,
            kind: EvidenceKind::Artifact,
            name: "out.txt".to_owned(),
            media_type: "text/plain; charset=utf-8".to_owned(),
            size: 3,
            sha256: "b".repeat(64),
        }],
        reports: vec![],
        uncaptured: Uncaptured::default(),
        diff_sha256: "c".repeat(64),
    }
}
