//! Changing a workspace's own settings.

use serde::Serialize;

use crate::actor::{Actor, Permission};
use crate::context::Context;
use crate::error::{Error, Field, Result};
use crate::event::EventBody;
use crate::idempotency::Asked;
use crate::ids::WorkspaceId;
use crate::listing::ListedWorkspace;
use crate::text;
use crate::workspace::origins;
use crate::write_batch::{Row, WriteBatch};

/// A request to change the settings of the caller's workspace.
#[derive(Clone, Debug, Serialize)]
pub struct ChangeSettings {
    /// The workspace that is meant, where the request names one: it must be the caller's.
    pub workspace: Option<WorkspaceId>,
    /// The new name, unless it stays.
    pub name: Option<String>,
    /// All the other sites whose pages may use its API, as typed, unless they stay; blank ones don't
    /// count.
    pub origins: Option<Vec<String>>,
    /// The version of the settings that was seen.
    pub seen: i64,
}

/// Changes the settings, all that are asked for or none, and gives the workspace as it is then.
///
/// # Errors
/// `SignedOut`, `Forbidden`, `OutOfScope`, `NotFound` for another workspace, `Invalid`, `Conflict` with
/// the present version.
pub async fn change_settings(ctx: &Context, input: ChangeSettings) -> Result<ListedWorkspace> {
    let asked = Asked::new("workspace::change_settings", &input)?;
    let read = ctx.store.workspace(&ctx.caller).await?;
    let member = read.principal.require(Permission::ManageWorkspace)?;
    let scene = read.data.ok_or(Error::NotFound)?;
    let mut workspace = scene.workspace;
    if input.workspace.is_some_and(|meant| meant != workspace.id) {
        return Err(Error::NotFound);
    }
    if asked.first_answer(read.answered.as_ref())?.is_some() {
        return Ok(workspace.listed(member.role, scene.origins));
    }
    let name = input.name.map(|name| text::line(Field::WorkspaceName, &name, 1, 80)).transpose()?;
    let origins = input.origins.as_deref().map(origins::parse_all).transpose()?;
    if workspace.settings_version != input.seen {
        return Err(Error::Conflict { current: workspace.settings_version });
    }
    let name = name.filter(|name| *name != workspace.name);
    let origins = origins.filter(|origins| *origins != scene.origins);
    if name.is_none() && origins.is_none() {
        return Ok(workspace.listed(member.role, scene.origins));
    }
    let actor = Actor::User(member.user);
    let mut batch = WriteBatch::new(workspace.id);
    batch.answer(ctx, member.user, &asked, &workspace.id.to_string());
    if let Some(name) = name {
        workspace.note(ctx, &mut batch, actor, EventBody::WorkspaceRenamed { name })?;
    }
    if let Some(origins) = origins.clone() {
        let body = EventBody::AllowedOriginsChanged { origins: origins.clone() };
        workspace.note(ctx, &mut batch, actor, body)?;
        batch.rows.push(Row::AllowedOrigins { workspace: workspace.id, origins });
    }
    batch.rows.push(Row::Workspace(workspace.clone()));
    ctx.commit(batch).await?;
    Ok(workspace.listed(member.role, origins.unwrap_or(scene.origins)))
}
