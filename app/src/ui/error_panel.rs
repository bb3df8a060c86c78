//! Where a page would stand if there were one.

use leptos::prelude::*;

/// What happened, what to do, and the request's id.
#[component]
pub fn ErrorPanel(
    /// The HTTP status.
    status: u16,
    /// What happened.
    #[prop(into)]
    title: String,
    /// What to do.
    #[prop(into)]
    advice: String,
    /// In front of the request's id.
    #[prop(into)]
    request_label: String,
    /// The request's id.
    #[prop(into)]
    request_id: String,
    /// Links out.
    children: Children,
) -> impl IntoView {
    view! {
        <section class="failure">
            <p class="failure-status">{status}</p>
            <h1>{title}</h1>
            <p class="failure-advice">{advice}</p>
            <div class="failure-actions">{children()}</div>
            {(!request_id.is_empty())
                .then(|| {
                    view! {
                        <p class="failure-request">
                            {request_label} " " <code>{request_id}</code>
                        </p>
                    }
                })}
        </section>
    }
}
