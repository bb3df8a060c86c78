//! Runs whose lease expired without anybody writing it down: their timer was lost.

use domain::clock::Clock;
use domain::{Context, run};

use crate::clock::PlatformClock;
use crate::telemetry;

/// Most runs of one sweep.
const LIMIT: u32 = 50;

/// Writes down the runs that are lost.
pub(super) async fn sweep(system: &Context) {
    let expired = match system.store.expired_runs(PlatformClock.now(), LIMIT).await {
        Ok(expired) => expired,
        Err(error) => return telemetry::log_error("leases_not_read", None, &error),
    };
    for id in expired {
        if let Err(error) = run::expire(system, id).await {
            telemetry::log_error("run_not_expired", None, &error);
        }
    }
}
