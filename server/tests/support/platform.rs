//! What the API runs on in tests: a request's context, what the test has of services, and nothing else.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use domain::Context;
use domain::context::IdempotencyKey;
use domain::ids::{SandboxId, WorkspaceId};
use domain::ports::{Mailer, SourceVault};
use domain::sandbox::protocol::{Frame, Metrics};
use domain::sandbox::{LogOf, SandboxProbe};
use futures_util::stream;
use server::api::{
    ApiError, ByteStream, LimitClass, Nudges, OutputLines, Platform, Services, Waits,
};
use server::evidence::EvidenceFiles;
use server::logs::RunLogs;
use server::tokens::{Issuer, SigningKeys};

/// Where the site is.
const ORIGIN: &str = "https://monotask.example";

/// The API on nothing but the store.
pub struct Bare {
    context: Context,
    services: Services,
    body: Mutex<Option<Vec<u8>>>,
}

impl Bare {
    /// For one request with this body.
    pub fn new(context: Context, services: Services, body: Vec<u8>) -> Self {
        Self { context, services, body: Mutex::new(Some(body)) }
    }

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
        self.services.clone()
    }

    async fn admit(&self, _: LimitClass) -> Result<(), ApiError> {
        Ok(())
    }

    async fn body(&self, most: usize) -> Result<Vec<u8>, ApiError> {
        let body = self.take();
        if body.len() > most {
            return Err(ApiError::new(413, "too_large", "Too large."));
        }
        Ok(body)
    }

    fn stream(&self, _: usize) -> ByteStream {
        let chunks: Vec<_> = self.take().chunks(1_000).map(|chunk| Ok(chunk.to_vec())).collect();
        Box::pin(stream::iter(chunks))
    }
}

/// Services with these vaults and this mailer, sandboxes in which nothing happens, and time that passes at once.
pub fn services(
    sources: Arc<dyn SourceVault>,
    evidence: Arc<dyn EvidenceFiles>,
    logs: Arc<dyn RunLogs>,
    mailer: Arc<dyn Mailer>,
) -> Services {
    Services {
        sources,
        evidence,
        logs,
        mailer,
        origin: ORIGIN.to_owned(),
        waits: Arc::new(NoWaits),
        nudges: Arc::new(NoWaits),
        sandboxes: Arc::new(Quiet),
        output: Arc::new(Quiet),
        issuer: Some(issuer()),
    }
}

/// Who signs tokens.
pub fn issuer() -> Arc<Issuer> {
    let keys = SigningKeys::parse(&format!("test:{}", "A".repeat(43))).expect("a signing key");
    Arc::new(Issuer::new(ORIGIN, keys))
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

/// Time that passes at once.
pub struct NoWaits;

#[async_trait]
impl Waits for NoWaits {
    async fn wait(&self, _: u64) {}

    fn up_to(&self, _: u64) -> u64 {
        0
    }
}

#[async_trait]
impl Nudges for NoWaits {
    async fn past(&self, _: WorkspaceId, _: i64, ms: u64) -> u64 {
        ms
    }
}
