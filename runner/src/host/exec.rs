//! Executing single commands in a sandbox that does no job.

use std::sync::Arc;

use domain::sandbox::protocol::{
    ErrorCode, Exec, ExecState, ExecView, JailLoss, Job, Phase, SandboxView, SourceState,
};
use tokio::time::{Duration, Instant};

use super::check::{check_exec, step_of};
use super::job::Shared;
use super::mask::Patterns;
use super::record::Record;
use super::sandbox::{Sandbox, Work};
use super::step::{self, StepEnd};
use super::{Host, Refused};
use crate::jail::{Jail, JailMaker};

/// Whether anything may be executed in a sandbox.
pub(super) fn check_can_begin(record: &Record) -> Result<(), Refused> {
    if record.has_ended() {
        return Err(Refused::gone(record));
    }
    match &record.source {
        SourceState::Ready { .. } => Ok(()),
        SourceState::Rejected { reason, detail } => Err(Refused::source(*reason, detail.clone())),
        SourceState::None | SourceState::Unpacking => {
            let message = "an unpacked source is needed first";
            Err(Refused::new(ErrorCode::SourceNotReady, message))
        }
    }
}

impl Host {
    /// Takes a single command and begins it.
    pub(crate) fn begin_exec(&self, id: &str, exec: Exec) -> Result<SandboxView, Refused> {
        check_exec(&exec)?;
        let sandbox = self.find(id)?;
        let is_new = sandbox.update(|record| {
            if matches!(&record.exec, Some(newest) if newest.exec_id == exec.exec_id) {
                return Ok(false);
            }
            if record.job.is_some() {
                let message = "this sandbox has a job";
                return Err(Refused::new(ErrorCode::JobExists, message));
            }
            check_can_begin(record)?;
            if record.is_executing() {
                let message = "another command executes";
                return Err(Refused::new(ErrorCode::ExecUnfinished, message));
            }
            let index = record.exec.as_ref().map_or(0, |before| before.index.saturating_add(1));
            let exec_id = exec.exec_id.clone();
            record.exec = Some(ExecView { exec_id, index, state: ExecState::Running });
            record.phase = Phase::Busy;
            Ok::<_, Refused>(true)
        })?;
        if is_new {
            let _ = sandbox.work.send(Work::Exec(exec));
        }
        Ok(sandbox.view())
    }
}

/// Runs a command to its end. The error says why the jail is gone before that.
pub(super) async fn run(
    maker: &JailMaker,
    sandbox: &Sandbox,
    jail: &mut Jail,
    exec: &Exec,
) -> Result<(), JailLoss> {
    sandbox.begin_allowance();
    let record = sandbox.record();
    let step = step_of(exec);
    let job = Job::default();
    let shared = Shared {
        maker,
        sandbox,
        job: &job,
        secrets: vec![],
        patterns: Arc::new(Patterns::of(&[])),
        deadline: Instant::now() + Duration::from_millis(record.limits.wall_ms),
        cpu_before_ms: jail.cgroup.counts().cpu_ms.unwrap_or(0),
    };
    let index = record.exec.map_or(0, |exec| exec.index);
    let result = match step::run(&shared, jail, index, &step).await {
        StepEnd::Ended(result) => result,
        StepEnd::JailGone(loss) => return Err(loss),
    };
    sandbox.note(|record| {
        record.phase = Phase::Ready;
        if let Some(exec) = &mut record.exec {
            exec.state = ExecState::Ended {
                exit: result.exit,
                limits_hit: result.limits_hit,
                duration_ms: result.duration_ms,
                cpu_ms: result.cpu_ms,
            };
        }
    });
    Ok(())
}
