//! What the cron does: sweeps that may run twice or late without harm.

pub mod anchors;
mod leases;
mod sandboxes;
mod upkeep;

use serde_json::json;
use worker::{Env, ScheduledEvent, console_log};

use crate::store::SqlStore;
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
    let store = match context::database(env) {
        Ok(database) => SqlStore::new(database),
        Err(error) => return telemetry::log_error("sweep", None, &error),
    };
    outbox::sweep(env, &*system.store).await;
    leases::sweep(&system).await;
    sandboxes::sweep(env, &system).await;
    upkeep::nudge_rooms(env, &store).await;
    upkeep::forget(&store).await;
    anchors::sweep(env, &store).await;
}
