//! One short step of a drive, and what becomes of its faults.

use std::sync::Arc;

use domain::clock::Clock;
use domain::error::Refusal;
use domain::ports::LeaseRenewal;
use domain::run::{FailureReason, JobEnd, Run, RunScene};
use domain::sandbox::protocol::{ApiError, ErrorCode};
use domain::{Context, Error, Timestamp, run};

use super::{
    Drive, HostError, Live, Memory, Phase, RunTokens, SandboxHost, Vault, VaultError, Verdict,
};
use crate::fault;

/// How soon to look again after a fault, in milliseconds; longer after each more in a row.
const AFTER_FAULT_MS: i64 = 700;
/// Longest pause between two faults, in milliseconds.
const LONGEST_PAUSE_MS: i64 = 15_000;
/// Longest wait for a place on a host that is full, in milliseconds.
const LONGEST_WAIT_MS: i64 = 10 * 60_000;
/// How soon to ask a full host again, in milliseconds.
const FULL_HOST_MS: i64 = 2_000;
/// How long an overdue drive may still try to write its end down, in milliseconds.
const FINISH_MS: i64 = 5 * 60_000;
/// Longest silence of the host that is waited out, in milliseconds.
const LONGEST_SILENCE_MS: i64 = 30_000;
/// A silence is so many calls in a row at least: one or two may be lost with the object that made
/// them, and each of those takes a call's whole time.
const SILENT_CALLS: u32 = 3;

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
    /// Who gives the run its token.
    pub tokens: &'a dyn RunTokens,
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
        if let Some(next) = self.end_overdue(drive).await {
            return self.keep(drive, next).await;
        }
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
                drive.faults = 0;
                next
            }
            Err(fault) => self.meet(drive, fault).await,
        };
        self.keep(drive, next).await
    }

    /// Remembers the drive. One that can't be remembered (it is larger than the platform takes)
    /// would do the same step for ever: its run ends instead, which takes little to remember.
    async fn keep(&self, drive: &mut Drive, next: Next) -> Next {
        let Err(error) = self.memory.save(drive).await else {
            return next;
        };
        (self.log)("drive_not_saved", &error);
        let is_small = matches!(drive.phase, Phase::Cleanup { .. } | Phase::Over);
        if !is_small {
            let end = JobEnd::Failed(FailureReason::ReportInvalid);
            self.to_finish(drive, Verdict::bare(end));
            if let Err(error) = self.memory.save(drive).await {
                // The store itself is out; what it has is a step behind and goes on from there.
                (self.log)("drive_not_saved", &error);
            }
        }
        self.pause(drive)
    }

    /// Ends a drive that took longer than it ever may, in whatever it is stuck.
    async fn end_overdue(&self, drive: &mut Drive) -> Option<Next> {
        let late = self.now().ms_since(drive.ends_by);
        match &drive.phase {
            Phase::Cleanup { .. } | Phase::Over => None,
            Phase::Finish(_) if late > FINISH_MS => {
                // The lease isn't renewed any more: whoever looks next sees the run as lost.
                self.write_loss(drive).await;
                Some(self.to_cleanup(drive))
            }
            Phase::Finish(_) => None,
            _ if late > 0 => {
                (self.log)("drive_overdue", &drive.sandbox);
                let end = JobEnd::Failed(FailureReason::SandboxUnavailable);
                Some(self.to_finish(drive, Verdict::bare(end)))
            }
            _ => None,
        }
    }

    /// The pause after a fault.
    fn pause(&self, drive: &mut Drive) -> Next {
        let wait = AFTER_FAULT_MS.saturating_mul(1_i64 << drive.faults.min(8));
        drive.faults = drive.faults.saturating_add(1);
        Next::In(wait.min(LONGEST_PAUSE_MS))
    }

    /// Whether somebody wants it to stop; notes since when that is known.
    pub(super) async fn is_stopping(&self, drive: &mut Drive) -> Result<bool, Fault> {
        if drive.stop_seen.is_none() && self.memory.stop_asked().await? {
            drive.stop_seen = Some(self.now());
        }
        Ok(drive.stop_seen.is_some())
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
                if stop_asked {
                    drive.stop_seen = drive.stop_seen.or(Some(now));
                    self.pass_on_stop(drive).await?;
                }
                Ok(())
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
                // A loss that couldn't be written, or that nobody sees yet, is no hurry.
                if drive.faults == 0 && matches!(drive.phase, Phase::Cleanup { .. }) {
                    Next::In(0)
                } else {
                    self.pause(drive)
                }
            }
            Fault::Domain(Error::NotFound) => self.to_cleanup(drive),
            Fault::Domain(error) => {
                (self.log)("drive_domain", &error);
                self.pause(drive)
            }
            Fault::Vault(error) => {
                (self.log)("drive_vault", &error);
                self.pause(drive)
            }
            Fault::Host(error) => {
                (self.log)("drive_host", &error);
                self.meet_host(drive, &error).await
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

    async fn meet_host(&self, drive: &mut Drive, error: &HostError) -> Next {
        if matches!(drive.phase, Phase::Cleanup { .. } | Phase::Finish(_)) {
            return self.pause(drive);
        }
        let reason = match error {
            HostError::Unreachable(_) => None,
            HostError::Refused(refusal) if refusal.code == ErrorCode::TooManySandboxes => {
                return self.wait_for_place(drive).await;
            }
            HostError::Refused(refusal) => lasting(refusal),
        };
        if let Some(reason) = reason {
            // A sandbox that was ended because somebody stopped the run didn't fail.
            let is_stopped = matches!(self.is_stopping(drive).await, Ok(true));
            let end = if is_stopped { JobEnd::Cancelled } else { JobEnd::Failed(reason) };
            return self.to_finish(drive, Verdict::bare(end));
        }
        let now = self.now();
        let since = *drive.silent_since.get_or_insert(now);
        drive.faults = drive.faults.saturating_add(1);
        let bound = LONGEST_SILENCE_MS.min(self.context.settings.lease_ms / 2);
        if now.ms_since(since) < bound || drive.faults < SILENT_CALLS {
            return Next::In(AFTER_FAULT_MS);
        }
        let end = JobEnd::Failed(FailureReason::SandboxUnavailable);
        self.to_finish(drive, Verdict::bare(end))
    }

    /// The host is full: others' sandboxes end sooner or later.
    async fn wait_for_place(&self, drive: &mut Drive) -> Next {
        let now = self.now();
        let since = *drive.waiting_since.get_or_insert(now);
        drive.silent_since = None;
        if matches!(self.is_stopping(drive).await, Ok(true)) {
            return self.to_finish(drive, Verdict::bare(JobEnd::Cancelled));
        }
        if now.ms_since(since) < LONGEST_WAIT_MS {
            return Next::In(FULL_HOST_MS);
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
        | ErrorCode::JobExists
        | ErrorCode::ExecUnfinished => Some(FailureReason::ReportInvalid),
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
