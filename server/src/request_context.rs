//! What a use case gets when a request asks: its caller by the session cookie, and what else only the
//! request can tell.

use std::sync::Arc;
use std::time::Duration;

use domain::context::IdempotencyKey;
use domain::ports::Random;
use domain::{Context, Result};
use http::{HeaderMap, Uri};
use worker::{Delay, send::SendFuture};

use crate::clock::PlatformClock;
use crate::passwords::Argon2Passwords;
use crate::random::PlatformRandom;
use crate::rules::secrets::same_secret;
use crate::scope::{RequestScope, cookie};
use crate::{bindings, context, session};

/// The token that the first visit must show outside localhost. Without it nobody sets up from there.
const SETUP_TOKEN: &str = "SETUP_TOKEN";

/// The longest name of a browser that is kept, in bytes.
const LONGEST_DEVICE: usize = 400;

/// What a use case gets of this request.
///
/// # Errors
/// `Unavailable` when the database isn't bound.
pub fn of(
    scope: &RequestScope,
    headers: &HeaderMap,
    idempotency_key: Option<IdempotencyKey>,
) -> Result<Context> {
    Ok(context::for_request(
        scope.env(),
        scope.database()?,
        scope.platform(),
        session::credential(cookie(headers, session::SESSION_COOKIE)),
        idempotency_key,
    ))
}

/// Password hashing in this isolate.
#[must_use]
pub fn passwords() -> Argon2Passwords {
    let pause = Arc::new(|milliseconds| -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(SendFuture::new(Delay::from(Duration::from_millis(milliseconds))))
    });
    Argon2Passwords::new(Arc::new(PlatformRandom), Arc::new(PlatformClock), pause)
}

/// Whether the site is reached on this very machine.
#[must_use]
pub fn is_local(uri: &Uri) -> bool {
    matches!(uri.host(), Some("localhost" | "127.0.0.1" | "[::1]" | "::1"))
}

/// Whether the token is the installation's. Without one there, none is.
#[must_use]
pub fn knows_setup_token(scope: &RequestScope, given: &str) -> bool {
    bindings::text(scope.env(), SETUP_TOKEN)
        .is_some_and(|token| same_secret(token.as_bytes(), given.as_bytes()))
}

/// The network address that the request came from, as the platform's edge saw it.
#[must_use]
pub fn address(headers: &HeaderMap) -> String {
    let seen = headers.get("cf-connecting-ip").and_then(|value| value.to_str().ok());
    seen.map_or_else(|| "unknown".to_owned(), |address| address.chars().take(64).collect())
}

/// The browser, as it named itself.
#[must_use]
pub fn device(headers: &HeaderMap) -> &str {
    let name = headers.get(http::header::USER_AGENT).and_then(|value| value.to_str().ok());
    let name = name.unwrap_or_default();
    name.get(..LONGEST_DEVICE).unwrap_or(name)
}

/// A random number below `most`, to keep callers apart that would try again at once.
#[must_use]
pub fn up_to(most: u64) -> u64 {
    let mut bytes = [0_u8; 8];
    PlatformRandom.fill(&mut bytes);
    u64::from_le_bytes(bytes).checked_rem(most).unwrap_or(0)
}
