//! All sandboxes.

use std::sync::Arc;

use domain::Timestamp;
use domain::views::{SandboxSummary, WhoseSandbox};
use leptos::prelude::*;

use crate::features::moments::{Ago, Lasting};
use crate::features::state_badges::{RunBadge, SandboxBadge};
use crate::live::LiveRegion;
use crate::page::Loaded;
use crate::routes::Route;
use crate::text::sandboxes as words;
use crate::ui::{EmptyState, IconName, PageHeader, Panel, ScrollTable};

/// All sandboxes, those alive first.
#[component]
pub fn SandboxListPage(
    /// The page.
    page: Arc<Loaded>,
    /// The newest sandboxes.
    sandboxes: Vec<SandboxSummary>,
) -> impl IntoView {
    let now = page.now;
    let (alive, gone): (Vec<_>, Vec<_>) =
        sandboxes.into_iter().partition(|summary| summary.sandbox.state.is_alive());
    let content = if alive.is_empty() && gone.is_empty() {
        view! {
            <EmptyState icon=IconName::Box title=words::NONE_TITLE advice=words::NONE_ADVICE/>
        }
        .into_any()
    } else {
        let alive_count = alive.len();
        let living = if alive.is_empty() {
            view! { <p class="group-empty">{words::ALIVE_EMPTY}</p> }.into_any()
        } else {
            table(alive, now, words::ALIVE, &[words::COLUMN_AGE])
        };
        let past = (!gone.is_empty()).then(|| {
            let count = gone.len();
            let rows = table(gone, now, words::GONE, &[words::COLUMN_LIVED, words::COLUMN_GONE]);
            view! { <Panel title=words::GONE id="gone" count>{rows}</Panel> }.into_any()
        });
        view! {
            <div class="stack-wide">
                <Panel title=words::ALIVE id="alive" count=alive_count>{living}</Panel>
                {past}
            </div>
        }
        .into_any()
    };
    view! {
        <PageHeader title=words::TITLE lead=words::LEAD/>
        <LiveRegion name="sandboxes">{content}</LiveRegion>
    }
    .into_any()
}

fn table(
    sandboxes: Vec<SandboxSummary>,
    now: Timestamp,
    caption: &'static str,
    times: &[&'static str],
) -> AnyView {
    let rows: Vec<_> = sandboxes.into_iter().map(|summary| row(summary, now)).collect();
    let times: Vec<_> =
        times.iter().map(|title| view! { <th scope="col">{*title}</th> }.into_any()).collect();
    view! {
        <ScrollTable caption=caption>
            <thead>
                <tr>
                    <th scope="col">{words::COLUMN_WHOSE}</th>
                    <th scope="col">{words::COLUMN_STATE}</th>
                    {times}
                    <th scope="col">{words::COLUMN_RUN}</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </ScrollTable>
    }
    .into_any()
}

fn row(summary: SandboxSummary, now: Timestamp) -> AnyView {
    let SandboxSummary { sandbox, whose, .. } = summary;
    let href = Route::Sandbox { id: sandbox.id() }.path();
    let at = sandbox.created_at;
    let times = if sandbox.state.is_alive() {
        view! { <td class="nowrap"><Lasting now since=at/></td> }.into_any()
    } else {
        let (lived, at) = (words::lived(&sandbox), sandbox.state.since());
        view! {
            <td class="nowrap">{lived}</td>
            <td class="nowrap"><Ago now at/></td>
        }
        .into_any()
    };
    let (key, name, run) = match whose {
        WhoseSandbox::Run { task_key, task_title, run } => {
            let run = view! { <RunBadge state=run.state/> }.into_any();
            (task_key.to_string(), task_title, run)
        }
        WhoseSandbox::Person { project, name, note, .. } => {
            let run = view! { <span class="muted">{words::NO_RUN}</span> }.into_any();
            (project.to_string(), words::of_person(&name, &note), run)
        }
    };
    view! {
        <tr>
            <td class="cell-main">
                <a href=href><span class="row-key">{key}</span> " " {name}</a>
            </td>
            <td><SandboxBadge state=sandbox.state/></td>
            {times}
            <td>{run}</td>
        </tr>
    }
    .into_any()
}
