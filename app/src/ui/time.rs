//! A moment.

use leptos::prelude::*;

/// A moment: told by its distance, exact for machines and for a pointer that rests on it.
#[component]
pub fn Time(
    /// ISO 8601.
    #[prop(into)]
    datetime: String,
    /// The exact moment in words.
    #[prop(into)]
    exact: String,
    /// What is shown.
    #[prop(into)]
    text: String,
    /// How an open page keeps it true: `ago`, `until` or `lasting`.
    #[prop(default = "ago")]
    tick: &'static str,
) -> impl IntoView {
    view! {
        <time datetime=datetime title=exact data-tick=tick>
            {text}
        </time>
    }
}
