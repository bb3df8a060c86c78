//! Pages of other sites: those that the workspace of the key allows, by name, never with cookies.

use domain::Context;
use domain::actor::{Principal, Via};
use http::{HeaderMap, HeaderValue, header};

/// What a page of another site may read of an answer besides its body.
const EXPOSED: &str = "etag, link, location, retry-after, ratelimit, ratelimit-policy, \
     idempotency-replayed, x-request-id, run-state, content-disposition, content-range, repr-digest";
/// What it may send.
const ACCEPTED: &str = "authorization, content-type, content-disposition, content-digest, \
     if-match, if-none-match, if-range, range, idempotency-key";
/// How long a browser may remember that, in seconds.
const REMEMBERED: &str = "600";

/// Lets a page of this origin read the answer, where its key's workspace allows that.
pub(super) async fn admit(headers: &mut HeaderMap, origin: Option<&HeaderValue>, ctx: &Context) {
    let Some(origin) = origin else { return };
    let Ok(text) = origin.to_str() else { return };
    let allowed = match ctx.caller.witness.seen() {
        Some(Principal::Member(member)) => match &member.via {
            Via::Key(grant) => grant.origins.iter().any(|known| known == text),
            Via::Session(_) => false,
        },
        Some(Principal::Run(_) | Principal::System) => false,
        // Refused before anybody was known: whoever may ask at all may read why not.
        Some(Principal::SignedOut) | None => is_known(ctx, text).await,
    };
    if allowed {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        let exposed = HeaderValue::from_static(EXPOSED);
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    }
}

/// Answers a preflight for these methods.
pub(super) async fn preflight(
    headers: &mut HeaderMap,
    origin: &HeaderValue,
    methods: &str,
    ctx: &Context,
) {
    let is_allowed = match origin.to_str() {
        Ok(text) => is_known(ctx, text).await,
        Err(_) => false,
    };
    let (true, Ok(methods)) = (is_allowed, HeaderValue::from_str(methods)) else { return };
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
    let accepted = HeaderValue::from_static(ACCEPTED);
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, accepted);
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(REMEMBERED));
}

/// Whether any workspace lets pages of this origin in. When nobody can tell, none does.
async fn is_known(ctx: &Context, origin: &str) -> bool {
    ctx.store.origin_is_allowed(origin).await.unwrap_or(false)
}
