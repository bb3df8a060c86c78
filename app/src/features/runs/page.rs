//! One run: its state, its log, what it left.

use std::sync::Arc;

use domain::task::TaskState;
use domain::views::RunDetail;
use leptos::prelude::*;

use super::steps::Steps;
use super::{
    Changes, EvidenceList, LogPanel, RunOutcomeNotes, RunStateLine, StopForm, failed_step,
};
use crate::features::moments::Ago;
use crate::features::people::People;
use crate::features::sandboxes::IsolationWarning;
use crate::features::validations::{VerdictScene, Verdicts};
use crate::live::LiveRegion;
use crate::page::Loaded;
use crate::routes::Route;
use crate::text::{amounts, log, runs as words, validations};
use crate::ui::{Fact, Facts, PageHeader, Panel};

/// A run's page.
#[component]
pub fn RunPage(
    /// The page.
    page: Arc<Loaded>,
    /// The run and everything around it.
    detail: RunDetail,
) -> impl IntoView {
    let now = page.now;
    let people = People::of(&page, &detail.people);
    let run = detail.run.clone();
    let state = run.state_at(now);
    let title = page.title();
    let lead = detail.task.content.title.clone();
    let member = page.member().cloned();
    let isolation = view! { <IsolationWarning sandbox=detail.sandbox.clone()/> }.into_any();
    let line = view! { <RunStateLine run=run.clone() now/> }.into_any();
    let notes = view! { <RunOutcomeNotes run=run.clone() now people=people.clone()/> }.into_any();
    let stop = view! { <StopForm run=run.clone() now member action="cancel"/> }.into_any();
    let failed = failed_step(&state);
    let head = view! {
        <LiveRegion name="run-state">
            <div class="stack" data-failed-step=failed>{line} {isolation} {notes} {stop}</div>
        </LiveRegion>
    }
    .into_any();
    let lines = view! { <LogPanel run state log=page.log.clone()/> }.into_any();
    let logs = view! { <Panel title=log::TITLE id="log">{lines}</Panel> }.into_any();
    let results = results(&page, &detail, people.clone());
    let side = facts(&page, &detail, &people);
    view! {
        <PageHeader title=title lead=lead/>
        <div class="detail">
            <div class="detail-main">{head} {logs} {results}</div>
            <aside class="detail-side">
                <LiveRegion name="run-facts">{side}</LiveRegion>
            </aside>
        </div>
    }
    .into_any()
}

fn results(page: &Loaded, detail: &RunDetail, people: People) -> AnyView {
    let run = &detail.run;
    let state = run.state_at(page.now);
    let evidence = detail.evidence.clone();
    let people_of_files = people.clone();
    let verdicts = if detail.validations.is_empty() {
        let why =
            if state.is_live() { validations::VERDICTS_LATER } else { validations::VERDICTS_NONE };
        view! { <p class="muted">{why}</p> }.into_any()
    } else {
        let gate_changed = detail.gate_changed;
        let is_waiting = matches!(detail.task.state, TaskState::Review { run: waiting, .. } if waiting == run.id);
        let evidence = evidence.clone();
        let scene = VerdictScene { now: page.now, people, evidence, gate_changed, is_waiting };
        view! { <Verdicts validations=detail.validations.clone() scene/> }.into_any()
    };
    let files = if evidence.is_empty() {
        let why = if state.is_live() { words::EVIDENCE_LATER } else { words::NO_EVIDENCE };
        view! { <p class="muted">{why}</p> }.into_any()
    } else {
        view! {
            <Changes evidence=evidence.clone() patch=page.patch.clone()/>
            <EvidenceList evidence=evidence people=people_of_files/>
        }
        .into_any()
    };
    let steps =
        view! { <Steps run=run.clone() state validations=detail.validations.clone()/> }.into_any();
    view! {
        <LiveRegion name="run-results">
            <div class="stack-wide">
                <Panel title=words::STEPS id="steps">{steps}</Panel>
                <Panel title=validations::VERDICTS id="verdicts">{verdicts}</Panel>
                <Panel title=words::EVIDENCE id="evidence" lead=words::EVIDENCE_LEAD>{files}</Panel>
            </div>
        </LiveRegion>
    }
    .into_any()
}

fn facts(page: &Loaded, detail: &RunDetail, people: &People) -> AnyView {
    let run = &detail.run;
    let now = page.now;
    let task = Route::Task { key: detail.task.key.clone() }.path();
    let agent = detail.agents.iter().find(|agent| agent.id == run.producers.agent);
    let agent = agent.map(|agent| agent.name.clone());
    let started_by = match run.retry_of {
        Some(_) => words::RETRY.to_owned(),
        None => people.name(run.producers.started_by),
    };
    let sandbox = run.sandbox.map(|id| {
        let href = Route::Sandbox { id }.path();
        view! { <Fact label=words::SANDBOX><a href=href>{words::OPEN_SANDBOX}</a></Fact> }
            .into_any()
    });
    let repeats = run.retry_of.map(|id| {
        let href = Route::Run { id }.path();
        view! { <Fact label=words::REPEATS><a href=href>{words::EARLIER_RUN}</a></Fact> }.into_any()
    });
    let state = run.state_at(now);
    // The wait for a free place isn't work: it counts from when its sandbox was asked for.
    let took = detail.sandbox.as_ref().filter(|_| !state.is_live()).map(|sandbox| {
        let ms = u64::try_from(state.since().ms_since(sandbox.created_at)).unwrap_or(0);
        view! { <Fact label=words::TOOK>{amounts::duration_ms(ms)}</Fact> }.into_any()
    });
    let source = run.plan.source.name.clone();
    let steps_by = people.name(run.producers.steps_author);
    let at = run.queued_at;
    let attempt = run.attempt;
    let key = detail.task.key.to_string();
    view! {
        <Panel title=words::ABOUT id="about">
            <Facts>
                <Fact label=words::TASK><a href=task>{key}</a></Fact>
                <Fact label=words::ATTEMPT>{attempt}</Fact>
                <Fact label=words::AGENT>{agent}</Fact>
                <Fact label=words::STARTED_BY>{started_by}</Fact>
                <Fact label=words::STEPS_BY>{steps_by}</Fact>
                <Fact label=words::QUEUED><Ago now at/></Fact>
                {took} {sandbox} {repeats}
                <Fact label=words::SOURCE>{source}</Fact>
            </Facts>
        </Panel>
    }
    .into_any()
}
