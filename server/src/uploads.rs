//! Uploaded sources on their way to R2, under the hash of their bytes.

use app::page::{SourceVault, StoredSource};
use async_trait::async_trait;
use domain::actor::Permission;
use domain::{Context, Error, Result};
use sha2::{Digest, Sha256};
use worker::Bucket;
use worker::send::SendFuture;

use crate::sandboxes::{SOURCE_BUCKET, source_key};
use crate::scope::RequestScope;
use crate::telemetry;

/// The vault in R2, for one request's caller.
pub struct R2Sources {
    scope: RequestScope,
    context: Context,
}

impl R2Sources {
    /// Keeps what this caller uploads.
    #[must_use]
    pub fn new(scope: &RequestScope, context: Context) -> Self {
        Self { scope: scope.clone(), context }
    }

    async fn keep(&self, key: String, bytes: &[u8]) -> worker::Result<()> {
        let bucket: Bucket = self.scope.env().bucket(SOURCE_BUCKET)?;
        // The same bytes are under the same key already.
        if bucket.head(&key).await?.is_none() {
            bucket.put(key, bytes.to_vec()).execute().await?;
        }
        Ok(())
    }
}

#[async_trait]
impl SourceVault for R2Sources {
    /// Keeps the bytes before any row names them, so that no row ever points at nothing. That makes
    /// this the first thing that happens to an upload, and the place to ask who sends it: one read
    /// more than other mutations need, against strangers filling the bucket.
    async fn put(&self, bytes: &[u8]) -> Result<StoredSource> {
        let caller = &self.context.caller;
        let asked = self.context.store.principal(caller).await?;
        asked.principal.require(Permission::ManageProjects)?;
        let sha256 = hex::encode(Sha256::digest(bytes));
        let kept = SendFuture::new(self.keep(source_key(&sha256), bytes)).await;
        kept.map_err(|cause| {
            telemetry::log_error("source_not_kept", Some(self.scope.id()), &cause);
            Error::Unavailable
        })?;
        Ok(StoredSource { sha256, size: bytes.len() as u64 })
    }
}
