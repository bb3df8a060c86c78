//! What a page shows that doesn't lie in the database: its patch, from the evidence store, and the
//! newest lines of its log.

use app::live::protocol::LogLine;
use app::page::{Answer, EvidenceContents, LogLines, attach_log, attach_patch};
use async_trait::async_trait;
use domain::sandbox::LogOf;
use domain::{Error, Result};
use worker::send::SendFuture;
use worker::{Object, Range};

use crate::logs::{self, LOG_BUCKET};
use crate::sandboxes::{EVIDENCE_BUCKET, evidence_key};
use crate::{scope::RequestScope, telemetry};

/// Fetches what a page shows beside its own data.
pub async fn attach(scope: &RequestScope, answer: &mut Answer) {
    if let Answer::Page(page) = answer {
        attach_patch(page, &Evidence { scope }).await;
        attach_log(page, &Logs { scope }).await;
    }
}

struct Logs<'a> {
    scope: &'a RequestScope,
}

#[async_trait]
impl LogLines for Logs<'_> {
    async fn newest(&self, log: LogOf, max: usize) -> Result<Vec<LogLine>> {
        let read = async {
            let bucket = self.scope.env().bucket(LOG_BUCKET)?;
            logs::newest(&bucket, log, max).await
        };
        SendFuture::new(read).await.map_err(|cause| {
            telemetry::log_error("log_unread", Some(self.scope.id()), &cause);
            Error::Unavailable
        })
    }
}

struct Evidence<'a> {
    scope: &'a RequestScope,
}

#[async_trait]
impl EvidenceContents for Evidence<'_> {
    async fn beginning(&self, sha256: &str, max_bytes: u64) -> Result<Option<Vec<u8>>> {
        SendFuture::new(self.read(sha256, max_bytes)).await.map_err(|cause| {
            telemetry::log_error("patch_unread", Some(self.scope.id()), &cause);
            Error::Unavailable
        })
    }
}

impl Evidence<'_> {
    async fn read(&self, sha256: &str, max_bytes: u64) -> worker::Result<Option<Vec<u8>>> {
        let bucket = self.scope.env().bucket(EVIDENCE_BUCKET)?;
        let range = Range::Prefix { length: max_bytes };
        let object = bucket.get(evidence_key(sha256)).range(range).execute().await?;
        match object.as_ref().and_then(Object::body) {
            Some(body) => body.bytes().await.map(Some),
            None => Ok(None),
        }
    }
}
