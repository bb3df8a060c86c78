//! Runs' logs in R2, for one request.

use async_trait::async_trait;
use domain::ids::RunId;
use domain::sandbox::LogOf;
use domain::{Error, Result};
use worker::send::SendFuture;

use super::{LOG_BUCKET, LogPiece, RunLogs, piece};
use crate::scope::RequestScope;
use crate::telemetry;

/// The bucket, as this request uses it.
pub struct R2Logs {
    scope: RequestScope,
}

impl R2Logs {
    /// Over the bucket that is bound.
    #[must_use]
    pub fn new(scope: &RequestScope) -> Self {
        Self { scope: scope.clone() }
    }
}

#[async_trait]
impl RunLogs for R2Logs {
    async fn lines_after(&self, run: RunId, after: u64) -> Result<LogPiece> {
        let read = async {
            let bucket = self.scope.env().bucket(LOG_BUCKET)?;
            piece(&bucket, LogOf::Run(run), after).await
        };
        SendFuture::new(read).await.map_err(|cause| {
            telemetry::log_error("log_unread", Some(self.scope.id()), &cause);
            Error::Unavailable
        })
    }
}
