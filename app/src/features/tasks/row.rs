//! A task as one line of a list.

use domain::Timestamp;
use domain::run::RunState;
use domain::task::TaskStage;
use domain::views::{RunGlance, TaskSummary};
use leptos::prelude::*;

use crate::features::moments::{Ago, Lasting};
use crate::features::state_badges::{PriorityMark, RunGlyph, StageBadge};
use crate::routes::Route;
use crate::text::{failure, states, tasks as words};

/// A task as one line of a list; on phones, as a small card. The whole line leads to the task.
#[component]
pub fn TaskRow(
    /// The moment of the request.
    now: Timestamp,
    /// The task.
    task: TaskSummary,
) -> impl IntoView {
    let stage = task.state.stage();
    let href = Route::Task { key: task.key.clone() }.path();
    let labels: Vec<_> = task
        .labels
        .iter()
        .map(|label| view! { <span class="chip">{label.clone()}</span> })
        .collect();
    let priority = task.priority;
    view! {
        <li class="row">
            <span class="row-key">{task.key.to_string()}</span>
            <span class="row-main">
                <a class="row-title" href=href>
                    {task.title.clone()}
                </a>
                <span class="row-marks">
                    <PriorityMark priority/> {labels}
                </span>
            </span>
            <span class="row-state">
                <StageBadge stage/>
                <span class="row-reason">
                    {reason(&task)}
                    {waits(stage)
                        .then(|| {
                            view! {
                                <span class="row-since">
                                    <Lasting now since=task.state.since()/>
                                </span>
                            }
                        })}
                </span>
            </span>
            <span class="row-run">{task.run.map(|run| view! { <Glance run/> })}</span>
            <span class="row-when">
                <Ago now at=task.updated_at/>
            </span>
        </li>
    }
}

/// Whether the stage waits for something, so that how long matters.
const fn waits(stage: TaskStage) -> bool {
    !matches!(stage, TaskStage::Done | TaskStage::Cancelled | TaskStage::Backlog)
}

/// What the task waits for; while its run works, what the run does; when it failed, why.
fn reason(task: &TaskSummary) -> String {
    match (task.state.stage(), &task.run) {
        (TaskStage::Running, Some(run)) if run.state.is_live() => {
            if run.cancel.is_some() {
                words::STOPPING.to_owned()
            } else {
                states::run(&run.state).meaning.to_owned()
            }
        }
        (TaskStage::Failed, Some(RunGlance { state: RunState::Failed { reason, .. }, .. })) => {
            failure(reason).title
        }
        (TaskStage::Failed, Some(run)) if !matches!(run.state, RunState::Succeeded { .. }) => {
            states::run(&run.state).meaning.to_owned()
        }
        (TaskStage::Review, _) if task.gate_changed => words::GATE_CHANGED.to_owned(),
        _ => states::task_reason(&task.state).to_owned(),
    }
}

/// A run at a glance.
#[component]
fn Glance(run: RunGlance) -> impl IntoView {
    let href = Route::Run { id: run.id }.path();
    view! {
        <a class="run-glance" href=href>
            <RunGlyph state=run.state/>
            {words::attempt(run.attempt)}
        </a>
    }
}
