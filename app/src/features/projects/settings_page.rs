//! A project's settings.

use std::sync::Arc;

use domain::actor::Permission;
use domain::views::ProjectSettings;
use leptos::prelude::*;

use super::forms::{EDIT_GATE, SET_SOURCE};
use super::gate_form::GatePanel;
use super::source_panel::SourcePanel;
use crate::live::LiveRegion;
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
    let name = project.details.name.clone();
    let hold_source = page.echo_of(SET_SOURCE).is_some();
    let hold_gate = page.echo_of(EDIT_GATE).is_some();
    let source = view! {
        <SourcePanel page=page.clone() project=project.clone() people because=because.clone()/>
    }
    .into_any();
    let gate = view! { <GatePanel page project because/> }.into_any();
    view! {
        <PageHeader title=words::SETTINGS_TITLE eyebrow=name/>
        <LiveRegion name="source" hold=hold_source>{source}</LiveRegion>
        <LiveRegion name="gate" hold=hold_gate>{gate}</LiveRegion>
    }
}
