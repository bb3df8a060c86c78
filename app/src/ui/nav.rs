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
    /// A number that asks for attention.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <a class="nav-link" href=href aria-current=current.then_some("page")>
            <Icon name=icon/>
            <span class="nav-label">{label}</span>
            {children.map(|children| children())}
        </a>
    }
}

/// A number behind a link that asks for attention.
#[component]
pub fn NavCount(
    /// The number.
    number: i64,
    /// What it counts, for screen readers.
    #[prop(into)]
    meaning: String,
) -> impl IntoView {
    view! {
        <span class="nav-count">
            <span aria-hidden="true">{number}</span>
            <span class="visually-hidden">{meaning}</span>
        </span>
    }
}
