//! A project's tasks, filtered.

use std::sync::Arc;

use domain::actor::Permission;
use domain::task::TaskStage;
use domain::views::TaskList;
use leptos::prelude::*;

use super::TaskRow;
use super::filter::cursor_text;
use crate::live::LiveRegion;
use crate::page::{Loaded, Query};
use crate::routes::Route;
use crate::text::{self, projects, states, tasks as words};
use crate::ui::{
    Button, ButtonKind, EmptyState, IconName, LinkButton, Notice, PageHeader, Tab, Tabs, TextField,
    Tone,
};

/// A project's tasks.
#[component]
pub fn TaskListPage(
    /// The page.
    page: Arc<Loaded>,
    /// The tasks.
    list: TaskList,
) -> impl IntoView {
    let project = list.project.details.key.clone();
    let refusal = page.member().and_then(|member| member.check(Permission::EditTasks).err());
    let settings = Route::ProjectSettings { project: project.clone() }.path();
    let new = match refusal {
        None => view! {
            <LinkButton
                label=words::NEW
                href=Route::NewTask { project }.path()
                kind=ButtonKind::Primary
                icon=IconName::Plus
            />
        }
        .into_any(),
        Some(refusal) => {
            let because = Some(text::refusal(&refusal));
            view! { <Button label=words::NEW kind=ButtonKind::Primary disabled_because=because/> }
                .into_any()
        }
    };
    let no_source = list.project.source.is_none().then(|| format!("{settings}#project-source"));
    let details = list.project.details.clone();
    view! {
        <LiveRegion name="project">
            <PageHeader title=details.name eyebrow=details.key.to_string()>
                <LinkButton label=projects::TO_SETTINGS href=settings icon=IconName::Gear/>
                {new}
            </PageHeader>
            {details.repository_url.map(|url| view! { <RepositoryLink url/> })}
            {no_source.map(|href| view! { <NoSource href/> })}
        </LiveRegion>
        <FilterBar page=page.clone()/>
        <LiveRegion name="tasks">
            <StageTabs page=page.clone() counts=list.counts.clone()/>
            <Tasks page list/>
        </LiveRegion>
    }
    .into_any()
}

#[component]
fn NoSource(href: String) -> impl IntoView {
    view! {
        <Notice tone=Tone::Attention title=words::NO_SOURCE>
            <p>
                <a href=href>{words::UPLOAD_SOURCE}</a>
            </p>
        </Notice>
    }
}

#[component]
fn RepositoryLink(url: String) -> impl IntoView {
    let shown = url.trim_start_matches("https://").to_owned();
    view! {
        <p class="repository">
            <a href=url rel="noopener noreferrer">
                {shown}
            </a>
        </p>
    }
}

/// The list's address with one field of its filter set; a new filter begins at the newest task.
fn address(page: &Loaded, name: &str, value: &str) -> String {
    page.query.clone().with("after", "").with(name, value).at(&page.route.path())
}

#[component]
fn StageTabs(page: Arc<Loaded>, counts: Vec<(TaskStage, i64)>) -> impl IntoView {
    let chosen = page.query.get("stage").and_then(TaskStage::parse);
    let count = |stage| counts.iter().find(|(s, _)| *s == stage).map_or(0, |(_, n)| *n);
    let all = Tab {
        label: words::ALL.to_owned(),
        count: Some(counts.iter().map(|(_, n)| n).sum()),
        href: address(&page, "stage", ""),
        current: chosen.is_none(),
    };
    // A stage nobody is in would only be in the way, unless it is the one shown.
    let stages = TaskStage::ALL
        .into_iter()
        .filter(|stage| count(*stage) > 0 || chosen == Some(*stage))
        .map(|stage| Tab {
            label: states::stage(stage).label.to_owned(),
            count: Some(count(stage)),
            href: address(&page, "stage", stage.as_str()),
            current: chosen == Some(stage),
        });
    let tabs: Vec<_> = std::iter::once(all).chain(stages).collect();
    view! { <Tabs label=words::STAGES tabs/> }
}

#[component]
fn FilterBar(page: Arc<Loaded>) -> impl IntoView {
    let query = |name: &str| page.query.get(name).unwrap_or_default().to_owned();
    let is_filtered = page.query.get("q").is_some() || page.query.get("label").is_some();
    let stage = page.query.get("stage").map(str::to_owned);
    let clear =
        Query::default().with("stage", stage.as_deref().unwrap_or_default()).at(&page.route.path());
    view! {
        <form class="filter-bar" method="get" role="search" aria-label=words::FILTER>
            {stage.map(|stage| view! { <input type="hidden" name="stage" value=stage/> })}
            <TextField name="q" label=words::SEARCH_LABEL value=query("q") kind="search"/>
            <TextField name="label" label=words::FILTER_LABEL_LABEL value=query("label")/>
            <div class="filter-actions">
                <Button label=words::APPLY icon=IconName::Search/>
                {is_filtered.then(|| view! { <a class="quiet-link" href=clear>{words::CLEAR}</a> })}
            </div>
        </form>
    }
}

#[component]
fn Tasks(page: Arc<Loaded>, list: TaskList) -> impl IntoView {
    let now = page.now;
    let is_anything = list.counts.iter().any(|(_, count)| *count > 0);
    if list.tasks.is_empty() {
        return if is_anything {
            view! {
                <EmptyState
                    icon=IconName::Search
                    title=words::NO_MATCH_TITLE
                    advice=words::NO_MATCH_ADVICE
                >
                    <LinkButton label=words::CLEAR href=page.route.path()/>
                </EmptyState>
            }
            .into_any()
        } else {
            view! { <EmptyState title=words::EMPTY_TITLE advice=words::EMPTY_ADVICE/> }.into_any()
        };
    }
    let rows: Vec<_> = list.tasks.into_iter().map(|task| view! { <TaskRow now task/> }).collect();
    let newest = page.query.get("after").map(|_| address(&page, "after", ""));
    let older = list.next.as_ref().map(|cursor| {
        page.query.clone().with("after", &cursor_text(cursor)).at(&page.route.path())
    });
    view! {
        <ul class="rows" aria-label=words::LIST>
            {rows}
        </ul>
        <nav class="pager" aria-label=words::PAGES>
            {newest.map(|href| view! { <LinkButton label=words::NEWEST href/> })}
            {older.map(|href| view! { <LinkButton label=words::OLDER href icon=IconName::ArrowRight/> })}
        </nav>
    }
    .into_any()
}
