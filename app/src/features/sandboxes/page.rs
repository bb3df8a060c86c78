//! One sandbox.

use std::sync::Arc;

use domain::Timestamp;
use domain::actor::Permission;
use domain::error::Refusal;
use domain::sandbox::{Sandbox, SandboxState};
use domain::views::SandboxSummary;
use leptos::prelude::*;

use super::isolation::{IsolationWarning, is_unsafe};
use crate::features::moments::{Ago, Lasting};
use crate::features::runs::ServedLog;
use crate::features::state_badges::{RunBadge, SandboxBadge};
use crate::live::{LiveRegion, LogView, Say};
use crate::page::Loaded;
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
    let is_live = sandbox.run.state.is_live();
    let run = sandbox.sandbox.request.run.to_string();
    let log = page.log.clone();
    let logs = view! {
        <LogView run steps=vec![] failed_step=None is_live/>
        <ServedLog log steps=vec![] is_live/>
    }
    .into_any();
    let moment = if state.is_alive() {
        view! { <Lasting now since/> }.into_any()
    } else {
        view! { <Ago now at=since/> }.into_any()
    };
    let stop = stop(&page, &sandbox);
    let isolation = view! { <IsolationWarning sandbox=Some(sandbox.sandbox.clone())/> }.into_any();
    let facts = facts(&sandbox, now);
    let limits = limits(&sandbox.sandbox);
    view! {
        <PageHeader title=page.title() lead=sandbox.task_title/>
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
                <Panel title=words::LOG id="log">{logs}</Panel>
            </div>
            <aside class="detail-side">
                <LiveRegion name="sandbox-facts">{facts}</LiveRegion>
                {limits}
            </aside>
        </div>
    }
    .into_any()
}

fn stop(page: &Loaded, summary: &SandboxSummary) -> Option<AnyView> {
    let member = page.member()?;
    if !summary.sandbox.state.is_alive() {
        return None;
    }
    if !summary.run.state.is_live() {
        // Nobody has to stop it: what outlives its run is looked for and taken down.
        return Some(view! { <p class="muted">{words::OUTLIVED}</p> }.into_any());
    }
    let refusal = match member.check(Permission::OperateRuns) {
        Err(refusal) => Some(refusal),
        Ok(()) => summary.run.cancel.map(|_| Refusal::AlreadyStopping),
    };
    let because = refusal.as_ref().map(text::refusal);
    let meaning =
        because.is_none().then(|| view! { <p class="muted">{words::STOP_MEANING}</p> }.into_any());
    Some(
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
        .into_any(),
    )
}

fn facts(summary: &SandboxSummary, now: Timestamp) -> AnyView {
    let sandbox = &summary.sandbox;
    let task = Route::Task { key: summary.task_key.clone() }.path();
    let key = summary.task_key.to_string();
    let run = Route::Run { id: summary.run.id }.path();
    let attempt = tasks::attempt(summary.run.attempt);
    let run_state = summary.run.state.clone();
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
