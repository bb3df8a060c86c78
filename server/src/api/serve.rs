//! The way of a request: what HTTP asks of every endpoint, in one place.

use std::sync::Mutex;

use async_trait::async_trait;
use domain::actor::Credential;
use domain::context::IdempotencyKey;
use domain::{Context, Error};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use serde_json::{Map, Value};

use super::answer::{AnswerBody, ApiAnswer, ApiResponse, ByteStream};
use super::call::{Call, CallBody, Services};
use super::endpoint::{Admission, BodyKind, Endpoint, LimitClass};
use super::query::QueryValues;
use super::routing::{self, PathValues, Routed};
use super::{ApiError, IfMatch, IfNoneMatch, Operation, cors, json, media, preconditions};

/// How often a request is carried out again after its commit lost a race, and the longest pause before
/// each time in milliseconds.
const RACES: [u64; 4] = [10, 40, 80, 160];

const IDEMPOTENCY_KEY: &str = "idempotency-key";
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// A request as it came in.
pub struct Incoming<'a> {
    /// The method.
    pub method: &'a str,
    /// The path under [`super::BASE`], as it was sent.
    pub path: &'a str,
    /// The query, without its question mark.
    pub query: &'a str,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// The request's id.
    pub request_id: &'a str,
}

/// What the API needs of whatever it runs on.
#[async_trait]
pub trait Platform: Send + Sync {
    /// Who asks, under this key for retries, and the store. A credential that can be seen not to hold
    /// is [`Error::SignedOut`], counted as a request of this class; one that isn't there at all is
    /// anonymous.
    async fn context(
        &self,
        key: Option<IdempotencyKey>,
        class: LimitClass,
    ) -> Result<Context, Error>;
    /// What else handlers need.
    fn services(&self) -> Services;
    /// Counts the request against its limit. What is left of it is said by whoever writes the answer.
    async fn admit(&self, class: LimitClass) -> Result<(), ApiError>;
    /// The whole body, of at most so many bytes. Read once.
    async fn body(&self, most: usize) -> Result<Vec<u8>, ApiError>;
    /// The body as it comes, of at most so many bytes. Read once.
    fn stream(&self, most: usize) -> ByteStream;
}

/// Answers a request.
pub async fn serve(incoming: &Incoming<'_>, platform: &dyn Platform) -> ApiResponse {
    let mut headers = HeaderMap::new();
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    let outcome = answer(incoming, platform, &mut headers).await;
    let mut response = match outcome {
        Ok((endpoint, answer)) => written(endpoint, answer, headers),
        Err(error) => problem(incoming, &error, headers),
    };
    if incoming.method == "HEAD" {
        response.body = AnswerBody::Empty;
    }
    response
}

