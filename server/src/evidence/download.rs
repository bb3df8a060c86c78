//! `GET /evidence/{id}`: one kept file, to members of its workspace.

use app::failure_page::Failure;
use axum::{Extension, body::Body, response::Response};
use domain::ids::EvidenceId;
use domain::run::{CapturedEvidence, Evidence};
use domain::{Error, Result};
use http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use worker::send::SendFuture;
use worker::{Bucket, Object, Range};

use super::{Presentation, content_disposition, presentation};
use crate::limits::{self, Class};
use crate::sandboxes::{EVIDENCE_BUCKET, evidence_key};
use crate::{failure, pages, request_context, scope::RequestScope, telemetry};

/// Bytes that tell what a file is. A picture's size stands near its beginning.
const HEAD_BYTES: u64 = 64 * 1024;

/// Whatever a browser makes of the bytes, it makes nothing happen.
const POLICY: &str = "sandbox; default-src 'none'; frame-ancestors 'none'";

/// Answers with a kept file, as a download unless `?view=1` asks to see an inert kind.
pub async fn download(
    Extension(scope): Extension<RequestScope>,
    request: Request<Body>,
) -> Response<Body> {
    if let Err(failure) = limits::admit(&scope, request.headers(), Class::Read).await {
        return failure::respond(&scope, failure);
    }
    let wants_view = request.uri().query().is_some_and(|query| query == "view=1");
    let id = request.uri().path().strip_prefix("/evidence/").unwrap_or_default();
    let found = match id.parse::<EvidenceId>() {
        Ok(id) => find(&scope, request.headers(), id).await,
        Err(_) => Err(Error::NotFound),
    };
    let evidence = match found {
        Ok(evidence) => evidence,
        Err(error) => return pages::refuse(&scope, &error),
    };
    let tag = format!("\"{}\"", evidence.file.sha256);
    if is_known(request.headers(), &tag) {
        return described(Response::new(Body::empty()), StatusCode::NOT_MODIFIED, &tag);
    }
    match SendFuture::new(open(&scope, &evidence.file, wants_view)).await {
        Ok(Some(response)) => described(response, StatusCode::OK, &tag),
        Ok(None) => {
            let what = format!("{} has no object {}", evidence.file.id, evidence.file.sha256);
            telemetry::log_error("evidence_lost", Some(scope.id()), &what);
            failure::respond(&scope, Failure::EvidenceLost)
        }
        Err(cause) => {
            telemetry::log_error("evidence_unread", Some(scope.id()), &cause);
            failure::respond(&scope, Failure::Unavailable)
        }
    }
}

async fn find(scope: &RequestScope, headers: &HeaderMap, id: EvidenceId) -> Result<Evidence> {
    let context = request_context::of(scope, headers, None)?;
    let read = context.store.evidence(&context.caller, id).await?;
    read.principal.member()?;
    read.data.ok_or(Error::NotFound)
}

/// The file as an answer; none when its object is gone.
async fn open(
    scope: &RequestScope,
    file: &CapturedEvidence,
    wants_view: bool,
) -> worker::Result<Option<Response<Body>>> {
    let bucket = scope.env().bucket(EVIDENCE_BUCKET)?;
    let key = evidence_key(&file.sha256);
    let shown = if wants_view {
        // Of an empty file there is no range to ask for.
        let head = if file.size == 0 { Some(vec![]) } else { head(&bucket, &key).await? };
        match head {
            Some(head) => presentation(true, &head, &file.media_type),
            None => return Ok(None),
        }
    } else {
        Presentation::Download
    };
    let object = bucket.get(&key).execute().await?;
    let Some(body) = object.as_ref().and_then(Object::body) else {
        return Ok(None);
    };
    let streamed: Response<Body> = worker::Response::from_body(body.response_body()?)?.into();
    let (kind, media_type) = match shown {
        Presentation::Download => ("attachment", "application/octet-stream"),
        Presentation::Inline(media_type) => ("inline", media_type),
    };
    let mut response = Response::new(streamed.into_body());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(file.size));
    if let Ok(name) = HeaderValue::from_str(&content_disposition(kind, &file.name)) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(Some(response))
}

async fn head(bucket: &Bucket, key: &str) -> worker::Result<Option<Vec<u8>>> {
    let range = Range::Prefix { length: HEAD_BYTES };
    let object = bucket.get(key).range(range).execute().await?;
    match object.as_ref().and_then(Object::body) {
        Some(body) => body.bytes().await.map(Some),
        None => Ok(None),
    }
}

/// Whether the browser has these very bytes already.
fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    known
        .is_some_and(|known| known.split(',').any(|one| one.trim().trim_start_matches("W/") == tag))
}

/// What every answer about these bytes says: they are this person's alone, and whether they still
/// may be read is asked each time.
fn described(mut response: Response<Body>, status: StatusCode, tag: &str) -> Response<Body> {
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    if let Ok(tag) = HeaderValue::from_str(tag) {
        headers.insert(header::ETAG, tag);
    }
    response
}
