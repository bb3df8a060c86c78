//! The Worker's side of the API: hands in the request, writes the answer.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use app::failure_page::Failure;
use app::live::protocol::{LogLine, LogStream};
use async_trait::async_trait;
use axum::{Extension, body::Body, response::Response};
use domain::clock::Clock;
use domain::context::IdempotencyKey;
use domain::ids::WorkspaceId;
use domain::sandbox::LogOf;
use domain::sandbox::protocol::{Frame, OutputStream};
use domain::{Context, Error};
use futures_util::{StreamExt, stream};
use http::{HeaderMap, Request, StatusCode};
use worker::{Delay, send::SendFuture};

use crate::api::{
    self, AnswerBody, ApiError, ApiResponse, ByteStream, Incoming, LimitClass, Nudges, OutputLines,
    Platform, Services, Waits,
};
use crate::clock::PlatformClock;
use crate::durable::room;
use crate::evidence::R2Evidence;
use crate::logs::{self, LOG_BUCKET, R2Logs};
use crate::mail::ConsoleMailer;
use crate::rules::limits::FORM_BYTES;
use crate::sandboxes::{RunnerHost, RunnerProbe};
use crate::uploads::{R2Sources, Room};
use crate::{limits, pages, request_context, scope::RequestScope, telemetry, tokens};

/// Answers a request to the API.
pub async fn answer(
    Extension(scope): Extension<RequestScope>,
    request: Request<Body>,
) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let platform = Here {
        scope: scope.clone(),
        headers: parts.headers.clone(),
        body: Mutex::new(Some(body)),
        room: Mutex::new(None),
    };
    let path = parts.uri.path();
    let incoming = Incoming {
        method: parts.method.as_str(),
        path: path.strip_prefix(api::BASE).unwrap_or(path),
        query: parts.uri.query().unwrap_or_default(),
        headers: &parts.headers,
        request_id: scope.id(),
    };
    written(api::serve(&incoming, &platform).await)
}

fn written(answer: ApiResponse) -> Response<Body> {
    let body = match answer.body {
        AnswerBody::Empty => Body::empty(),
        AnswerBody::Json(text) | AnswerBody::Problem(text) => Body::from(text),
        AnswerBody::Stream { bytes, .. } => Body::from_stream(bytes),
    };
    let mut response = Response::new(body);
    *response.status_mut() =
        StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    *response.headers_mut() = answer.headers;
    response
}

/// How long to wait before looking again where no room answers, in milliseconds.
const WITHOUT_ROOM_MS: u64 = 1_000;

/// The Worker, for one request.
struct Here {
    scope: RequestScope,
    headers: HeaderMap,
    body: Mutex<Option<Body>>,
    /// Room for a large body, kept until the request is answered.
    room: Mutex<Option<Room>>,
}

impl Here {
    fn take(&self) -> Body {
        let taken = self.body.lock().unwrap_or_else(PoisonError::into_inner).take();
        taken.unwrap_or_default()
    }

    fn announces_more_than(&self, most: usize) -> bool {
        pages::announced(&self.headers).is_some_and(|length| length > most)
    }
}

#[async_trait]
impl Platform for Here {
    async fn context(
        &self,
        key: Option<IdempotencyKey>,
        class: LimitClass,
    ) -> Result<Context, Error> {
        let context = request_context::of(&self.scope, &self.headers, key);
        if matches!(context, Err(Error::SignedOut)) {
            // What can be seen not to hold is no principal's: guesses are their network's.
            let counted = limits::admit_stranger(&self.scope, &self.headers, class).await;
            if let Err(Failure::TooMany { retry_after_s }) = counted {
                return Err(Error::TooMany { retry_after_s });
            }
        }
        context
    }

    fn services(&self) -> Services {
        Services {
            sources: Arc::new(R2Sources::new(&self.scope)),
            waits: Arc::new(Waiting),
            nudges: Arc::new(Rooms { scope: self.scope.clone() }),
            sandboxes: Arc::new(RunnerProbe(RunnerHost::open(self.scope.env()))),
            output: Arc::new(Logs { scope: self.scope.clone() }),
            mailer: Arc::new(ConsoleMailer::new(&self.scope)),
            origin: self.scope.own_origin().to_owned(),
            issuer: tokens::of_deployment(self.scope.env()),
            evidence: Arc::new(R2Evidence::new(&self.scope)),
            logs: Arc::new(R2Logs::new(&self.scope)),
        }
    }

