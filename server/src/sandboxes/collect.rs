//! Keeping a finished job's files.

use domain::run::{CapturedEvidence, EvidenceKind, JobEnd, ReportFile, Run, media_type_of};
use domain::sandbox::protocol::CapturedFile;
use domain::validation::{TestReport, parse_report};
use sha2::{Digest, Sha256};

use super::driver::Fault;
use super::{Collection, Drive, Driver, HostError, Next, Phase, outcome};
use crate::fault;

/// Most files kept in one step.
const FILES_PER_STEP: usize = 4;
/// How long files are still kept once somebody wants it to stop, in milliseconds.
const STOPPING_MS: i64 = 2_500;
/// Most names of failed tests that are remembered of one report.
const MAX_NAMES: usize = 5;
/// Longest such name, in characters.
const MAX_NAME_CHARS: usize = 200;

impl Driver<'_> {
    pub(super) async fn collect(&self, drive: &mut Drive) -> Result<Next, Fault> {
        let Phase::Collect(collection) = &drive.phase else {
            return Ok(Next::In(0));
        };
        let mut collection = Collection::clone(collection);
        let run = self.scene(drive).await?.run;
        let batch: Vec<CapturedFile> =
            collection.files.iter().skip(collection.done).take(FILES_PER_STEP).cloned().collect();
        for file in &batch {
            self.keep_lease(drive).await?;
            if self.is_out_of_time(drive).await? {
                collection.verdict.end = JobEnd::Cancelled;
                return Ok(self.to_finish(drive, collection.verdict));
            }
            self.keep_file(drive, &run, file, &mut collection).await?;
            collection.done = collection.done.saturating_add(1);
            drive.phase = Phase::Collect(Box::new(collection.clone()));
            self.memory.save(drive).await?;
        }
        if collection.done < collection.files.len() {
            return Ok(Next::In(0));
        }
        Ok(self.to_finish(drive, collection.verdict))
    }

    /// Whether somebody wants it to stop and what could be kept until now must do.
    async fn is_out_of_time(&self, drive: &mut Drive) -> Result<bool, Fault> {
        if !self.is_stopping(drive).await? {
            return Ok(false);
        }
        let now = self.now();
        Ok(now.ms_since(drive.stop_seen.unwrap_or(now)) >= STOPPING_MS)
    }

    async fn keep_file(
        &self,
        drive: &Drive,
        run: &Run,
        file: &CapturedFile,
        collection: &mut Collection,
    ) -> Result<(), Fault> {
        let bytes = self.host.file(drive.sandbox, &file.sha256).await?;
        if !is_what_it_claims(file, &bytes) {
            let what = format!("{} isn't what its hash says", file.path);
            return Err(Fault::Host(HostError::Unreachable(what)));
        }
        let media_type = media_type_of(&bytes);
        let kind = outcome::kind_of(&run.plan, file, media_type);
        let id = outcome::evidence_id(run.id, run.queued_at, file);
        if kind == EvidenceKind::TestReport {
            let report = parse_report(&bytes).map(short);
            collection.verdict.reports.push(ReportFile {
                evidence: id,
                path: file.path.clone(),
                report,
            });
        }
        fault::point("before_upload").await;
        self.vault.keep_evidence(&file.sha256, media_type, bytes).await?;
        fault::point("after_upload").await;
        collection.verdict.evidence.push(CapturedEvidence {
            id,
            kind,
            name: file.path.clone(),
            media_type: media_type.to_owned(),
            size: file.size,
            sha256: file.sha256.clone(),
        });
        Ok(())
    }
}

/// A report with as many names as a page shows: two hundred reports must fit what is remembered.
fn short(mut report: TestReport) -> TestReport {
    report.failed_names.truncate(MAX_NAMES);
    for name in &mut report.failed_names {
        *name = name.chars().take(MAX_NAME_CHARS).collect();
    }
    report
}

fn is_what_it_claims(file: &CapturedFile, bytes: &[u8]) -> bool {
    u64::try_from(bytes.len()).is_ok_and(|size| size == file.size)
        && hex::encode(Sha256::digest(bytes)) == file.sha256
}
