//! What the settings' parts are called.

use crate::routes::SettingsTab;

/// All of them.
pub const TITLE: &str = "Settings";

/// A part of the settings.
#[must_use]
pub const fn tab(tab: SettingsTab) -> &'static str {
    match tab {
        SettingsTab::Profile => "Profile",
        SettingsTab::Sessions => "Sessions",
        SettingsTab::Keys => "API keys",
        SettingsTab::Members => "Members",
        SettingsTab::Workspace => "Workspace",
        SettingsTab::Audit => "Audit log",
    }
}
