//! Where a visitor starts.

use leptos::prelude::*;

/// The start page.
#[component]
pub fn HomePage() -> impl IntoView {
    view! {
        <h1>"MonoTask"</h1>
        <p>
            "Hand coding tasks to agents, watch them run in sandboxes, and accept only the work "
            "whose evidence passed its gates."
        </p>
    }
}
