//! How a caller talks to an object: one command as JSON, one answer as JSON, within a time.

use core::time::Duration;

use futures_util::future::{Either, select};
use serde::Serialize;
use serde::de::DeserializeOwned;
use worker::wasm_bindgen::JsValue;
use worker::{Delay, Env, Method, Request, RequestInit, Response, Result, State, Stub};

/// Longest wait for an object. A trap inside it is answered sooner; this is for one that hangs.
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// Where commands go; the host's name means nothing.
const ADDRESS: &str = "https://do/";

/// Why an object didn't answer.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// Not in time.
    #[error("no answer in time")]
    TimedOut,
    /// It isn't bound, or the platform broke the call off.
    #[error("{0}")]
    Platform(#[from] worker::Error),
    /// It answered with a refusal.
    #[error("status {0}")]
    Refused(u16),
    /// Its answer isn't what was asked for.
    #[error("garbled answer: {0}")]
    Garbled(#[from] serde_json::Error),
}

/// Sends a command to the object of this name and reads its answer.
pub(crate) async fn call<C: Serialize, A: DeserializeOwned>(
    env: &Env,
    binding: &str,
    name: &str,
    command: &C,
) -> core::result::Result<A, CallError> {
    call_within(LONGEST_WAIT, env, binding, name, command).await
}

/// As [`call`], with another patience than usual.
pub(super) async fn call_within<C: Serialize, A: DeserializeOwned>(
    patience: Duration,
    env: &Env,
    binding: &str,
    name: &str,
    command: &C,
) -> core::result::Result<A, CallError> {
    let body = serde_json::to_string(command)?;
    let mut init = RequestInit::new();
    init.with_method(Method::Post).with_body(Some(JsValue::from_str(&body)));
    let request = Request::new_with_init(ADDRESS, &init)?;
    let stub = env.durable_object(binding)?.get_by_name(name)?;
    let mut response = answer_within(patience, &stub, request).await?;
    if response.status_code() >= 400 {
        return Err(CallError::Refused(response.status_code()));
    }
    let text = response.text().await?;
    Ok(serde_json::from_str(&text)?)
}

/// Hands a request to an object, within the longest wait.
pub(crate) async fn within(
    stub: &Stub,
    request: Request,
) -> core::result::Result<Response, CallError> {
    answer_within(LONGEST_WAIT, stub, request).await
}

async fn answer_within(
    patience: Duration,
    stub: &Stub,
    request: Request,
) -> core::result::Result<Response, CallError> {
    let answer = Box::pin(stub.fetch_with_request(request));
    match select(answer, Delay::from(patience)).await {
        Either::Left((answer, _)) => Ok(answer?),
        Either::Right(_) => Err(CallError::TimedOut),
    }
}

/// Reads the command of a request to an object; none when it isn't one that this version knows.
pub(super) async fn command<C: DeserializeOwned>(request: &mut Request) -> Option<C> {
    let text = request.text().await.ok()?;
    serde_json::from_str(&text).ok()
}

/// Answers a command.
pub(super) fn answer<A: Serialize>(value: &A) -> Result<Response> {
    Response::ok(serde_json::to_string(value)?)
}

/// Reads what an object remembers under a key. What this version can't read counts as absent:
/// everything remembered can be made again from D1.
pub(super) async fn recall<T: DeserializeOwned>(state: &State, key: &str) -> Result<Option<T>> {
    let text: Option<String> = state.storage().get(key).await?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

/// Remembers a value under a key, as a JSON string: other conversions empty maps.
pub(super) async fn remember<T: Serialize>(state: &State, key: &str, value: &T) -> Result<()> {
    let text = serde_json::to_string(value)?;
    state.storage().put_raw(key, text.as_str()).await
}
