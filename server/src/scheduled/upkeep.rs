//! What is kept for a time only, and rooms whose nudge may have been lost.

use domain::clock::Clock;
use worker::Env;

use crate::clock::PlatformClock;
use crate::durable::room;
use crate::store::SqlStore;
use crate::telemetry;

/// Most rows of a kind removed by one sweep.
const REMOVED: u32 = 500;
/// How long a dead letter is kept, in milliseconds.
const DEAD_LETTER_MS: i64 = 30 * 24 * 3_600_000;
/// How far back a nudge may have been lost, in milliseconds: three runs of the cron.
const LIVELY_MS: i64 = 3 * 60_000;
/// Most rooms nudged by one sweep.
const MAX_ROOMS: u32 = 200;

/// Removes what is remembered no longer.
pub(super) async fn forget(store: &SqlStore) {
    let now = PlatformClock.now();
    if let Err(error) = store.forget_answers(now, REMOVED).await {
        telemetry::log_error("answers_not_forgotten", None, &error);
    }
    let before = now.plus_ms(-DEAD_LETTER_MS);
    if let Err(error) = store.drop_dead_letters(before, REMOVED).await {
        telemetry::log_error("dead_letters_not_dropped", None, &error);
    }
}

/// Nudges the rooms of the workspaces that had events lately.
pub(super) async fn nudge_rooms(env: &Env, store: &SqlStore) {
    let since = PlatformClock.now().plus_ms(-LIVELY_MS);
    match store.lively_workspaces(since, MAX_ROOMS).await {
        Ok(lively) => {
            for workspace in lively {
                room::nudge(env, workspace).await;
            }
        }
        Err(error) => telemetry::log_error("rooms_not_nudged", None, &error),
    }
}
