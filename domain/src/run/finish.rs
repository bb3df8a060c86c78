//! Ending a run: its evidence is kept, its revision is judged, its task moves on, all in one
//! batch.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::actor::Actor;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::event::EventBody;
use crate::ids::{EvidenceId, RunId};
use crate::run::start::NextRun;
use crate::run::{
    CapturedEvidence, Evidence, FailureReason, LeaseToken, Run, RunOutcome, RunPlan, RunScene,
};
use crate::sandbox::SandboxState;
use crate::sandbox::protocol::{MAX_FILES, MAX_PATH_BYTES, SkippedFile};
use crate::task::{Task, TaskFailure, TaskState};
use crate::validation::{ReportProblem, TestReport, ValidationState, judge};
use crate::write_batch::{Row, WriteBatch};

/// Longest media type of a kept file, in bytes.
const MAX_MEDIA_TYPE_BYTES: usize = 64;

/// How the sandbox's job ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum JobEnd {
    /// Every step exited with 0.
    Completed,
    /// It failed.
    Failed(FailureReason),
    /// Its processes were stopped on request.
    Cancelled,
    /// It took longer than its limit.
    TimedOut {
        /// The limit, in milliseconds.
        limit_ms: u64,
    },
}

/// The exit of one of the gate's commands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckResult {
    /// The requirement's id.
    pub requirement: String,
    /// The exit code; none when the command didn't end by itself.
    pub exit_code: Option<i32>,
}

/// A kept file that matched a requirement's pattern, read as a test report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportFile {
    /// The kept file.
    pub evidence: EvidenceId,
    /// Its path below the work directory.
    pub path: String,
    /// What it says.
    pub report: Result<TestReport, ReportProblem>,
}

/// What the driver of a sandbox reports at the end.
#[derive(Clone, Debug)]
pub struct RunReport {
    /// The run.
    pub run: RunId,
    /// The lease that the driver holds.
    pub token: LeaseToken,
    /// How the job ended.
    pub end: JobEnd,
    /// The exits of the gate's commands.
    pub checks: Vec<CheckResult>,
    /// The files kept; their objects are in R2 already.
    pub evidence: Vec<CapturedEvidence>,
    /// Those of them that are test reports.
    pub reports: Vec<ReportFile>,
    /// What matched a pattern of the gate and couldn't be kept.
    pub uncaptured: Uncaptured,
    /// SHA-256 of the produced diff, hexadecimal.
    pub diff_sha256: String,
}

/// Files that would have been judged and couldn't be kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Uncaptured {
    /// Those that are known.
    pub files: Vec<SkippedFile>,
    /// Whether there may be more.
    pub is_partial: bool,
}

impl RunReport {
    /// Whether what it keeps fits into one event of its run, however its names are written.
    fn fits(&self) -> bool {
        let fits = |file: &CapturedEvidence| {
            file.name.len() <= MAX_PATH_BYTES && file.media_type.len() <= MAX_MEDIA_TYPE_BYTES
        };
        // The diff isn't counted among the files.
        self.evidence.len() <= MAX_FILES.saturating_add(1) && self.evidence.iter().all(fits)
    }
}

/// The hash of what a run produced: the source it worked on and its change against it.
pub fn revision_of(plan: &RunPlan, diff_sha256: &str) -> String {
    let mut digest = Sha256::new();
    digest.update(plan.source.sha256.as_bytes());
    digest.update(b"\n");
    digest.update(diff_sha256.as_bytes());
    hex::encode(digest.finalize())
}

/// Ends a run. A report that comes after the run's end is recorded once and changes nothing. One that
/// keeps more, or under longer names, than a host may is no report: the run failed, and nothing of
/// it is kept.
///
/// # Errors
/// `NotFound`, `Refused(LeaseLost)` (write the loss down with [`super::expire`]), `Conflict`
/// (it changed at the same moment: report again).
pub async fn finish(ctx: &Context, mut report: RunReport) -> Result<()> {
    if !report.fits() {
        report.end = JobEnd::Failed(FailureReason::ReportInvalid);
        report.evidence.clear();
    }
    let read = ctx.store.run_scene(&ctx.caller, report.run).await?;
    read.principal.require_system()?;
    let scene = read.data.ok_or(Error::NotFound)?;
    let outcome = outcome_of(&scene.run, &report);
    if !scene.run.state.is_live() {
        return record_late(ctx, scene.run, outcome).await;
    }
    scene.run.admit(ctx, &report.token)?;
    let mut batch = WriteBatch::new(scene.run.workspace);
    let actor = Actor::Run(report.run);
    end_run(ctx, &mut batch, scene, actor, outcome, Some(&report))?;
    ctx.commit(batch).await?;
    Ok(())
}

fn outcome_of(run: &Run, report: &RunReport) -> RunOutcome {
    match &report.end {
        JobEnd::Completed => {
            RunOutcome::Succeeded { revision: revision_of(&run.plan, &report.diff_sha256) }
        }
        JobEnd::Failed(reason) => RunOutcome::Failed { reason: reason.clone() },
        JobEnd::TimedOut { limit_ms } => RunOutcome::TimedOut { limit_ms: *limit_ms },
        JobEnd::Cancelled => match run.cancel {
            Some(request) => RunOutcome::Cancelled { by: request.by },
            // Nobody asked: the host stopped it by itself.
            None => RunOutcome::Failed { reason: FailureReason::RunnerRestarted },
        },
    }
}

