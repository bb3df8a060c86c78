//! Looking at a page.

use app::page::{PageRequest, load};
use axum::{body::Body, response::Response};
use http::HeaderMap;

use super::{attachments, outcome};
use crate::{failure, limits, request_context, scope::RequestScope};

/// Loads a page and answers with it. `HEAD` is answered alike; the platform leaves the body out.
pub async fn show(scope: &RequestScope, headers: &HeaderMap, page: &PageRequest) -> Response<Body> {
    if let Some(class) = limits::class_of_visit(&page.route)
        && let Err(failure) = limits::admit(scope, headers, class).await
    {
        return failure::respond(scope, failure);
    }
    let answer = match request_context::of(scope, headers, None) {
        Ok(context) => load(&context, page).await,
        Err(error) => Err(error),
    };
    match answer {
        Ok(mut answer) => {
            attachments::attach(scope, &mut answer).await;
            outcome::page(scope, answer)
        }
        Err(error) => failure::of_error(scope, &error),
    }
}
