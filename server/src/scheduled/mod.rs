//! What the cron does: sweeps that may run twice or late without harm.

use serde_json::json;
use worker::{Env, ScheduledEvent, console_log};

/// Runs the sweeps that are due.
pub async fn run(event: ScheduledEvent, _env: Env) {
    console_log!(
        "{}",
        json!({ "event": "scheduled", "level": "info", "cron": event.cron(), "at": event.schedule() })
    );
}