/// A problem as it is written.
#[must_use]
pub(super) fn problem(
    incoming: &Incoming<'_>,
    error: &ApiError,
    mut headers: HeaderMap,
) -> ApiResponse {
    insert(&mut headers, header::CONTENT_TYPE, "application/problem+json");
    if let Some(seconds) = error.retry_after_s() {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if let Some(methods) = error.allow() {
        insert(&mut headers, header::ALLOW, methods);
    }
    if let Some(size) = error.size() {
        insert(&mut headers, header::CONTENT_RANGE, &format!("bytes */{size}"));
    }
    if error.status() == 401 {
        insert(&mut headers, header::WWW_AUTHENTICATE, "Bearer");
    }
    let body = AnswerBody::Problem(error.body(incoming.request_id));
    ApiResponse { status: error.status(), headers, body }
}

type Answered = (Option<&'static Endpoint>, ApiAnswer);

async fn answer(
    incoming: &Incoming<'_>,
    platform: &dyn Platform,
    headers: &mut HeaderMap,
) -> Result<Answered, ApiError> {
    if incoming.method == "OPTIONS" {
        return options(incoming, platform, headers).await;
    }
    let (operation, path) = match routing::find(incoming.method, incoming.path) {
        Routed::To(operation, path) => (operation, path),
        Routed::OtherMethods(methods) => {
            let detail = "The path is there, but not for this method.";
            let allow = routing::allowed(&methods);
            return Err(ApiError::new(405, "method_not_allowed", detail).allowing(allow));
        }
        Routed::Nowhere => return Err(Error::NotFound.into()),
    };
    let endpoint = operation.endpoint();
    let ctx =
        platform.context(idempotency_key(incoming.headers, endpoint)?, endpoint.limit).await?;
    let outcome = carry_out(incoming, platform, operation, &path, &ctx).await;
    if let Some(missing) = outcome.as_ref().err().and_then(ApiError::missing) {
        ctx.caller.witness.note_missing(missing);
    }
    // Who is refused for asking too often costs the database nothing.
    if !outcome.as_ref().is_err_and(|error| matches!(error.status(), 429 | 503)) {
        cors::admit(headers, incoming.headers.get(header::ORIGIN), &ctx).await;
    }
    outcome.map(|answer| (Some(endpoint), answer))
}

/// What a path is there for, and whether pages of another site may use it.
async fn options(
    incoming: &Incoming<'_>,
    platform: &dyn Platform,
    headers: &mut HeaderMap,
) -> Result<Answered, ApiError> {
    let methods = routing::methods(incoming.path);
    if methods.is_empty() {
        return Err(Error::NotFound.into());
    }
    let allow = routing::allowed(&methods);
    insert(headers, header::ALLOW, &allow);
    let asks = incoming.headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    if let (true, Some(origin)) = (asks, incoming.headers.get(header::ORIGIN)) {
        platform.admit(LimitClass::Read).await?;
        let ctx = platform.context(None, LimitClass::Read).await?;
        cors::preflight(headers, origin, &allow, &ctx).await;
    }
    Ok((None, ApiAnswer::nothing()))
}

async fn carry_out(
    incoming: &Incoming<'_>,
    platform: &dyn Platform,
    operation: Operation,
    path: &PathValues,
    ctx: &Context,
) -> Result<ApiAnswer, ApiError> {
    let endpoint = operation.endpoint();
    // Counted before anything is read for it, whoever asks.
    platform.admit(endpoint.limit).await?;
    admit_credential(endpoint, ctx).await?;
    let query = QueryValues::parse(incoming.query, endpoint.query)?;
    let if_match = if_match(incoming.headers, endpoint)?;
    let if_none_match = one_list(incoming.headers, header::IF_NONE_MATCH)?
        .map(|tags| IfNoneMatch::parse(&tags))
        .transpose()?;
    let body = read_body(incoming, platform, endpoint, ctx).await?;
    let services = platform.services();
    let call = Call {
        endpoint,
        ctx,
        services: &services,
        path,
        query: &query,
        if_match: if_match.as_ref(),
        headers: incoming.headers,
        content_type: media::sent(incoming.headers),
        body: &body,
    };
    let mut answer = attempt(operation, &call).await?;
    if let Some(cursor) = answer.next.take() {
        answer = with_next(answer, incoming.path, &query, &cursor);
    }
    if let (Some(tags), Some(version), true) =
        (if_none_match, answer.version, answer.told_by_version)
        && tags.has(version)
    {
        answer.unchanged = true;
    }
    if ctx.caller.witness.was_answered() && endpoint.takes_key() {
        answer = answer.header(REPLAYED, HeaderValue::from_static("true"));
    }
    Ok(answer)
}

/// Refuses who shows nothing, and a run where no run may ask.
async fn admit_credential(endpoint: &Endpoint, ctx: &Context) -> Result<(), ApiError> {
    match (&ctx.caller.credential, endpoint.admits) {
        (_, Admission::Anybody) => Ok(()),
        (Credential::Anonymous, _) => Err(Error::SignedOut.into()),
        (Credential::RunToken { .. }, admits) if !endpoint.by_run => {
            // A token that holds no longer is told nothing else than that.
            let read = ctx.store.principal(&ctx.caller).await?;
            match admits {
                Admission::Needs(permission) => read.principal.require(permission)?,
                Admission::Anybody | Admission::Anyone | Admission::KeyItself => {
                    read.principal.member()?
                }
            };
            Err(Error::Internal.into())
        }
        _ => Ok(()),
    }
}

/// Carries the request out, again when its commit lost a race and nobody could tell against what:
/// reading again shows it, or the first answer to this very request.
async fn attempt(operation: Operation, call: &Call<'_>) -> Result<ApiAnswer, ApiError> {
    let mut outcome = operation.carry_out(call).await;
    for pause in RACES {
        match outcome {
            Err(error) if error.code() == "conflict" => {
                let waits = &call.services.waits;
                waits.wait(waits.up_to(pause)).await;
                outcome = operation.carry_out(call).await;
            }
            settled => return settled,
        }
    }
    outcome
}

async fn read_body(
    incoming: &Incoming<'_>,
    platform: &dyn Platform,
    endpoint: &Endpoint,
    ctx: &Context,
) -> Result<CallBody, ApiError> {
    let is_left_out =
        endpoint.body_optional && !incoming.headers.contains_key(header::CONTENT_TYPE);
    if !is_left_out {
        media::check(incoming.headers, endpoint)?;
    }
    match endpoint.body {
        BodyKind::None => Ok(CallBody::Nothing),
        BodyKind::Json(_) => {
            let most = endpoint.body.limit().unwrap_or_default();
            let bytes = platform.body(most).await?;
            if endpoint.body_optional && bytes.is_empty() {
                return Ok(CallBody::Json(Value::Object(Map::new())));
            }
            if is_left_out {
                // Bytes of no type at all.
                media::check(incoming.headers, endpoint)?;
            }
            let value = json::parse(&bytes).map_err(|wrong| {
                ApiError::new(400, "malformed_json", format!("The body can't be read: {wrong}."))
            })?;
            Ok(CallBody::Json(value))
        }
        BodyKind::Bytes { most } => {
            admit_bytes(endpoint, ctx).await?;
            Ok(CallBody::Bytes(Mutex::new(Some(platform.body(most).await?))))
        }
        BodyKind::Stream { most, .. } => {
            admit_bytes(endpoint, ctx).await?;
            Ok(CallBody::Stream(Mutex::new(Some(platform.stream(most)))))
        }
    }
}

/// Asks who sends a large body before a byte of it is read. The use case asks again.
async fn admit_bytes(endpoint: &Endpoint, ctx: &Context) -> Result<(), ApiError> {
    let read = ctx.store.principal(&ctx.caller).await?;
    match (&read.principal, endpoint.admits) {
        (domain::actor::Principal::Run(_), _) if endpoint.by_run => {}
        (principal, Admission::Needs(permission)) => {
            principal.require(permission)?;
        }
        (principal, Admission::Anyone | Admission::KeyItself) => {
            principal.member()?;
        }
        (_, Admission::Anybody) => {}
    }
    Ok(())
}

fn idempotency_key(
    headers: &HeaderMap,
    endpoint: &Endpoint,
) -> Result<Option<IdempotencyKey>, ApiError> {
    if !endpoint.takes_key() {
        return Ok(None);
    }
    let mut values = headers.get_all(IDEMPOTENCY_KEY).iter();
    let malformed = || ApiError::bad_header(IDEMPOTENCY_KEY);
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => {
            let text = value.to_str().map_err(|_| malformed())?;
            IdempotencyKey::parse(text).map(Some).ok_or_else(malformed)
        }
        _ => Err(malformed()),
    }
}

fn if_match(headers: &HeaderMap, endpoint: &Endpoint) -> Result<Option<IfMatch>, ApiError> {
    let tags = one_list(headers, header::IF_MATCH)?;
    if !endpoint.needs_version {
        return Ok(None);
    }
    let Some(tags) = tags else {
        let detail = "Send the version that was seen as If-Match: the ETag of what is changed.";
        return Err(ApiError::new(428, "precondition_required", detail));
    };
    IfMatch::parse(&tags).map(Some)
}

/// The header's values as the one list that they are.
fn one_list(headers: &HeaderMap, name: HeaderName) -> Result<Option<String>, ApiError> {
    let mut whole: Option<String> = None;
    for value in headers.get_all(&name) {
        let malformed = if name == header::IF_MATCH { "if-match" } else { "if-none-match" };
        let text = value.to_str().map_err(|_| ApiError::bad_header(malformed))?;
        whole = Some(whole.map_or_else(|| text.to_owned(), |before| format!("{before},{text}")));
    }
    Ok(whole)
}

/// The answer with the way to the next page.
fn with_next(answer: ApiAnswer, path: &str, query: &QueryValues, cursor: &str) -> ApiAnswer {
    let encode = |text: &str| {
        percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
    };
    let mut pairs: Vec<_> = query
        .iter()
        .filter(|(name, _)| *name != "cursor")
        .map(|(name, value)| format!("{name}={}", encode(value)))
        .collect();
    pairs.push(format!("cursor={cursor}"));
    let link = format!("<{}{path}?{}>; rel=\"next\"", super::BASE, pairs.join("&"));
    match HeaderValue::from_str(&link) {
        Ok(value) => answer.header(header::LINK, value),
        Err(_) => answer,
    }
}

fn written(
    endpoint: Option<&'static Endpoint>,
    answer: ApiAnswer,
    mut headers: HeaderMap,
) -> ApiResponse {
    if let Some(version) = answer.version {
        insert(&mut headers, header::ETAG, &preconditions::tag(version));
    }
    if let Some(location) = &answer.location {
        insert(&mut headers, header::LOCATION, location);
    }
    headers.extend(answer.headers);
    if answer.unchanged {
        return ApiResponse { status: 304, headers, body: AnswerBody::Empty };
    }
    let status = answer.status.or_else(|| endpoint.map(|endpoint| endpoint.success)).unwrap_or(204);
    match &answer.body {
        AnswerBody::Json(_) => insert(&mut headers, header::CONTENT_TYPE, "application/json"),
        AnswerBody::Stream { media_type, .. } => {
            insert(&mut headers, header::CONTENT_TYPE, media_type);
        }
        AnswerBody::Empty | AnswerBody::Problem(_) => {}
    }
    ApiResponse { status, headers, body: answer.body }
}

fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
