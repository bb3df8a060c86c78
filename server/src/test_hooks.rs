//! `/__test/*`: what tests need of the very artefact that ships. Without the binding `TEST_SECRET`,
//! which production doesn't have, none of these addresses exists.

use std::{convert::Infallible, time::Duration};

use app::failure_page::Failure;
use axum::{Extension, body::Body, response::Response};
use bytes::Bytes;
use futures_util::stream;
use http::{HeaderValue, Request, header};
use serde_json::{Value, json};
use worker::{Delay, Env, send::SendFuture};

use crate::{
    bindings, durable, failure, pipeline_hooks,
    rules::{own_origin::is_local, secrets::same_secret},
    scope::RequestScope,
    server_functions, testing_routes,
};

/// The header that carries the secret.
pub const SECRET_HEADER: &str = "x-test-secret";

/// Whether there are hooks at all: on this machine only, and with a secret. A secret that slipped into
/// a deployment opens nothing.
#[must_use]
pub fn exist(env: &Env, own_origin: &str) -> bool {
    is_local(own_origin) && bindings::text(env, bindings::TEST_SECRET).is_some()
}

/// Whether a request knows the secret that this deployment was given. None was given: nobody does.
#[must_use]
pub fn is_open(env: &Env, own_origin: &str, given: Option<&[u8]>) -> bool {
    exist(env, own_origin)
        && bindings::text(env, bindings::TEST_SECRET)
            .zip(given)
            .is_some_and(|(secret, given)| same_secret(secret.as_bytes(), given))
}

/// Answers a hook, or says that there is none.
pub async fn answer(
    Extension(scope): Extension<RequestScope>,
    request: Request<Body>,
) -> Response<Body> {
    let given = request.headers().get(SECRET_HEADER).map(HeaderValue::as_bytes);
    if !is_open(scope.env(), scope.own_origin(), given) {
        return failure::respond(&scope, Failure::NotFound);
    }
    let path = request.uri().path().to_owned();
    let hook = path.strip_prefix("/__test/").unwrap_or_default();
    match hook.split_once('/').unwrap_or((hook, "")) {
        ("trap", _) => trap(),
        ("trap-late", _) => {
            pause(50).await;
            trap()
        }
        ("slow", milliseconds) => {
            pause(milliseconds.parse().unwrap_or(1_000)).await;
            json_response(&json!({ "slow": true }))
        }
        ("stream", milliseconds) => streaming(milliseconds.parse().unwrap_or(100)),
        ("forms", _) => json_response(&testing_routes::forms()),
        ("operations", _) => json_response(&testing_routes::operations()),
        ("server-functions", _) => json_response(&json!(server_functions::registered())),
        ("durable", rest) => SendFuture::new(durable::call_hook(scope.env(), rest))
            .await
            .unwrap_or_else(|_| failure::respond(&scope, Failure::Unavailable)),
        ("pipeline", rest) => {
            let rest = rest.to_owned();
            pipeline_hooks::answer(&scope, &rest, request)
                .await
                .unwrap_or_else(|| failure::respond(&scope, Failure::NotFound))
        }
        _ => testing_routes::answer(&scope, hook, request).await,
    }
}

/// Panics, which with `panic = "abort"` traps: the instance and all it was doing is gone.
#[expect(clippy::panic, reason = "tests that a trap is survived need a real one")]
pub fn trap() -> ! {
    panic!("a test asked for a trap")
}

async fn pause(milliseconds: u64) {
    SendFuture::new(Delay::from(Duration::from_millis(milliseconds))).await;
}

/// Twenty lines, one after the other, so that a test can trap while they come.
fn streaming(milliseconds: u64) -> Response<Body> {
    let lines = stream::unfold(0_u32, move |line| async move {
        if line == 20 {
            return None;
        }
        pause(milliseconds).await;
        Some((Ok::<_, Infallible>(Bytes::from(format!("line {line}\n"))), line + 1))
    });
    let mut response = Response::new(Body::from_stream(lines));
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

fn json_response(value: &Value) -> Response<Body> {
    let mut response = Response::new(Body::from(value.to_string()));
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
