//! Asking a cache without depending on it.

use std::time::Duration;

use futures_util::future::{Either, select};
use worker::Delay;

use crate::telemetry;

/// How long a cache, or what it caches, is waited for.
const PATIENCE: Duration = Duration::from_millis(500);

/// What came of the work; none, and a line in the log, when it failed or took too long.
pub(super) async fn patiently<T>(
    event: &str,
    work: impl Future<Output = worker::Result<T>>,
) -> Option<T> {
    match select(Box::pin(work), Delay::from(PATIENCE)).await {
        Either::Left((Ok(done), _)) => Some(done),
        Either::Left((Err(cause), _)) => {
            telemetry::log_error(event, None, &cause);
            None
        }
        Either::Right(_) => {
            telemetry::log_error(event, None, &"no answer in time");
            None
        }
    }
}
