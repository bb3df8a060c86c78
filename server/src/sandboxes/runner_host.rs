//! The runner's HTTP protocol, from the asking side.

use core::time::Duration;

use async_trait::async_trait;
use domain::ids::SandboxId;
use domain::project::SourceKind;
use domain::sandbox::protocol::{
    Ack, ApiError, ErrorCode, Exec, Job, Limits, Metrics, OutputPage, Provision, Results,
    SandboxList, SandboxView,
};
use domain::sandbox::{SandboxProbe, SandboxSpec};
use futures_util::future::{Either, select};
use serde::Serialize;
use serde::de::DeserializeOwned;
use worker::send::SendFuture;
use worker::wasm_bindgen::JsValue;
use worker::{AbortController, Delay, Env, Fetch, Headers, Method, Request, RequestInit, js_sys};

use super::{HostError, SandboxHost};
use crate::{bindings, telemetry};

/// Where the runner is, such as `http://127.0.0.1:8790`.
pub const RUNNER_URL: &str = "RUNNER_URL";
/// The secret that the runner was started with.
pub const RUNNER_SECRET: &str = "RUNNER_SECRET";

/// Longest wait for a short call.
const SHORT: Duration = Duration::from_secs(5);
/// Longest wait for a call that carries a source or a file.
const LONG: Duration = Duration::from_secs(15);
/// Most bytes of output asked for at once.
const OUTPUT_BYTES: u32 = 256 * 1024;

/// A runner that is reached over HTTP.
pub struct RunnerHost {
    address: Option<(String, String)>,
}

enum Payload {
    None,
    Json(String),
    Bytes(Vec<u8>),
}

impl RunnerHost {
    /// The runner that this deployment was given. One that was given none never answers.
    #[must_use]
    pub fn open(env: &Env) -> Self {
        let address = bindings::text(env, RUNNER_URL)
            .map(|url| url.trim_end_matches('/').to_owned())
            .zip(bindings::text(env, RUNNER_SECRET));
        Self { address }
    }

    async fn ask<A: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        payload: Payload,
    ) -> Result<A, HostError> {
        let bytes = self.exchange(method, path, payload).await?;
        serde_json::from_slice(&bytes).map_err(|error| unreachable_host(&error))
    }

    async fn exchange(
        &self,
        method: Method,
        path: &str,
        payload: Payload,
    ) -> Result<Vec<u8>, HostError> {
        let limit = match &payload {
            Payload::Bytes(_) => LONG,
            _ if path.contains("/files/") => LONG,
            _ => SHORT,
        };
        let request = self.request(method, path, payload).map_err(|e| unreachable_host(&e))?;
        let abort = AbortController::default();
        let signal = abort.signal();
        let exchange = Box::pin(async {
            let mut response = Fetch::Request(request).send_with_signal(&signal).await?;
            Ok::<_, worker::Error>((response.status_code(), response.bytes().await?))
        });
        let outcome = match select(exchange, Delay::from(limit)).await {
            Either::Left((outcome, _)) => outcome,
            Either::Right(((), unfinished)) => {
                abort.abort();
                drop(unfinished);
                return Err(HostError::Unreachable("no answer in time".to_owned()));
            }
        };
        let (status, bytes) = outcome.map_err(|error| unreachable_host(&error))?;
        if status < 400 {
            return Ok(bytes);
        }
        match serde_json::from_slice::<ApiError>(&bytes) {
            Ok(refusal) => Err(HostError::Refused(refusal)),
            Err(_) => Err(HostError::Unreachable(format!("status {status} without a reason"))),
        }
    }

    fn request(&self, method: Method, path: &str, payload: Payload) -> worker::Result<Request> {
        let Some((url, secret)) = &self.address else {
            let unset = format!("{RUNNER_URL} or {RUNNER_SECRET} isn't set");
            return Err(worker::Error::RustError(unset));
        };
        let headers = Headers::new();
        headers.set("authorization", &format!("Bearer {secret}"))?;
        let body = match payload {
            Payload::None => None,
            Payload::Json(text) => {
                headers.set("content-type", "application/json")?;
                Some(JsValue::from_str(&text))
            }
            Payload::Bytes(bytes) => {
                headers.set("content-type", "application/octet-stream")?;
                Some(js_sys::Uint8Array::from(bytes.as_slice()).into())
            }
        };
        let mut init = RequestInit::new();
        init.with_method(method).with_headers(headers).with_body(body);
        Request::new_with_init(&format!("{url}/v1/{path}"), &init)
    }
}

fn unreachable_host(error: &dyn core::fmt::Display) -> HostError {
    HostError::Unreachable(error.to_string())
}

