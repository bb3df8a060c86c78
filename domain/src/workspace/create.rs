//! A person founds another workspace.

use serde::Serialize;

use crate::account::check_browser;
use crate::actor::Actor;
use crate::context::Context;
use crate::error::{Error, Field, Refusal, Result};
use crate::idempotency::Asked;
use crate::ids::WorkspaceId;
use crate::text;
use crate::workspace::found;
use crate::write_batch::{Row, WriteBatch};

/// How many workspaces a person may be in and still found another one.
pub const MAX_WORKSPACES: u32 = 50;

/// A request to found a workspace.
#[derive(Clone, Debug, Serialize)]
pub struct CreateWorkspace {
    /// Its name.
    pub name: String,
}

/// Founds a workspace whose owner is the caller; their session has it open then. It takes no role, but a
/// browser: a key is for one workspace and reaches no other, not even to found it.
///
/// # Errors
/// `SignedOut`, `Refused(OnlyInBrowser)`, `Invalid`, `Refused(TooManyWorkspaces)`.
pub async fn create(ctx: &Context, input: CreateWorkspace) -> Result<WorkspaceId> {
    let asked = Asked::new("workspace::create", &input)?;
    let read = ctx.store.workspaces(&ctx.caller).await?;
    let member = read.principal.member()?;
    let session = check_browser(member)?;
    if let Some(first) = asked.first_answer(read.answered.as_ref())? {
        return first.parse().map_err(|_| Error::Internal);
    }
    let name = text::line(Field::WorkspaceName, &input.name, 1, 80)?;
    if read.data.len() >= MAX_WORKSPACES as usize {
        return Err(Refusal::TooManyWorkspaces { max: MAX_WORKSPACES }.into());
    }
    let id = WorkspaceId::generate(ctx.now(), &*ctx.random);
    let mut batch = WriteBatch::new(id);
    batch.answer(ctx, member.user, &asked, &id.to_string());
    found(ctx, &mut batch, Actor::User(member.user), (member.user, &member.name), name)?;
    let (user, from) = (member.user, member.workspace);
    batch.rows.push(Row::SessionsMoved { user, session: Some(session), from, to: id });
    ctx.commit(batch).await?;
    Ok(id)
}
