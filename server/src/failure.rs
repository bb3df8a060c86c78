//! Answers to requests that can't be answered: a page for people, problem details for programs.

use app::{app::Page, failure_page::Failure};
use axum::{body::Body, response::Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;

use crate::{pages, scope::RequestScope};

/// The answer for a failure: a designed page, or RFC 9457 problem details. Causes are for the log.
#[must_use]
pub fn respond(scope: &RequestScope, failure: Failure) -> Response<Body> {
    let status =
        StatusCode::from_u16(failure.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if scope.wants_html() {
        return pages::render(scope, status, Page::Failure(failure));
    }
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
    response
}
