//! Sandboxes: where runs execute. [`SandboxHost`] is the port; `runner_host` speaks the runner's
//! HTTP protocol, locally and self-hosted.
//!
//! A production host is the same protocol over a Cloudflare Container's TCP port: the container's
//! image has `runner` as its entry point, and [`crate::durable`]'s `SandboxLifecycle` is the class
//! that `wrangler.toml` gives the containers to. It is one more implementation of the port.
//!
//! [`Driver`] moves one sandbox through a run, one short step at a time, and is safe to kill
//! between and inside any two of them. It knows no platform: host, vault, memory and live updates
//! are ports.

mod collect;
mod drive;
mod driver;
mod execute;
mod finish;
mod outcome;
mod provision;
#[cfg(target_arch = "wasm32")]
mod runner_host;
mod standalone;
#[cfg(target_arch = "wasm32")]
mod vault;

use async_trait::async_trait;
use domain::Timestamp;
use domain::ids::{RunId, SandboxId, WorkspaceId};
use domain::project::SourceKind;
use domain::run::LeaseToken;
use domain::sandbox::protocol::{ApiError, Exec, Job, Metrics, OutputPage, Results, SandboxView};
use domain::sandbox::{LogOf, SandboxSpec};

pub use drive::{Collection, Drive, Phase, SLACK_MS, Verdict};
pub use driver::{Driver, Next};
#[cfg(target_arch = "wasm32")]
pub use runner_host::{RunnerHost, RunnerProbe};
pub use standalone::{Cleanup, Servant, Service, ServiceMemory, ServicePhase};
#[cfg(target_arch = "wasm32")]
pub use vault::{EVIDENCE_BUCKET, R2Vault, SOURCE_BUCKET, evidence_key, source_key};

/// Why a host didn't do what it was asked to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HostError {
    /// No answer in time, or one that can't be understood. Passing, perhaps.
    #[error("the sandbox host doesn't answer: {0}")]
    Unreachable(String),
    /// It refused.
    #[error("the sandbox host refused: {:?}: {}", .0.code, .0.message)]
    Refused(ApiError),
}

/// A host of sandboxes. Each call is short, ends within its timeout, and may be repeated.
#[async_trait(?Send)]
pub trait SandboxHost {
    /// Makes a sandbox, or gives the one there is.
    async fn provision(&self, id: SandboxId, spec: &SandboxSpec) -> Result<SandboxView, HostError>;
    /// Gives it what the run works on.
    async fn put_source(
        &self,
        id: SandboxId,
        kind: SourceKind,
        bytes: Vec<u8>,
    ) -> Result<SandboxView, HostError>;
    /// Starts its job, which the host then executes by itself.
    async fn execute(&self, id: SandboxId, job: &Job) -> Result<SandboxView, HostError>;
    /// Starts a single command in a sandbox without a job.
    async fn exec(&self, id: SandboxId, exec: &Exec) -> Result<SandboxView, HostError>;
    /// What it uses now.
    async fn metrics(&self, id: SandboxId) -> Result<Metrics, HostError>;
    /// Output numbered above `after`.
    async fn output(&self, id: SandboxId, after: u64) -> Result<OutputPage, HostError>;
    /// Says that output up to `through` is kept.
    async fn acknowledge(&self, id: SandboxId, through: u64) -> Result<(), HostError>;
    /// What became of a finished job.
    async fn results(&self, id: SandboxId) -> Result<Results, HostError>;
    /// A captured file.
    async fn file(&self, id: SandboxId, sha256: &str) -> Result<Vec<u8>, HostError>;
    /// Stops the job's processes; what they left is captured.
    async fn cancel(&self, id: SandboxId) -> Result<(), HostError>;
    /// Takes the sandbox down and forgets it.
    async fn cleanup(&self, id: SandboxId) -> Result<(), HostError>;
    /// How it stands.
    async fn monitor(&self, id: SandboxId) -> Result<SandboxView, HostError>;
    /// Every sandbox that the host knows.
    async fn list(&self) -> Result<Vec<SandboxView>, HostError>;
}

/// What a run's steps need to report about it themselves, by the API.
#[derive(Clone)]
pub struct RunAccess {
    /// The address of this site, without a slash at its end, where that is known.
    pub url: Option<String>,
    /// The run's own token.
    pub token: String,
}

/// Gives runs their tokens.
#[async_trait(?Send)]
pub trait RunTokens {
    /// A token that holds for this run while `lease` does, until `until` at the longest. None where
    /// nothing is there to sign it with.
    ///
    /// # Errors
    /// A sentence without secrets when it couldn't be made.
    async fn issue(
        &self,
        run: RunId,
        lease: &LeaseToken,
        until: Timestamp,
    ) -> Result<Option<RunAccess>, String>;
}

/// The store of objects didn't take or give one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("object store: {0}")]
pub struct VaultError(pub String);

/// Where sources come from, and where output and evidence go.
#[async_trait(?Send)]
pub trait Vault {
    /// An uploaded source.
    async fn source(&self, sha256: &str) -> Result<Option<Vec<u8>>, VaultError>;
    /// Writes one chunk of a log, over an earlier one that begins at the same line.
    async fn put_log_chunk(
        &self,
        log: LogOf,
        first_line: u64,
        body: String,
    ) -> Result<(), VaultError>;
    /// Keeps a file under its hash, unless it is there already.
    async fn keep_evidence(
        &self,
        sha256: &str,
        media_type: &str,
        bytes: Vec<u8>,
    ) -> Result<(), VaultError>;
}

/// Where a drive is remembered between two steps.
#[async_trait(?Send)]
pub trait Memory {
    /// Remembers it, over what was remembered before.
    async fn save(&self, drive: &Drive) -> Result<(), VaultError>;
    /// Whether somebody asked to stop since the drive began.
    async fn stop_asked(&self) -> Result<bool, VaultError>;
}

/// Who is told that a run's log grew. Nobody waits for the telling, and it may fail without harm.
pub trait Live {
    /// The log of a run of this workspace now reaches line `through`.
    fn log_advanced(&self, workspace: WorkspaceId, run: RunId, through: u64);
}