async fn record_late(ctx: &Context, mut run: Run, outcome: RunOutcome) -> Result<()> {
    let repeated = run.state == outcome.state(run.state.since()) || run.late.is_some();
    if repeated {
        return Ok(());
    }
    let mut batch = WriteBatch::new(run.workspace);
    let actor = Actor::Run(run.id);
    run.record(&mut batch, actor, ctx, EventBody::LateReportRecorded { outcome })?;
    batch.rows.push(Row::Run(Box::new(run)));
    ctx.commit(batch).await?;
    Ok(())
}

/// Adds a run's end to the batch: evidence, outcome, the task's next state, the sandbox's.
pub(super) fn end_run(
    ctx: &Context,
    batch: &mut WriteBatch,
    scene: RunScene,
    actor: Actor,
    outcome: RunOutcome,
    report: Option<&RunReport>,
) -> Result<()> {
    let RunScene { mut run, mut task, sandbox, evidence: known, .. } = scene;
    let now = ctx.now();
    if let Some(report) = report {
        keep_evidence(ctx, batch, &mut run, &known, &report.evidence)?;
    }
    run.record(batch, actor, ctx, EventBody::RunEnded { outcome: outcome.clone() })?;
    if matches!(&task.state, TaskState::Running { run: id, .. } if *id == run.id) {
        move_task_on(ctx, batch, &mut task, &run, &outcome, report)?;
        batch.rows.push(Row::Task(Box::new(task)));
    }
    if let Some(sandbox) = sandbox {
        sandbox.record_move(batch, now, SandboxState::Stopping { since: now })?;
    }
    batch.rows.push(Row::Run(Box::new(run)));
    Ok(())
}

fn keep_evidence(
    ctx: &Context,
    batch: &mut WriteBatch,
    run: &mut Run,
    known: &[EvidenceId],
    files: &[CapturedEvidence],
) -> Result<()> {
    let fresh: Vec<_> = files.iter().filter(|file| !known.contains(&file.id)).cloned().collect();
    if fresh.is_empty() {
        return Ok(());
    }
    for file in &fresh {
        batch.rows.push(Row::Evidence(Evidence {
            file: file.clone(),
            workspace: run.workspace,
            project: run.project,
            task: run.task,
            run: run.id,
            at: ctx.now(),
            added_by: None,
        }));
    }
    let body = EventBody::EvidenceCaptured { evidence: fresh, added: false };
    run.record(batch, Actor::Run(run.id), ctx, body)
}

fn move_task_on(
    ctx: &Context,
    batch: &mut WriteBatch,
    task: &mut Task,
    run: &Run,
    outcome: &RunOutcome,
    report: Option<&RunReport>,
) -> Result<()> {
    let since = ctx.now();
    let actor = Actor::System;
    match outcome {
        RunOutcome::Cancelled { .. } => {
            task.record_move(batch, actor, since, TaskState::Ready { since })
        }
        RunOutcome::Succeeded { revision } => {
            task.record_move(batch, actor, since, TaskState::Validating { run: run.id, since })?;
            let validations = judge(ctx, run, revision, report);
            let failed =
                validations.iter().any(|v| matches!(v.state, ValidationState::Failed { .. }));
            batch.rows.extend(validations.iter().cloned().map(|v| Row::Validation(Box::new(v))));
            let body = EventBody::ValidationsOpened { validations };
            task.record(batch, actor, since, body)?;
            let next = if failed {
                TaskState::Failed { run: run.id, cause: TaskFailure::GateNotPassed, since }
            } else {
                TaskState::Review { run: run.id, since }
            };
            task.record_move(batch, actor, since, next)
        }
        // Somebody stopped it: that nobody heard of its end makes it no failure.
        RunOutcome::Lost if run.cancel.is_some() => {
            task.record_move(batch, actor, since, TaskState::Ready { since })
        }
        RunOutcome::Failed { .. } | RunOutcome::TimedOut { .. } | RunOutcome::Lost => {
            let next = TaskState::Failed { run: run.id, cause: TaskFailure::RunFailed, since };
            task.record_move(batch, actor, since, next)?;
            retry_passing_fault(ctx, batch, task, run, outcome)
        }
    }
}

/// One retry by itself after a passing fault; a person starts any further one.
fn retry_passing_fault(
    ctx: &Context,
    batch: &mut WriteBatch,
    task: &mut Task,
    run: &Run,
    outcome: &RunOutcome,
) -> Result<()> {
    let is_passing = match outcome {
        RunOutcome::Failed { reason } => reason.is_transient(),
        RunOutcome::Lost => true,
        _ => false,
    };
    if !is_passing || run.retry_of.is_some() || run.cancel.is_some() {
        return Ok(());
    }
    let next = NextRun {
        attempt: run.attempt.saturating_add(1),
        plan: run.plan.clone(),
        producers: run.producers.clone(),
        retry_of: Some(run.id),
    };
    next.queue(ctx, batch, task, Actor::System, vec![]).map(|_| ())
}
