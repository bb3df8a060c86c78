//! What the API runs on here: the store, and nothing else.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use domain::Context;
use domain::context::IdempotencyKey;
use domain::ids::{RunId, SandboxId};
use domain::run::{Evidence, KeptFile, OfferedFile};
use domain::sandbox::protocol::{Frame, Metrics};
use domain::sandbox::{LogOf, SandboxProbe};
use futures_util::{StreamExt, stream};
use server::api::{ApiError, ByteStream, LimitClass, OutputLines, Platform, Services, Waits};
use server::evidence::{Arriving, EvidenceFiles, Incoming as Bytes, Part};
use server::logs::{LogPiece, RunLogs};
use server::tokens::{Issuer, SigningKeys};

use super::pages::Vault;
use super::people::NoMail;
use super::world::NOW;

/// The API on nothing but the store.
pub struct Bare {
    pub context: Context,
    pub body: Mutex<Option<Vec<u8>>>,
}

impl Bare {
    fn take(&self) -> Vec<u8> {
        self.body.lock().expect("a lock").take().unwrap_or_default()
    }
}

#[async_trait]
impl Platform for Bare {
    async fn context(&self, key: Option<IdempotencyKey>, _: LimitClass) -> domain::Result<Context> {
        let mut context = self.context.clone();
        context.caller.idempotency_key = key;
        Ok(context)
    }

    fn services(&self) -> Services {
        Services {
            sources: Arc::new(Vault),
            waits: Arc::new(NoWaits),
            sandboxes: Arc::new(Quiet),
            output: Arc::new(Quiet),
            mailer: Arc::new(NoMail),
            origin: "http://localhost".to_owned(),
            issuer: Some(issuer()),
            evidence: Arc::new(Files),
            logs: Arc::new(Files),
        }
    }

    async fn admit(&self, _: LimitClass) -> Result<(), ApiError> {
        Ok(())
    }

    async fn body(&self, _: usize) -> Result<Vec<u8>, ApiError> {
        Ok(self.take())
    }

    fn stream(&self, _: usize) -> ByteStream {
        let bytes = self.take();
        Box::pin(stream::iter([Ok(bytes)]))
    }
}

/// Sandboxes that use nothing, and print nothing.
struct Quiet;

#[async_trait]
impl SandboxProbe for Quiet {
    async fn metrics(&self, _: SandboxId) -> domain::Result<Option<Metrics>> {
        Ok(Some(Metrics {
            processes: 0,
            memory_bytes: 0,
            cpu_ms: 0,
            created_at_ms: 0,
            started_at_ms: None,
            wall_ms: 0,
            memory_peak_bytes: 0,
            disk_bytes: None,
            uptime_ms: 0,
        }))
    }
}

#[async_trait]
impl OutputLines for Quiet {
    async fn after(&self, _: LogOf, _: u64) -> domain::Result<Vec<Frame>> {
        Ok(vec![])
    }
}

fn issuer() -> Arc<Issuer> {
    let keys = SigningKeys::parse(&format!("test:{}", "A".repeat(43))).expect("a signing key");
    Arc::new(Issuer::new("https://monotask.example", keys))
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

struct NoWaits;

#[async_trait]
impl Waits for NoWaits {
    async fn wait(&self, _: u64) {}

    fn up_to(&self, _: u64) -> u64 {
        0
    }
}