    async fn admit(&self, class: LimitClass) -> Result<(), ApiError> {
        limits::admit(&self.scope, &self.headers, class).await.map_err(|failure| match failure {
            Failure::TooMany { retry_after_s } => Error::TooMany { retry_after_s }.into(),
            _ => Error::Unavailable.into(),
        })
    }

    async fn body(&self, most: usize) -> Result<Vec<u8>, ApiError> {
        if self.announces_more_than(most) {
            return Err(too_large());
        }
        if most > FORM_BYTES {
            let room = Room::take().ok_or(Error::Unavailable)?;
            *self.room.lock().unwrap_or_else(PoisonError::into_inner) = Some(room);
        }
        let mut request = Request::new(self.take());
        *request.headers_mut() = self.headers.clone();
        let bytes = pages::read_bytes(request).await.map_err(unread)?;
        if bytes.len() > most { Err(too_large()) } else { Ok(bytes) }
    }

    fn stream(&self, most: usize) -> ByteStream {
        let chunks = self.take().into_data_stream();
        Box::pin(stream::unfold(
            (chunks, 0_usize, true),
            move |(mut chunks, read, goes_on)| async move {
                let chunk = if goes_on { chunks.next().await? } else { return None };
                let read = read.saturating_add(chunk.as_ref().map_or(0, |bytes| bytes.len()));
                let chunk = match chunk {
                    Ok(_) if read > most => Err(std::io::ErrorKind::FileTooLarge.into()),
                    Ok(bytes) => Ok(bytes.to_vec()),
                    Err(cause) => Err(std::io::Error::other(cause)),
                };
                let goes_on = chunk.is_ok();
                Some((chunk, (chunks, read, goes_on)))
            },
        ))
    }
}

struct Waiting;

#[async_trait]
impl Waits for Waiting {
    async fn wait(&self, ms: u64) {
        SendFuture::new(Delay::from(Duration::from_millis(ms))).await;
    }

    fn up_to(&self, most: u64) -> u64 {
        request_context::up_to(most)
    }
}

/// Workspaces' rooms, which hear of every event.
struct Rooms {
    scope: RequestScope,
}

#[async_trait]
impl Nudges for Rooms {
    async fn past(&self, workspace: WorkspaceId, place: i64, ms: u64) -> u64 {
        let began = PlatformClock.now();
        let longest = u32::try_from(ms).unwrap_or(u32::MAX);
        let waited = room::wait(self.scope.env(), workspace, place, longest);
        if let Err(cause) = SendFuture::new(waited).await {
            telemetry::log_error("room_not_waited_in", Some(self.scope.id()), &cause);
            // Without a room there is the time.
            Waiting.wait(ms.min(WITHOUT_ROOM_MS)).await;
        }
        u64::try_from(PlatformClock.now().ms_since(began)).unwrap_or_default()
    }
}

fn too_large() -> ApiError {
    ApiError::new(413, "too_large", "The body is larger than this endpoint takes.")
}

/// What a body that couldn't be read means.
fn unread(failure: Failure) -> ApiError {
    match failure {
        Failure::TooLarge => too_large(),
        Failure::UnsupportedType => {
            ApiError::new(415, "unsupported_type", "A packed body isn't taken.")
        }
        _ => ApiError::new(400, "bad_request", "The body broke off."),
    }
}

/// What commands printed, in R2.
struct Logs {
    scope: RequestScope,
}

#[async_trait]
impl OutputLines for Logs {
    async fn after(&self, log: LogOf, after: u64) -> Result<Vec<Frame>, Error> {
        let read = async {
            let bucket = self.scope.env().bucket(LOG_BUCKET)?;
            logs::read(&bucket, log, after, true).await
        };
        let page = SendFuture::new(read).await.map_err(|cause| {
            telemetry::log_error("log_unread", Some(self.scope.id()), &cause);
            Error::Unavailable
        })?;
        Ok(page.lines.into_iter().map(frame).collect())
    }
}

fn frame(line: LogLine) -> Frame {
    Frame {
        seq: line.n,
        at_ms: u64::try_from(line.at_ms).unwrap_or(0),
        stream: match line.stream {
            LogStream::Stdout => OutputStream::Stdout,
            LogStream::Stderr => OutputStream::Stderr,
            LogStream::System => OutputStream::System,
        },
        step: line.step,
        text: line.text,
        continues: line.continues,
    }
}
