//! Tables.

use leptos::prelude::*;

/// A table that scrolls sideways in its own frame where there is no room, also by keys.
#[component]
pub fn ScrollTable(
    /// What it lists, for screen readers.
    #[prop(into)]
    caption: String,
    /// `thead` and `tbody`.
    children: Children,
) -> impl IntoView {
    let label = caption.clone();
    view! {
        <div class="table-frame" tabindex="0" role="group" aria-label=label>
            <table class="data-table">
                <caption class="visually-hidden">{caption}</caption>
                {children()}
            </table>
        </div>
    }
}
