//! The HTTP protocol. Handlers parse, check the secret, and pass on.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::AUTHORIZATION;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post, put};
use domain::sandbox::protocol::{ErrorCode, Health};
use sha2::{Digest, Sha256};

use crate::host::{Host, Refused};

mod calls;

/// What the calls work on.
pub(crate) struct Service {
    pub host: Host,
    pub started_at_ms: u64,
    /// The secret's hash: comparing hashes takes the same time wherever they differ.
    secret: [u8; 32],
}

impl Service {
    pub(crate) fn new(host: Host, secret: &str, started_at_ms: u64) -> Self {
        Self { host, started_at_ms, secret: Sha256::digest(secret).into() }
    }

    fn admits(&self, request: &Request) -> bool {
        let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let Some(given) = header.and_then(|header| header.strip_prefix("Bearer ")) else {
            return false;
        };
        let given: [u8; 32] = Sha256::digest(given).into();
        let difference = given.iter().zip(&self.secret).fold(0, |all, (a, b)| all | (a ^ b));
        difference == 0
    }
}

/// All calls.
pub(crate) fn router(service: Arc<Service>) -> Router {
    let sandbox = get(calls::view).put(calls::provision).delete(calls::delete);
    let guarded = Router::new()
        .route("/v1/info", get(calls::info))
        .route("/v1/sandboxes", get(calls::list))
        .route("/v1/sandboxes/{id}", sandbox)
        .route("/v1/sandboxes/{id}/source", put(calls::source))
        .route("/v1/sandboxes/{id}/job", post(calls::job))
        .route("/v1/sandboxes/{id}/exec", post(calls::exec))
        .route("/v1/sandboxes/{id}/output", get(calls::output))
        .route("/v1/sandboxes/{id}/ack", post(calls::acknowledge))
        .route("/v1/sandboxes/{id}/results", get(calls::results))
        .route("/v1/sandboxes/{id}/files/{sha256}", get(calls::file))
        .route("/v1/sandboxes/{id}/cancel", post(calls::cancel))
        .route("/v1/sandboxes/{id}/metrics", get(calls::metrics))
        .fallback(unknown)
        .method_not_allowed_fallback(unknown)
        .layer(from_fn_with_state(Arc::clone(&service), check_secret));
    Router::new().route("/healthz", get(health)).merge(guarded).with_state(service)
}

async fn check_secret(
    State(service): State<Arc<Service>>,
    request: Request,
    next: Next,
) -> Response {
    if service.admits(&request) {
        return next.run(request).await;
    }
    Refused::new(ErrorCode::Unauthorized, "the bearer secret is missing or wrong").into_response()
}

async fn unknown() -> Refused {
    Refused::new(ErrorCode::UnknownCall, "no such call")
}

async fn health(State(service): State<Arc<Service>>) -> Json<Health> {
    let isolation = service.host.maker.isolation();
    Json(Health { ok: true, isolation, version: crate::VERSION.to_owned() })
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = match self.0.code {
            ErrorCode::Unauthorized => StatusCode::UNAUTHORIZED,
            ErrorCode::UnknownCall | ErrorCode::UnknownSandbox | ErrorCode::UnknownFile => {
                StatusCode::NOT_FOUND
            }
            ErrorCode::InvalidRequest => StatusCode::BAD_REQUEST,
            ErrorCode::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            ErrorCode::SourceRejected => StatusCode::UNPROCESSABLE_ENTITY,
            ErrorCode::SpecConflict
            | ErrorCode::SourceExists
            | ErrorCode::SourceNotReady
            | ErrorCode::JobExists
            | ErrorCode::ExecUnfinished
            | ErrorCode::JobUnfinished
            | ErrorCode::JobInterrupted
            | ErrorCode::SandboxGone => StatusCode::CONFLICT,
            ErrorCode::TooManySandboxes => StatusCode::SERVICE_UNAVAILABLE,
            ErrorCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        };
        (status, Json(self.0)).into_response()
    }
}
