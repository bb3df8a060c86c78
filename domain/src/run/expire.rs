//! Runs whose lease expired.

use crate::actor::Actor;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::ids::RunId;
use crate::run::finish::end_run;
use crate::run::{RunOutcome, RunState};
use crate::write_batch::WriteBatch;

/// Writes down that a run whose lease expired is lost; gives whether it was. Repeating it is
/// harmless, and a renewed lease wins.
///
/// # Errors
/// `NotFound`, `Conflict` (it changed at the same moment: look again).
pub async fn expire(ctx: &Context, run: RunId) -> Result<bool> {
    let read = ctx.store.run_scene(&ctx.caller, run).await?;
    read.principal.require_system()?;
    let scene = read.data.ok_or(Error::NotFound)?;
    let is_lost = matches!(scene.run.state_at(ctx.now()), RunState::Lost { .. });
    if !is_lost || !scene.run.state.is_live() {
        return Ok(false);
    }
    let mut batch = WriteBatch::new(scene.run.workspace);
    end_run(ctx, &mut batch, scene, Actor::System, RunOutcome::Lost, None)?;
    ctx.commit(batch).await?;
    Ok(true)
}
