//! Where a page stands: the pages above it.

use crate::page::{Loaded, PageData};
use crate::routes::{Route, SettingsTab};
use crate::text::{frame, projects, settings, tasks};

/// One page above.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crumb {
    /// Its name.
    pub label: String,
    /// Its address; none for the page itself.
    pub href: Option<String>,
}

impl Crumb {
    fn to(label: impl Into<String>, route: &Route) -> Self {
        Self { label: label.into(), href: Some(route.path()) }
    }

    fn here(label: impl Into<String>) -> Self {
        Self { label: label.into(), href: None }
    }
}

/// The pages above a page, and the page itself.
#[must_use]
pub fn crumbs_of(page: &Loaded) -> Vec<Crumb> {
    match (&page.route, &page.data) {
        (_, PageData::Tasks(list)) => vec![Crumb::here(&list.project.details.name)],
        (Route::NewTask { project }, PageData::NewTask(list)) => vec![
            Crumb::to(&list.project.details.name, &Route::Tasks { project: project.clone() }),
            Crumb::here(tasks::NEW_TITLE),
        ],
        (Route::ProjectSettings { project }, PageData::ProjectSettings(settings)) => vec![
            Crumb::to(&settings.project.details.name, &Route::Tasks { project: project.clone() }),
            Crumb::here(projects::SETTINGS_TITLE),
        ],
        (_, PageData::Task(detail)) => vec![
            Crumb::to(
                &detail.project.details.name,
                &Route::Tasks { project: detail.project.details.key.clone() },
            ),
            Crumb::here(detail.task.key.to_string()),
        ],
        (Route::EditTask { key }, PageData::EditTask(detail)) => vec![
            Crumb::to(
                &detail.project.details.name,
                &Route::Tasks { project: detail.project.details.key.clone() },
            ),
            Crumb::to(key.to_string(), &Route::Task { key: key.clone() }),
            Crumb::here(tasks::EDIT_TITLE),
        ],
        (_, PageData::Run(detail)) => vec![
            Crumb::to(detail.task.key.to_string(), &Route::Task { key: detail.task.key.clone() }),
            Crumb::here(tasks::attempt(detail.run.attempt)),
        ],
        (_, PageData::Sandbox(_)) => {
            vec![Crumb::to(frame::SANDBOXES, &Route::Sandboxes), Crumb::here(page.title())]
        }
        (Route::Settings(tab), _) => {
            let own = Route::Settings(SettingsTab::Profile);
            vec![Crumb::to(settings::TITLE, &own), Crumb::here(settings::tab(*tab))]
        }
        _ => vec![Crumb::here(page.title())],
    }
}
