//! The forms that create and change projects.

use domain::Context;
use domain::error::Result;
use domain::project::{
    CreateProject, EditGate, ProjectKey, UploadSource, create, edit_gate, upload_source,
};

use crate::page::{Form, Services, Submitted};
use crate::routes::Route;

/// The form that sets the source.
pub const SET_SOURCE: &str = "set_source";
/// The form that changes the gate.
pub const EDIT_GATE: &str = "edit_gate";

/// Creates a project, and goes on to its settings: a source is what it needs next.
///
/// # Errors
/// As [`create`].
pub async fn submit_new(ctx: &Context, form: &Form) -> Result<Submitted> {
    let input = CreateProject {
        key: form.get("key").to_owned(),
        name: form.get("name").to_owned(),
        repository_url: form.get("repository_url").to_owned(),
    };
    let project = create(ctx, input).await?;
    Ok(Submitted::SeeOther(Route::ProjectSettings { project }.path()))
}

/// Sets the source, or changes the gate.
///
/// # Errors
/// As the use cases.
pub async fn submit_settings(
    ctx: &Context,
    services: &Services<'_>,
    project: &ProjectKey,
    form: &mut Form,
) -> Result<Submitted> {
    match form.action() {
        SET_SOURCE => upload(ctx, services, project, form).await?,
        EDIT_GATE => edit_gate(ctx, gate_input(project, form)).await?,
        _ => return Ok(Submitted::NotUnderstood),
    };
    Ok(Submitted::SeeOther(Route::ProjectSettings { project: project.clone() }.path()))
}

/// The gate as typed.
pub fn gate_input(project: &ProjectKey, form: &Form) -> EditGate {
    EditGate {
        project: project.to_string(),
        seen: form.seen(),
        commands: form.get("commands").to_owned(),
        reports: form.get("reports").to_owned(),
        approval: form.is_ticked("approval"),
    }
}

async fn upload(
    ctx: &Context,
    services: &Services<'_>,
    project: &ProjectKey,
    form: &mut Form,
) -> Result<i64> {
    let seen = form.seen();
    let file = form.take_file();
    // Without a file there are no bytes, which the use case refuses after it asked who sent it.
    let (name, bytes) = file.map(|file| (file.name, file.bytes)).unwrap_or_default();
    let input = UploadSource { project: project.clone(), seen, name, bytes };
    upload_source(ctx, services.sources, input).await
}
