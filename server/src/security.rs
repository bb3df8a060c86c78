//! The headers that every answer carries.

use axum::{body::Body, response::Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use crate::{
    rules::content_security_policy::{INERT_POLICY, content_security_policy},
    scope::RequestScope,
    test_hooks,
};

/// The header that carries the request's id.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The header that says what a request asked of the database, where tests may look.
pub const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// The limit that a request was counted under, and what is left of it.
pub const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
pub const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");

const FIXED: [(HeaderName, &str); 6] = [
    // With `no-referrer` a browser sends `Origin: null` on our own forms.
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
    ),
    (header::X_FRAME_OPTIONS, "DENY"),
];

/// Adds what every answer carries. An answer that became a web socket has no headers to add to.
pub fn protect(response: &mut Response<Body>, scope: &RequestScope) {
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        return;
    }
    let is_page = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"text/html"));
    let headers = response.headers_mut();
    for (name, value) in FIXED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if is_page {
        insert(headers, header::CONTENT_SECURITY_POLICY, &content_security_policy(scope.nonce()));
    } else if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(INERT_POLICY));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        // Pages belong to one person and carry a nonce: no one else may keep them.
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    }
    if scope.secure() {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=31536000; includeSubDomains"),
        );
    }
    insert(headers, REQUEST_ID, scope.id());
    if let Some(limits) = scope.ledger().headers() {
        insert(headers, RATE_LIMIT_POLICY, &limits.policy());
        insert(headers, RATE_LIMIT, &limits.limit());
    }
    // What a request costs is for the suite to see, not for the world.
    if test_hooks::exist(scope.env(), scope.own_origin()) {
        let counts = scope.database_counts();
        let cost = format!(
            "d1;desc=\"{}\", statements;desc=\"{}\"",
            counts.round_trips, counts.statements
        );
        insert(headers, SERVER_TIMING, &cost);
    }
}

fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
