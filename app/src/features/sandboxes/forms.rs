//! The form of a sandbox's page.

use domain::Context;
use domain::error::{Error, Result};
use domain::ids::SandboxId;
use domain::run::{CancelRun, cancel};

use crate::page::{Form, Submitted};
use crate::routes::Route;

/// Stops a sandbox by stopping the run in it.
///
/// # Errors
/// As [`cancel`].
pub async fn submit(ctx: &Context, id: SandboxId, form: &Form) -> Result<Submitted> {
    if form.action() != "stop" {
        return Ok(Submitted::NotUnderstood);
    }
    let read = ctx.store.sandbox(&ctx.caller, id).await?;
    read.principal.member()?;
    let sandbox = read.data.ok_or(Error::NotFound)?;
    cancel(ctx, CancelRun { run: sandbox.request.run }).await?;
    Ok(Submitted::SeeOther(Route::Sandbox { id }.path()))
}
