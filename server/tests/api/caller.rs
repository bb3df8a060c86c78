//! A caller of the API without a network: a credential, requests, answers.
#![allow(dead_code, reason = "each chapter uses its own part")]

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use domain::actor::Credential;
use domain::context::{Context, IdempotencyKey};
use domain::ids::SandboxId;
use domain::ids::{ApiKeyId, ProjectId};
use domain::invitation::Letter;
use domain::ports::{Mailer, SourceVault};
use domain::sandbox::protocol::{Frame, Metrics};
use domain::sandbox::{LogOf, SandboxProbe};
use domain::scope::{Scope, Scopes};
use futures_util::{StreamExt, stream};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use server::api::{
    AnswerBody, ApiError, ByteStream, Incoming, LimitClass, OutputLines, Platform, Services, Waits,
    serve,
};
use server::database::{Database, Statement};
use server::store::contract::Bench;
use server::store::contract::world::{Someone, World};
use server::tokens::{Issuer, SigningKeys};
use sha2::{Digest, Sha256};

use crate::files::{Files, Lines};
use crate::support;

/// A workspace, and what the API runs on.
pub struct Api {
    pub world: World,
    pub vault: Arc<Vault>,
    /// Who signs tokens.
    pub issuer: Option<Arc<Issuer>>,
    /// Letters that were sent.
    pub mail: Arc<Mail>,
    pub files: Arc<Files>,
    pub lines: Arc<Lines>,
    keys: AtomicU64,
}

/// Sources in memory.
#[derive(Default)]
pub struct Vault(pub Mutex<HashMap<String, Vec<u8>>>);

#[async_trait]
impl SourceVault for Vault {
    async fn put(&self, sha256: &str, bytes: Vec<u8>) -> domain::Result<()> {
        self.0.lock().unwrap().insert(sha256.to_owned(), bytes);
        Ok(())
    }
}

/// Letters in memory: to whom.
#[derive(Default)]
pub struct Mail(pub Mutex<Vec<String>>);

#[async_trait]
impl Mailer for Mail {
    async fn send(&self, letter: &Letter) -> domain::Result<bool> {
        let Letter::Invitation { to, .. } = letter;
        self.0.lock().unwrap().push(to.as_str().to_owned());
        Ok(true)
    }
}

/// A request that is being put together.
#[derive(Clone)]
pub struct Ask<'a> {
    api: &'a Api,
    credential: Credential,
    method: &'a str,
    address: String,
    headers: HeaderMap,
    body: Vec<u8>,
    /// Milliseconds after the world began.
    after: i64,
}

/// An answer, read whole.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Api {
    /// A workspace with people, a project, its source and its gate.
    pub fn open() -> Self {
        Self::over(&support::bench(support::migrated()))
    }

    pub fn over(bench: &Bench) -> Self {
        let world = pollster::block_on(World::open(bench)).expect("a world");
        let keys = SigningKeys::parse(&format!("test:{}", "A".repeat(43))).expect("a signing key");
        let issuer = Some(Arc::new(Issuer::new("https://monotask.example", keys)));
        Self {
            world,
            vault: Arc::default(),
            issuer,
            mail: Arc::default(),
            files: Arc::default(),
            lines: Arc::default(),
            keys: AtomicU64::new(0),
        }
    }

    /// What this person's session shows.
    pub fn session(&self, someone: Someone) -> Credential {
        Credential::Session(someone.session)
    }

    /// A key of this person's with these scopes.
    pub fn key(&self, owner: Someone, scopes: &[Scope]) -> Credential {
        self.key_for(owner, scopes, None)
    }

    /// As [`Api::key`], for one project only.
    pub fn key_for(
        &self,
        owner: Someone,
        scopes: &[Scope],
        project: Option<ProjectId>,
    ) -> Credential {
        let bench = &self.world.bench;
        let number = self.keys.fetch_add(1, Ordering::Relaxed);
        let hash: [u8; 32] = Sha256::digest(format!("{}{number}", self.world.workspace)).into();
        let scopes: Scopes = scopes.iter().copied().collect();
        self.execute(
            "INSERT INTO api_keys (id, workspace_id, user_id, name, prefix, secret_hash, scopes, \
             project_id, created_at, version) VALUES (?1, ?2, ?3, 'Test', 'mt_test', ?4, ?5, ?6, \
             ?7, 1)",
            vec![
                ApiKeyId::generate(bench.now, &*bench.random).to_string().into(),
                self.world.workspace.to_string().into(),
                owner.user.to_string().into(),
                hex::encode(hash).into(),
                serde_json::to_string(&scopes).expect("scopes").into(),
                project.map(|project| project.to_string()).into(),
                bench.now.0.into(),
            ],
        );
        Credential::Key(hash)
    }

    /// Lets pages of this origin use the workspace's API.
    pub fn allow_origin(&self, origin: &str) {
        self.execute(
            "INSERT INTO allowed_origins (workspace_id, origin) VALUES (?1, ?2)",
            vec![self.world.workspace.to_string().into(), origin.into()],
        );
    }

    pub fn execute(&self, sql: &'static str, params: Vec<server::database::Value>) {
        let database: &Arc<dyn Database> = &self.world.bench.database;
        pollster::block_on(database.batch(vec![Statement::new(sql, params)])).expect("a row");
    }

    /// A request.
    pub fn ask<'a>(&'a self, credential: Credential, method: &'a str, address: &str) -> Ask<'a> {
        Ask {
            api: self,
            credential,
            method,
            address: address.to_owned(),
            headers: HeaderMap::new(),
            body: vec![],
            after: 0,
        }
    }

    /// A read.
    pub fn get(&self, credential: Credential, address: &str) -> Reply {
        self.ask(credential, "GET", address).send()
    }
}

