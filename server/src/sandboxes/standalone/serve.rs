//! Handing commands over and pulling their output.

use domain::ids::ExecutionId;
use domain::run::LimitKind;
use domain::sandbox::protocol::{
    Exec, ExecState, ExecView, Frame, Limit, OutputPage, Phase, StepExit,
};
use domain::sandbox::{
    Execution, ExecutionEnd, ExecutionState, LogOf, command_ended, command_started,
};

use super::{Fault, Next, Servant, Service, ServicePhase, loss_words};
use crate::{fault, logs};

/// Longest time until an idle sandbox is looked at, in milliseconds.
const IDLE_MS: i64 = 60_000;
/// Longest time of one step while output keeps coming, in milliseconds.
const LONGEST_STEP_MS: i64 = 3_000;
/// How soon to look again while output flows, in milliseconds.
const FLOWING_MS: i64 = 250;
/// How soon to look again when it has been silent for long, in milliseconds.
const SILENT_MS: i64 = 1_500;

impl Servant<'_> {
    /// Looks for a command to execute.
    pub(super) async fn idle(&self, service: &mut Service) -> Result<Next, Fault> {
        // Before looking: who wakes it after this is seen by the next step.
        self.memory.take_wake().await?;
        let Some(standing) = self.standing(service).await? else {
            return Ok(Next::In(0));
        };
        let view = self.host.monitor(service.sandbox).await?;
        if let Phase::Failed { reason } = &view.phase {
            return Ok(self.give_up(service, loss_words(reason)));
        }
        let Some(open) = standing.open else {
            let left = standing.sandbox.expires_at().map_or(0, |at| at.ms_since(self.now()));
            return Ok(Next::In(left.clamp(0, IDLE_MS)));
        };
        self.hand_over(service, &open, view.output_last).await
    }

    /// What is written down first is handed over by whoever goes on, if this one doesn't get to it;
    /// the host takes it once.
    async fn hand_over(
        &self,
        service: &mut Service,
        open: &Execution,
        output_last: u64,
    ) -> Result<Next, Fault> {
        let id = open.id();
        if matches!(open.state, ExecutionState::Queued { .. }) {
            command_started(&self.now_context(), service.sandbox, id, output_last).await?;
        }
        fault::point("before_exec").await;
        let exec = Exec {
            exec_id: id.to_string(),
            command: open.request.command.clone(),
            timeout_ms: open.request.timeout_ms,
        };
        self.host.exec(service.sandbox, &exec).await?;
        fault::point("after_exec").await;
        service.phase = ServicePhase::Execute { execution: id };
        service.quiet = 0;
        Ok(Next::In(0))
    }

    pub(super) async fn execute(
        &self,
        service: &mut Service,
        id: ExecutionId,
    ) -> Result<Next, Fault> {
        if self.memory.take_wake().await? && self.standing(service).await?.is_none() {
            return Ok(Next::In(0));
        }
        let (page, grew) = self.pull(service).await?;
        let Some(page) = page else {
            service.quiet = 0;
            return Ok(Next::In(0));
        };
        match page.exec {
            Some(ExecView { exec_id, state, .. }) if exec_id == id.to_string() => match state {
                ExecState::Running => Ok(pace(service, grew)),
                ExecState::Ended { exit, limits_hit, .. } => {
                    self.end(service, id, (exit, &limits_hit), page.last).await
                }
                ExecState::Interrupted { reason } => Ok(self.give_up(service, loss_words(&reason))),
            },
            _ => Ok(self.give_up(service, "It lost the command.")),
        }
    }

    async fn end(
        &self,
        service: &mut Service,
        id: ExecutionId,
        (exit, limits_hit): (StepExit, &[Limit]),
        through: u64,
    ) -> Result<Next, Fault> {
        let context = self.now_context();
        let read = context.store.standing(&context.caller, service.sandbox).await?;
        let timeout_ms = read.data.and_then(|it| it.open).map_or(0, |it| it.request.timeout_ms);
        if let Some(end) = end_of(exit, limits_hit, timeout_ms) {
            fault::point("before_command_ended").await;
            command_ended(&context, service.sandbox, id, end, through).await?;
            fault::point("after_command_ended").await;
        }
        // One that was cancelled was ended with its sandbox, which says why.
        service.phase = ServicePhase::Idle;
        Ok(Next::In(0))
    }

    /// Keeps output for a while; the last page, if everything that there is was kept, and whether
    /// there was any.
    pub(super) async fn pull(
        &self,
        service: &mut Service,
    ) -> Result<(Option<OutputPage>, bool), Fault> {
        let began = self.now();
        let mut grew = false;
        while self.now().ms_since(began) < LONGEST_STEP_MS {
            let mut page = self.host.output(service.sandbox, service.after).await?;
            let frames = core::mem::take(&mut page.frames);
            if !frames.is_empty() {
                grew = true;
                self.keep_output(service, frames).await?;
            }
            if page.next >= page.last {
                return Ok((Some(page), grew));
            }
        }
        Ok((None, grew))
    }

    async fn keep_output(&self, service: &mut Service, frames: Vec<Frame>) -> Result<(), Fault> {
        let fresh: Vec<Frame> = frames.into_iter().filter(|f| f.seq > service.after).collect();
        for chunk in fresh.chunks(logs::CHUNK_LINES) {
            let (Some(first), Some(last)) = (chunk.first(), chunk.last()) else {
                continue;
            };
            let body = logs::chunk_text(chunk);
            let log = LogOf::Sandbox(service.sandbox);
            self.vault.put_log_chunk(log, first.seq, body).await?;
            service.after = last.seq;
        }
        self.memory.save(service).await?;
        self.host.acknowledge(service.sandbox, service.after).await?;
        Ok(())
    }
}

