//! Forms as browsers send them, and the answer to one that succeeded.

use app::failure_page::Failure;
use axum::{body::Body, response::Response};
use http::{HeaderValue, StatusCode, header};
use http_body_util::{BodyExt, LengthLimitError};

use crate::rules::same_site_path::same_site_path;

/// The fields of an urlencoded form, in the order they were sent.
#[derive(Clone, Debug, Default)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads a form. How much is read at all is decided in front of the router.
    ///
    /// # Errors
    /// [`Failure::TooLarge`], or [`Failure::BadRequest`] when the body can't be read.
    pub async fn read(body: Body) -> Result<Self, Failure> {
        let bytes = match body.collect().await {
            Ok(collected) => collected.to_bytes(),
            Err(error) => return Err(body_failure(&error)),
        };
        Ok(Self(form_urlencoded::parse(&bytes).into_owned().collect()))
    }

    /// The first value of a field.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find_map(|(key, value)| (key == name).then_some(value.as_str()))
    }
}

/// What a body that broke off means: it was too large, or the caller went away.
#[must_use]
pub fn body_failure(error: &axum::Error) -> Failure {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.is::<LengthLimitError>() {
            return Failure::TooLarge;
        }
        cause = error.source();
    }
    Failure::BadRequest
}

/// Sends a browser on after a form succeeded, to a page of this site only.
#[must_use]
pub fn see_other(path: &str) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    if let Ok(location) = HeaderValue::from_str(same_site_path(path)) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}
