//! From what a host reports to what a run's end says. Pure.

use domain::Timestamp;
use domain::ids::{EvidenceId, RunId};
use domain::ports::Random;
use domain::project::Rule;
use domain::run::EvidenceKind;
use domain::run::{CheckResult, FailureReason, JobEnd, LimitKind, Run, RunPlan};
use domain::sandbox::protocol as host;
use sha2::{Digest, Sha256};

use super::RunAccess;

/// Length of a hash in hexadecimal.
const SHA256_DIGITS: usize = 64;
/// Longest reason of a host's that is kept, in characters.
const MAX_DETAIL_CHARS: usize = 300;

/// The variables by which a step finds the API: its address, its run, and the run's token.
const URL_VARIABLE: &str = "MONOTASK_URL";
const RUN_VARIABLE: &str = "MONOTASK_RUN";
const TOKEN_VARIABLE: &str = "MONOTASK_RUN_TOKEN";

/// The job that a run's plan is for its host: the task's steps, then the gate's commands under
/// their requirements' ids.
pub fn job_of(run: &Run, access: Option<RunAccess>) -> host::Job {
    let plan = &run.plan;
    let mut steps: Vec<host::JobStep> = plan
        .steps
        .iter()
        .zip(1_u32..)
        .map(|(step, number)| host::JobStep {
            name: format!("step-{number}"),
            command: step.command.clone(),
            role: host::Role::Step,
            timeout_ms: None,
        })
        .collect();
    for requirement in &plan.gate.requirements {
        if let Rule::CommandSucceeded { command } = &requirement.rule {
            steps.push(host::JobStep {
                name: requirement.id.clone(),
                command: command.clone(),
                role: host::Role::Check,
                timeout_ms: None,
            });
        }
    }
    let mut reports: Vec<String> = vec![];
    for pattern in report_patterns(plan) {
        if !reports.iter().any(|known| known == pattern) {
            reports.push(pattern.to_owned());
        }
    }
    let artifacts = plan.artifacts.clone();
    let mut environment = vec![variable(RUN_VARIABLE, run.id.to_string())];
    let mut secrets = vec![];
    if let Some(RunAccess { url, token }) = access {
        environment.extend(url.map(|url| variable(URL_VARIABLE, url)));
        secrets.push(host::Secret { name: TOKEN_VARIABLE.to_owned(), value: token });
    }
    let job_id = run.id.to_string();
    host::Job { job_id, steps, artifacts, reports, keep_going: false, environment, secrets }
}

fn variable(name: &str, value: String) -> host::Variable {
    host::Variable { name: name.to_owned(), value }
}

/// The patterns under which the gate expects test reports.
fn report_patterns(plan: &RunPlan) -> impl Iterator<Item = &str> {
    plan.gate.requirements.iter().filter_map(|requirement| match &requirement.rule {
        Rule::TestReport { pattern } => Some(pattern.as_str()),
        Rule::CommandSucceeded { .. } | Rule::Approval => None,
    })
}

/// What a captured file is evidence of.
pub fn kind_of(plan: &RunPlan, file: &host::CapturedFile, media_type: &str) -> EvidenceKind {
    if file.kind == host::FileKind::Diff {
        EvidenceKind::Diff
    } else if report_patterns(plan).any(|pattern| fast_glob::glob_match(pattern, &file.path)) {
        EvidenceKind::TestReport
    } else if media_type.starts_with("image/") {
        EvidenceKind::Screenshot
    } else {
        EvidenceKind::Artifact
    }
}

/// The id of a run's file: always the same one, so that keeping it twice doubles nothing.
pub fn evidence_id(run: RunId, queued_at: Timestamp, file: &host::CapturedFile) -> EvidenceId {
    let mut digest = Sha256::new();
    digest.update(run.to_string().as_bytes());
    digest.update(if file.kind == host::FileKind::Diff { b"\ndiff\n" } else { b"\nfile\n" });
    digest.update(file.path.as_bytes());
    EvidenceId::generate(queued_at, &Fixed(digest.finalize().into()))
}

struct Fixed([u8; 32]);

impl Random for Fixed {
    fn fill(&self, bytes: &mut [u8]) {
        for (byte, value) in bytes.iter_mut().zip(self.0.iter().cycle()) {
            *byte = *value;
        }
    }
}

/// The reports that a gate asks for and that weren't kept, at most as many as a host lists.
pub fn skipped_reports(plan: &RunPlan, results: &host::Results) -> Vec<host::SkippedFile> {
    let is_report =
        |path: &str| report_patterns(plan).any(|pattern| fast_glob::glob_match(pattern, path));
    let skipped = results.skipped_files.iter().filter(|file| is_report(&file.path));
    skipped
        .take(host::MAX_FILES)
        .map(|file| {
            let end = file.path.floor_char_boundary(host::MAX_PATH_BYTES);
            let path = file.path.get(..end).unwrap_or_default().to_owned();
            host::SkippedFile { path, reason: file.reason }
        })
        .collect()
}

