//! Where a list would stand if there were something in it.

use leptos::prelude::*;

use super::{Icon, IconName};

/// Says that there is nothing, and what to do about it.
#[component]
pub fn EmptyState(
    /// A shape above it.
    #[prop(default = IconName::Inbox)]
    icon: IconName,
    /// What there isn't.
    #[prop(into)]
    title: String,
    /// What to do.
    #[prop(optional, into)]
    advice: Option<String>,
    /// Buttons and links.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty">
            <span class="empty-icon"><Icon name=icon/></span>
            <p class="empty-title">{title}</p>
            {advice.map(|advice| view! { <p class="empty-advice">{advice}</p> })}
            {children.map(|children| view! { <div class="empty-actions">{children()}</div> })}
        </div>
    }
}
