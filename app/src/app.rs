//! Which page a document shows.

use leptos::prelude::*;

use crate::{
    failure_page::{Failure, FailurePage},
    home_page::HomePage,
    routes::Route,
    theme::CurrentThemePicker,
};

/// What a document shows. The Worker decides it, with all its data, before anything is rendered.
#[derive(Clone, Debug)]
pub enum Page {
    /// The start page.
    Home,
    /// Why there is no page.
    Failure(Failure),
}

impl Page {
    /// The document's title.
    #[must_use]
    pub const fn title(&self) -> &'static str {
        match self {
            Self::Home => "MonoTask",
            Self::Failure(failure) => failure.title(),
        }
    }
}

/// The body of the document.
#[component]
pub fn App(
    /// What to show.
    page: Page,
) -> impl IntoView {
    let content = match page {
        Page::Home => view! { <HomePage/> }.into_any(),
        Page::Failure(failure) => view! { <FailurePage failure/> }.into_any(),
    };
    view! {
        <a class="skip-link" href="#main">"Skip to content"</a>
        <header class="site-header">
            <a href=Route::Home.path()>"MonoTask"</a>
            <CurrentThemePicker/>
        </header>
        <main id="main">{content}</main>
    }
}
