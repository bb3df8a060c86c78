//! Buttons, and links that look like them.

use leptos::prelude::*;

use super::{Icon, IconName};

/// How much a button wants to be pressed. One primary to a form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ButtonKind {
    /// What the form is for.
    Primary,
    /// Everything else.
    #[default]
    Secondary,
    /// What can't be undone.
    Danger,
    /// What should recede.
    Quiet,
}

impl ButtonKind {
    const fn class(self) -> &'static str {
        match self {
            Self::Primary => "button button-primary",
            Self::Secondary => "button",
            Self::Danger => "button button-danger",
            Self::Quiet => "button button-quiet",
        }
    }
}

/// A button that sends its form. One that can't be used now stays where it is and says why.
#[component]
pub fn Button(
    /// What it does, a verb.
    #[prop(into)]
    label: String,
    /// How it looks.
    #[prop(optional)]
    kind: ButtonKind,
    /// In front of the label.
    #[prop(optional)]
    icon: Option<IconName>,
    /// The field it sets in the form, for forms with several buttons.
    #[prop(optional, into)]
    name: Option<String>,
    /// The field's value.
    #[prop(optional, into)]
    value: Option<String>,
    /// Why it can't be used now.
    #[prop(default = None)]
    disabled_because: Option<String>,
) -> impl IntoView {
    let disabled = disabled_because.is_some();
    let button = view! {
        <button type="submit" class=kind.class() name=name value=value disabled=disabled>
            {icon.map(|name| view! { <Icon name/> })}
            <span>{label}</span>
        </button>
    };
    match disabled_because {
        None => button.into_any(),
        Some(reason) => view! {
            <span class="refused">
                {button} <span class="refused-reason">{reason}</span>
            </span>
        }
        .into_any(),
    }
}

/// A link that looks like a button: it goes somewhere and changes nothing.
#[component]
pub fn LinkButton(
    /// What is there, or what one does there.
    #[prop(into)]
    label: String,
    /// Where it goes.
    #[prop(into)]
    href: String,
    /// How it looks.
    #[prop(optional)]
    kind: ButtonKind,
    /// In front of the label.
    #[prop(optional)]
    icon: Option<IconName>,
) -> impl IntoView {
    view! {
        <a class=kind.class() href=href>
            {icon.map(|name| view! { <Icon name/> })}
            <span>{label}</span>
        </a>
    }
}
