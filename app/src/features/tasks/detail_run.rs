//! A task's runs: the one under way or the last one, what it left, and all of them.

use domain::task::TaskState;
use domain::views::RunGlance;
use leptos::prelude::*;

use super::detail_page::TaskScene;
use crate::features::moments::Ago;
use crate::features::runs::{Changes, EvidenceList, RunOutcomeNotes, RunStateLine, StopForm};
use crate::features::state_badges::RunBadge;
use crate::features::validations::{VerdictScene, Verdicts};
use crate::routes::Route;
use crate::text::{runs as words, tasks, validations};
use crate::ui::{IconName, LinkButton, Panel, ScrollTable};

/// The run that the task's state is about, or its newest one, with its verdicts and files.
#[component]
pub(super) fn CurrentRun(scene: TaskScene) -> impl IntoView {
    let run = scene.detail.run.clone()?;
    let now = scene.page.now;
    let is_live = run.state_at(now).is_live();
    let title = if is_live { words::CURRENT } else { words::LAST };
    let open = if is_live { words::WATCH } else { words::OPEN };
    let href = Route::Run { id: run.id }.path();
    let lead = tasks::attempt(run.attempt);
    let line = view! { <RunStateLine run=run.clone() now/> }.into_any();
    let notes =
        view! { <RunOutcomeNotes run=run.clone() now people=scene.people.clone()/> }.into_any();
    let member = scene.page.member().cloned();
    let stop = view! { <StopForm run now member action="stop_run"/> }.into_any();
    let verdicts = verdicts(&scene);
    let files = files(&scene);
    Some(
        view! {
            <div class="stack-wide">
                <Panel title=title id="run" lead=lead>
                    <div class="stack">
                        {line} {notes}
                        <div class="task-actions">
                            <LinkButton label=open href=href icon=IconName::ArrowRight/> {stop}
                        </div>
                    </div>
                </Panel>
                {verdicts} {files}
            </div>
        }
        .into_any(),
    )
}

fn verdicts(scene: &TaskScene) -> Option<AnyView> {
    let detail = &scene.detail;
    let count = detail.validations.len();
    (count > 0).then(|| {
        let shown_with = VerdictScene {
            now: scene.page.now,
            people: scene.people.clone(),
            evidence: detail.evidence.clone(),
            gate_changed: scene.is_gate_changed(),
            is_waiting: matches!(detail.task.state, TaskState::Review { .. }),
        };
        let verdicts = view! {
            <Verdicts validations=detail.validations.clone() scene=shown_with/>
        }
        .into_any();
        view! { <Panel title=validations::VERDICTS id="verdicts" count>{verdicts}</Panel> }
            .into_any()
    })
}

fn files(scene: &TaskScene) -> Option<AnyView> {
    let evidence = scene.detail.evidence.clone();
    let count = evidence.len();
    (count > 0).then(|| {
        let changes = view! {
            <Changes evidence=evidence.clone() patch=scene.page.patch.clone()/>
        }
        .into_any();
        let list = view! { <EvidenceList evidence people=scene.people.clone()/> }.into_any();
        view! {
            <Panel title=words::CHANGES id="changes">{changes}</Panel>
            <Panel title=words::EVIDENCE id="evidence" count lead=words::EVIDENCE_LEAD>{list}</Panel>
        }
        .into_any()
    })
}

/// All of its runs, newest first.
#[component]
pub(super) fn RunTable(scene: TaskScene) -> impl IntoView {
    let count = scene.detail.runs.len();
    if count == 0 {
        return view! { <Panel title=words::ALL id="runs"><p class="muted">{words::NONE}</p></Panel> }
            .into_any();
    }
    let rows: Vec<_> = scene.detail.runs.iter().map(|run| row(run, &scene)).collect();
    // Attempts are numbered from 1: the newest one says how many there were.
    let newest = scene.detail.runs.first().map_or(0, |run| run.attempt);
    let total = usize::try_from(newest).unwrap_or(count).max(count);
    let lead = if total > count { words::newest(count) } else { String::new() };
    view! {
        <Panel title=words::ALL id="runs" count=total lead>
            <ScrollTable caption=words::ALL>
                <thead>
                    <tr>
                        <th scope="col">{words::COLUMN_RUN}</th>
                        <th scope="col">{words::COLUMN_STATE}</th>
                        <th scope="col">{words::COLUMN_STARTED_BY}</th>
                        <th scope="col">{words::COLUMN_QUEUED}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </ScrollTable>
        </Panel>
    }
    .into_any()
}

fn row(run: &RunGlance, scene: &TaskScene) -> AnyView {
    let href = Route::Run { id: run.id }.path();
    let who =
        if run.is_retry { words::RETRY.to_owned() } else { scene.people.name(run.started_by) };
    let (now, at) = (scene.page.now, run.queued_at);
    view! {
        <tr>
            <td class="nowrap"><a href=href>{tasks::attempt(run.attempt)}</a></td>
            <td><RunBadge state=run.state.clone()/></td>
            <td>{who}</td>
            <td class="nowrap"><Ago now at/></td>
        </tr>
    }
    .into_any()
}
