//! Another workspace is opened.

use crate::context::Context;
use crate::error::{Error, Result};
use crate::ids::WorkspaceId;

/// Lets the caller's session have another workspace of theirs open. What was open before is read no
/// more: its pages in other tabs say so.
///
/// # Errors
/// `SignedOut`, `NotFound` for a workspace that they aren't a member of.
pub async fn switch(ctx: &Context, to: WorkspaceId) -> Result<()> {
    let read = ctx.store.move_session(&ctx.caller, to).await?;
    read.principal.member()?;
    if read.data { Ok(()) } else { Err(Error::NotFound) }
}
