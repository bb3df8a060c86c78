//! What a run executes, and how each command ended as far as that is known.

use domain::project::Rule;
use domain::run::{FailureReason, Run, RunState};
use domain::validation::{Validation, ValidationState};
use leptos::prelude::*;

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
        .map(|(number, step)| line(step_end(number, &state), step.command))
        .collect();
    let checks: Vec<_> = run
        .plan
        .gate
        .requirements
        .into_iter()
        .filter_map(|requirement| match requirement.rule {
            Rule::CommandSucceeded { command } => {
                let verdict = validations.iter().find(|v| v.requirement.id == requirement.id);
                Some(line(check_end(verdict, &state), command))
            }
            Rule::TestReport { .. } | Rule::Approval => None,
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
}

fn line(end: End, command: String) -> AnyView {
    let (tone, icon, label) = match end {
        End::Good => (Tone::Good, IconName::CircleCheck, words::STEP_DONE),
        End::Bad => (Tone::Bad, IconName::CircleCross, words::STEP_FAILED),
        End::Skipped => (Tone::Quiet, IconName::CircleBar, words::STEP_SKIPPED),
        End::Open => (Tone::Quiet, IconName::CircleDashed, words::STEP_OPEN),
    };
    view! {
        <li class="step">
            <StatusGlyph tone icon label=label/>
            <code>{command}</code>
        </li>
    }
    .into_any()
}

fn step_end(number: u32, state: &RunState) -> End {
    match state {
        RunState::Succeeded { .. } => End::Good,
        RunState::Failed {
            reason:
                FailureReason::StepFailed { step, .. } | FailureReason::LimitExceeded { step, .. },
            ..
        } => match number.cmp(step) {
            core::cmp::Ordering::Less => End::Good,
            core::cmp::Ordering::Equal => End::Bad,
            core::cmp::Ordering::Greater => End::Skipped,
        },
        _ => End::Open,
    }
}

fn check_end(verdict: Option<&Validation>, state: &RunState) -> End {
    match verdict.map(|verdict| &verdict.state) {
        Some(ValidationState::Passed { .. }) => End::Good,
        Some(ValidationState::Failed { .. }) => End::Bad,
        _ if matches!(state, RunState::Failed { .. }) => End::Skipped,
        _ => End::Open,
    }
}
