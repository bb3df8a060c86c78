//! What a run executes, and how each command ended as far as that is known.

use domain::project::Rule;
use domain::run::{FailureReason, Run, RunState};
use domain::validation::{Validation, ValidationState};
use leptos::prelude::*;

use super::failed_step;
use crate::text::runs as words;
use crate::ui::{IconName, StatusGlyph, Tone};

/// The steps, then the gate's commands.
#[component]
pub fn Steps(
    /// The run.
    run: Run,
    /// Its state, as a reader may see it now.
    state: RunState,
    /// Its verdicts.
    validations: Vec<Validation>,
) -> impl IntoView {
    let steps: Vec<_> = (1u32..)
        .zip(run.plan.steps)
        .map(|(number, step)| line(number, step_end(number, &state), step.command))
        .collect();
    let commands = run.plan.gate.requirements.into_iter().filter_map(|requirement| {
        let Rule::CommandSucceeded { command } = requirement.rule else { return None };
        Some((requirement.id, command))
    });
    // The log numbers them on from the steps.
    let first = u32::try_from(steps.len()).unwrap_or(u32::MAX).saturating_add(1);
    let checks: Vec<_> = (first..)
        .zip(commands)
        .map(|(number, (id, command))| {
            let verdict = validations.iter().find(|v| v.requirement.id == id);
            line(number, check_end(verdict, &state), command)
        })
        .collect();
    let for_gate = (!checks.is_empty()).then(|| {
        view! {
            <p class="steps-heading">{words::CHECKS}</p>
            <ol class="steps">{checks}</ol>
        }
    });
    view! {
        <ol class="steps">{steps}</ol>
        {for_gate}
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Good,
    Bad,
    Skipped,
    Open,
    Unknown,
}

fn line(number: u32, end: End, command: String) -> AnyView {
    let (tone, icon, label) = match end {
        End::Good => (Tone::Good, IconName::CircleCheck, words::STEP_DONE),
        End::Bad => (Tone::Bad, IconName::CircleCross, words::STEP_FAILED),
        End::Skipped => (Tone::Quiet, IconName::CircleBar, words::STEP_SKIPPED),
        End::Open => (Tone::Quiet, IconName::CircleDashed, words::STEP_OPEN),
        End::Unknown => (Tone::Quiet, IconName::Unknown, words::STEP_UNKNOWN),
    };
    view! {
        <li class="step" data-step=number>
            <StatusGlyph tone icon label=label/>
            <code>{command}</code>
        </li>
    }
    .into_any()
}

fn step_end(number: u32, state: &RunState) -> End {
    if let Some(failed) = failed_step(state) {
        return match number.cmp(&failed) {
            core::cmp::Ordering::Less => End::Good,
            core::cmp::Ordering::Equal => End::Bad,
            core::cmp::Ordering::Greater => End::Skipped,
        };
    }
    match state {
        RunState::Succeeded { .. } => End::Good,
        _ if state.is_live() => End::Open,
        _ if never_began(state) => End::Skipped,
        _ => End::Unknown,
    }
}

/// Whether the run ended before its first step.
const fn never_began(state: &RunState) -> bool {
    matches!(
        state,
        RunState::Failed {
            reason: FailureReason::SourceRejected { .. }
                | FailureReason::SourceMissing
                | FailureReason::SandboxUnavailable,
            ..
        }
    )
}

fn check_end(verdict: Option<&Validation>, state: &RunState) -> End {
    match verdict.map(|verdict| &verdict.state) {
        Some(ValidationState::Passed { .. }) => End::Good,
        Some(ValidationState::Failed { .. }) => End::Bad,
        _ if matches!(state, RunState::Failed { .. }) => End::Skipped,
        _ if state.is_live() => End::Open,
        _ => End::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;

    use super::*;

    #[test]
    fn no_step_of_an_ended_run_is_still_awaited() {
        let at = Timestamp(1);
        let failed = |reason| RunState::Failed { reason, at };
        let ended = [
            RunState::Succeeded { revision: String::new(), at },
            RunState::TimedOut { limit_ms: 1, at },
            RunState::Lost { at },
            failed(FailureReason::RunnerRestarted),
            failed(FailureReason::SourceMissing),
            failed(FailureReason::StepFailed { step: 2, exit_code: 1 }),
        ];
        for state in &ended {
            for number in 1..=3 {
                assert!(step_end(number, state) != End::Open, "{state:?}");
            }
            assert!(check_end(None, state) != End::Open, "{state:?}");
        }
        assert!(step_end(1, &RunState::Queued { since: at }) == End::Open);
        assert!(step_end(1, &failed(FailureReason::SourceMissing)) == End::Skipped);
        assert!(
            step_end(3, &failed(FailureReason::StepFailed { step: 2, exit_code: 1 }))
                == End::Skipped
        );
    }
}
