//! Judging a revision by the gate it was started under.

use crate::context::Context;
use crate::ids::{EvidenceId, ValidationId};
use crate::project::Rule;
use crate::run::{ReportFile, Run, RunReport, Uncaptured};
use crate::sandbox::protocol::MAX_PATH_BYTES;
use crate::validation::junit::MAX_NAMES;
use crate::validation::{Finding, Validation, ValidationState};

/// One validation for each requirement of the run's gate. Without a report (which then can't
/// have succeeded) every automatic requirement counts as unmet.
pub fn judge(
    ctx: &Context,
    run: &Run,
    revision: &str,
    report: Option<&RunReport>,
) -> Vec<Validation> {
    let mut validations = vec![];
    for (position, requirement) in run.plan.gate.requirements.iter().enumerate() {
        let (state, evidence) = verdict(ctx, &requirement.id, &requirement.rule, report);
        validations.push(Validation {
            id: ValidationId::generate(ctx.now(), &*ctx.random),
            workspace: run.workspace,
            project: run.project,
            task: run.task,
            run: run.id,
            revision: revision.to_owned(),
            requirement: requirement.clone(),
            position: u32::try_from(position).unwrap_or(u32::MAX),
            state,
            evidence,
            opened_at: ctx.now(),
        });
    }
    validations
}

fn verdict(
    ctx: &Context,
    id: &str,
    rule: &Rule,
    report: Option<&RunReport>,
) -> (ValidationState, Vec<EvidenceId>) {
    let at = ctx.now();
    let (finding, evidence) = match rule {
        Rule::Approval => return (ValidationState::AwaitingReview { since: at }, vec![]),
        Rule::CommandSucceeded { .. } => (judge_command(id, report), vec![]),
        Rule::TestReport { pattern } => {
            let files = report.map(|r| r.reports.as_slice()).unwrap_or_default();
            let (finding, evidence) = judge_reports(pattern, files);
            // A report that couldn't be kept may be the one that says what failed.
            let uncaptured = report.and_then(|r| judge_uncaptured(pattern, &r.uncaptured));
            // That it is missing says less than why.
            let finding = finding.filter(|f| uncaptured.is_none() || *f != Finding::ReportMissing);
            (finding.or(uncaptured), evidence)
        }
    };
    let state = match finding {
        None => ValidationState::Passed { at },
        Some(finding) => ValidationState::Failed { finding, at },
    };
    (state, evidence)
}

fn judge_command(id: &str, report: Option<&RunReport>) -> Option<Finding> {
    let check = report.and_then(|r| r.checks.iter().find(|check| check.requirement == id));
    match check.map(|check| check.exit_code) {
        None => Some(Finding::CommandNotRun),
        Some(Some(0)) => None,
        Some(exit_code) => Some(Finding::CommandFailed { exit_code }),
    }
}

fn judge_uncaptured(pattern: &str, uncaptured: &Uncaptured) -> Option<Finding> {
    // A path as long as paths may be may have been cut: nobody knows whether the rest matches.
    let may_match = |path: &str| {
        fast_glob::glob_match(pattern, path) || path.len().saturating_add(4) > MAX_PATH_BYTES
    };
    let skipped = uncaptured.files.iter().find(|file| may_match(&file.path));
    match skipped {
        Some(file) => Some(Finding::ReportNotKept { path: file.path.clone(), reason: file.reason }),
        None => uncaptured.is_partial.then_some(Finding::CaptureIncomplete),
    }
}

fn judge_reports(pattern: &str, files: &[ReportFile]) -> (Option<Finding>, Vec<EvidenceId>) {
    let matching: Vec<_> =
        files.iter().filter(|file| fast_glob::glob_match(pattern, &file.path)).collect();
    let evidence = matching.iter().map(|file| file.evidence).collect();
    if matching.is_empty() {
        return (Some(Finding::ReportMissing), evidence);
    }
    let (mut total, mut failed, mut names) = (0u32, 0u32, vec![]);
    for file in matching {
        match &file.report {
            Err(problem) => {
                let path = file.path.clone();
                return (Some(Finding::ReportUnreadable { path, problem: *problem }), evidence);
            }
            Ok(report) => {
                total = total.saturating_add(report.ran());
                failed = failed.saturating_add(report.failed);
                names.extend(report.failed_names.iter().cloned());
            }
        }
    }
    names.truncate(MAX_NAMES);
    let finding = if failed > 0 {
        Some(Finding::TestsFailed { failed, total, names })
    } else if total == 0 {
        Some(Finding::NoTests)
    } else {
        None
    };
    (finding, evidence)
}
