//! Light, dark, or as the system says. The choice is a cookie, so that the Worker renders it and no
//! page flashes in the wrong colours; the form works without script, the island spares the reload.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{document::Document, platform, text::frame};

/// The name of the cookie that keeps the choice.
pub const THEME_COOKIE: &str = "theme";

/// How long the choice is kept, in seconds.
pub const THEME_COOKIE_SECONDS: u32 = 365 * 24 * 60 * 60;

/// Where the form posts to.
pub const THEME_PATH: &str = "/preferences/theme";

/// The colours a visitor chose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// As the operating system says.
    #[default]
    System,
    /// Dark text on a light ground.
    Light,
    /// Light text on a dark ground.
    Dark,
}

impl Theme {
    /// Every theme, in the order they are offered.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// The name used in the cookie, the form and the `data-theme` attribute.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The theme of that name, if there is one.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.name() == name)
    }
}

/// The theme picker: a real form, which the island submits in the background.
#[island]
pub fn ThemePicker(
    /// The theme the page was rendered with.
    initial: Theme,
    /// The path the form returns to without script.
    location: String,
) -> impl IntoView {
    let chosen = RwSignal::new(initial);
    let choices = Theme::ALL.map(|theme| {
        view! {
            <button
                type="submit"
                name="theme"
                value=theme.name()
                aria-pressed=move || if chosen.get() == theme { "true" } else { "false" }
                on:click=move |event| {
                    event.prevent_default();
                    chosen.set(theme);
                    platform::keep_theme(theme);
                }
            >
                {frame::theme(theme)}
            </button>
        }
    });
    view! {
        <form class="theme-picker" method="post" action=THEME_PATH aria-label=frame::THEME>
            <input type="hidden" name="back" value=location/>
            {choices}
        </form>
    }
}

/// The picker as the current document needs it.
#[component]
pub fn CurrentThemePicker() -> impl IntoView {
    let document = Document::current();
    view! { <ThemePicker initial=document.theme location=document.location/> }
}

#[cfg(test)]
mod tests {
    use super::Theme;

    #[test]
    fn every_theme_is_found_by_its_name() {
        for theme in Theme::ALL {
            assert_eq!(Theme::parse(theme.name()), Some(theme));
        }
        assert_eq!(Theme::parse("Dark"), None);
        assert_eq!(Theme::parse(""), None);
    }
}
