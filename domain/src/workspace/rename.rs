//! Renaming a workspace.

use serde::Serialize;

use crate::actor::{Actor, Permission};
use crate::context::Context;
use crate::error::{Error, Field, Result};
use crate::event::EventBody;
use crate::idempotency::Asked;
use crate::text;
use crate::write_batch::WriteBatch;

/// A request to rename the caller's workspace.
#[derive(Clone, Debug, Serialize)]
pub struct RenameWorkspace {
    /// The new name.
    pub name: String,
    /// The version of the settings that was seen.
    pub seen: i64,
}

/// Renames the caller's workspace.
///
/// # Errors
/// `SignedOut`, `Forbidden`, `OutOfScope`, `Invalid`, `Conflict` with the present version.
pub async fn rename(ctx: &Context, input: RenameWorkspace) -> Result<()> {
    let asked = Asked::new("workspace::rename", &input)?;
    let read = ctx.store.workspace(&ctx.caller).await?;
    let user = read.principal.require(Permission::ManageWorkspace)?.user;
    if asked.first_answer(read.answered.as_ref())?.is_some() {
        return Ok(());
    }
    let workspace = read.data.ok_or(Error::NotFound)?.workspace;
    let name = text::line(Field::WorkspaceName, &input.name, 1, 80)?;
    if workspace.settings_version != input.seen {
        return Err(Error::Conflict { current: workspace.settings_version });
    }
    if name == workspace.name {
        return Ok(());
    }
    let mut batch = WriteBatch::new(workspace.id);
    batch.answer(ctx, user, &asked, &workspace.id.to_string());
    workspace.record(ctx, &mut batch, Actor::User(user), EventBody::WorkspaceRenamed { name })?;
    ctx.commit(batch).await
}
