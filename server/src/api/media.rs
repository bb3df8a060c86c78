//! What a body says that it is.

use http::{HeaderMap, header};

use super::ApiError;
use super::endpoint::{BodyKind, Endpoint, Method};

/// The body's media type as it was sent; empty without one.
pub(super) fn sent(headers: &HeaderMap) -> &str {
    let value = headers.get(header::CONTENT_TYPE);
    value.and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Refuses a body that isn't of a type that the endpoint takes, or that is packed: unpacking one would
/// undo its limit.
pub(super) fn check(headers: &HeaderMap, endpoint: &Endpoint) -> Result<(), ApiError> {
    if matches!(endpoint.body, BodyKind::None) {
        return Ok(());
    }
    let packed = headers.get(header::CONTENT_ENCODING).is_some_and(|how| how != "identity");
    let several = headers.get_all(header::CONTENT_TYPE).iter().count() > 1;
    let (essence, parameters) = split(sent(headers));
    let fits = match endpoint.body {
        BodyKind::None => true,
        BodyKind::Json(_) => {
            let is_patch = endpoint.method == Method::Patch;
            let is_json = essence == "application/json"
                || is_patch && essence == "application/merge-patch+json";
            is_json && speaks_utf8(parameters)
        }
        BodyKind::Bytes { .. } => essence == "application/octet-stream",
        BodyKind::Stream { types, .. } => {
            !essence.is_empty() && types.iter().any(|known| *known == "*/*" || *known == essence)
        }
    };
    if fits && !packed && !several {
        return Ok(());
    }
    let detail = format!("The body must be sent as {}.", taken(endpoint));
    Err(ApiError::new(415, "unsupported_type", detail))
}

/// The types that the endpoint takes, in words.
fn taken(endpoint: &Endpoint) -> String {
    match endpoint.body {
        BodyKind::Stream { types, .. } => types.join(" or "),
        BodyKind::Bytes { .. } => "application/octet-stream".to_owned(),
        BodyKind::None | BodyKind::Json(_) => "application/json".to_owned(),
    }
}

fn split(media_type: &str) -> (String, &str) {
    let (essence, parameters) = media_type.split_once(';').unwrap_or((media_type, ""));
    (essence.trim().to_ascii_lowercase(), parameters.trim())
}

fn speaks_utf8(parameters: &str) -> bool {
    if parameters.is_empty() {
        return true;
    }
    let charset = parameters.to_ascii_lowercase();
    matches!(charset.as_str(), "charset=utf-8" | "charset=\"utf-8\"")
}
