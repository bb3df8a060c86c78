//! A part of a page that follows what happens.

use leptos::prelude::*;

/// A part that is replaced when it has changed on the Worker. Without script it is what it was when
/// the page was asked for.
#[component]
pub fn LiveRegion(
    /// Its name, one of a kind on its page.
    name: &'static str,
    /// What to call it when it changed.
    label: &'static str,
    /// What it shows.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="live-region" data-live=name data-live-label=label>
            {children()}
        </div>
    }
}
