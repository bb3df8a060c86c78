//! Reading a body: bounded in size by the router, in time here.

use std::time::Duration;

use app::failure_page::Failure;
use axum::body::Body;
use futures_util::StreamExt;
use futures_util::future::{Either, select};
use http::{HeaderMap, Request, header};
use http_body_util::LengthLimitError;
use worker::{Delay, send::SendFuture};

use crate::forms::{FormError, ParsedForm};
use crate::request_context::header_text;
use crate::rules::limits::FORM_BYTES;

/// How long a form may take to arrive.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long a source may take to arrive.
const UPLOAD_PATIENCE: Duration = Duration::from_secs(300);
/// The least and the most that is set aside at once for a body that grows.
const GROWTH: [usize; 2] = [16 * 1024, 4 * 1024 * 1024];

/// Reads the form that a request carries.
///
/// # Errors
/// [`Failure::UnsupportedType`], [`Failure::TooLarge`], or [`Failure::BadRequest`] when it breaks
/// off, takes too long, or can't be understood whole.
pub async fn read_form(request: Request<Body>) -> Result<ParsedForm, Failure> {
    let content_type = header_text(request.headers(), "content-type").map(str::to_owned);
    if !ParsedForm::understands(content_type.as_deref()) {
        return Err(Failure::UnsupportedType);
    }
    let bytes = read_bytes(request).await?;
    ParsedForm::parse(content_type.as_deref(), bytes).map_err(|error| match error {
        FormError::UnsupportedType => Failure::UnsupportedType,
        _ => Failure::BadRequest,
    })
}

/// Reads a body whole.
///
/// # Errors
/// [`Failure::UnsupportedType`] when it is compressed, [`Failure::TooLarge`], or
/// [`Failure::BadRequest`] when it breaks off or takes too long.
pub async fn read_bytes(request: Request<Body>) -> Result<Vec<u8>, Failure> {
    let headers = request.headers();
    // No browser compresses a form; unpacking one would undo its limit.
    if header_text(headers, "content-encoding").is_some_and(|encoding| encoding != "identity") {
        return Err(Failure::UnsupportedType);
    }
    let is_small = announced(headers).is_some_and(|length| length <= FORM_BYTES);
    let patience = if is_small { PATIENCE } else { UPLOAD_PATIENCE };
    within(patience, collect(request.into_body())).await
}

/// How many bytes a request says that it carries.
pub fn announced(headers: &HeaderMap) -> Option<usize> {
    header_text(headers, header::CONTENT_LENGTH.as_str()).and_then(|length| length.parse().ok())
}

/// The whole body in one piece of memory, which grows with what has come: a length that is only
/// announced sets nothing aside.
async fn collect(body: Body) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| body_failure(&error))?;
        if bytes.capacity().saturating_sub(bytes.len()) < chunk.len() {
            let [least, most] = GROWTH;
            bytes.reserve_exact(bytes.len().clamp(least, most).max(chunk.len()));
        }
        bytes.extend_from_slice(&chunk);
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
