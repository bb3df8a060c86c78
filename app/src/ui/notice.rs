//! A message on a page: what happened to a form, or what one should know first.

use leptos::prelude::*;

use super::{Icon, IconName, Tone};

/// A message. Bad ones are read out at once.
#[component]
pub fn Notice(
    /// Its colour.
    tone: Tone,
    /// What it says first.
    #[prop(into)]
    title: String,
    /// More about it.
    #[prop(optional, into)]
    advice: Option<String>,
    /// Links, lists, buttons.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let icon = match tone {
        Tone::Bad => IconName::CircleCross,
        Tone::Attention => IconName::Warning,
        Tone::Good => IconName::CircleCheck,
        Tone::Neutral | Tone::Active | Tone::Quiet => IconName::Info,
    };
    let role = if matches!(tone, Tone::Bad) { "alert" } else { "note" };
    view! {
        <div class=format!("notice {}", tone.class()) role=role>
            <Icon name=icon/>
            <div class="notice-body">
                <p class="notice-title">{title}</p>
                {advice.map(|advice| view! { <p>{advice}</p> })} {children.map(|children| children())}
            </div>
        </div>
    }
}
