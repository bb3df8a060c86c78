//! Which handler answers which address, and what stands in front of them all.

use app::failure_page::Failure;
use axum::{
    Extension, Router,
    body::Body,
    response::Response,
    routing::{any, get, post},
};
use http::{HeaderValue, Request, StatusCode, header, request::Parts};
use http_body_util::Limited;
use serde_json::json;
use tower_service::Service;
use worker::{Context, Env, HttpRequest};

use crate::{
    afterwards, api_docs, api_http, evidence, failure, limits, live_http, logs_http, pages,
    preferences,
    request_context::header_text,
    rules::{
        limits::body_limit,
        origin::{Provenance, check_origin},
    },
    scope::{ASSETS, RequestScope},
    security, server_functions, telemetry, test_hooks, tokens,
};

thread_local! {
    // Built by the first request of an isolate, never at start: the platform allows no randomness
    // and no time there.
    static ROUTER: Router = build();
}

fn build() -> Router {
    server_functions::register();
    Router::new()
        .route("/health", get(health))
        .route(app::theme::THEME_PATH, post(preferences::keep_theme))
        .route(app::live::protocol::LIVE_PATH, get(live_http::connect))
        .route("/evidence/{id}", get(evidence::download))
        .route("/runs/{id}/log", get(logs_http::page))
        .route("/runs/{id}/log.txt", get(logs_http::whole))
        .route("/fn/{*name}", post(server_functions::call))
        .route(api_docs::DOCS_PATH, get(api_docs::page))
        .route("/.well-known/jwks.json", get(key_set))
        .route("/api/v1", any(api_http::answer))
        .route("/api/v1/{*rest}", any(api_http::answer))
        .route("/__test/{*hook}", any(test_hooks::answer))
        .method_not_allowed_fallback(method_not_allowed)
        .fallback(page)
}

/// Answers a request: checks in front, the router, headers and the log line behind.
pub async fn handle(request: HttpRequest, env: Env, context: Context) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let scope = RequestScope::open(&parts, env, context);
    let (method, path) = (parts.method.clone(), parts.uri.path().to_owned());
    let mut response = match check(&parts, &scope) {
        Err(failure) => failure::respond(&scope, failure),
        Ok(()) => {
            let limit =
                body_limit(&path, header_text(&parts.headers, header::CONTENT_TYPE.as_str()));
            let mut request = Request::from_parts(parts, Body::new(Limited::new(body, limit)));
            request.extensions_mut().insert(scope.clone());
            route(request).await
        }
    };
    security::protect(&mut response, &scope);
    limits::keep_count(&scope);
    afterwards::note(&scope, &method, &path, response.status());
    telemetry::log_request(&scope, &method, &path, response.status());
    response
}

async fn route(request: Request<Body>) -> Response<Body> {
    match ROUTER.with(Clone::clone).call(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// What every request must pass before any handler sees it.
fn check(request: &Parts, scope: &RequestScope) -> Result<(), Failure> {
    let headers = &request.headers;
    let declared =
        header_text(headers, "content-length").and_then(|value| value.parse::<usize>().ok());
    let limit = body_limit(request.uri.path(), header_text(headers, "content-type"));
    if declared.is_some_and(|length| length > limit) {
        return Err(Failure::TooLarge);
    }
    // The hooks' own secret is a header that no page of another site can send.
    if request.uri.path().starts_with("/__test/") {
        return Ok(());
    }
    let provenance = Provenance {
        method: request.method.as_str(),
        path: request.uri.path(),
        origin: header_text(headers, "origin"),
        fetch_site: header_text(headers, "sec-fetch-site"),
        authorization: header_text(headers, "authorization"),
        upgrades: headers.contains_key(header::UPGRADE),
    };
    check_origin(&provenance, scope.own_origin()).map_err(|_| Failure::ForeignOrigin)
}

/// Whether this build is whole. Says nothing about anyone's data.
async fn health() -> Response<Body> {
    let registered = server_functions::registered().len();
    let whole = registered == server_functions::EXPECTED;
    let report = json!({
        "status": if whole { "ok" } else { "incomplete" },
        "assets": ASSETS,
        "server_functions": registered,
    });
    let mut response = Response::new(Body::from(report.to_string()));
    if !whole {
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    }
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// The public keys that tokens can be verified by; none where none are signed. Whoever keeps them may do
/// so for five minutes, so a new key is published at least that long before it signs.
async fn key_set(Extension(scope): Extension<RequestScope>) -> Response<Body> {
    let keys = tokens::of_deployment(scope.env())
        .map_or_else(|| json!({ "keys": [] }).to_string(), |issuer| issuer.jwks());
    let mut response = Response::new(Body::from(keys));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    response
}

async fn method_not_allowed(Extension(scope): Extension<RequestScope>) -> Response<Body> {
    failure::respond(&scope, Failure::MethodNotAllowed)
}

async fn page(Extension(scope): Extension<RequestScope>, request: Request<Body>) -> Response<Body> {
    pages::answer(scope, request).await
}
