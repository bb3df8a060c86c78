//! What the cron does: sweeps that may run twice or late without harm.

mod leases;
mod sandboxes;

use domain::Context;
use serde_json::json;
use worker::{Env, ScheduledEvent, console_log};

use crate::{context, outbox, telemetry};

/// Runs the sweeps that are due.
pub async fn run(event: ScheduledEvent, env: Env) {
    console_log!(
        "{}",
        json!({ "event": "scheduled", "level": "info", "cron": event.cron(), "at": event.schedule() })
    );
    sweep(&env).await;
}

/// One sweep of everything. Each part does what it can; what it can't, the next sweep does.
pub async fn sweep(env: &Env) {
    let system = match context::for_system(env) {
        Ok(system) => system,
        Err(error) => return telemetry::log_error("sweep", None, &error),
    };
    outbox::sweep(env, &*system.store).await;
    leases::sweep(&system).await;
    sandboxes::sweep(env, &system).await;
    nudge_rooms(env, &system).await;
}

/// Nudges the room of every workspace: a nudge may have been lost.
async fn nudge_rooms(env: &Env, _system: &Context) {
    let listed = match context::database(env) {
        Ok(database) => database.query(workspaces()).await,
        Err(error) => return telemetry::log_error("rooms_not_nudged", None, &error),
    };
    match listed {
        Ok(rows) => {
            for id in rows.0.iter().filter_map(|row| row.parse("id").ok()) {
                crate::durable::room::nudge(env, id).await;
            }
        }
        Err(error) => telemetry::log_error("rooms_not_nudged", None, &error),
    }
}

/// Most workspaces nudged by one sweep: those that were busy last.
const MAX_ROOMS: u32 = 50;

fn workspaces() -> crate::database::Statement {
    crate::database::Statement::new("SELECT id FROM workspaces LIMIT ?1", [MAX_ROOMS.into()])
}
