//! A workspace's own settings.

use std::sync::Arc;

use domain::actor::Permission;
use domain::error::{Error, Field};
use domain::workspace::{WorkspaceScene, check_leave};
use leptos::prelude::*;

use super::forms::{ORIGINS, RENAME};
use super::leave_panel::LeavePanel;
use crate::live::LiveRegion;
use crate::page::Loaded;
use crate::routes::SettingsTab;
use crate::text::{self, settings, workspaces as words};
use crate::ui::{
    Button, ButtonKind, CodeBlock, Form, Notice, PageHeader, Panel, TextArea, TextField, Tone,
};

/// Name, allowed origins, and the way out.
#[component]
pub fn WorkspacePage(
    /// The page.
    page: Arc<Loaded>,
    /// The workspace.
    scene: WorkspaceScene,
) -> impl IntoView {
    let member = page.member();
    let because = member
        .and_then(|member| member.check(Permission::ManageWorkspace).err())
        .map(|refusal| text::refusal(&refusal));
    let stays = member
        .and_then(|member| check_leave(member, scene.owners).err())
        .map(|refusal| text::refusal(&refusal));
    let (hold_name, hold_origins) =
        (page.echo_of(RENAME).is_some(), page.echo_of(ORIGINS).is_some());
    let name = view! { <NamePanel page=page.clone() scene=scene.clone() because=because.clone()/> }
        .into_any();
    let origins = view! { <OriginsPanel page scene because/> }.into_any();
    view! {
        <PageHeader title=settings::tab(SettingsTab::Workspace) lead=words::SETTINGS_LEAD/>
        <LiveRegion name="workspace-name" hold=hold_name>{name}</LiveRegion>
        <LiveRegion name="origins" hold=hold_origins>{origins}</LiveRegion>
        <LiveRegion name="leave">{view! { <LeavePanel because=stays/> }.into_any()}</LiveRegion>
    }
}

#[component]
fn NamePanel(page: Arc<Loaded>, scene: WorkspaceScene, because: Option<String>) -> impl IntoView {
    let echo = page.echo_of(RENAME);
    let now = scene.workspace.name.clone();
    let value = echo.map_or_else(|| now.clone(), |echo| echo.form.get("name").to_owned());
    let is_conflict = echo.is_some_and(|echo| matches!(echo.error, Error::Conflict { .. }));
    let seen = scene.workspace.settings_version;
    view! {
        <Panel id="name-panel" title=words::NAME_TITLE>
            {is_conflict.then(|| now_there(now))}
            <Form action=RENAME seen label=words::NAME_TITLE>
                <TextField
                    name="name"
                    label=words::NAME_LABEL
                    value
                    message=page.message(Field::WorkspaceName)
                    disabled=because.is_some()
                />
                <div class="form-actions">
                    <Button
                        label=words::RENAME
                        kind=ButtonKind::Primary
                        disabled_because=because
                    />
                </div>
            </Form>
        </Panel>
    }
}

#[component]
fn OriginsPanel(
    page: Arc<Loaded>,
    scene: WorkspaceScene,
    because: Option<String>,
) -> impl IntoView {
    let echo = page.echo_of(ORIGINS);
    let now = scene.origins.join("\n");
    let value = echo.map_or_else(|| now.clone(), |echo| echo.form.get("origins").to_owned());
    let is_conflict = echo.is_some_and(|echo| matches!(echo.error, Error::Conflict { .. }));
    let seen = scene.workspace.settings_version;
    view! {
        <Panel id="origins-panel" title=words::ORIGINS_TITLE lead=words::ORIGINS_LEAD>
            {is_conflict.then(|| now_there(now))}
            <Form action=ORIGINS seen label=words::ORIGINS_TITLE>
                <TextArea
                    name="origins"
                    label=words::ORIGINS_LABEL
                    value
                    hint=words::ORIGINS_HINT
                    example=words::ORIGINS_EXAMPLE
                    mono=true
                    message=page.message(Field::AllowedOrigins)
                    disabled=because.is_some()
                />
                <div class="form-actions">
                    <Button
                        label=words::ORIGINS_SAVE
                        kind=ButtonKind::Primary
                        disabled_because=because
                    />
                </div>
            </Form>
        </Panel>
    }
}

/// What somebody else saved in the meantime.
fn now_there(text: String) -> impl IntoView {
    view! {
        <Notice tone=Tone::Attention title=words::NOW_THERE>
            <CodeBlock text label=words::NOW_THERE/>
        </Notice>
    }
}
