//! Sources, logs and evidence in R2.

use async_trait::async_trait;
use domain::sandbox::LogOf;
use worker::{Bucket, Env, HttpMetadata};

use super::{Vault, VaultError};
use crate::logs;

/// The binding of the bucket that holds sources and logs.
pub const SOURCE_BUCKET: &str = "AGENT_ARTIFACTS";
/// The binding of the bucket that holds evidence.
pub const EVIDENCE_BUCKET: &str = "EVIDENCE_STORAGE";

/// Where a source is.
#[must_use]
pub fn source_key(sha256: &str) -> String {
    format!("sources/{sha256}")
}

/// Where a file of evidence is.
#[must_use]
pub fn evidence_key(sha256: &str) -> String {
    format!("sha256/{sha256}")
}

/// R2.
pub struct R2Vault {
    artifacts: Bucket,
    evidence: Bucket,
}

impl R2Vault {
    /// Over the buckets that are bound.
    ///
    /// # Errors
    /// When one isn't.
    pub fn open(env: &Env) -> Result<Self, VaultError> {
        Ok(Self {
            artifacts: env.bucket(SOURCE_BUCKET).map_err(fault)?,
            evidence: env.bucket(EVIDENCE_BUCKET).map_err(fault)?,
        })
    }
}

fn fault(error: worker::Error) -> VaultError {
    VaultError(error.to_string())
}

#[async_trait(?Send)]
impl Vault for R2Vault {
    async fn source(&self, sha256: &str) -> Result<Option<Vec<u8>>, VaultError> {
        let found = self.artifacts.get(source_key(sha256)).execute().await.map_err(fault)?;
        let Some(object) = found else {
            return Ok(None);
        };
        match object.body() {
            Some(body) => body.bytes().await.map(Some).map_err(fault),
            None => Ok(None),
        }
    }

    async fn put_log_chunk(
        &self,
        log: LogOf,
        first_line: u64,
        body: String,
    ) -> Result<(), VaultError> {
        let key = logs::chunk_key(log, first_line);
        self.artifacts.put(key, body).execute().await.map_err(fault)?;
        Ok(())
    }

    async fn keep_evidence(
        &self,
        sha256: &str,
        media_type: &str,
        bytes: Vec<u8>,
    ) -> Result<(), VaultError> {
        let key = evidence_key(sha256);
        if self.evidence.head(key.as_str()).await.map_err(fault)?.is_some() {
            return Ok(());
        }
        let metadata =
            HttpMetadata { content_type: Some(media_type.to_owned()), ..HttpMetadata::default() };
        self.evidence.put(key, bytes).http_metadata(metadata).execute().await.map_err(fault)?;
        Ok(())
    }
}
