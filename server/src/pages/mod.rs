//! Pages over HTTP: an address is read, its page loaded or its form carried out, and the outcome
//! becomes a status, a redirect, a cookie. What the pages are is `app`'s.

mod attachments;
mod body;
mod outcome;
mod render;
mod show;
mod submit;

use app::failure_page::Failure;
use app::page::{PageRequest, Query};
use app::routes::{Route, SIGN_OUT_PATH, SWITCH_PATH};
use axum::{body::Body, response::Response};
use domain::Error;
use http::{HeaderValue, Method, Request, header};

pub use body::{announced, read_bytes, read_form};
pub use outcome::see_other;
pub use render::render_failure;

use crate::{failure, scope::RequestScope};

/// Answers any address that has no route of its own: a page, or the page that says there is none.
pub async fn answer(scope: RequestScope, request: Request<Body>) -> Response<Body> {
    let path = request.uri().path();
    if path == SIGN_OUT_PATH {
        return match *request.method() {
            Method::POST => submit::sign_out(&scope, request).await,
            _ => not_allowed(&scope, "POST"),
        };
    }
    if path == SWITCH_PATH {
        return match *request.method() {
            Method::POST => submit::switch(&scope, request).await,
            _ => not_allowed(&scope, "POST"),
        };
    }
    let Some(route) = Route::parse(path) else {
        return failure::respond(&scope, Failure::NotFound);
    };
    let page = PageRequest {
        route,
        query: Query::parse(request.uri().query().unwrap_or_default()),
        asks_setup_token: !scope.is_local(),
    };
    match *request.method() {
        Method::GET | Method::HEAD => show::show(&scope, request.headers(), &page).await,
        Method::POST => submit::submit(&scope, request, &page).await,
        _ => not_allowed(&scope, "GET, HEAD, POST"),
    }
}

/// Answers a request for something that is no page but belongs to one: a person who is signed out is
/// sent to sign in and comes back, a program gets problem details.
pub fn refuse(scope: &RequestScope, error: &Error) -> Response<Body> {
    if matches!(error, Error::SignedOut) && scope.wants_html() {
        let query = Query::default().with("next", scope.location());
        return see_other(&query.at(&Route::SignIn.path()));
    }
    failure::of_error(scope, error)
}

fn not_allowed(scope: &RequestScope, allowed: &'static str) -> Response<Body> {
    let mut response = failure::respond(scope, Failure::MethodNotAllowed);
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allowed));
    response
}
