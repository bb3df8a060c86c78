//! Kept files in R2, for one request.

use std::io;

use async_trait::async_trait;
use domain::clock::Clock;
use domain::run::{Evidence, KeptFile, OfferedFile};
use domain::{Error, Result};
use futures_util::{StreamExt, stream};
use worker::send::{SendFuture, SendWrapper};
use worker::{Data, FixedLengthStream, Object, Range};

use super::{Arriving, EvidenceFiles, Incoming, Part};
use crate::clock::PlatformClock;
use crate::fault;
use crate::sandboxes::{EVIDENCE_BUCKET, evidence_key};
use crate::scope::RequestScope;
use crate::telemetry;
use crate::uploads::Room;

/// The bucket, as this request uses it.
pub struct R2Evidence {
    scope: RequestScope,
}

impl R2Evidence {
    /// Over the bucket that is bound.
    #[must_use]
    pub fn new(scope: &RequestScope) -> Self {
        Self { scope: scope.clone() }
    }

    /// Hands the bytes on as they come. That an object is there already spares nothing: only who has
    /// the bytes may have a row that names them, or a hash would open other people's files.
    async fn put(&self, file: &OfferedFile, mut bytes: Arriving) -> worker::Result<()> {
        let digest = hex::decode(&file.sha256)
            .map_err(|_| worker::Error::RustError("a hash that is none".to_owned()))?;
        let bucket = self.scope.env().bucket(EVIDENCE_BUCKET)?;
        let data: Data = if file.size == 0 {
            // A stream without a byte isn't taken; what comes must still be nothing.
            while let Some(piece) = bytes.next().await {
                piece.map_err(worker_error)?;
            }
            Data::Bytes(vec![])
        } else {
            let pieces = bytes.map(|piece| piece.map_err(worker_error));
            FixedLengthStream::wrap(pieces, file.size).into()
        };
        bucket.put(evidence_key(&file.sha256), data).sha256(digest).execute().await?;
        Ok(())
    }

    async fn get(&self, sha256: &str, part: Option<Part>) -> worker::Result<Option<Incoming>> {
        let bucket = self.scope.env().bucket(EVIDENCE_BUCKET)?;
        let mut wanted = bucket.get(evidence_key(sha256));
        if let Some(Part { offset, length }) = part {
            wanted = wanted.range(Range::OffsetWithLength { offset, length });
        }
        let object = wanted.execute().await?;
        let Some(body) = object.as_ref().and_then(Object::body) else {
            return Ok(None);
        };
        let pieces = SendWrapper::new(body.stream()?);
        let scope = self.scope.clone();
        Ok(Some(Box::pin(stream::unfold((pieces, scope), |(mut pieces, scope)| {
            SendFuture::new(async move {
                let piece = pieces.next().await?.map_err(|cause| {
                    telemetry::log_error("evidence_unread", Some(scope.id()), &cause);
                    io::Error::other("the store broke off")
                });
                Some((piece, (pieces, scope)))
            })
        }))))
    }

    fn unavailable(&self, event: &'static str, cause: &worker::Error) -> Error {
        telemetry::log_error(event, Some(self.scope.id()), cause);
        Error::Unavailable
    }
}

fn worker_error(cause: io::Error) -> worker::Error {
    worker::Error::RustError(cause.to_string())
}

#[async_trait]
impl EvidenceFiles for R2Evidence {
    fn room(&self) -> Option<Box<dyn Send + Sync>> {
        Room::take().map(|room| Box::new(room) as Box<dyn Send + Sync>)
    }

    async fn keep(&self, file: &OfferedFile, bytes: Incoming) -> Result<KeptFile> {
        let (arriving, findings) = Arriving::new(bytes, file);
        fault::point("before_upload").await;
        let put = SendFuture::new(self.put(file, arriving)).await;
        fault::point("after_upload").await;
        // What the sender did wrong is why the store refused it.
        let media_type = findings.verdict()?;
        put.map_err(|cause| self.unavailable("evidence_not_kept", &cause))?;
        let media_type = media_type.ok_or(Error::Internal)?;
        Ok(KeptFile { media_type, at: PlatformClock.now() })
    }

    async fn open(&self, sha256: &str, part: Option<Part>) -> Result<Option<Incoming>> {
        let opened = SendFuture::new(self.get(sha256, part)).await;
        opened.map_err(|cause| self.unavailable("evidence_unread", &cause))
    }

    fn report_lost(&self, evidence: &Evidence) {
        let what = format!("{} has no object {}", evidence.file.id, evidence.file.sha256);
        telemetry::log_error("evidence_lost", Some(self.scope.id()), &what);
    }
}
