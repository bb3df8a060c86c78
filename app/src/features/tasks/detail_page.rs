//! One task and everything around it.

use std::sync::Arc;

use domain::views::TaskDetail;
use leptos::prelude::*;

use crate::features::state_badges::StageBadge;
use crate::page::Loaded;
use crate::ui::PageHeader;
use crate::ui::markdown::Markdown;

/// A task's page.
#[component]
pub fn TaskDetailPage(
    /// The page.
    page: Arc<Loaded>,
    /// The task and everything around it.
    detail: TaskDetail,
) -> impl IntoView {
    let _ = page;
    let task = detail.task;
    let stage = task.state.stage();
    view! {
        <PageHeader title=task.content.title eyebrow=task.key.to_string()>
            <StageBadge stage/>
        </PageHeader>
        <Markdown source=task.content.description/>
    }
}