/// The captured files that are within what a host may give: what is remembered must stay small.
pub fn usable_files(files: Vec<host::CapturedFile>) -> Vec<host::CapturedFile> {
    let is_usable = |file: &host::CapturedFile| {
        host::is_usable_path(&file.path) && file.sha256.len() == SHA256_DIGITS
    };
    files.into_iter().filter(is_usable).take(host::MAX_FILES.saturating_add(1)).collect()
}

/// How a finished job ended. Without its diff nobody could review it, so it didn't succeed.
pub fn end_of(results: &host::Results) -> JobEnd {
    match results.outcome {
        host::Outcome::Succeeded => match lost_change(results) {
            Some(reason) => JobEnd::Failed(reason),
            None => JobEnd::Completed,
        },
        host::Outcome::Failed { step } => failed_step(results, step),
        host::Outcome::LimitExceeded { step, limit } => limit_end(results, step, limit),
        host::Outcome::TimedOut { limit_ms, .. } => JobEnd::TimedOut { limit_ms },
        host::Outcome::Cancelled => JobEnd::Cancelled,
    }
}

fn lost_change(results: &host::Results) -> Option<FailureReason> {
    match &results.revision {
        host::Revision::Unavailable { detail } => Some(FailureReason::ChangeUnknown {
            detail: detail.chars().filter(|c| !c.is_control()).take(MAX_DETAIL_CHARS).collect(),
        }),
        host::Revision::Produced { diff_bytes, .. } if *diff_bytes > host::MAX_FILE_BYTES => {
            Some(FailureReason::ChangeTooLarge { bytes: *diff_bytes })
        }
        host::Revision::Produced { diff_sha256, .. } => {
            let is_kept = results
                .files
                .iter()
                .any(|file| file.kind == host::FileKind::Diff && file.sha256 == *diff_sha256);
            let detail = || "the runner lost it".to_owned();
            (!is_kept).then(|| FailureReason::ChangeUnknown { detail: detail() })
        }
    }
}

fn failed_step(results: &host::Results, step: u32) -> JobEnd {
    let exit = usize::try_from(step).ok().and_then(|index| results.steps.get(index));
    // What fails while it runs against a limit fails of it.
    let is_hit = |limit: &host::Limit| exit.is_some_and(|step| step.limits_hit.contains(limit));
    if let Some(limit) = [host::Limit::Disk, host::Limit::Processes].into_iter().find(is_hit) {
        return limit_end(results, step, limit);
    }
    let exit_code = match exit.map(|result| result.exit) {
        Some(host::StepExit::Code { code }) => code,
        Some(host::StepExit::Signal { signal }) => signal.saturating_add(128),
        Some(host::StepExit::Limit { limit }) => return limit_end(results, step, limit),
        Some(host::StepExit::Cancelled) => return JobEnd::Cancelled,
        Some(host::StepExit::TimedOut) => {
            return JobEnd::TimedOut { limit_ms: wall_of(results) };
        }
        Some(host::StepExit::Skipped) | None => {
            return JobEnd::Failed(FailureReason::ReportInvalid);
        }
    };
    JobEnd::Failed(FailureReason::StepFailed { step: step.saturating_add(1), exit_code })
}

fn limit_end(results: &host::Results, step: u32, limit: host::Limit) -> JobEnd {
    let limit = match limit {
        host::Limit::Wall => return JobEnd::TimedOut { limit_ms: wall_of(results) },
        host::Limit::Cpu => LimitKind::CpuTime,
        host::Limit::Memory => LimitKind::Memory,
        host::Limit::Processes => LimitKind::Processes,
        // Output past its limit is dropped, it ends nothing; what is left is what fills a disk.
        host::Limit::FileSize | host::Limit::Disk | host::Limit::Output => LimitKind::Disk,
    };
    JobEnd::Failed(FailureReason::LimitExceeded { step: step.saturating_add(1), limit })
}

fn wall_of(results: &host::Results) -> u64 {
    results.finished_at_ms.saturating_sub(results.started_at_ms)
}

/// How a job ended whose jail was lost under it.
pub fn loss_end(reason: &host::JailLoss, step: u32) -> JobEnd {
    JobEnd::Failed(match reason {
        host::JailLoss::RunnerRestarted => FailureReason::RunnerRestarted,
        host::JailLoss::JailDied { .. } => FailureReason::SandboxUnavailable,
        host::JailLoss::OutOfMemory => {
            FailureReason::LimitExceeded { step: step.saturating_add(1), limit: LimitKind::Memory }
        }
        host::JailLoss::Cancelled => return JobEnd::Cancelled,
    })
}

/// The exits of the gate's commands that were run.
pub fn checks_of(results: &host::Results) -> Vec<CheckResult> {
    results
        .steps
        .iter()
        .filter(|result| result.role == host::Role::Check)
        .filter(|result| result.exit != host::StepExit::Skipped)
        .map(|result| CheckResult {
            requirement: result.name.clone(),
            exit_code: match result.exit {
                host::StepExit::Code { code } => Some(code),
                _ => None,
            },
        })
        .collect()
}

/// SHA-256 of the produced diff, if the host could tell it.
pub fn diff_of(results: &host::Results) -> Option<&str> {
    match &results.revision {
        host::Revision::Produced { diff_sha256, .. } => Some(diff_sha256),
        host::Revision::Unavailable { .. } => None,
    }
}
