//! Why runs fail and requirements aren't met, and what to do about each.

use domain::run::{FailureReason, LimitKind, RunState};
use domain::sandbox::protocol::SkipReason;
use domain::validation::{Finding, ReportProblem};

use super::{Message, amounts};

/// Why a run failed, and what to do.
#[must_use]
pub fn failure(reason: &FailureReason) -> Message {
    match reason {
        FailureReason::StepFailed { step, exit_code } => Message {
            title: format!("Step {step} failed with exit code {exit_code}"),
            advice: "Its last lines of output say why. Change the step or the source, then run \
                     the task again."
                .to_owned(),
        },
        FailureReason::LimitExceeded { step, limit } => exceeded(*step, *limit),
        FailureReason::SourceRejected { detail } => Message {
            title: format!("The source couldn't be unpacked: {detail}"),
            advice: "Upload it again in the project's settings: a git bundle, or a tar archive \
                     whose paths stay inside it."
                .to_owned(),
        },
        FailureReason::SourceMissing => Message {
            title: "The source isn't in the store any more".to_owned(),
            advice: "Upload it again in the project's settings.".to_owned(),
        },
        FailureReason::ChangeTooLarge { bytes } => Message {
            title: format!("The change is too large to be kept: {}", amounts::bytes(*bytes)),
            advice: "A change nobody can read isn't reviewed. Let the steps write what they build \
                     to a place that the source ignores, or split the task."
                .to_owned(),
        },
        FailureReason::ChangeUnknown { detail } => Message {
            title: format!("What the steps changed isn't known: {detail}"),
            advice: "Nothing is reviewed without its change. Look for a step that removes or \
                     replaces the work directory, then run the task again."
                .to_owned(),
        },
        FailureReason::SandboxUnavailable => Message {
            title: "No sandbox could be made".to_owned(),
            advice: "This passes by itself; the run is repeated. If it stays, check that the \
                     runner is up."
                .to_owned(),
        },
        FailureReason::RunnerRestarted => Message {
            title: "The machine that ran the sandbox restarted".to_owned(),
            advice: "Nothing is wrong with the task; the run is repeated by itself.".to_owned(),
        },
        FailureReason::ReportInvalid => Message {
            title: "The sandbox reported something that can't be".to_owned(),
            advice: "This is a fault of ours. Run the task again; if it stays, report the run's \
                     address."
                .to_owned(),
        },
    }
}

fn exceeded(step: u32, limit: LimitKind) -> Message {
    let (what, advice) = match limit {
        LimitKind::CpuTime => ("processor time", "Split the step, or make it do less."),
        LimitKind::Memory => ("memory", "Let it use less at once, such as fewer parallel jobs."),
        LimitKind::Processes => ("processes", "Let it start fewer at once, and end them."),
        LimitKind::Disk => ("disk space", "Let it write less, or remove what it doesn't need."),
    };
    Message {
        title: format!("Step {step} needed more {what} than the sandbox grants"),
        advice: advice.to_owned(),
    }
}

/// What to do about a run that has ended; none for one that lives or succeeded.
#[must_use]
pub fn outcome_advice(state: &RunState) -> Option<Message> {
    match state {
        RunState::Failed { reason, .. } => Some(failure(reason)),
        RunState::TimedOut { limit_ms, .. } => Some(Message {
            title: format!("The run took longer than {}", amounts::duration_ms(*limit_ms)),
            advice: "Look for a step that waits or loops, or split the task.".to_owned(),
        }),
        RunState::Lost { .. } => Some(Message {
            title: "Nobody heard from this run any more".to_owned(),
            advice: "Its lease expired, so its place was given back. What it had captured is \
                     kept. Run the task again."
                .to_owned(),
        }),
        RunState::Cancelled { .. } => Some(Message {
            title: "The run was stopped".to_owned(),
            advice: "What it had captured is kept. Run the task again when you like.".to_owned(),
        }),
        RunState::Queued { .. }
        | RunState::Provisioning { .. }
        | RunState::Running { .. }
        | RunState::Succeeded { .. } => None,
    }
}

/// Why a requirement isn't met.
#[must_use]
pub fn finding(finding: &Finding) -> String {
    match finding {
        Finding::CommandFailed { exit_code: Some(code) } => {
            format!("The command ended with exit code {code}.")
        }
        Finding::CommandFailed { exit_code: None } => {
            "The command didn't end by itself.".to_owned()
        }
        Finding::CommandNotRun => "The command wasn't run.".to_owned(),
        Finding::ReportMissing => {
            "No file matches the pattern. Check where the tests write their report.".to_owned()
        }
        Finding::ReportUnreadable { path, problem } => format!("{path} {}", unreadable(*problem)),
        Finding::ReportNotKept { path, reason } => {
            format!("{path} matches and {}, so nobody knows what it says.", not_kept(*reason))
        }
        Finding::CaptureIncomplete => {
            "Not every file that the run left could be kept: a report may be missing. Let the task \
             leave fewer or smaller files, then run it again."
                .to_owned()
        }
        Finding::NoTests => "The report holds no test that was run.".to_owned(),
        Finding::TestsFailed { failed, total, names } => {
            let mut text = format!("{failed} of {total} tests failed");
            if !names.is_empty() {
                text.push_str(": ");
                text.push_str(&names.join(", "));
                if names.len() < *failed as usize {
                    text.push_str(" and more");
                }
            }
            text.push('.');
            text
        }
    }
}

const fn not_kept(reason: SkipReason) -> &'static str {
    match reason {
        SkipReason::Symlink => "is a link, which isn't followed",
        SkipReason::NotRegular => "isn't a regular file",
        SkipReason::TooLarge => "was too large to keep",
        SkipReason::TooMany => "came after more files than are kept",
        SkipReason::TotalTooLarge => "came after more bytes than are kept",
        SkipReason::Unreadable => "couldn't be read",
        SkipReason::BadName => "has a path that is too long or holds control characters",
    }
}

const fn unreadable(problem: ReportProblem) -> &'static str {
    match problem {
        ReportProblem::Empty => "is empty.",
        ReportProblem::TooLarge => "is too large to be read.",
        ReportProblem::Malformed => "isn't well-formed XML.",
        ReportProblem::NotJunit => "isn't a JUnit report.",
        ReportProblem::Hostile => "declares entities or nests too deep to be read safely.",
    }
}