fn json<T: Serialize>(value: &T) -> Result<Payload, HostError> {
    serde_json::to_string(value).map(Payload::Json).map_err(|error| unreachable_host(&error))
}

fn limits_of(spec: &SandboxSpec) -> Limits {
    Limits {
        wall_ms: spec.wall_ms,
        cpu_ms: spec.cpu_ms,
        memory_bytes: spec.memory_bytes,
        processes: spec.processes,
        file_bytes: spec.disk_bytes,
        disk_bytes: spec.disk_bytes,
        output_bytes: spec.output_bytes,
    }
}

#[async_trait(?Send)]
impl SandboxHost for RunnerHost {
    async fn provision(&self, id: SandboxId, spec: &SandboxSpec) -> Result<SandboxView, HostError> {
        let payload = json(&Provision { limits: limits_of(spec) })?;
        self.ask(Method::Put, &format!("sandboxes/{id}"), payload).await
    }

    async fn put_source(
        &self,
        id: SandboxId,
        kind: SourceKind,
        bytes: Vec<u8>,
    ) -> Result<SandboxView, HostError> {
        let kind = match kind {
            SourceKind::Bundle => "bundle",
            SourceKind::Tar => "tar",
        };
        let path = format!("sandboxes/{id}/source?kind={kind}");
        self.ask(Method::Put, &path, Payload::Bytes(bytes)).await
    }

    async fn execute(&self, id: SandboxId, job: &Job) -> Result<SandboxView, HostError> {
        self.ask(Method::Post, &format!("sandboxes/{id}/job"), json(job)?).await
    }

    async fn exec(&self, id: SandboxId, exec: &Exec) -> Result<SandboxView, HostError> {
        self.ask(Method::Post, &format!("sandboxes/{id}/exec"), json(exec)?).await
    }

    async fn metrics(&self, id: SandboxId) -> Result<Metrics, HostError> {
        self.ask(Method::Get, &format!("sandboxes/{id}/metrics"), Payload::None).await
    }

    async fn output(&self, id: SandboxId, after: u64) -> Result<OutputPage, HostError> {
        let path =
            format!("sandboxes/{id}/output?after={after}&wait_ms=0&max_bytes={OUTPUT_BYTES}");
        self.ask(Method::Get, &path, Payload::None).await
    }

    async fn acknowledge(&self, id: SandboxId, through: u64) -> Result<(), HostError> {
        let payload = json(&Ack { through })?;
        self.exchange(Method::Post, &format!("sandboxes/{id}/ack"), payload).await.map(drop)
    }

    async fn results(&self, id: SandboxId) -> Result<Results, HostError> {
        self.ask(Method::Get, &format!("sandboxes/{id}/results"), Payload::None).await
    }

    async fn file(&self, id: SandboxId, sha256: &str) -> Result<Vec<u8>, HostError> {
        let path = format!("sandboxes/{id}/files/{sha256}");
        self.exchange(Method::Get, &path, Payload::None).await
    }

    async fn cancel(&self, id: SandboxId) -> Result<(), HostError> {
        let path = format!("sandboxes/{id}/cancel");
        self.exchange(Method::Post, &path, Payload::None).await.map(drop)
    }

    async fn cleanup(&self, id: SandboxId) -> Result<(), HostError> {
        let path = format!("sandboxes/{id}");
        self.exchange(Method::Delete, &path, Payload::None).await.map(drop)
    }

    async fn monitor(&self, id: SandboxId) -> Result<SandboxView, HostError> {
        self.ask(Method::Get, &format!("sandboxes/{id}"), Payload::None).await
    }

    async fn list(&self) -> Result<Vec<SandboxView>, HostError> {
        let list: SandboxList = self.ask(Method::Get, "sandboxes", Payload::None).await?;
        Ok(list.sandboxes)
    }
}

/// Asks the runner for what a request wants to know.
pub struct RunnerProbe(pub RunnerHost);

#[async_trait]
impl SandboxProbe for RunnerProbe {
    async fn metrics(&self, id: SandboxId) -> domain::Result<Option<Metrics>> {
        match SendFuture::new(self.0.metrics(id)).await {
            Ok(metrics) => Ok(Some(metrics)),
            Err(HostError::Refused(refusal)) if refusal.code == ErrorCode::UnknownSandbox => {
                Ok(None)
            }
            Err(error) => {
                telemetry::log_warning(
                    "metrics_unread",
                    &serde_json::json!({ "cause": error.to_string() }),
                );
                Err(domain::Error::Unavailable)
            }
        }
    }
}
