//! Pulling a job's output while it runs.

use domain::run::JobEnd;
use domain::sandbox::protocol::{Frame, JailLoss, JobState};

use super::driver::Fault;
use super::{Drive, Driver, Next, Phase, Verdict, outcome};
use crate::{fault, logs};

/// Longest time of one step while output keeps coming, in milliseconds.
const LONGEST_STEP_MS: i64 = 3_000;
/// How soon to look again while output flows, in milliseconds.
const FLOWING_MS: i64 = 250;
/// How soon to look again when it has been silent for long, in milliseconds.
const SILENT_MS: i64 = 1_500;

impl Driver<'_> {
    pub(super) async fn execute(&self, drive: &mut Drive) -> Result<Next, Fault> {
        let began = self.now();
        while self.now().ms_since(began) < LONGEST_STEP_MS {
            // Inside the loop: pages may come slowly, and the lease must not end under them.
            self.keep_lease(drive).await?;
            if self.is_stopping(drive).await? {
                self.pass_on_stop(drive).await?;
            }
            let page = self.host.output(drive.sandbox, drive.after).await?;
            let is_whole = page.next >= page.last;
            let grew = !page.frames.is_empty();
            if grew {
                self.keep_output(drive, page.frames).await?;
            }
            if !is_whole {
                continue;
            }
            return match page.job {
                JobState::Finished { .. } => self.begin_collection(drive).await,
                JobState::Interrupted { reason } => Ok(self.end_interrupted(drive, &reason)),
                JobState::Waiting => {
                    // The host forgot the job: it is another sandbox of the same name.
                    Ok(self.end_interrupted(drive, &JailLoss::RunnerRestarted))
                }
                JobState::Running { .. } | JobState::Collecting => Ok(pace(drive, grew)),
            };
        }
        drive.quiet = 0;
        Ok(Next::In(0))
    }

    fn end_interrupted(&self, drive: &mut Drive, reason: &JailLoss) -> Next {
        let end = if drive.cancel_sent { JobEnd::Cancelled } else { outcome::loss_end(reason, 0) };
        self.to_finish(drive, Verdict::bare(end))
    }

    /// Keeps lines in the vault, and only then tells the host that it may forget them.
    async fn keep_output(&self, drive: &mut Drive, frames: Vec<Frame>) -> Result<(), Fault> {
        let fresh: Vec<Frame> = frames.into_iter().filter(|f| f.seq > drive.after).collect();
        for chunk in fresh.chunks(logs::CHUNK_LINES) {
            let (Some(first), Some(last)) = (chunk.first(), chunk.last()) else {
                continue;
            };
            let body = logs::chunk_text(chunk);
            fault::point("before_log_chunk").await;
            self.vault.put_log_chunk(drive.run.into(), first.seq, body).await?;
            fault::point("after_log_chunk").await;
            drive.after = last.seq;
        }
        self.memory.save(drive).await?;
        fault::point("before_acknowledge").await;
        self.host.acknowledge(drive.sandbox, drive.after).await?;
        fault::point("after_acknowledge").await;
        if let Some(workspace) = drive.workspace {
            self.live.log_advanced(workspace, drive.run, drive.after);
        }
        Ok(())
    }

    async fn begin_collection(&self, drive: &mut Drive) -> Result<Next, Fault> {
        fault::point("before_results").await;
        let results = self.host.results(drive.sandbox).await?;
        let plan = self.scene(drive).await?.run.plan;
        // Reports are captured first, so what isn't listed any more are other files, unless every
        // listed one is a report.
        let skipped_reports = outcome::skipped_reports(&plan, &results);
        let verdict = Verdict {
            checks: outcome::checks_of(&results),
            diff_sha256: outcome::diff_of(&results).unwrap_or_default().to_owned(),
            capture_incomplete: results.capture_incomplete
                || results.skipped_more > 0 && skipped_reports.len() >= results.skipped_files.len(),
            skipped_reports,
            ..Verdict::bare(outcome::end_of(&results))
        };
        let files = outcome::usable_files(results.files);
        let collection = super::Collection { files, done: 0, verdict };
        drive.phase = Phase::Collect(Box::new(collection));
        Ok(Next::In(0))
    }
}

/// Often while output flows, ever more seldom while it doesn't.
fn pace(drive: &mut Drive, grew: bool) -> Next {
    drive.quiet = if grew { 0 } else { drive.quiet.saturating_add(1) };
    let wait = FLOWING_MS.saturating_mul(1_i64 << drive.quiet.min(8));
    Next::In(wait.min(SILENT_MS))
}
