//! Text that is meant for machines.

use leptos::prelude::*;

/// Lines in a fixed-width font, as they are. They scroll sideways, also by keys.
#[component]
pub fn CodeBlock(
    /// The lines.
    #[prop(into)]
    text: String,
    /// What it is, for screen readers.
    #[prop(into)]
    label: String,
) -> impl IntoView {
    view! {
        <pre class="code" tabindex="0" role="group" aria-label=label>
            <code>{text}</code>
        </pre>
    }
}
