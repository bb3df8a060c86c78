//! Views of one list, each with an address of its own.

use leptos::prelude::*;

/// One view.
#[derive(Clone, Debug)]
pub struct Tab {
    /// Its name.
    pub label: String,
    /// How much is in it.
    pub count: Option<i64>,
    /// Its address.
    pub href: String,
    /// Whether it is the one shown.
    pub current: bool,
}

/// Links to the views of a list; where there is no room they scroll sideways, or go on in the next line.
#[component]
pub fn Tabs(
    /// Their name for screen readers.
    #[prop(into)]
    label: String,
    /// The views.
    tabs: Vec<Tab>,
    /// Whether they go on in the next line.
    #[prop(optional)]
    wrap: bool,
) -> impl IntoView {
    let tabs: Vec<_> = tabs
        .into_iter()
        .map(|tab| {
            view! {
                <li>
                    <a class="tab" href=tab.href aria-current=tab.current.then_some("page")>
                        {tab.label}
                        {tab.count.map(|count| view! { <span class="tab-count">{count}</span> })}
                    </a>
                </li>
            }
        })
        .collect();
    view! {
        <nav class=if wrap { "tabs tabs-wrap" } else { "tabs" } aria-label=label>
            <ul>{tabs}</ul>
        </nav>
    }
}
