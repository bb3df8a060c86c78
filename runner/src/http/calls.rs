//! One function for each call.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
use domain::sandbox::protocol::{
    Ack, ErrorCode, Exec, Info, Job, MAX_WAIT_MS, Metrics, OutputPage, Provision, Results,
    SandboxList, SandboxView,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use super::Service;
use crate::host::Refused;
use crate::jail::wire::SourceKind;

type App = State<Arc<Service>>;
type Answer<T> = Result<Json<T>, Refused>;

/// Largest JSON body, in bytes: a job of the most and longest commands fits.
const MAX_JSON_BYTES: usize = 8 << 20;
/// What a page of output holds unless asked otherwise, and at most, in bytes of text.
const PAGE_BYTES: u64 = 256 * 1024;
const MAX_PAGE_BYTES: u64 = 4 << 20;

async fn json<T: DeserializeOwned>(body: Body) -> Result<T, Refused> {
    let bytes = axum::body::to_bytes(body, MAX_JSON_BYTES).await;
    let bytes = bytes.map_err(|_| {
        Refused::new(ErrorCode::TooLarge, format!("a body has at most {MAX_JSON_BYTES} bytes"))
    })?;
    serde_json::from_slice(&bytes)
        .map_err(|error| Refused::invalid(format!("the body isn't what the call takes: {error}")))
}

pub(super) async fn info(State(service): App) -> Json<Info> {
    let host = &service.host;
    Json(Info {
        version: crate::VERSION.to_owned(),
        isolation: host.maker.isolation(),
        cgroups: host.maker.cgroups.names(),
        own_uid: host.capacity.first_uid.is_some(),
        max_sandboxes: host.capacity.max_sandboxes,
        started_at_ms: service.started_at_ms,
    })
}

pub(super) async fn list(State(service): App) -> Json<SandboxList> {
    Json(SandboxList { sandboxes: service.host.list() })
}

pub(super) async fn provision(
    State(service): App,
    Path(id): Path<String>,
    body: Body,
) -> Answer<SandboxView> {
    let Provision { limits } = json(body).await?;
    Ok(Json(service.host.provision(&id, limits).await?))
}

pub(super) async fn view(State(service): App, Path(id): Path<String>) -> Answer<SandboxView> {
    Ok(Json(service.host.find(&id)?.view()))
}

#[derive(Deserialize)]
pub(super) struct SourceQuery {
    kind: String,
}

pub(super) async fn source(
    State(service): App,
    Path(id): Path<String>,
    query: Result<Query<SourceQuery>, axum::extract::rejection::QueryRejection>,
    mut body: Body,
) -> Answer<SandboxView> {
    let kind = query.ok().and_then(|query| SourceKind::parse(&query.kind));
    let kind = kind.ok_or_else(|| Refused::invalid("kind must be bundle or tar"))?;
    let mut received = service.host.receive(&id)?;
    loop {
        let frame = std::future::poll_fn(|context| {
            HttpBody::poll_frame(std::pin::Pin::new(&mut body), context)
        });
        match frame.await {
            None => break,
            Some(Ok(frame)) => {
                if let Some(bytes) = frame.data_ref() {
                    received.push(bytes).await?;
                }
            }
            Some(Err(_)) => return Err(Refused::invalid("the body broke off")),
        }
    }
    received.finish().await?;
    Ok(Json(service.host.take_source(&id, kind, received).await?))
}

pub(super) async fn job(
    State(service): App,
    Path(id): Path<String>,
    body: Body,
) -> Answer<SandboxView> {
    let job: Job = json(body).await?;
    Ok(Json(service.host.begin_job(&id, job)?))
}

pub(super) async fn exec(
    State(service): App,
    Path(id): Path<String>,
    body: Body,
) -> Answer<SandboxView> {
    let exec: Exec = json(body).await?;
    Ok(Json(service.host.begin_exec(&id, exec)?))
}

#[derive(Deserialize)]
pub(super) struct OutputQuery {
    #[serde(default)]
    after: u64,
    #[serde(default)]
    wait_ms: u64,
    max_bytes: Option<u64>,
}

pub(super) async fn output(
    State(service): App,
    Path(id): Path<String>,
    query: Result<Query<OutputQuery>, axum::extract::rejection::QueryRejection>,
) -> Answer<OutputPage> {
    let Query(query) =
        query.map_err(|_| Refused::invalid("after, wait_ms and max_bytes are whole numbers"))?;
    let sandbox = service.host.find(&id)?;
    let deadline = Instant::now() + Duration::from_millis(query.wait_ms.min(MAX_WAIT_MS));
    let max_bytes = query.max_bytes.unwrap_or(PAGE_BYTES).min(MAX_PAGE_BYTES);
    Ok(Json(sandbox.page(query.after, max_bytes, deadline).await?))
}

pub(super) async fn acknowledge(
    State(service): App,
    Path(id): Path<String>,
    body: Body,
) -> Answer<SandboxView> {
    let sandbox = service.host.find(&id)?;
    let Ack { through } = json(body).await?;
    if !sandbox.acknowledge(through)? {
        return Err(Refused::invalid("through is higher than the newest frame's number"));
    }
    Ok(Json(sandbox.view()))
}

pub(super) async fn results(State(service): App, Path(id): Path<String>) -> Answer<Results> {
    Ok(Json(service.host.results(&id)?))
}

pub(super) async fn file(
    State(service): App,
    Path((id, sha256)): Path<(String, String)>,
) -> Result<Response, Refused> {
    let path = service.host.file(&id, &sha256)?;
    // At most MAX_FILE_BYTES: more is never captured.
    let bytes = tokio::fs::read(path).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    Ok((headers, bytes).into_response())
}

pub(super) async fn cancel(State(service): App, Path(id): Path<String>) -> Answer<SandboxView> {
    Ok(Json(service.host.cancel(&id).await?))
}

pub(super) async fn metrics(State(service): App, Path(id): Path<String>) -> Answer<Metrics> {
    Ok(Json(service.host.find(&id)?.metrics()))
}

pub(super) async fn delete(
    State(service): App,
    Path(id): Path<String>,
) -> Result<StatusCode, Refused> {
    service.host.delete(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}
