//! Around the pages for members.

use std::sync::Arc;

use leptos::prelude::*;

use super::sidebar::{PhoneBar, Sidebar};
use super::{Crumb, FormBanner, crumbs_of};
use crate::page::Loaded;
use crate::text::frame;

/// The navigation beside the page; on phones, below it.
#[component]
pub fn DashboardLayout(
    /// The page.
    page: Arc<Loaded>,
    /// Its content.
    children: Children,
) -> impl IntoView {
    let crumbs = crumbs_of(&page);
    view! {
        <a class="skip-link" href="#main">
            {frame::SKIP}
        </a>
        <div class="shell">
            <Sidebar page=page.clone()/>
            <div class="column">
                <div class="topline">
                    <Crumbs crumbs/>
                </div>
                <main id="main">
                    <FormBanner page=page.clone()/> {children()}
                </main>
            </div>
            <PhoneBar page/>
        </div>
    }
}

#[component]
fn Crumbs(crumbs: Vec<Crumb>) -> impl IntoView {
    let items: Vec<_> = crumbs
        .into_iter()
        .map(|crumb| match crumb.href {
            Some(href) => view! { <li><a href=href>{crumb.label}</a></li> }.into_any(),
            None => view! { <li aria-current="page">{crumb.label}</li> }.into_any(),
        })
        .collect();
    view! {
        <nav class="crumbs" aria-label=frame::CRUMBS>
            <ol>{items}</ol>
        </nav>
    }
}
