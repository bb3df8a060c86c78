//! One short step of a drive, and what becomes of its faults.

use std::sync::Arc;

use domain::clock::Clock;
use domain::error::Refusal;
use domain::ports::LeaseRenewal;
use domain::run::{FailureReason, JobEnd, Run, RunScene};
use domain::sandbox::protocol::{ApiError, ErrorCode};
use domain::{Context, Error, Timestamp, run};

use super::{Drive, HostError, Live, Memory, Phase, SandboxHost, Vault, VaultError, Verdict};
use crate::fault;

/// How soon to look again after a fault, in milliseconds.
const AFTER_FAULT_MS: i64 = 700;
/// Longest silence of the host that is waited out, in milliseconds.
const LONGEST_SILENCE_MS: i64 = 30_000;

/// When the next step is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// In so many milliseconds.
    In(i64),
    /// Never: nothing is left to do.
    Never,
}

/// Why a step stopped in the middle.
#[derive(Debug)]
pub(super) enum Fault {
    Host(HostError),
    Domain(Error),
    Vault(VaultError),
    /// Somebody else holds the lease now, or nobody.
    LeaseLost,
}

impl From<HostError> for Fault {
    fn from(error: HostError) -> Self {
        Self::Host(error)
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(Refusal::LeaseLost) => Self::LeaseLost,
            other => Self::Domain(other),
        }
    }
}

impl From<VaultError> for Fault {
    fn from(error: VaultError) -> Self {
        Self::Vault(error)
    }
}

/// Moves one sandbox through a run.
pub struct Driver<'a> {
    /// Where the sandbox is.
    pub host: &'a dyn SandboxHost,
    /// Where sources, output and evidence are.
    pub vault: &'a dyn Vault,
    /// Where the drive is remembered.
    pub memory: &'a dyn Memory,
    /// Who watches.
    pub live: &'a dyn Live,
    /// The clock.
    pub clock: &'a dyn Clock,
    /// The system's context.
    pub context: &'a Context,
    /// Who hears about faults that pass.
    pub log: &'a dyn Fn(&str, &dyn core::fmt::Display),
}

