//! Keeping a finished job's files.

use domain::run::{CapturedEvidence, EvidenceKind, ReportFile, Run, media_type_of};
use domain::sandbox::protocol::CapturedFile;
use domain::validation::parse_report;
use sha2::{Digest, Sha256};

use super::driver::Fault;
use super::{Collection, Drive, Driver, HostError, Next, Phase, outcome};
use crate::fault;

/// Most files kept in one step.
const FILES_PER_STEP: usize = 4;

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
            let report = parse_report(&bytes);
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

fn is_what_it_claims(file: &CapturedFile, bytes: &[u8]) -> bool {
    u64::try_from(bytes.len()).is_ok_and(|size| size == file.size)
        && hex::encode(Sha256::digest(bytes)) == file.sha256
}
