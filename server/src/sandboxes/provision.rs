//! Making a sandbox, giving it its source and its job.

use domain::run;
use domain::run::{FailureReason, JobEnd, Run};
use domain::sandbox::protocol::{Job, JobState, Phase as HostPhase, SandboxView, SourceState};
use domain::sandbox::{Settled, settle};

use super::driver::{Fault, is_live};
use super::{Drive, Driver, Next, Phase, SLACK_MS, Verdict, outcome};
use crate::fault;

/// How soon to look again while the source is unpacked, in milliseconds.
const UNPACKING_MS: i64 = 200;

impl Driver<'_> {
    pub(super) async fn provision(&self, drive: &mut Drive) -> Result<Next, Fault> {
        let scene = self.scene(drive).await?;
        if scene.run.sandbox != Some(drive.sandbox) || !scene.run.state.is_live() {
            return Ok(self.to_cleanup(drive));
        }
        if !is_live(&scene.run, self.now()) {
            return Err(Fault::LeaseLost);
        }
        drive.workspace = Some(scene.run.workspace);
        drive.token = scene.run.lease.as_ref().map(|lease| lease.token.clone());
        self.keep_lease(drive).await?;
        fault::point("before_provision").await;
        let view = self.host.provision(drive.sandbox, &scene.run.plan.spec).await?;
        fault::point("after_provision").await;
        if drive.waiting_since.take().is_some() || drive.isolation.is_none() {
            // Its own time begins now that it has a place.
            let wall = i64::try_from(scene.run.plan.spec.wall_ms).unwrap_or(i64::MAX);
            drive.ends_by = self.now().plus_ms(wall.saturating_add(SLACK_MS));
        }
        drive.isolation = view.isolation.or(drive.isolation);
        if view.job_id.is_some() {
            return self.begin_execution(drive).await;
        }
        if scene.run.cancel.is_some() || self.is_stopping(drive).await? {
            return Ok(self.to_finish(drive, Verdict::bare(JobEnd::Cancelled)));
        }
        self.prepare(drive, &scene.run, view).await
    }

    /// Brings a sandbox without a job one step nearer to having one.
    async fn prepare(
        &self,
        drive: &mut Drive,
        run: &Run,
        view: SandboxView,
    ) -> Result<Next, Fault> {
        if let HostPhase::Failed { reason } = &view.phase {
            let end = outcome::loss_end(reason, 0);
            return Ok(self.to_finish(drive, Verdict::bare(end)));
        }
        let view = match view.source {
            SourceState::None => match self.send_source(drive, run).await? {
                Some(view) => view,
                None => {
                    let end = JobEnd::Failed(FailureReason::SourceMissing);
                    return Ok(self.to_finish(drive, Verdict::bare(end)));
                }
            },
            _ => view,
        };
        match view.source {
            SourceState::None | SourceState::Unpacking => Ok(Next::In(UNPACKING_MS)),
            SourceState::Rejected { detail, .. } => {
                let end = JobEnd::Failed(FailureReason::SourceRejected { detail });
                Ok(self.to_finish(drive, Verdict::bare(end)))
            }
            SourceState::Ready { .. } => {
                self.keep_lease(drive).await?;
                if self.is_stopping(drive).await? {
                    return Ok(self.to_finish(drive, Verdict::bare(JobEnd::Cancelled)));
                }
                let job = self.job(drive, run).await;
                fault::point("before_job").await;
                let view = self.host.execute(drive.sandbox, &job).await?;
                fault::point("after_job").await;
                match view.job {
                    JobState::Interrupted { reason } => {
                        let end = outcome::loss_end(&reason, 0);
                        Ok(self.to_finish(drive, Verdict::bare(end)))
                    }
                    _ => self.begin_execution(drive).await,
                }
            }
        }
    }

    /// The run's job, with what its steps need to report by the API. Without a token it runs all the
    /// same: few jobs ask for it, and those that do say what is missing.
    async fn job(&self, drive: &Drive, run: &Run) -> Job {
        let access = match &drive.token {
            Some(lease) => self.tokens.issue(run.id, lease, drive.ends_by).await,
            None => Ok(None),
        };
        let access = access.unwrap_or_else(|error| {
            (self.log)("run_token", &error);
            None
        });
        outcome::job_of(run, access)
    }

    /// Sends the source; none when it isn't in the vault any more.
    async fn send_source(
        &self,
        drive: &mut Drive,
        run: &Run,
    ) -> Result<Option<SandboxView>, Fault> {
        let context = self.now_context();
        settle(&context, drive.sandbox, Settled::Ready { isolation: drive.isolation }).await?;
        let source = &run.plan.source;
        let Some(bytes) = self.vault.source(&source.sha256).await? else {
            return Ok(None);
        };
        self.keep_lease(drive).await?;
        fault::point("before_source").await;
        let view = self.host.put_source(drive.sandbox, source.kind, bytes).await?;
        fault::point("after_source").await;
        Ok(Some(view))
    }

    async fn begin_execution(&self, drive: &mut Drive) -> Result<Next, Fault> {
        let Some(token) = drive.token.clone() else {
            return Err(Fault::LeaseLost);
        };
        let context = self.now_context();
        run::started(&context, drive.run, &token).await?;
        fault::point("after_started").await;
        drive.phase = Phase::Execute;
        drive.quiet = 0;
        Ok(Next::In(0))
    }
}
