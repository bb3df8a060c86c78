//! A part of a page with a heading of its own.

use leptos::prelude::*;

/// A section. `id` is for links to it.
#[component]
pub fn Panel(
    /// Its heading.
    #[prop(into)]
    title: String,
    /// For links to it.
    #[prop(into)]
    id: String,
    /// A number beside the heading.
    #[prop(optional, into)]
    count: Option<usize>,
    /// A sentence below the heading.
    #[prop(optional, into)]
    lead: Option<String>,
    /// What it holds.
    children: Children,
) -> impl IntoView {
    let heading = format!("{id}-heading");
    let labelled_by = heading.clone();
    view! {
        <section class="panel" id=id aria-labelledby=labelled_by>
            <header class="panel-header">
                <h2 id=heading>{title}</h2>
                {count.map(|count| view! { <span class="count">{count}</span> })}
                {lead.filter(|lead| !lead.is_empty()).map(|lead| view! { <p class="panel-lead">{lead}</p> })}
            </header>
            {children()}
        </section>
    }
}
