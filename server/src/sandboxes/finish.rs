//! Writing a run's end down, and taking its sandbox down.

use domain::run::{self, LeaseToken, RunReport, Uncaptured};
use domain::sandbox::{Settled, settle};
use domain::{Error, Timestamp};

use super::driver::Fault;
use super::{Drive, Driver, Next, Phase};
use crate::fault;

/// Longest time for which taking a sandbox down is tried, in milliseconds. The reconciler goes on.
const LONGEST_CLEANUP_MS: i64 = 10 * 60_000;
/// Longest pause between two tries, in milliseconds.
const LONGEST_PAUSE_MS: i64 = 30_000;

impl Driver<'_> {
    pub(super) async fn finish(&self, drive: &mut Drive) -> Result<Next, Fault> {
        let Phase::Finish(verdict) = &drive.phase else {
            return Ok(Next::In(0));
        };
        let verdict = verdict.as_ref().clone();
        // What is to be reported must survive a crash between the report and the next step.
        self.memory.save(drive).await?;
        let token = match drive.token.clone() {
            Some(token) => token,
            None => self.read_token(drive).await?,
        };
        let report = RunReport {
            run: drive.run,
            token,
            end: verdict.end,
            checks: verdict.checks,
            evidence: verdict.evidence,
            reports: verdict.reports,
            uncaptured: Uncaptured {
                files: verdict.skipped_reports,
                is_partial: verdict.capture_incomplete,
            },
            diff_sha256: verdict.diff_sha256,
        };
        fault::point("before_finish").await;
        run::finish(&self.now_context(), report).await?;
        fault::point("after_finish").await;
        Ok(self.to_cleanup(drive))
    }

    async fn read_token(&self, drive: &Drive) -> Result<LeaseToken, Fault> {
        let scene = self.scene(drive).await?;
        match scene.run.lease {
            Some(lease) => Ok(lease.token),
            // An ended run takes a late report from anybody who drove it.
            None => Ok(LeaseToken(String::new())),
        }
    }

    pub(super) async fn cleanup(&self, drive: &mut Drive) -> Result<Next, Fault> {
        let Phase::Cleanup { since, tries } = drive.phase else {
            return Ok(Next::In(0));
        };
        fault::point("before_cleanup").await;
        let settled = match self.host.cleanup(drive.sandbox).await {
            Ok(()) => Settled::Stopped,
            Err(error) if self.now().ms_since(since) > LONGEST_CLEANUP_MS => {
                (self.log)("cleanup_given_up", &error);
                Settled::Failed { reason: "Its host didn't answer when it was taken down.".into() }
            }
            Err(error) => {
                (self.log)("cleanup", &error);
                return Ok(pause(drive, since, tries));
            }
        };
        fault::point("after_cleanup").await;
        match settle(&self.now_context(), drive.sandbox, settled).await {
            Ok(()) | Err(Error::NotFound) => {}
            // The reconciler finds it again.
            Err(error) if self.now().ms_since(since) > 2 * LONGEST_CLEANUP_MS => {
                (self.log)("settle_given_up", &error);
            }
            Err(error) => return Err(error.into()),
        }
        fault::point("after_settle").await;
        drive.phase = Phase::Over;
        Ok(Next::Never)
    }
}

fn pause(drive: &mut Drive, since: Timestamp, tries: u32) -> Next {
    drive.phase = Phase::Cleanup { since, tries: tries.saturating_add(1) };
    let wait = 500_i64.saturating_mul(1_i64 << tries.min(8));
    Next::In(wait.min(LONGEST_PAUSE_MS))
}
