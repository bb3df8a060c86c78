//! What a handler gets of a request.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use domain::actor::Member;
use domain::ids::WorkspaceId;
use domain::ports::{Mailer, Read, SourceVault};
use domain::sandbox::protocol::Frame;
use domain::sandbox::{LogOf, SandboxProbe};
use domain::{Context, Error};
use http::{HeaderMap, HeaderName};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::answer::ByteStream;
use super::query::QueryValues;
use crate::evidence::EvidenceFiles;
use crate::logs::RunLogs;

use super::{ApiError, Endpoint, IfMatch, PageRequest, PathValues, body, problem};
use crate::tokens::Issuer;

/// Waiting, which takes a platform.
#[async_trait]
pub trait Waits: Send + Sync {
    /// Waits so many milliseconds.
    async fn wait(&self, ms: u64);
    /// A random number below `most`, to keep callers apart that would try again at once.
    fn up_to(&self, most: u64) -> u64;
}

/// Waiting for something to happen in a workspace, which takes a platform.
#[async_trait]
pub trait Nudges: Send + Sync {
    /// Waits until the workspace's log goes past this place, or so many milliseconds have passed, and
    /// gives how many did. It may come back sooner and for nothing: who waits looks again.
    async fn past(&self, workspace: WorkspaceId, place: i64, ms: u64) -> u64;
}

/// What was printed.
#[async_trait]
pub trait OutputLines: Send + Sync {
    /// The lines of a log after line `after`, a page of them.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn after(&self, log: LogOf, after: u64) -> Result<Vec<Frame>, Error>;
}

/// What handlers need of a platform besides the store.
#[derive(Clone)]
pub struct Services {
    /// Where sources are kept.
    pub sources: Arc<dyn SourceVault>,
    /// Where the bytes of kept files are.
    pub evidence: Arc<dyn EvidenceFiles>,
    /// Runs' logs.
    pub logs: Arc<dyn RunLogs>,
    /// Waiting.
    pub waits: Arc<dyn Waits>,
    /// Waiting for events.
    pub nudges: Arc<dyn Nudges>,
    /// What sandboxes use.
    pub sandboxes: Arc<dyn SandboxProbe>,
    /// What commands in them printed.
    pub output: Arc<dyn OutputLines>,
    /// Who sends letters.
    pub mailer: Arc<dyn Mailer>,
    /// The origin of our own pages, for links that people follow.
    pub origin: String,
    /// Who signs tokens; nobody where no keys are set.
    pub issuer: Option<Arc<Issuer>>,
}

/// A request's body.
pub(super) enum CallBody {
    Nothing,
    Json(Value),
    /// Taken by the handler, once.
    Bytes(Mutex<Option<Vec<u8>>>),
    Stream(Mutex<Option<ByteStream>>),
}

/// A request on its way to its handler: everything that its endpoint demands is there.
pub struct Call<'a> {
    /// The endpoint.
    pub endpoint: &'static Endpoint,
    /// Who asks, and the store.
    pub ctx: &'a Context,
    /// What else handlers need.
    pub services: &'a Services,
    /// The values of the path's placeholders.
    pub path: &'a PathValues,
    /// The parameters of the query.
    pub query: &'a QueryValues,
    /// The versions that the request is for.
    pub if_match: Option<&'a IfMatch>,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// The body's media type, as it was sent.
    pub content_type: &'a str,
    pub(super) body: &'a CallBody,
}

impl Call<'_> {
    /// The JSON body as its type.
    ///
    /// # Errors
    /// 422 with the field that is wrong.
    pub fn body<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        match self.body {
            CallBody::Json(value) => body::read(value),
            _ => body::read(&Value::Null),
        }
    }

    /// The body's bytes. They are given once.
    #[must_use]
    pub fn take_bytes(&self) -> Option<Vec<u8>> {
        match self.body {
            CallBody::Bytes(bytes) => bytes.lock().unwrap_or_else(PoisonError::into_inner).take(),
            _ => None,
        }
    }

    /// The body's stream. It is given once.
    #[must_use]
    pub fn take_stream(&self) -> Option<ByteStream> {
        match self.body {
            CallBody::Stream(stream) => {
                stream.lock().unwrap_or_else(PoisonError::into_inner).take()
            }
            _ => None,
        }
    }

    /// A header's text, where it is one and comes once.
    #[must_use]
    pub fn header(&self, name: &HeaderName) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        match (values.next(), values.next()) {
            (Some(value), None) => value.to_str().ok(),
            _ => None,
        }
    }

    /// An id or a key from the path. What can't be one names nothing.
    ///
    /// # Errors
    /// 404.
    pub fn named<T: core::str::FromStr>(&self, name: &str) -> Result<T, ApiError> {
        self.path.get(name).parse().map_err(|_| Error::NotFound.into())
    }

    /// Which page of a list is asked for.
    ///
    /// # Errors
    /// 400.
    pub fn page(&self) -> Result<PageRequest, ApiError> {
        PageRequest::of(self.query)
    }

    /// The member who asks, if they have the endpoint's permission.
    ///
    /// # Errors
    /// 401, 403.
    pub fn member<'r, T>(&self, read: &'r Read<T>) -> Result<&'r Member, ApiError> {
        Ok(match self.endpoint.permission() {
            Some(permission) => read.principal.require(permission)?,
            None => read.principal.member()?,
        })
    }

    /// The version that the request was made for. Only where it doesn't name exactly one is `current`
    /// asked, which gives the present one, if there is such a thing.
    ///
    /// # Errors
    /// 412 with the present version, 404, and 400 for a request that is to be answered once under its
    /// key but doesn't say which version it is for.
    pub async fn seen(
        &self,
        current: impl Future<Output = Result<Option<i64>, Error>>,
    ) -> Result<i64, ApiError> {
        let Some(wanted) = self.if_match else {
            return Err(Error::Internal.into());
        };
        if let Some(version) = wanted.only() {
            return Ok(version);
        }
        let current = current.await?.ok_or(Error::NotFound)?;
        let version = problem::resolve(wanted, current)?;
        if self.ctx.caller.idempotency_key.is_some() {
            // The same request later would be for another version: it couldn't be known again.
            let detail = "With an Idempotency-Key, If-Match must name exactly one version.";
            return Err(ApiError::new(400, "version_unclear", detail));
        }
        Ok(version)
    }
}
