//! A link that is shown this once.

use leptos::prelude::*;

use crate::text::members as words;
use crate::ui::{Notice, Tone};

/// A link, to be copied by hand: it works without script.
#[component]
pub fn LinkOnce(
    /// What it is.
    #[prop(into)]
    title: String,
    /// What to do with it.
    #[prop(into)]
    advice: String,
    /// The field's id.
    id: &'static str,
    /// The link.
    link: String,
) -> impl IntoView {
    view! {
        <Notice tone=Tone::Good title advice>
            <label class="field-label" for=id>
                {words::LINK_LABEL}
            </label>
            <input class="input input-mono" id=id value=link readonly=true autofocus=true/>
        </Notice>
    }
}
