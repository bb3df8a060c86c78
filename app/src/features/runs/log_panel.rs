//! A run's log on a page.

use domain::project::Rule;
use domain::run::{Run, RunState};
use leptos::prelude::*;

use super::served_log::ServedLog;
use crate::live::LogView;
use crate::page::LogTail;

/// Most characters of a command in a heading of the log.
const MAX_HEADING: usize = 160;

/// The log, live while the run is, and for good afterwards.
#[component]
pub fn LogPanel(
    /// The run.
    run: Run,
    /// Its state, as a reader may see it now.
    state: RunState,
    /// Its newest lines, as far as the page has them.
    log: Option<LogTail>,
) -> impl IntoView {
    let failed_step = super::failed_step(&state);
    let is_live = state.is_live();
    let steps = headings(&run);
    let id = run.id.to_string();
    view! {
        <LogView run=id steps=steps.clone() failed_step is_live/>
        <ServedLog log steps is_live/>
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
