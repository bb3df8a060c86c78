//! What waits for a decision, and all verdicts.

use std::sync::Arc;

use domain::Timestamp;
use domain::actor::Permission;
use domain::validation::ValidationState;
use domain::views::{PAGE_SIZE, ValidationList, ValidationSummary, WaitingTask};
use leptos::prelude::*;

use super::verdicts::verdict_badge;
use crate::features::moments::{Ago, Lasting};
use crate::live::LiveRegion;
use crate::page::Loaded;
use crate::routes::Route;
use crate::text::validations as words;
use crate::ui::{EmptyState, IconName, LinkButton, PageHeader, Panel, ScrollTable};

/// What waits for a decision, and all verdicts.
#[component]
pub fn ValidationListPage(
    /// The page.
    page: Arc<Loaded>,
    /// The validations.
    list: ValidationList,
) -> impl IntoView {
    let now = page.now;
    let may_decide = page.member().is_some_and(|member| member.check(Permission::Decide).is_ok());
    let (mine, others): (Vec<_>, Vec<_>) =
        list.waiting.into_iter().partition(|waiting| may_decide && !waiting.is_own);
    let title = if may_decide { words::OTHERS } else { words::ALL_WAITING };
    let lead = if may_decide { words::OTHERS_MEANING } else { words::WAITING_MEANING };
    let for_others = (!others.is_empty()).then(|| {
        let count = others.len();
        view! {
            <Panel title=title id="others" count lead=lead>
                {rows(others, now, words::LOOK)}
            </Panel>
        }
        .into_any()
    });
    let for_me = may_decide.then(|| waiting_for_me(mine, now));
    let is_full = list.all.len() >= PAGE_SIZE as usize;
    let lead = if is_full { words::ALL_NEWEST } else { "" };
    let all = verdicts(list.all, now);
    view! {
        <PageHeader title=page.title()/>
        <LiveRegion name="waiting">
            {for_me} {for_others}
        </LiveRegion>
        <LiveRegion name="verdicts">
            <Panel title=words::ALL id="all" lead>
                {all}
            </Panel>
        </LiveRegion>
    }
    .into_any()
}

fn waiting_for_me(mine: Vec<WaitingTask>, now: Timestamp) -> AnyView {
    let count = mine.len();
    let content = if mine.is_empty() {
        view! { <p class="group-empty">{words::WAITING_EMPTY}</p> }.into_any()
    } else {
        rows(mine, now, words::DECIDE)
    };
    view! {
        <Panel title=words::WAITING id="waiting" count lead=words::WAITING_MEANING>
            {content}
        </Panel>
    }
    .into_any()
}

fn rows(waiting: Vec<WaitingTask>, now: Timestamp, action: &'static str) -> AnyView {
    let rows: Vec<_> = waiting
        .into_iter()
        .map(|waiting| {
            let task = waiting.task;
            let href = Route::Task { key: task.key.clone() }.path();
            let passed = waiting.validations.iter().filter(|v| v.state.is_met()).count();
            let passed =
                if task.gate_changed { words::STALE_GATE.to_owned() } else { words::met(passed) };
            let since = task.state.since();
            view! {
                <li class="waiting-row">
                    <div class="waiting-words">
                        <a class="waiting-title" href=href.clone()>
                            <span class="row-key">{task.key.to_string()}</span>
                            " "
                            {task.title}
                        </a>
                        <p class="muted">{passed} ", " {words::WAITS} " " <Lasting now since/></p>
                    </div>
                    <LinkButton label=action href=href icon=IconName::ArrowRight/>
                </li>
            }
            .into_any()
        })
        .collect();
    view! { <ul class="waiting-rows">{rows}</ul> }.into_any()
}

fn verdicts(all: Vec<ValidationSummary>, now: Timestamp) -> AnyView {
    if all.is_empty() {
        return view! {
            <EmptyState icon=IconName::Shield title=words::ALL_EMPTY advice=words::ALL_EMPTY_ADVICE/>
        }
        .into_any();
    }
    let rows: Vec<_> = all
        .into_iter()
        .map(|summary| {
            let href = Route::Task { key: summary.task_key.clone() }.path();
            let rule = summary.validation.requirement.rule;
            let subject = words::subject(&rule).map(str::to_owned);
            let at = decided_at(&summary.validation.state).unwrap_or(summary.validation.opened_at);
            let badge = verdict_badge(summary.validation.state, summary.gate_changed);
            view! {
                <tr>
                    <td>{badge}</td>
                    <td class="cell-main">
                        {words::requirement(&rule)}
                        {subject.map(|subject| view! { " " <code>{subject}</code> })}
                    </td>
                    <td class="cell-main">
                        <a href=href>
                            <span class="row-key">{summary.task_key.to_string()}</span>
                            " "
                            {summary.task_title}
                        </a>
                    </td>
                    <td class="nowrap"><Ago now at/></td>
                </tr>
            }
            .into_any()
        })
        .collect();
    view! {
        <ScrollTable caption=words::ALL>
            <thead>
                <tr>
                    <th scope="col">{words::COLUMN_VERDICT}</th>
                    <th scope="col">{words::COLUMN_REQUIREMENT}</th>
                    <th scope="col">{words::COLUMN_TASK}</th>
                    <th scope="col">{words::COLUMN_WHEN}</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </ScrollTable>
    }
    .into_any()
}

const fn decided_at(state: &ValidationState) -> Option<Timestamp> {
    match state {
        ValidationState::Passed { at }
        | ValidationState::Failed { at, .. }
        | ValidationState::Approved { at, .. }
        | ValidationState::Rejected { at, .. } => Some(*at),
        ValidationState::Running { since }
        | ValidationState::AwaitingReview { since }
        | ValidationState::Stale { since, .. } => Some(*since),
        ValidationState::Pending => None,
    }
}