/// How a command ended by itself or by a limit; none when it was cancelled.
fn end_of(exit: StepExit, limits_hit: &[Limit], timeout_ms: u64) -> Option<ExecutionEnd> {
    let exited = |code, limit| Some(ExecutionEnd::Exited { code, limit });
    match exit {
        StepExit::Code { code: 0 } => exited(0, None),
        StepExit::Code { code } => exited(code, felt(limits_hit)),
        StepExit::Signal { signal } => exited(signal.saturating_add(128), felt(limits_hit)),
        StepExit::TimedOut | StepExit::Limit { limit: Limit::Wall } => {
            Some(ExecutionEnd::TimedOut { limit_ms: timeout_ms })
        }
        StepExit::Limit { limit } => exited(KILLED, Some(kind_of(limit))),
        StepExit::Cancelled | StepExit::Skipped => None,
    }
}

/// The limit that a command failed of which wasn't ended for it: what fails while it runs against a
/// limit fails of it, as a run's step does.
fn felt(limits_hit: &[Limit]) -> Option<LimitKind> {
    let felt = [Limit::Disk, Limit::Processes].into_iter().find(|limit| limits_hit.contains(limit));
    felt.map(kind_of)
}

fn kind_of(limit: Limit) -> LimitKind {
    match limit {
        Limit::Cpu | Limit::Wall => LimitKind::CpuTime,
        Limit::Memory => LimitKind::Memory,
        Limit::Processes => LimitKind::Processes,
        Limit::FileSize | Limit::Disk | Limit::Output => LimitKind::Disk,
    }
}

/// What a shell makes of SIGKILL.
const KILLED: i32 = 137;

/// Often while output flows, ever more seldom while it doesn't.
fn pace(service: &mut Service, grew: bool) -> Next {
    service.quiet = if grew { 0 } else { service.quiet.saturating_add(1) };
    let wait = FLOWING_MS.saturating_mul(1_i64 << service.quiet.min(8));
    Next::In(wait.min(SILENT_MS))
}
