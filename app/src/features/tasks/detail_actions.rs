//! What one can do on a task's page.

use domain::Context;
use domain::error::Result;
use domain::run::{CancelRun, StartRun, cancel, start};
use domain::task::{MoveTask, MoveTo, TaskKey, TaskRef, move_task};
use domain::validation::{Approve, Reject, approve, reject};

use crate::page::{Form, Submitted};
use crate::routes::Route;

/// Starts or stops a run, approves, sends back, or moves the task by hand.
///
/// # Errors
/// As the use cases.
pub async fn submit_detail(ctx: &Context, key: &TaskKey, form: &Form) -> Result<Submitted> {
    let task = TaskRef::Key(key.clone());
    let seen = form.seen();
    match form.action() {
        "start" => {
            start(ctx, StartRun { task, seen }).await?;
        }
        "approve" => {
            approve(ctx, Approve { task, seen }).await?;
        }
        "reject" => {
            let reason = form.get("reason").to_owned();
            reject(ctx, Reject { task, seen, reason }).await?;
        }
        "move" => {
            let Some(to) = MoveTo::parse(form.get("to")) else {
                return Ok(Submitted::NotUnderstood);
            };
            move_task(ctx, MoveTask { task, seen, to }).await?;
        }
        "stop_run" => {
            let Ok(run) = form.get("run").parse() else {
                return Ok(Submitted::NotUnderstood);
            };
            cancel(ctx, CancelRun { run }).await?;
        }
        _ => return Ok(Submitted::NotUnderstood),
    }
    Ok(Submitted::SeeOther(Route::Task { key: key.clone() }.path()))
}
