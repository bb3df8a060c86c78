//! The platform's clock. Everything else gets the time as a parameter.

use domain::clock::{Clock, Timestamp};

/// The present moment, as the platform tells it: it stands still between the answers of I/O.
#[derive(Clone, Copy, Debug, Default)]
pub struct PlatformClock;

impl Clock for PlatformClock {
    fn now(&self) -> Timestamp {
        Timestamp(i64::try_from(worker::Date::now().as_millis()).unwrap_or(i64::MAX))
    }
}
