//! Links of the navigation.

use leptos::prelude::*;

use super::{Icon, IconName};

/// One link of the navigation.
#[component]
pub fn NavLink(
    /// Where it goes.
    #[prop(into)]
    href: String,
    /// Its shape.
    icon: IconName,
    /// Its word.
    #[prop(into)]
    label: String,
    /// Whether the page is there, or below it.
    current: bool,
    /// A number that asks for attention, and what it counts.
    #[prop(default = None)]
    count: Option<(i64, String)>,
) -> impl IntoView {
    view! {
        <a class="nav-link" href=href aria-current=current.then_some("page")>
            <Icon name=icon/>
            <span class="nav-label">{label}</span>
            {count
                .map(|(number, meaning)| {
                    view! {
                        <span class="nav-count">
                            <span aria-hidden="true">{number}</span>
                            <span class="visually-hidden">{meaning}</span>
                        </span>
                    }
                })}
        </a>
    }
}
