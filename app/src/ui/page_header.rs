//! The head of a page.

use leptos::prelude::*;

/// A page's one first-level heading, with what it is about and what one can do.
#[component]
pub fn PageHeader(
    /// The heading.
    #[prop(into)]
    title: String,
    /// A small line above, such as a key.
    #[prop(optional, into)]
    eyebrow: Option<String>,
    /// A sentence below.
    #[prop(optional, into)]
    lead: Option<String>,
    /// Buttons and links.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <header class="page-header">
            <div class="page-header-text">
                {eyebrow.map(|eyebrow| view! { <p class="eyebrow">{eyebrow}</p> })}
                <h1>{title}</h1> {lead.map(|lead| view! { <p class="lead">{lead}</p> })}
            </div>
            {children.map(|children| view! { <div class="page-actions">{children()}</div> })}
        </header>
    }
}
