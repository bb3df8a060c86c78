//! Executing a whole job: its steps in order, then what they changed, then the gate's checks,
//! then capturing the files that are left.

use std::sync::Arc;

use domain::sandbox::protocol::{
    JailLoss, Job, JobState, JobStep, Limit, Outcome, Phase, Results, Role, Secret, StepExit,
    StepResult,
};
use tokio::time::{Duration, Instant};

use super::capture::{Capture, Captured};
use super::keeper::died;
use super::mask::Patterns;
use super::record::now_ms;
use super::sandbox::{Sandbox, Stop};
use super::step::{self, StepEnd};
use crate::jail::{Jail, JailMaker};

/// What all steps of a job share.
pub(super) struct Shared<'a> {
    pub maker: &'a JailMaker,
    pub sandbox: &'a Sandbox,
    pub job: &'a Job,
    /// The job's secrets, which its record hasn't.
    pub secrets: Vec<Secret>,
    /// What they must not be seen as.
    pub patterns: Arc<Patterns>,
    /// When the job's wall time is over.
    pub deadline: Instant,
    /// Processor time that the jail had used when the job started, by its own count.
    pub cpu_before_ms: u64,
}

/// Runs the sandbox's job to its end. The error says why the jail is gone before that.
pub(super) async fn run(
    maker: &JailMaker,
    sandbox: &Sandbox,
    jail: &mut Jail,
    secrets: Vec<Secret>,
) -> Result<(), JailLoss> {
    let record = sandbox.record();
    let Some(job) = &record.job else { return Err(died("it was told to run no job")) };
    let started_at_ms = now_ms();
    sandbox.note(|record| {
        record.phase = Phase::Busy;
        record.started_at_ms = Some(started_at_ms);
    });
    let mut shared = Shared {
        maker,
        sandbox,
        job,
        patterns: Arc::new(Patterns::of(&secrets)),
        secrets,
        deadline: Instant::now() + Duration::from_millis(record.limits.wall_ms),
        cpu_before_ms: jail.cgroup.counts().cpu_ms.unwrap_or(0),
    };
    let mut progress = Progress::default();
    run_steps(&shared, jail, Role::Step, &mut progress).await?;
    keep_on(sandbox)?;
    let mut capture = Capture::new(sandbox);
    let began = Instant::now();
    capture.compare(jail).await;
    // Comparing isn't the job's time.
    shared.deadline += began.elapsed();
    run_steps(&shared, jail, Role::Check, &mut progress).await?;
    keep_on(sandbox)?;
    sandbox.note(|record| {
        record.phase = Phase::Stopping;
        record.job_state = JobState::Collecting;
    });
    let captured = capture.files(jail, job).await;
    finish(sandbox, job, started_at_ms, progress, captured)
}

/// An error once nothing is to be kept any more.
fn keep_on(sandbox: &Sandbox) -> Result<(), JailLoss> {
    sandbox.stop_wish().borrow().loss().map_or(Ok(()), Err)
}

fn finish(
    sandbox: &Sandbox,
    job: &Job,
    started_at_ms: u64,
    progress: Progress,
    captured: Captured,
) -> Result<(), JailLoss> {
    let (output_last, output_dropped_bytes) = sandbox.output_counts();
    let output_dropped_bytes = output_dropped_bytes + sandbox.output_lost();
    let Progress { verdict, results: steps, .. } = progress;
    let outcome = verdict.unwrap_or(Outcome::Succeeded);
    let finished_at_ms = now_ms();
    let results = Results {
        job_id: job.job_id.clone(),
        outcome,
        steps,
        revision: captured.revision,
        files: captured.files,
        skipped_files: captured.skipped,
        skipped_more: captured.skipped_more,
        capture_incomplete: captured.is_incomplete,
        output_last,
        output_dropped_bytes,
        started_at_ms,
        finished_at_ms,
    };
    // Results are there before anybody can read that the job finished. Without them it didn't.
    sandbox.shelf.save_results(&results).map_err(|error| {
        eprintln!("results couldn't be written: {error}");
        died("what the job left couldn't be written on the runner's disk")
    })?;
    sandbox.note(|record| {
        record.ended_at_ms = Some(finished_at_ms);
        record.job_state = JobState::Finished { outcome };
    });
    Ok(())
}

