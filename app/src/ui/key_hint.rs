//! Keys to press.

use leptos::prelude::*;

/// A key, as on its cap. Screen readers hear of keys elsewhere.
#[component]
pub fn KeyHint(
    /// The key.
    #[prop(into)]
    key: String,
) -> impl IntoView {
    view! {
        <kbd class="key-hint" aria-hidden="true">
            {key}
        </kbd>
    }
}
