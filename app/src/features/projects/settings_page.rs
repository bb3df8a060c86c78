//! A project's settings.

use std::sync::Arc;

use domain::actor::Permission;
use domain::views::ProjectSettings;
use leptos::prelude::*;

use super::gate_form::GatePanel;
use super::source_panel::SourcePanel;
use crate::page::Loaded;
use crate::text::{self, projects as words};
use crate::ui::PageHeader;

/// A project's source and gate. Everybody may read them; who may not change them is told why.
#[component]
pub fn ProjectSettingsPage(
    /// The page.
    page: Arc<Loaded>,
    /// The project.
    settings: ProjectSettings,
) -> impl IntoView {
    let refusal = page.member().and_then(|member| member.check(Permission::ManageProjects).err());
    let because = refusal.as_ref().map(text::refusal);
    let ProjectSettings { project, people } = settings;
    view! {
        <PageHeader title=words::SETTINGS_TITLE eyebrow=project.details.name.clone()/>
        <SourcePanel page=page.clone() project=project.clone() people because=because.clone()/>
        <GatePanel page project because/>
    }
}
