//! A run's log on a page.

use domain::project::Rule;
use domain::run::{FailureReason, Run, RunState};
use leptos::prelude::*;

use crate::live::{LogView, protocol};
use crate::text::log as words;

/// Most characters of a command in a heading of the log.
const MAX_HEADING: usize = 160;

/// The log, live while the run is, and for good afterwards.
#[component]
pub fn LogPanel(
    /// The run.
    run: Run,
    /// Its state, as a reader may see it now.
    state: RunState,
) -> impl IntoView {
    let failed_step = match &state {
        RunState::Failed {
            reason:
                FailureReason::StepFailed { step, .. } | FailureReason::LimitExceeded { step, .. },
            ..
        } => Some(*step),
        _ => None,
    };
    let id = run.id.to_string();
    let text_path = protocol::log_text_path(&id);
    view! {
        <LogView run=id steps=headings(&run) failed_step is_live=state.is_live()/>
        <noscript>
            <p>{words::NO_SCRIPT} " " <a href=text_path>{words::WHOLE_TEXT}</a></p>
        </noscript>
    }
}

/// What each command is called: the steps, then the gate's commands.
fn headings(run: &Run) -> Vec<String> {
    let steps = run.plan.steps.iter().map(|step| step.command.as_str());
    let checks =
        run.plan.gate.requirements.iter().filter_map(|requirement| match &requirement.rule {
            Rule::CommandSucceeded { command } => Some(command.as_str()),
            Rule::TestReport { .. } | Rule::Approval => None,
        });
    steps
        .chain(checks)
        .map(|command| command.replace('\n', " ").chars().take(MAX_HEADING).collect())
        .collect()
}