impl Driver<'_> {
    /// Does one step and says when the next is due. Never fails: a fault is met by trying again,
    /// or by ending the run.
    pub async fn step(&self, drive: &mut Drive) -> Next {
        let outcome = match &drive.phase {
            Phase::Provision => self.provision(drive).await,
            Phase::Execute => self.execute(drive).await,
            Phase::Collect(_) => self.collect(drive).await,
            Phase::Finish(_) => self.finish(drive).await,
            Phase::Cleanup { .. } => self.cleanup(drive).await,
            Phase::Over => return Next::Never,
        };
        let next = match outcome {
            Ok(next) => {
                drive.silent_since = None;
                next
            }
            Err(fault) => self.meet(drive, fault).await,
        };
        if let Err(error) = self.memory.save(drive).await {
            (self.log)("drive_not_saved", &error);
        }
        next
    }

    /// The system's context at the present moment.
    pub(super) fn now_context(&self) -> Context {
        let mut context = Context {
            store: Arc::clone(&self.context.store),
            random: Arc::clone(&self.context.random),
            caller: self.context.caller.clone(),
            settings: self.context.settings,
        };
        context.caller.now = self.clock.now();
        context
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Reads the run with everything around it.
    pub(super) async fn scene(&self, drive: &Drive) -> Result<RunScene, Fault> {
        let context = self.now_context();
        let read = context.store.run_scene(&context.caller, drive.run).await?;
        read.data.ok_or(Fault::Domain(Error::NotFound))
    }

    /// Renews the lease when a third of it has passed; passes on a request to stop.
    pub(super) async fn keep_lease(&self, drive: &mut Drive) -> Result<(), Fault> {
        let now = self.now();
        let lease_ms = self.context.settings.lease_ms;
        if now.ms_since(drive.renewed_at) < lease_ms / 3 {
            return Ok(());
        }
        let Some(token) = drive.token.clone() else {
            return Ok(());
        };
        fault::point("before_renew").await;
        let until = now.plus_ms(lease_ms);
        match self.context.store.renew_lease(drive.run, &token, now, until).await? {
            LeaseRenewal::Lost => Err(Fault::LeaseLost),
            LeaseRenewal::Renewed { stop_asked } => {
                drive.renewed_at = now;
                self.memory.save(drive).await?;
                fault::point("after_renew").await;
                if stop_asked { self.pass_on_stop(drive).await } else { Ok(()) }
            }
        }
    }

    /// Tells the host to stop the job, once.
    pub(super) async fn pass_on_stop(&self, drive: &mut Drive) -> Result<(), Fault> {
        if drive.cancel_sent || !matches!(drive.phase, Phase::Execute) {
            return Ok(());
        }
        fault::point("before_cancel").await;
        self.host.cancel(drive.sandbox).await?;
        drive.cancel_sent = true;
        drive.quiet = 0;
        Ok(())
    }

    async fn meet(&self, drive: &mut Drive, fault: Fault) -> Next {
        match fault {
            Fault::LeaseLost => {
                self.write_loss(drive).await;
                Next::In(0)
            }
            Fault::Domain(Error::NotFound) => self.to_cleanup(drive),
            Fault::Domain(error) => {
                (self.log)("drive_domain", &error);
                Next::In(AFTER_FAULT_MS)
            }
            Fault::Vault(error) => {
                (self.log)("drive_vault", &error);
                Next::In(AFTER_FAULT_MS)
            }
            Fault::Host(error) => {
                (self.log)("drive_host", &error);
                self.meet_host(drive, &error)
            }
        }
    }

    /// The lease ran out: the run is lost, and what the driver knows is at most a late report.
    async fn write_loss(&self, drive: &mut Drive) {
        let context = self.now_context();
        if let Err(error) = run::expire(&context, drive.run).await {
            (self.log)("drive_expire", &error);
            return;
        }
        // A finished job still reports: it is recorded as late.
        if !matches!(drive.phase, Phase::Finish(_)) {
            self.to_cleanup(drive);
        }
    }

    pub(super) fn to_cleanup(&self, drive: &mut Drive) -> Next {
        if !matches!(drive.phase, Phase::Cleanup { .. } | Phase::Over) {
            drive.phase = Phase::Cleanup { since: self.now(), tries: 0 };
        }
        Next::In(0)
    }

    pub(super) fn to_finish(&self, drive: &mut Drive, verdict: Verdict) -> Next {
        drive.phase = Phase::Finish(Box::new(verdict));
        Next::In(0)
    }

    fn meet_host(&self, drive: &mut Drive, error: &HostError) -> Next {
        if matches!(drive.phase, Phase::Cleanup { .. } | Phase::Finish(_)) {
            return Next::In(AFTER_FAULT_MS);
        }
        let reason = match error {
            HostError::Unreachable(_) => None,
            HostError::Refused(refusal) => lasting(refusal),
        };
        if let Some(reason) = reason {
            return self.to_finish(drive, Verdict::bare(JobEnd::Failed(reason)));
        }
        let now = self.now();
        let since = *drive.silent_since.get_or_insert(now);
        let bound = LONGEST_SILENCE_MS.min(self.context.settings.lease_ms / 2);
        if now.ms_since(since) < bound {
            return Next::In(AFTER_FAULT_MS);
        }
        let end = JobEnd::Failed(FailureReason::SandboxUnavailable);
        self.to_finish(drive, Verdict::bare(end))
    }
}

/// The reason for which a refusal ends the run; none when the same call may succeed later.
fn lasting(refusal: &ApiError) -> Option<FailureReason> {
    match refusal.code {
        ErrorCode::UnknownSandbox | ErrorCode::JobInterrupted | ErrorCode::SandboxGone => {
            Some(FailureReason::RunnerRestarted)
        }
        ErrorCode::SourceRejected | ErrorCode::TooLarge => {
            Some(FailureReason::SourceRejected { detail: refusal.message.clone() })
        }
        ErrorCode::InvalidRequest
        | ErrorCode::UnknownCall
        | ErrorCode::UnknownFile
        | ErrorCode::SpecConflict
        | ErrorCode::SourceExists
        | ErrorCode::JobExists => Some(FailureReason::ReportInvalid),
        // A wrong secret is a deployment's fault: waited out, then no sandbox could be made.
        ErrorCode::Unauthorized
        | ErrorCode::SourceNotReady
        | ErrorCode::JobUnfinished
        | ErrorCode::TooManySandboxes
        | ErrorCode::Internal => None,
    }
}

/// Whether the run still waits for its end.
pub(super) fn is_live(run: &Run, now: Timestamp) -> bool {
    run.state_at(now).is_live()
}
