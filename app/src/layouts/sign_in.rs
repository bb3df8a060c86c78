//! Around the pages for visitors who are signed out.

use std::sync::Arc;

use leptos::prelude::*;

use super::FormBanner;
use crate::page::Loaded;
use crate::text::frame;
use crate::theme::CurrentThemePicker;

/// One narrow column in the middle of the page, under the product's name.
#[component]
pub fn SignInLayout(
    /// The page.
    page: Arc<Loaded>,
    /// Its heading.
    #[prop(into)]
    title: String,
    /// A sentence below it.
    #[prop(optional, into)]
    lead: Option<String>,
    /// The form.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="door">
            <header class="door-brand">
                <span class="brand-mark" aria-hidden="true"></span>
                <span>{frame::PRODUCT}</span>
            </header>
            <main id="main" class="door-card">
                <h1>{title}</h1>
                {lead.map(|lead| view! { <p class="lead">{lead}</p> })} <FormBanner page/>
                {children()}
            </main>
            <footer class="door-foot">
                <p>{frame::PURPOSE}</p>
                <CurrentThemePicker/>
            </footer>
        </div>
    }
}
