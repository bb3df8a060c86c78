//! Server functions: what islands call. Each is a public POST, found by its registered path.

use std::sync::Arc;

use app::{
    browser_errors::{BrowserError, BrowserErrorSink, ReportBrowserError},
    failure_page::Failure,
};
use axum::{Extension, body::Body, response::Response};
use http::{HeaderValue, Request, header};
use leptos::{prelude::Owner, prelude::provide_context, reactive::computed::ScopedFuture};
use serde_json::json;

use crate::{failure, scope::RequestScope, telemetry};

/// How many server functions this build must have: counted at `/health`, and by a test.
pub const EXPECTED: usize = 1;

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
    mut request: Request<Body>,
) -> Response<Body> {
    let service =
        server_fn::axum::get_server_fn_service(request.uri().path(), request.method().clone());
    let Some(mut service) = service else {
        return failure::respond(&scope, Failure::NotFound);
    };
    // Answered to a plain form, a server function redirects to wherever the caller says it came from.
    // Ours serve islands only.
    request.headers_mut().remove(header::REFERER);
    request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    Owner::new()
        .with(|| {
            ScopedFuture::new(async move {
                provide(&scope);
                service.run(request).await
            })
        })
        .await
}

/// What server functions find by context.
fn provide(scope: &RequestScope) {
    provide_context(scope.document());
    let request_id = scope.id().to_owned();
    provide_context(BrowserErrorSink(Arc::new(move |error: BrowserError| {
        let BrowserError { message, page } = error;
        telemetry::log_warning(
            "browser_error",
            &json!({ "request_id": request_id, "message": message, "page": page }),
        );
    })));
}
