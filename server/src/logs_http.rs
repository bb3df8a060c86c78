//! A run's log over HTTP: in pages while it grows, whole as text.

use std::convert::Infallible;

use app::failure_page::Failure;
use app::live::protocol::LogPage;
use axum::{Extension, body::Body, response::Response};
use bytes::Bytes;
use domain::ids::RunId;
use domain::{Error, Result};
use futures_util::stream;
use http::{HeaderMap, HeaderValue, Request, Uri, header};
use worker::Bucket;
use worker::send::{SendFuture, SendWrapper};

use crate::evidence::content_disposition;
use crate::limits::{self, Class};
use crate::logs::{self, LOG_BUCKET};
use crate::{failure, pages, request_context, scope::RequestScope, telemetry};

/// `GET /runs/{id}/log?after=N`: the lines after line N, as JSON.
pub async fn page(
    Extension(scope): Extension<RequestScope>,
    request: Request<Body>,
) -> Response<Body> {
    let after = match after_of(request.uri().query().unwrap_or_default()) {
        Some(after) => after,
        None => return failure::problem(&scope, Failure::BadRequest),
    };
    if let Err(failure) = limits::admit(&scope, request.headers(), Class::Read).await {
        return failure::problem(&scope, failure);
    }
    let (parts, _) = request.into_parts();
    match read_page(&scope, &parts.headers, &parts.uri, after).await {
        Ok(page) => json(&scope, &page),
        Err(error) => failure::problem(&scope, failure::kind_of(&error)),
    }
}

/// `GET /runs/{id}/log.txt`: the whole log as text, streamed.
pub async fn whole(
    Extension(scope): Extension<RequestScope>,
    request: Request<Body>,
) -> Response<Body> {
    if let Err(failure) = limits::admit(&scope, request.headers(), Class::Read).await {
        return failure::respond(&scope, failure);
    }
    let (parts, _) = request.into_parts();
    let opened = async {
        let run = authorize(&scope, &parts.headers, &parts.uri).await?.0;
        Ok::<_, Error>((run, bucket(&scope)?))
    };
    let (run, bucket) = match opened.await {
        Ok(opened) => opened,
        Err(error) => return pages::refuse(&scope, &error),
    };
    let mut response = Response::new(text_body(scope, bucket, run));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    if let Ok(name) = HeaderValue::from_str(&content_disposition("inline", &format!("{run}.txt"))) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    response
}

/// Page after page of the log. One that can't be read ends the text with a line that says so: it must
/// not pass for the whole.
fn text_body(scope: RequestScope, bucket: Bucket, run: RunId) -> Body {
    let state = (scope, SendWrapper::new(bucket), Some(0_u64));
    Body::from_stream(stream::unfold(state, move |(scope, bucket, at)| async move {
        let at = at?;
        let (text, next) = match SendFuture::new(logs::read_as_text(&bucket, run.into(), at)).await
        {
            Ok(Some((text, next))) => (text, Some(next)),
            Ok(None) => return None,
            Err(cause) => {
                telemetry::log_error("log_unread", Some(scope.id()), &cause);
                (format!("\n[the log breaks off here: request {}]\n", scope.id()), None)
            }
        };
        Some((Ok::<_, Infallible>(Bytes::from(text)), (scope, bucket, next)))
    }))
}

async fn read_page(
    scope: &RequestScope,
    headers: &HeaderMap,
    address: &Uri,
    after: u64,
) -> Result<LogPage> {
    let (run, has_ended) = authorize(scope, headers, address).await?;
    let bucket = bucket(scope)?;
    SendFuture::new(logs::read(&bucket, run.into(), after, has_ended)).await.map_err(|cause| {
        telemetry::log_error("log_unread", Some(scope.id()), &cause);
        Error::Unavailable
    })
}

/// The run, if it is one of the caller's workspace, and whether it has ended.
async fn authorize(
    scope: &RequestScope,
    headers: &HeaderMap,
    address: &Uri,
) -> Result<(RunId, bool)> {
    let context = request_context::of(scope, headers, None)?;
    let id = address.path().split('/').nth(2).unwrap_or_default();
    let run: RunId = id.parse().map_err(|_| Error::NotFound)?;
    let read = context.store.run_scene(&context.caller, run).await?;
    read.principal.member()?;
    let scene = read.data.ok_or(Error::NotFound)?;
    Ok((run, !scene.run.state.is_live()))
}

fn bucket(scope: &RequestScope) -> Result<Bucket> {
    scope.env().bucket(LOG_BUCKET).map_err(|_| Error::Unavailable)
}

/// The number that `after` names; 0 without one, none when it is no number.
fn after_of(query: &str) -> Option<u64> {
    let named = query.split('&').find_map(|pair| pair.strip_prefix("after="));
    named.map_or(Some(0), |number| {
        // Beyond this a browser's numbers aren't exact any more.
        number.parse().ok().filter(|number| *number < 1 << 53)
    })
}

fn json(scope: &RequestScope, page: &LogPage) -> Response<Body> {
    match serde_json::to_string(page) {
        Ok(text) => {
            let mut response = Response::new(Body::from(text));
            response
                .headers_mut()
                .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            response
        }
        Err(cause) => {
            telemetry::log_error("log_unwritten", Some(scope.id()), &cause);
            failure::problem(scope, Failure::Internal)
        }
    }
}
