//! One sandbox.

use std::sync::Arc;

use domain::Timestamp;
use domain::actor::Permission;
use domain::error::Refusal;
use domain::sandbox::{Sandbox, SandboxState};
use domain::task::TaskKey;
use domain::views::{RunGlance, SandboxSummary, WhoseSandbox};
use leptos::prelude::*;

use super::isolation::{IsolationWarning, is_unsafe};
use super::standalone;
use crate::features::moments::{Ago, Lasting};
use crate::features::runs::ServedLog;
use crate::features::state_badges::{RunBadge, SandboxBadge};
use crate::live::{LiveRegion, LogView, Say};
use crate::page::{Loaded, LogTail};
use crate::routes::Route;
use crate::text::{self, sandboxes as words, states, tasks};
use crate::ui::{Button, ButtonKind, Fact, Facts, Form, IconName, Notice, PageHeader, Panel, Tone};

/// A sandbox's page.
#[component]
pub fn SandboxPage(
    /// The page.
    page: Arc<Loaded>,
    /// The sandbox and its run.
    sandbox: SandboxSummary,
) -> impl IntoView {
    let now = page.now;
    let state = sandbox.sandbox.state.clone();
    let failed = match &state {
        SandboxState::Failed { reason, .. } => {
            let reason = words::failure(reason);
            Some(view! { <Notice tone=Tone::Bad title=words::FAILED advice=reason/> }.into_any())
        }
        _ => None,
    };
    let since = state.since();
    let meaning = states::sandbox(&state).meaning;
    let log = page.log.clone();
    let parts = match sandbox.whose.clone() {
        WhoseSandbox::Run { task_key, run, .. } => {
            of_run(&page, &sandbox.sandbox, task_key, *run, log)
        }
        WhoseSandbox::Person { .. } => standalone::parts(&page, &sandbox, log),
    };
    let Parts { stop, facts, main } = parts;
    let moment = if state.is_alive() {
        view! { <Lasting now since/> }.into_any()
    } else {
        view! { <Ago now at=since/> }.into_any()
    };
    let isolation = view! { <IsolationWarning sandbox=Some(sandbox.sandbox.clone())/> }.into_any();
    let lead = words::lead(&sandbox.whose);
    let limits = limits(&sandbox.sandbox);
    view! {
        <PageHeader title=page.title() lead/>
        <div class="detail">
            <div class="detail-main">
                <LiveRegion name="sandbox-state">
                    <div class="stack">
                        <p class="state-line">
                            <Say about=words::SANDBOX>
                                <SandboxBadge state/> " " <span class="muted">{meaning}</span>
                            </Say>
                            <span class="muted">{moment}</span>
                        </p>
                        {isolation} {failed} {stop}
                    </div>
                </LiveRegion>
                {main}
            </div>
            <aside class="detail-side">
                <LiveRegion name="sandbox-facts">{facts}</LiveRegion>
                {limits}
            </aside>
        </div>
    }
    .into_any()
}

/// What depends on whose a sandbox is.
pub(super) struct Parts {
    pub stop: Option<AnyView>,
    pub facts: AnyView,
    pub main: AnyView,
}

fn of_run(
    page: &Loaded,
    sandbox: &Sandbox,
    task: TaskKey,
    run: RunGlance,
    log: Option<LogTail>,
) -> Parts {
    let is_live = run.state.is_live();
    let id = run.id.to_string();
    let main = view! {
        <Panel title=words::LOG id="log">
            <LogView run=id steps=vec![] failed_step=None is_live/>
            <ServedLog log steps=vec![] is_live/>
        </Panel>
    }
    .into_any();
    Parts { stop: stop(page, sandbox, &run), facts: facts(sandbox, &task, run, page.now), main }
}

fn stop(page: &Loaded, sandbox: &Sandbox, run: &RunGlance) -> Option<AnyView> {
    let member = page.member()?;
    if !sandbox.state.is_alive() {
        return None;
    }
    if !run.state.is_live() {
        // Nobody has to stop it: what outlives its run is looked for and taken down.
        return Some(view! { <p class="muted">{words::OUTLIVED}</p> }.into_any());
    }
    let refusal = match member.check(Permission::OperateRuns) {
        Err(refusal) => Some(refusal),
        Ok(()) => run.cancel.as_ref().map(|_| Refusal::AlreadyStopping),
    };
    Some(stop_form(refusal.as_ref(), words::STOP_MEANING))
}

/// The button that stops a sandbox, or why it can't be pressed.
pub(super) fn stop_form(refusal: Option<&Refusal>, meaning: &'static str) -> AnyView {
    let because = refusal.map(text::refusal);
    let meaning = because.is_none().then(|| view! { <p class="muted">{meaning}</p> }.into_any());
    view! {
            <div class="action-line">
                <Form action="stop" class="inline-form">
                    <Button
                        label=words::STOP
                        kind=ButtonKind::Danger
                        icon=IconName::Stop
                        disabled_because=because
                    />
                </Form>
                {meaning}
            </div>
    }
    .into_any()
}

fn facts(sandbox: &Sandbox, task: &TaskKey, run: RunGlance, now: Timestamp) -> AnyView {
    let key = task.to_string();
    let task = Route::Task { key: task.clone() }.path();
    let attempt = tasks::attempt(run.attempt);
    let (run, run_state) = (Route::Run { id: run.id }.path(), run.state);
    let at = sandbox.created_at;
    let span = if sandbox.state.is_alive() {
        let wall = i64::try_from(sandbox.request.spec.wall_ms).unwrap_or(i64::MAX);
        let left = wall.saturating_sub(now.ms_since(at));
        view! { <Fact label=words::LEFT>{words::time_left(left)}</Fact> }.into_any()
    } else {
        let lived = words::lived(sandbox);
        view! { <Fact label=words::LIVED>{lived}</Fact> }.into_any()
    };
    view! {
        <Panel title=words::ABOUT id="about">
            <Facts>
                <Fact label=words::TASK><a href=task>{key}</a></Fact>
                <Fact label=words::RUN><a href=run>{attempt}</a></Fact>
                <Fact label=words::COLUMN_STATE><RunBadge state=run_state/></Fact>
                <Fact label=words::MADE><Ago now at/></Fact>
                {span}
            </Facts>
        </Panel>
    }
    .into_any()
}

fn limits(sandbox: &Sandbox) -> AnyView {
    let limits: Vec<_> = words::limits(&sandbox.request.spec)
        .into_iter()
        .map(|(name, amount)| view! { <Fact label=name>{amount}</Fact> }.into_any())
        .collect();
    let network = if is_unsafe(sandbox) { words::HOST_NETWORK } else { words::NO_NETWORK };
    view! {
        <Panel title=words::LIMITS id="limits" lead=words::LIMITS_LEAD>
            <Facts>
                {limits}
                <Fact label=words::NETWORK>{network}</Fact>
            </Facts>
        </Panel>
    }
    .into_any()
}
