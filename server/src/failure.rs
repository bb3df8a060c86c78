//! Answers to requests that can't be answered: a page for people, problem details for programs.

use app::failure_page::Failure;
use axum::{body::Body, response::Response};
use domain::Error;
use domain::audit::Missing;
use http::{HeaderValue, StatusCode, header};
use serde_json::json;

use crate::{pages, scope::RequestScope};

/// The answer for an error of the domain that has no page of its own.
#[must_use]
pub fn of_error(scope: &RequestScope, error: &Error) -> Response<Body> {
    if let (Some(caller), Some(missing)) = (scope.caller(), Missing::of(error)) {
        caller.witness.note_missing(missing);
    }
    respond(scope, kind_of(error))
}

/// What an error of the domain is to a caller who sent no form.
#[must_use]
pub fn kind_of(error: &Error) -> Failure {
    match error {
        Error::SignedOut => Failure::SignedOut,
        Error::Forbidden { .. } | Error::OutOfScope { .. } => Failure::Forbidden,
        Error::NotFound => Failure::NotFound,
        Error::Invalid { .. } => Failure::BadRequest,
        Error::Conflict { .. } | Error::Refused(_) => Failure::Conflict,
        Error::TooMany { retry_after_s } => Failure::TooMany { retry_after_s: *retry_after_s },
        Error::Unavailable => Failure::Unavailable,
        Error::Internal => Failure::Internal,
    }
}

/// The answer for a failure: a designed page, or RFC 9457 problem details. Causes are for the log.
#[must_use]
pub fn respond(scope: &RequestScope, failure: Failure) -> Response<Body> {
    let status =
        StatusCode::from_u16(failure.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if scope.wants_html() {
        return retryable(pages::render_failure(scope, status, failure), failure);
    }
    problem(scope, failure)
}

/// Problem details, whoever asks.
#[must_use]
pub fn problem(scope: &RequestScope, failure: Failure) -> Response<Body> {
    let status =
        StatusCode::from_u16(failure.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let problem = json!({
        "type": "about:blank",
        "title": failure.title(),
        "status": failure.status(),
        "detail": failure.advice(),
        "code": failure.code(),
        "request_id": scope.id(),
    });
    let mut response = Response::new(Body::from(problem.to_string()));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    retryable(response, failure)
}

/// Says when to come back, where that is worth it.
fn retryable(mut response: Response<Body>, failure: Failure) -> Response<Body> {
    if let Some(seconds) = failure.retry_after_s() {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}
