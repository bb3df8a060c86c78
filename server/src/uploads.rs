//! Uploaded sources on their way to R2, under the hash of their bytes.

use app::page::{SourceVault, StoredSource};
use async_trait::async_trait;
use domain::{Error, Result};
use sha2::{Digest, Sha256};
use worker::Bucket;
use worker::send::SendFuture;

use crate::sandboxes::{SOURCE_BUCKET, source_key};
use crate::scope::RequestScope;
use crate::telemetry;

/// The vault in R2, for one request.
pub struct R2Sources {
    scope: RequestScope,
}

impl R2Sources {
    /// Keeps what comes with this request.
    #[must_use]
    pub fn new(scope: &RequestScope) -> Self {
        Self { scope: scope.clone() }
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
    /// Keeps the bytes. Who may upload was asked before; no row names them until they are here.
    async fn put(&self, bytes: &[u8]) -> Result<StoredSource> {
        let sha256 = hex::encode(Sha256::digest(bytes));
        let kept = SendFuture::new(self.keep(source_key(&sha256), bytes)).await;
        kept.map_err(|cause| {
            telemetry::log_error("source_not_kept", Some(self.scope.id()), &cause);
            Error::Unavailable
        })?;
        Ok(StoredSource { sha256, size: bytes.len() as u64 })
    }
}
