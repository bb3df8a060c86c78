//! What a use case gets when a request asks: its caller by a bearer or by the session cookie, and what
//! else only the request can tell.

use std::sync::Arc;
use std::time::Duration;

use domain::actor::Credential;
use domain::clock::Clock;
use domain::context::{IdempotencyKey, RequestOrigin};
use domain::ports::Random;
use domain::{Context, Result};
use http::HeaderMap;
use serde_json::json;
use worker::{Delay, send::SendFuture};

use crate::clock::PlatformClock;
use crate::passwords::Argon2Passwords;
use crate::random::PlatformRandom;
use crate::rules::network::network_of;
use crate::rules::secrets::same_secret;
use crate::scope::{RequestScope, cookie};
use crate::telemetry::log_warning;
use crate::{bindings, context, session, tokens};

/// The token that the first visit must show outside localhost. Without it nobody sets up from there.
const SETUP_TOKEN: &str = "SETUP_TOKEN";

/// The longest name of a browser that is kept, in bytes.
const LONGEST_DEVICE: usize = 400;

/// What a use case gets of this request.
///
/// # Errors
/// `Unavailable` when the database isn't bound, `SignedOut` for a bearer that can be seen not to hold.
pub fn of(
    scope: &RequestScope,
    headers: &HeaderMap,
    idempotency_key: Option<IdempotencyKey>,
) -> Result<Context> {
    let context = context::for_request(
        scope.env(),
        scope.database()?,
        scope.platform(),
        credential(scope, headers)?,
        idempotency_key,
        origin(scope, headers),
    );
    scope.ledger().watch(&context.caller.witness);
    scope.remember(&context.caller);
    Ok(context)
}

/// What the request shows. A bearer counts for the API only, and there before any cookie.
///
/// # Errors
/// `SignedOut` for a bearer that can be seen not to hold.
pub fn credential(scope: &RequestScope, headers: &HeaderMap) -> Result<Credential> {
    scope.credential(|| {
        let issuer = || tokens::of_deployment(scope.env());
        let bearer = match scope.location().starts_with("/api/") {
            true => tokens::shown(headers, issuer, PlatformClock.now()),
            false => None,
        };
        match bearer {
            None => Ok(session::credential(cookie(headers, session::SESSION_COOKIE))),
            Some(Ok(credential)) => Ok(credential),
            Some(Err(why)) => {
                // The caller learns only that it doesn't hold.
                let fields = json!({ "request_id": scope.id(), "why": format!("{why:?}") });
                log_warning("bearer_refused", &fields);
                Err(domain::Error::SignedOut)
            }
        }
    })
}

/// Where the request came from, as the audit log keeps it.
fn origin(scope: &RequestScope, headers: &HeaderMap) -> RequestOrigin {
    RequestOrigin {
        network: network(headers),
        agent: device(headers).to_owned(),
        request_id: scope.id().to_owned(),
    }
}

/// Password hashing in this isolate.
#[must_use]
pub fn passwords() -> Argon2Passwords {
    let pause = Arc::new(|milliseconds| -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(SendFuture::new(Delay::from(Duration::from_millis(milliseconds))))
    });
    Argon2Passwords::new(Arc::new(PlatformRandom), Arc::new(PlatformClock), pause)
}

/// Whether the token is the installation's. Without one there, none is.
#[must_use]
pub fn knows_setup_token(scope: &RequestScope, given: &str) -> bool {
    bindings::text(scope.env(), SETUP_TOKEN)
        .is_some_and(|token| same_secret(token.as_bytes(), given.as_bytes()))
}

/// The network that the request came from, as the platform's edge saw it.
#[must_use]
pub fn network(headers: &HeaderMap) -> String {
    network_of(header_text(headers, "cf-connecting-ip").unwrap_or_default())
}

/// A header's text. One that isn't visible ASCII counts as a value that matches nothing.
#[must_use]
pub fn header_text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).map(|value| value.to_str().unwrap_or("\u{fffd}"))
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
