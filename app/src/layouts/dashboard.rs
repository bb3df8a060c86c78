//! Around the pages for members.

use std::sync::Arc;

use leptos::prelude::*;

use super::sidebar::{PhoneBar, Sidebar};
use super::{Crumb, FormBanner, crumbs_of};
use crate::live::LiveBadge;
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
    // Types end at these places: without that the compiler has to lay out the whole page as one.
    let sidebar = view! { <Sidebar page=page.clone()/> }.into_any();
    let banner = view! { <FormBanner page=page.clone()/> }.into_any();
    let (seq, rendered_at) = (page.frame.seq, page.now.0);
    let workspace = page.member().map(|member| member.workspace.to_string()).unwrap_or_default();
    let badge = view! { <LiveBadge seq workspace rendered_at/> }.into_any();
    let phone_bar = view! { <PhoneBar page/> }.into_any();
    view! {
        <a class="skip-link" href="#main">
            {frame::SKIP}
        </a>
        <div class="shell">
            {sidebar}
            <div class="column">
                <header class="topline">
                    <Crumbs crumbs/> {badge}
                </header>
                <main id="main">
                    {banner} {children().into_any()}
                </main>
            </div>
            {phone_bar}
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
