//! From a page and its data to an HTML document.

use std::sync::Arc;

use app::failure_page::Failure;
use app::page::Loaded;
use app::{app::Page, shell::shell};
use axum::{body::Body, response::Response};
use http::{HeaderValue, StatusCode, header};
use hydration_context::SsrSharedContext;
use leptos::prelude::{Owner, RenderHtml, provide_context};

use crate::scope::RequestScope;

/// Renders a page whose data was loaded, with its own status.
#[must_use]
pub fn render_page(scope: &RequestScope, loaded: Box<Loaded>) -> Response<Body> {
    let status = StatusCode::from_u16(loaded.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    render(scope, status, Page::Loaded(Arc::from(loaded)))
}

/// Renders the page that says why there is none.
#[must_use]
pub fn render_failure(
    scope: &RequestScope,
    status: StatusCode,
    failure: Failure,
) -> Response<Body> {
    render(scope, status, Page::Failure(failure))
}

/// Renders a document. Its data is known, so this never waits: what a page says and how it is
/// answered are decided before its first byte.
fn render(scope: &RequestScope, status: StatusCode, page: Page) -> Response<Body> {
    let owner = Owner::new_root(Some(Arc::new(SsrSharedContext::new_islands())));
    let html = owner.with(|| {
        provide_context(scope.document());
        shell(page).to_html()
    });
    let mut response = Response::new(Body::from(html));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response
}
