//! Server functions: what islands call. Each is a public POST, found by its registered path.

use std::sync::Arc;

use app::{
    browser_errors::{BrowserError, BrowserErrorSink, ReportBrowserError},
    failure_page::Failure,
};
use axum::{Extension, body::Body, response::Response};
use http::{HeaderValue, Request, header};
use http_body_util::BodyExt;
use leptos::{prelude::Owner, prelude::provide_context, reactive::computed::ScopedFuture};
use serde_json::json;

use crate::limits::{self, Class};
use crate::rate_limits::{self, Coarse};
use crate::rules::secret_paths::text_without_secrets;
use crate::{failure, pages, request_context, scope::RequestScope, telemetry};

/// How many server functions this build must have: counted at `/health`, and by a test.
pub const EXPECTED: usize = 1;

/// What a server function's error begins with when its arguments are to blame rather than itself.
const OF_ARGUMENTS: [&str; 4] = ["Args|", "MissingArg|", "Deserialization|", "Request|"];

/// Registers every server function by name. By itself, registration depends on the linker keeping
/// code that nothing refers to: a build with many codegen units drops it.
pub fn register() {
    server_fn::axum::register_explicit::<ReportBrowserError>();
}

/// The paths of all registered server functions, sorted.
#[must_use]
pub fn registered() -> Vec<&'static str> {
    let mut paths: Vec<_> = server_fn::axum::server_fn_paths().map(|(path, _)| path).collect();
    paths.sort_unstable();
    paths
}

/// Runs the server function that a request names.
pub async fn call(
    Extension(scope): Extension<RequestScope>,
    request: Request<Body>,
) -> Response<Body> {
    match run(&scope, request).await {
        Ok(response) => response,
        Err(failure) => failure::problem(&scope, failure),
    }
}

async fn run(scope: &RequestScope, request: Request<Body>) -> Result<Response<Body>, Failure> {
    let service =
        server_fn::axum::get_server_fn_service(request.uri().path(), request.method().clone());
    let mut service = service.ok_or(Failure::NotFound)?;
    // Anybody may call these, signed in or not.
    let network = request_context::network(request.headers());
    rate_limits::check(scope, Coarse::Request, &network).await?;
    limits::admit(scope, request.headers(), Class::Write).await?;
    let request = whole(request).await?;
    let response = Owner::new()
        .with(|| {
            ScopedFuture::new(async move {
                provide(scope);
                service.run(request).await
            })
        })
        .await;
    if response.status().is_server_error() || response.status().is_client_error() {
        return Err(what_failed(scope, response).await);
    }
    Ok(response)
}

/// The request with its body read, and without what would make its answer lead elsewhere.
async fn whole(request: Request<Body>) -> Result<Request<Body>, Failure> {
    let (mut parts, body) = request.into_parts();
    let content_type = request_context::header_text(&parts.headers, "content-type");
    let essence = content_type.and_then(|value| value.split(';').next()).map(str::trim);
    if essence.is_none_or(|kind| !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded")) {
        return Err(Failure::UnsupportedType);
    }
    let bytes = pages::read_bytes(Request::from_parts(parts.clone(), body)).await?;
    // Answered to a plain form, a server function redirects to wherever the caller says it came from.
    // Ours serve islands only.
    parts.headers.remove(header::REFERER);
    parts.headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    Ok(Request::from_parts(parts, Body::from(bytes)))
}

/// Why a server function didn't do it. It answers 500 whatever happened: arguments that it can't
/// read are the caller's fault.
async fn what_failed(scope: &RequestScope, response: Response<Body>) -> Failure {
    let told = response.into_body().collect().await.map(|body| body.to_bytes());
    let told = told.unwrap_or_default();
    let told = String::from_utf8_lossy(&told);
    if OF_ARGUMENTS.iter().any(|kind| told.starts_with(kind)) {
        return Failure::BadRequest;
    }
    telemetry::log_error("server_function", Some(scope.id()), &told);
    Failure::Internal
}

/// What server functions find by context.
fn provide(scope: &RequestScope) {
    provide_context(scope.document());
    let request_id = scope.id().to_owned();
    provide_context(BrowserErrorSink(Arc::new(move |error: BrowserError| {
        let BrowserError { message, page } = error;
        let (message, page) = (text_without_secrets(&message), text_without_secrets(&page));
        telemetry::log_warning(
            "browser_error",
            &json!({ "request_id": request_id, "message": message, "page": page }),
        );
    })));
}
