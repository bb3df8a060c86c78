//! Uploaded sources on their way to R2, under the hash of their bytes.

use std::cell::Cell;

use async_trait::async_trait;
use domain::ports::SourceVault;
use domain::{Error, Result};
use worker::Bucket;
use worker::send::SendFuture;

use crate::sandboxes::{SOURCE_BUCKET, source_key};
use crate::scope::RequestScope;
use crate::telemetry;

/// Most sources that one isolate takes at once. Each fills up to 26 MB here and as much again on its
/// way to R2, and an isolate has 128 MB.
const MOST_AT_ONCE: u32 = 2;

thread_local! {
    static AT_ONCE: Cell<u32> = const { Cell::new(0) };
}

/// Room for one source, until it is dropped.
pub struct Room(());

impl Room {
    /// Takes room; none when there is none left.
    #[must_use]
    pub fn take() -> Option<Self> {
        AT_ONCE.with(|taken| {
            let now = taken.get();
            (now < MOST_AT_ONCE).then(|| {
                taken.set(now.saturating_add(1));
                Self(())
            })
        })
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        AT_ONCE.with(|taken| taken.set(taken.get().saturating_sub(1)));
    }
}

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

    async fn keep(&self, key: String, bytes: Vec<u8>) -> worker::Result<()> {
        let bucket: Bucket = self.scope.env().bucket(SOURCE_BUCKET)?;
        // The same bytes are under the same key already.
        if bucket.head(&key).await?.is_none() {
            bucket.put(key, bytes).execute().await?;
        }
        Ok(())
    }
}

#[async_trait]
impl SourceVault for R2Sources {
    async fn put(&self, sha256: &str, bytes: Vec<u8>) -> Result<()> {
        let kept = SendFuture::new(self.keep(source_key(sha256), bytes)).await;
        kept.map_err(|cause| {
            telemetry::log_error("source_not_kept", Some(self.scope.id()), &cause);
            Error::Unavailable
        })
    }
}
