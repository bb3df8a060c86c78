//! The page of the API: a file of the build, in the visitor's theme.

use app::failure_page::Failure;
use app::theme::Theme;
use axum::{Extension, body::Body, response::Response};
use http::{HeaderValue, StatusCode, header};
use http_body_util::BodyExt;
use worker::send::SendFuture;

use crate::{failure, scope::RequestScope, telemetry};

/// Where the page is.
pub const DOCS_PATH: &str = "/api/docs";

/// The binding of the files, and the page's address among them; the host is nobody's.
const FILES: &str = "ASSETS";
const FILE: &str = "https://files.invalid/api/docs.html";
/// What stands in the file where this site's origin belongs: in its examples.
const ANY_ORIGIN: &str = "https://monotask.example";
/// What stands in the file where the theme belongs.
const ANY_THEME: &str = "data-theme=\"system\"";

/// `GET /api/docs`.
pub async fn page(Extension(scope): Extension<RequestScope>) -> Response<Body> {
    let page = match SendFuture::new(read(&scope)).await {
        Ok(page) => page,
        Err(cause) => {
            telemetry::log_error("api_docs_unread", Some(scope.id()), &cause);
            return failure::problem(&scope, Failure::Unavailable);
        }
    };
    let theme = scope.document().theme;
    let page = match theme {
        Theme::System => page,
        _ => page.replacen(ANY_THEME, &format!("data-theme=\"{}\"", theme.name()), 1),
    };
    let mut response = Response::new(Body::from(page.replace(ANY_ORIGIN, scope.own_origin())));
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, html);
    response
}

async fn read(scope: &RequestScope) -> worker::Result<String> {
    let files = scope.env().assets(FILES)?;
    let answer = files.fetch(FILE, None).await?;
    if answer.status() != StatusCode::OK {
        return Err(worker::Error::RustError(format!("status {}", answer.status())));
    }
    let bytes = answer.into_body().collect().await?.to_bytes();
    String::from_utf8(bytes.into()).map_err(|cause| worker::Error::RustError(cause.to_string()))
}
