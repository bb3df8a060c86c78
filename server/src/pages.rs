//! From a page and its data to an HTML document.

use std::sync::Arc;

use app::{app::Page, routes::Route, shell::shell};
use axum::{body::Body, response::Response};
use http::{HeaderValue, Method, Request, StatusCode, header};
use hydration_context::SsrSharedContext;
use leptos::prelude::{Owner, RenderHtml, provide_context};

use crate::{failure, scope::RequestScope};
use app::failure_page::Failure;

/// Renders a page. Its data is known, so this never waits: what a page says and how it is answered
/// are decided before its first byte.
#[must_use]
pub fn render(scope: &RequestScope, status: StatusCode, page: Page) -> Response<Body> {
    render_with(scope, status, page, || {})
}

/// Renders a page with further contexts, which `provide` gives by `provide_context`.
#[must_use]
pub fn render_with(
    scope: &RequestScope,
    status: StatusCode,
    page: Page,
    provide: impl FnOnce(),
) -> Response<Body> {
    let owner = Owner::new_root(Some(Arc::new(SsrSharedContext::new_islands())));
    let html = owner.with(|| {
        provide_context(scope.document());
        provide();
        shell(page).to_html()
    });
    let mut response = Response::new(Body::from(html));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response
}

/// Answers any address that has no route of its own: a page, or the page that says there is none.
pub async fn answer(scope: RequestScope, request: Request<Body>) -> Response<Body> {
    let Some(route) = Route::parse(request.uri().path()) else {
        return failure::respond(&scope, Failure::NotFound);
    };
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let mut response = failure::respond(&scope, Failure::MethodNotAllowed);
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
        return response;
    }
    match route {
        Route::Home => render(&scope, StatusCode::OK, Page::Home),
    }
}
