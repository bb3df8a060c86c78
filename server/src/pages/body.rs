//! Reading a form's body: bounded in size by the router, in time here.

use std::time::Duration;

use app::failure_page::Failure;
use axum::body::Body;
use futures_util::StreamExt;
use futures_util::future::{Either, select};
use http::{HeaderMap, Request, header};
use http_body_util::LengthLimitError;
use worker::{Delay, send::SendFuture};

use crate::forms::{FormError, ParsedForm};
use crate::rules::limits::{FORM_BYTES, UPLOAD_BYTES};

/// How long a form may take to arrive.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a source may take to arrive.
const UPLOAD_PATIENCE: Duration = Duration::from_secs(300);

/// Reads the form that a request carries.
///
/// # Errors
/// [`Failure::UnsupportedType`], [`Failure::TooLarge`], or [`Failure::BadRequest`] when it breaks
/// off, takes too long, or can't be understood whole.
pub async fn read_form(request: Request<Body>) -> Result<ParsedForm, Failure> {
    let (parts, body) = request.into_parts();
    let content_type = text(&parts.headers, header::CONTENT_TYPE.as_str()).map(str::to_owned);
    // No browser compresses a form; unpacking one would undo its limit.
    let is_plain = text(&parts.headers, "content-encoding").is_none_or(|e| e == "identity");
    if !is_plain || !ParsedForm::understands(content_type.as_deref()) {
        return Err(Failure::UnsupportedType);
    }
    let announced = text(&parts.headers, header::CONTENT_LENGTH.as_str());
    let announced = announced.and_then(|length| length.parse().ok()).unwrap_or(0_usize);
    let patience = if announced > FORM_BYTES { UPLOAD_PATIENCE } else { PATIENCE };
    let bytes = within(patience, collect(body, announced)).await?;
    ParsedForm::parse(content_type.as_deref(), bytes).map_err(|error| match error {
        FormError::UnsupportedType => Failure::UnsupportedType,
        _ => Failure::BadRequest,
    })
}

/// The whole body in one piece of memory, which the announced length sets aside at once.
async fn collect(body: Body, announced: usize) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::with_capacity(announced.min(UPLOAD_BYTES));
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        bytes.extend_from_slice(&chunk.map_err(|error| body_failure(&error))?);
    }
    Ok(bytes)
}

async fn within<T>(
    patience: Duration,
    work: impl Future<Output = Result<T, Failure>> + Send,
) -> Result<T, Failure> {
    let limit = SendFuture::new(Delay::from(patience));
    match select(Box::pin(work), Box::pin(limit)).await {
        Either::Left((done, _)) => done,
        Either::Right(_) => Err(Failure::BadRequest),
    }
}

/// What a body that broke off means: it was too large, or the caller went away.
fn body_failure(error: &axum::Error) -> Failure {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.is::<LengthLimitError>() {
            return Failure::TooLarge;
        }
        cause = error.source();
    }
    Failure::BadRequest
}

/// A header's text. One that isn't visible ASCII counts as a value that matches nothing.
fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).map(|value| value.to_str().unwrap_or("\u{fffd}"))
}
