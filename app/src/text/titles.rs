//! The documents' titles.

use domain::account::ResetLink;

use crate::page::{Loaded, PageData};
use crate::routes::SettingsTab;

/// The title of a page, without the product's name.
#[must_use]
pub fn of(page: &Loaded) -> String {
    match &page.data {
        PageData::SetUp { .. } => super::accounts::SET_UP_TITLE.to_owned(),
        PageData::SignIn { .. } => super::accounts::SIGN_IN_TITLE.to_owned(),
        PageData::SignedOut => super::accounts::SIGNED_OUT_TITLE.to_owned(),
        PageData::MyWork(_) => super::work::TITLE.to_owned(),
        PageData::NewProject => super::projects::NEW_TITLE.to_owned(),
        PageData::Tasks(list) => list.project.details.name.clone(),
        PageData::NewTask(list) => {
            format!("{} · {}", super::tasks::NEW_TITLE, list.project.details.key)
        }
        PageData::ProjectSettings(settings) => {
            format!("{} · {}", super::projects::SETTINGS_TITLE, settings.project.details.key)
        }
        PageData::Task(detail) => {
            format!("{} {}", detail.task.key, detail.task.content.title)
        }
        PageData::EditTask(detail) => format!("{} {}", super::tasks::EDIT_TITLE, detail.task.key),
        PageData::Run(detail) => format!("Run {} of {}", detail.run.attempt, detail.task.key),
        PageData::Sandboxes(_) => super::frame::SANDBOXES.to_owned(),
        PageData::Sandbox(summary) => super::sandboxes::title(&summary.whose),
        PageData::Validations(_) => super::frame::VALIDATIONS.to_owned(),
        PageData::Profile => super::settings::tab(SettingsTab::Profile).to_owned(),
        PageData::Sessions(_) => super::settings::tab(SettingsTab::Sessions).to_owned(),
        PageData::Audit(_) => super::settings::tab(SettingsTab::Audit).to_owned(),
        PageData::Keys(_) => super::settings::tab(SettingsTab::Keys).to_owned(),
        PageData::Members(_) => super::settings::tab(SettingsTab::Members).to_owned(),
        PageData::Workspace(_) => super::settings::tab(SettingsTab::Workspace).to_owned(),
        PageData::NewWorkspace => super::workspaces::NEW_TITLE.to_owned(),
        PageData::Join(Some(_)) => super::members::JOIN_TITLE.to_owned(),
        PageData::Join(None) => super::members::OVER_TITLE.to_owned(),
        PageData::Reset(link) => match link {
            ResetLink::Open(_) => super::accounts::RESET_TITLE.to_owned(),
            ResetLink::Used => super::accounts::RESET_USED_TITLE.to_owned(),
            ResetLink::Expired => super::accounts::RESET_EXPIRED_TITLE.to_owned(),
            ResetLink::Void => super::accounts::RESET_VOID_TITLE.to_owned(),
        },
        PageData::Missing => super::frame::MISSING_TITLE.to_owned(),
        PageData::Forbidden(_) => super::frame::FORBIDDEN_TITLE.to_owned(),
    }
}