impl Ask<'_> {
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        let value = HeaderValue::from_bytes(value.as_bytes()).expect("a header");
        self.headers.append(HeaderName::from_static(name), value);
        self
    }

    pub fn json(self, body: &Value) -> Self {
        self.text("application/json", body.to_string())
    }

    pub fn text(mut self, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.header("content-type", media_type)
    }

    /// For this version.
    pub fn at(self, version: i64) -> Self {
        self.header("if-match", &format!("\"{version}\""))
    }

    pub fn under(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    pub fn later(mut self, ms: i64) -> Self {
        self.after = ms;
        self
    }

    pub fn send(self) -> Reply {
        pollster::block_on(self.sent())
    }

    pub async fn sent(self) -> Reply {
        let (path, query) = self.address.split_once('?').unwrap_or((&self.address, ""));
        let incoming = Incoming {
            method: self.method,
            path,
            query,
            headers: &self.headers,
            request_id: "the-request",
        };
        let platform = Bare { ask: &self, body: Mutex::new(Some(self.body.clone())) };
        let answer = serve(&incoming, &platform).await;
        let text = match answer.body {
            AnswerBody::Empty => String::new(),
            AnswerBody::Json(text) | AnswerBody::Problem(text) => text,
            AnswerBody::Stream { mut bytes, .. } => {
                let mut all = vec![];
                while let Some(chunk) = bytes.next().await {
                    all.extend(chunk.expect("a chunk"));
                }
                String::from_utf8_lossy(&all).into_owned()
            }
        };
        Reply { status: answer.status, headers: answer.headers, text }
    }
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    /// The problem's stable code.
    pub fn code(&self) -> String {
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        let problem = self.json();
        assert_eq!(problem["status"], self.status, "{problem}");
        assert_eq!(problem["request_id"], "the-request");
        problem["code"].as_str().expect("a code").to_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }

    /// Status and code of a problem.
    pub fn refusal(&self) -> (u16, String) {
        (self.status, self.code())
    }

    pub fn version(&self) -> i64 {
        let tag = self.header("etag").trim_matches('"');
        tag.parse().unwrap_or_else(|_| panic!("no version in {self:?}"))
    }
}

/// The API on nothing but the store.
struct Bare<'a> {
    ask: &'a Ask<'a>,
    body: Mutex<Option<Vec<u8>>>,
}

impl Bare<'_> {
    fn take(&self) -> Vec<u8> {
        self.body.lock().unwrap().take().unwrap_or_default()
    }
}

#[async_trait]
impl Platform for Bare<'_> {
    async fn context(&self, key: Option<IdempotencyKey>, _: LimitClass) -> domain::Result<Context> {
        let mut ctx = self.ask.api.world.at(self.ask.credential.clone(), self.ask.after);
        ctx.caller.idempotency_key = key;
        Ok(ctx)
    }

    fn services(&self) -> Services {
        let api = self.ask.api;
        Services {
            sources: api.vault.clone(),
            evidence: api.files.clone(),
            logs: api.lines.clone(),
            waits: Arc::new(NoWaits),
            sandboxes: Arc::new(Quiet),
            output: Arc::new(Quiet),
            mailer: api.mail.clone(),
            origin: "https://monotask.example".to_owned(),
            issuer: api.issuer.clone(),
        }
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

struct NoWaits;

#[async_trait]
impl Waits for NoWaits {
    async fn wait(&self, _: u64) {}

    fn up_to(&self, _: u64) -> u64 {
        0
    }
}
