//! The forms of workspaces.

use domain::Context;
use domain::error::{Error, Result};
use domain::workspace::{ChangeSettings, CreateWorkspace, change_settings, create, leave, switch};

use crate::page::{Form, Submitted};
use crate::routes::{Route, SettingsTab};

/// The form that renames.
pub const RENAME: &str = "rename";
/// The form that sets the allowed origins.
pub const ORIGINS: &str = "origins";
/// The form that leaves.
pub const LEAVE: &str = "leave";

/// Founds a workspace.
///
/// # Errors
/// As [`create`].
pub async fn submit_new(ctx: &Context, form: &Form) -> Result<Submitted> {
    create(ctx, CreateWorkspace { name: form.get("name").to_owned() }).await?;
    Ok(Submitted::SeeOther(Route::MyWork.path()))
}

/// Opens another workspace.
///
/// # Errors
/// As [`switch`].
pub async fn submit_switch(ctx: &Context, form: &Form) -> Result<Submitted> {
    let to = form.get("workspace").parse().map_err(|_| Error::NotFound)?;
    switch(ctx, to).await?;
    Ok(Submitted::SeeOther(Route::MyWork.path()))
}

/// Changes a workspace's settings, or leaves it.
///
/// # Errors
/// As the use cases.
pub async fn submit_settings(ctx: &Context, form: &Form) -> Result<Submitted> {
    let (name, origins) = match form.action() {
        RENAME => (Some(form.get("name").to_owned()), None),
        ORIGINS => (None, Some(form.get("origins").lines().map(str::to_owned).collect())),
        LEAVE => return submit_leave(ctx).await,
        _ => return Ok(Submitted::NotUnderstood),
    };
    change_settings(ctx, ChangeSettings { workspace: None, name, origins, seen: form.seen() })
        .await?;
    Ok(Submitted::SeeOther(Route::Settings(SettingsTab::Workspace).path()))
}

/// Leaves: what is left is another workspace, or nothing to be signed in to.
///
/// # Errors
/// As [`leave`].
pub async fn submit_leave(ctx: &Context) -> Result<Submitted> {
    Ok(match leave(ctx).await?.elsewhere {
        Some(_) => Submitted::SeeOther(Route::MyWork.path()),
        None => Submitted::SignedOut { to: Route::SignIn.path() },
    })
}
