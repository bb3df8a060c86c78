//! Around the settings: their parts side by side, each with an address of its own.

use leptos::prelude::*;

use crate::routes::{Route, SettingsTab};
use crate::text::settings as words;
use crate::ui::{Tab, Tabs};

/// The parts of the settings above the one that is shown. Everybody sees all of them: a part that the
/// role can't see says why.
#[component]
pub fn SettingsLayout(
    /// The part that is shown.
    tab: SettingsTab,
    /// Its content.
    children: Children,
) -> impl IntoView {
    let tabs = SettingsTab::ALL
        .into_iter()
        .map(|each| Tab {
            label: words::tab(each).to_owned(),
            count: None,
            href: Route::Settings(each).path(),
            current: each == tab,
        })
        .collect();
    view! {
        <Tabs label=words::TITLE tabs wrap=true/>
        {children().into_any()}
    }
}
