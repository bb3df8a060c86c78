//! A state in shape, word and colour.

use leptos::prelude::*;

use super::{Icon, IconName, Tone};

/// A state as a small label.
#[component]
pub fn Badge(
    /// Its colour.
    tone: Tone,
    /// Its shape.
    icon: IconName,
    /// Its word.
    #[prop(into)]
    label: String,
    /// A sentence shown when a pointer rests on it; said elsewhere too where it matters.
    #[prop(optional, into)]
    title: Option<String>,
) -> impl IntoView {
    view! {
        <span class=format!("badge {}", tone.class()) title=title>
            <Icon name=icon/>
            <span>{label}</span>
        </span>
    }
}

/// A state as a bare shape in front of a line; its word is for screen readers and pointers.
#[component]
pub fn StatusGlyph(
    /// Its colour.
    tone: Tone,
    /// Its shape.
    icon: IconName,
    /// Its word.
    #[prop(into)]
    label: String,
) -> impl IntoView {
    let title = label.clone();
    view! {
        <span class=format!("status-glyph {}", tone.class()) title=title>
            <Icon name=icon/>
            <span class="visually-hidden">{label}</span>
        </span>
    }
}