/// How a job stands between two steps.
#[derive(Default)]
struct Progress {
    /// The first thing that kept a step from succeeding.
    verdict: Option<Outcome>,
    /// Whether the whole job's time or processor time is used up, or it was cancelled.
    is_over: bool,
    /// One for each step so far.
    results: Vec<StepResult>,
}

/// Runs the steps of one role; a job's steps come before its checks.
async fn run_steps(
    shared: &Shared<'_>,
    jail: &mut Jail,
    role: Role,
    progress: &mut Progress,
) -> Result<(), JailLoss> {
    for (index, step) in (0..).zip(&shared.job.steps).filter(|(_, step)| step.role == role) {
        let is_blocked = match step.role {
            Role::Step => progress.verdict.is_some() && !shared.job.keep_going,
            Role::Check => progress.verdict.is_some(),
        };
        let was_cancelled = *shared.sandbox.stop_wish().borrow() != Stop::No;
        if was_cancelled && !progress.is_over {
            progress.is_over = true;
            progress.verdict = Some(Outcome::Cancelled);
        }
        if progress.is_over || is_blocked {
            progress.results.push(skipped(step));
            continue;
        }
        let sandbox = shared.sandbox;
        sandbox.note(|record| record.job_state = JobState::Running { step: index });
        let count = shared.job.steps.len();
        sandbox.say(format!("step {} of {count}: {}", index + 1, step.name), Some(index));
        let result = match step::run(shared, jail, index, step).await {
            StepEnd::Ended(result) => result,
            // A jail that must be broken to obey a cancel was cancelled all the same.
            StepEnd::JailGone(_) if *shared.sandbox.stop_wish().borrow() == Stop::Cancel => {
                StepResult { exit: StepExit::Cancelled, ..skipped(step) }
            }
            StepEnd::JailGone(loss) => return Err(loss),
        };
        judge(shared, index, &result, progress);
        progress.results.push(result);
    }
    Ok(())
}

fn skipped(step: &JobStep) -> StepResult {
    StepResult {
        name: step.name.clone(),
        role: step.role,
        exit: StepExit::Skipped,
        limits_hit: vec![],
        duration_ms: 0,
        cpu_ms: 0,
        max_rss_bytes: 0,
    }
}

/// What a step's end means for the job. Checks decide nothing, except when they use up what
/// belongs to the whole job.
fn judge(shared: &Shared<'_>, step: u32, result: &StepResult, progress: &mut Progress) {
    let wall_ms = shared.sandbox.record().limits.wall_ms;
    let own_ms = shared.job.steps.get(step as usize).and_then(|step| step.timeout_ms);
    let outcome = match result.exit {
        StepExit::Code { code: 0 } | StepExit::Skipped => None,
        StepExit::Code { .. } | StepExit::Signal { .. } => Some(Outcome::Failed { step }),
        StepExit::TimedOut => Some(Outcome::TimedOut { step, limit_ms: own_ms.unwrap_or(wall_ms) }),
        StepExit::Limit { limit: Limit::Wall } => {
            Some(Outcome::TimedOut { step, limit_ms: wall_ms })
        }
        StepExit::Limit { limit } => Some(Outcome::LimitExceeded { step, limit }),
        StepExit::Cancelled => Some(Outcome::Cancelled),
    };
    let is_over = matches!(
        result.exit,
        StepExit::Cancelled | StepExit::Limit { limit: Limit::Wall | Limit::Cpu }
    );
    progress.is_over |= is_over;
    if result.exit == StepExit::Cancelled {
        progress.verdict = outcome;
    } else if result.role == Role::Step || is_over {
        progress.verdict = progress.verdict.or(outcome);
    }
}
