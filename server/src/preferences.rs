//! What a visitor may set without an account.

use app::{
    failure_page::Failure,
    theme::{THEME_COOKIE, THEME_COOKIE_SECONDS, Theme},
};
use axum::{Extension, body::Body, response::Response};
use http::{HeaderValue, Request, header};

use crate::{
    failure,
    limits::{self, Class},
    pages::{read_form, see_other},
    scope::RequestScope,
};

/// Keeps the theme that a form chose, and returns to the page it was chosen on.
pub async fn keep_theme(
    Extension(scope): Extension<RequestScope>,
    request: Request<Body>,
) -> Response<Body> {
    if let Err(failure) = limits::admit(&scope, request.headers(), Class::Write).await {
        return failure::respond(&scope, failure);
    }
    let fields = match read_form(request).await {
        Ok(fields) => fields,
        Err(failure) => return failure::respond(&scope, failure),
    };
    let Some(theme) = fields.get("theme").and_then(Theme::parse) else {
        return failure::respond(&scope, Failure::BadRequest);
    };
    let secure = if scope.secure() { "; Secure" } else { "" };
    let cookie = format!(
        "{THEME_COOKIE}={}; Path=/; Max-Age={THEME_COOKIE_SECONDS}; SameSite=Lax{secure}",
        theme.name()
    );
    let mut response = see_other(fields.get("back").unwrap_or("/"));
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}
