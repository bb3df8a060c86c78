//! The form of a sandbox's page.

use domain::Context;
use domain::error::Result;
use domain::ids::SandboxId;
use domain::run::{StopSandbox, stop_sandbox};

use crate::page::{Form, Submitted};
use crate::routes::Route;

/// Stops a sandbox by stopping the run in it.
///
/// # Errors
/// As [`stop_sandbox`].
pub async fn submit(ctx: &Context, id: SandboxId, form: &Form) -> Result<Submitted> {
    if form.action() != "stop" {
        return Ok(Submitted::NotUnderstood);
    }
    stop_sandbox(ctx, StopSandbox { sandbox: id }).await?;
    Ok(Submitted::SeeOther(Route::Sandbox { id }.path()))
}
