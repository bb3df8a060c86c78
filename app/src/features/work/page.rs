//! What needs this person, what runs, what was done lately.

use std::sync::Arc;

use domain::views::{MyWork, TaskSummary};
use leptos::prelude::*;

use super::welcome::Welcome;
use crate::features::tasks::TaskRow;
use crate::live::LiveRegion;
use crate::page::Loaded;
use crate::text::work as words;
use crate::ui::{PageHeader, Panel};

/// *My work*.
#[component]
pub fn MyWorkPage(
    /// The page.
    page: Arc<Loaded>,
    /// Its three groups.
    work: MyWork,
) -> impl IntoView {
    let content = if work.has_tasks {
        view! { <Groups page work/> }.into_any()
    } else {
        view! { <Welcome page/> }.into_any()
    };
    view! {
        <PageHeader title=words::TITLE/>
        <LiveRegion name="work">{content}</LiveRegion>
    }
}

#[component]
fn Groups(page: Arc<Loaded>, work: MyWork) -> impl IntoView {
    view! {
        <Group
            page=page.clone()
            id="needs-me"
            title=words::NEEDS_ME
            lead=Some(words::NEEDS_ME_MEANING)
            empty=words::NEEDS_ME_EMPTY
            tasks=work.needs_me
        />
        <Group
            page=page.clone()
            id="running"
            title=words::RUNNING
            empty=words::RUNNING_EMPTY
            tasks=work.running
        />
        <Group
            page=page
            id="done-lately"
            title=words::DONE_LATELY
            empty=words::DONE_EMPTY
            tasks=work.done_lately
        />
    }
}

#[component]
fn Group(
    page: Arc<Loaded>,
    id: &'static str,
    title: &'static str,
    #[prop(default = None)] lead: Option<&'static str>,
    empty: &'static str,
    tasks: Vec<TaskSummary>,
) -> impl IntoView {
    let count = tasks.len();
    let now = page.now;
    let body = if tasks.is_empty() {
        view! { <p class="group-empty">{empty}</p> }.into_any()
    } else {
        let rows: Vec<_> = tasks.into_iter().map(|task| view! { <TaskRow now task/> }).collect();
        view! { <ul class="rows">{rows}</ul> }.into_any()
    };
    let lead = lead.filter(|_| count > 0).unwrap_or_default();
    view! {
        <Panel id title count lead>
            {body}
        </Panel>
    }
}
