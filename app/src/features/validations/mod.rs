//! Validations.

use std::sync::Arc;

use domain::views::ValidationList;
use leptos::prelude::*;

use crate::features::state_badges::ValidationBadge;
use crate::page::Loaded;
use crate::ui::PageHeader;

/// What waits for a decision, and all verdicts.
#[component]
pub fn ValidationListPage(
    /// The page.
    page: Arc<Loaded>,
    /// The validations.
    list: ValidationList,
) -> impl IntoView {
    let rows: Vec<_> = list
        .all
        .into_iter()
        .map(|summary| view! { <li><ValidationBadge state=summary.validation.state/></li> })
        .collect();
    view! {
        <PageHeader title=page.title()/>
        <ul>{rows}</ul>
    }
}
