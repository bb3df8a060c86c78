//! The platform's own counters, per location and coarse: they keep a flood away from the database. The
//! exact limits are ours. Where a binding is absent or doesn't answer, nothing is refused.

use app::failure_page::Failure;
use worker::send::SendFuture;

use crate::{scope::RequestScope, telemetry};

/// What is counted: the binding, as `wrangler.toml` names it.
#[derive(Clone, Copy, Debug)]
pub enum Coarse {
    /// Requests that anybody may make.
    Request,
    /// Attempts to sign in and to set up.
    SignIn,
    /// Whatever is counted exactly as well.
    Flood,
}

impl Coarse {
    const fn binding(self) -> &'static str {
        match self {
            Self::Request => "REQUEST_LIMIT",
            Self::SignIn => "SIGN_IN_LIMIT",
            Self::Flood => "FLOOD_LIMIT",
        }
    }
}

/// How long the windows of all are, in seconds, as `wrangler.toml` says.
const PERIOD_S: u32 = 60;

/// Counts a request of this network.
///
/// # Errors
/// [`Failure::TooMany`].
pub async fn check(scope: &RequestScope, what: Coarse, network: &str) -> Result<(), Failure> {
    let Ok(limiter) = scope.env().rate_limiter(what.binding()) else {
        return Ok(());
    };
    match SendFuture::new(limiter.limit(network.to_owned())).await {
        Ok(outcome) if !outcome.success => Err(Failure::TooMany { retry_after_s: PERIOD_S }),
        Ok(_) => Ok(()),
        Err(cause) => {
            telemetry::log_error("rate_limit_unknown", Some(scope.id()), &cause);
            Ok(())
        }
    }
}
