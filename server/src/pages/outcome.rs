//! What a page or a form came to, as an answer.

use app::page::{Answer, Loaded, same_site_path};
use axum::{body::Body, response::Response};
use domain::Error;
use http::{HeaderValue, StatusCode, header};

use super::render;
use crate::scope::RequestScope;

/// Sends a browser on, to a page of this site only.
#[must_use]
pub fn see_other(path: &str) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    if let Ok(location) = HeaderValue::from_str(same_site_path(path)) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

/// The answer with one more cookie.
#[must_use]
pub fn with_cookie(mut response: Response<Body>, cookie: &str) -> Response<Body> {
    if let Ok(mut cookie) = HeaderValue::from_str(cookie) {
        cookie.set_sensitive(true);
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// The answer that a loaded page is.
pub fn page(scope: &RequestScope, answer: Answer) -> Response<Body> {
    match answer {
        Answer::SeeOther(path) => see_other(&path),
        Answer::Page(loaded) => {
            let wait = retry_after(&loaded);
            let mut response = render::render_page(scope, loaded);
            if let Some(seconds) = wait {
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            }
            response
        }
    }
}

/// How many seconds to wait before sending the form again, if waiting helps.
fn retry_after(loaded: &Loaded) -> Option<u32> {
    match loaded.echo.as_ref()?.error {
        Error::TooMany { retry_after_s } => Some(retry_after_s.max(1)),
        Error::Unavailable => Some(2),
        _ => None,
    }
}
