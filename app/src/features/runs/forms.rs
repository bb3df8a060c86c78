//! The forms of a run's page.

use domain::Context;
use domain::error::Result;
use domain::ids::RunId;
use domain::run::{CancelRun, cancel};

use crate::page::{Form, Submitted};
use crate::routes::Route;

/// Stops a run.
///
/// # Errors
/// As [`cancel`].
pub async fn submit(ctx: &Context, run: RunId, form: &Form) -> Result<Submitted> {
    if form.action() != "cancel" {
        return Ok(Submitted::NotUnderstood);
    }
    cancel(ctx, CancelRun { run }).await?;
    Ok(Submitted::SeeOther(Route::Run { id: run }.path()))
}
