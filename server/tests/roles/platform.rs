//! What the API runs on here: the store, and files and logs that are there and empty.

use std::sync::Arc;

use async_trait::async_trait;
use domain::Context;
use domain::ids::RunId;
use domain::run::{Evidence, KeptFile, OfferedFile};
use futures_util::{StreamExt, stream};
use server::evidence::{Arriving, EvidenceFiles, Incoming as Bytes, Part};
use server::logs::{LogPiece, RunLogs};

use super::pages::Vault;
use super::people::NoMail;
use super::support::platform::{Bare, services};
use super::world::NOW;

/// The API for one request with this body.
pub fn bare(context: Context, body: Vec<u8>) -> Bare {
    let files = || Arc::new(Files);
    Bare::new(context, services(Arc::new(Vault), files(), files(), Arc::new(NoMail)), body)
}

/// Every file and every log is there, and empty.
struct Files;

#[async_trait]
impl EvidenceFiles for Files {
    fn room(&self) -> Option<Box<dyn Send + Sync>> {
        Some(Box::new(()))
    }

    async fn keep(&self, file: &OfferedFile, bytes: Bytes) -> domain::Result<KeptFile> {
        let (arriving, findings) = Arriving::new(bytes, file);
        let _: Vec<_> = arriving.collect().await;
        let media_type = findings.verdict()?.expect("a verdict");
        Ok(KeptFile { media_type, at: NOW })
    }

    async fn open(&self, _: &str, _: Option<Part>) -> domain::Result<Option<Bytes>> {
        Ok(Some(Box::pin(stream::iter([]))))
    }

    fn report_lost(&self, _: &Evidence) {}
}

#[async_trait]
impl RunLogs for Files {
    async fn lines_after(&self, _: RunId, _: u64) -> domain::Result<LogPiece> {
        Ok(LogPiece::default())
    }
}
