//! A part of a page that follows what happens.

use leptos::prelude::*;

/// A part that is replaced when it has changed on the Worker. Without script it is what it was when
/// the page was asked for. What a screen reader should hear of a change stands inside, in a [`Say`].
#[component]
pub fn LiveRegion(
    /// Its name, one of a kind on its page.
    name: &'static str,
    /// Whether it shows a form again that wasn't accepted: nothing replaces what was typed.
    #[prop(optional)]
    hold: bool,
    /// What it shows.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="live-region" data-live=name data-live-hold=hold.then_some("")>
            {children()}
        </div>
    }
}

/// A number in a line that follows what happens.
#[component]
pub fn LiveCount(
    /// Its name, one of a kind on its page.
    name: &'static str,
    /// The number; nothing for none.
    children: Children,
) -> impl IntoView {
    view! { <span class="live-count" data-live=name>{children()}</span> }
}

/// Words that are read out when the part around them has changed and they say something else now.
#[component]
pub fn Say(
    /// What they are about, read out in front of them.
    about: &'static str,
    /// The words.
    children: Children,
) -> impl IntoView {
    view! { <span class="say" data-live-say=about>{children()}</span> }
}
