//! `/__test/pipeline/*`: what tests of the way of a run need. They exist only where `TEST_SECRET`
//! is bound; [`crate::test_hooks`] has checked it before it asks here.

mod inspect;
mod seed;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use domain::ids::{RunId, SandboxId, UserId, WorkspaceId};
use domain::run::{self, CancelRun};
use http::{HeaderValue, Request, StatusCode, header};
use http_body_util::BodyExt;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use worker::send::SendFuture;
use worker::{Env, MessageBuilder, QueueContentType};

use crate::durable::queue_manager;
use crate::durable::sandbox_lifecycle::{self, SandboxCommand};
use crate::scope::RequestScope;
use crate::{context, fault, scheduled};

/// Why a hook failed, for whoever reads the test's output.
type Failed = String;

/// Answers a hook of the pipeline; none when there is none of that name.
pub async fn answer(
    scope: &RequestScope,
    hook: &str,
    request: Request<Body>,
) -> Option<Response<Body>> {
    let bytes = request.into_body().collect().await.ok()?.to_bytes();
    let (env, hook) = (scope.env().clone(), hook.to_owned());
    let outcome = SendFuture::new(run_hook(env, hook, bytes)).await?;
    Some(match outcome {
        Ok(value) => respond(StatusCode::OK, &value),
        Err(cause) => respond(StatusCode::CONFLICT, &json!({ "failed": cause })),
    })
}

async fn run_hook(env: Env, hook: String, body: Bytes) -> Option<Result<Value, Failed>> {
    Some(match hook.as_str() {
        "seed" => read(&body, |input| seed::seed(&env, input)).await,
        "task" => read(&body, |input| seed::write(&env, input)).await,
        "start" => read(&body, |input| seed::start_again(&env, input)).await,
        "cancel" => read(&body, |input| cancel(&env, input)).await,
        "approve" => read(&body, |input| seed::approve(&env, input)).await,
        "object" => read(&body, |input| inspect::object(&env, input)).await,
        "leases" => read(&body, |input| inspect::leases(&env, input)).await,
        "state" => read(&body, |input| inspect::state(&env, input)).await,
        "log" => read(&body, |input| inspect::log(&env, input)).await,
        "integrity" => inspect::integrity(&env).await,
        "queue" => read(&body, |input| send_raw(&env, input)).await,
        "queue-status" => {
            let status = queue_manager::status(&env, domain::write_batch::Queue::AgentExecution);
            status.await.map(|status| json!(status)).map_err(|error| error.to_string())
        }
        "drive-status" => read(&body, |input| drive_status(&env, input)).await,
        "sweep" => {
            scheduled::sweep(&env).await;
            Ok(json!({}))
        }
        "arm" => read(&body, arm).await,
        "reached" => Ok(json!({ "reached": fault::reached() })),
        "disarm" => {
            fault::disarm();
            Ok(json!({}))
        }
        _ => return None,
    })
}

async fn read<I: DeserializeOwned, F: Future<Output = Result<Value, Failed>>>(
    body: &Bytes,
    hook: impl FnOnce(I) -> F,
) -> Result<Value, Failed> {
    let input = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    hook(input).await
}

fn respond(status: StatusCode, value: &Value) -> Response<Body> {
    let mut response = Response::new(Body::from(value.to_string()));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// Who a hook acts as.
#[derive(Clone, Copy, Debug, Deserialize)]
struct As {
    workspace: WorkspaceId,
    user: UserId,
}

#[derive(Deserialize)]
struct Cancel {
    #[serde(flatten)]
    who: As,
    run: RunId,
}

async fn cancel(env: &Env, input: Cancel) -> Result<Value, Failed> {
    let ctx = seed::sign_in(env, input.who).await?;
    let cancelled = run::cancel(&ctx, CancelRun { run: input.run }).await;
    cancelled.map(|()| json!({})).map_err(|error| error.to_string())
}

#[derive(Deserialize)]
struct Raw {
    queue: String,
    bodies: Vec<String>,
}

async fn send_raw(env: &Env, input: Raw) -> Result<Value, Failed> {
    let queue = env.queue(&input.queue).map_err(|error| error.to_string())?;
    for body in input.bodies {
        let message = MessageBuilder::new(body).content_type(QueueContentType::Text).build();
        queue.send(message).await.map_err(|error| error.to_string())?;
    }
    Ok(json!({}))
}

#[derive(Deserialize)]
struct OfSandbox {
    sandbox: SandboxId,
}

async fn drive_status(env: &Env, input: OfSandbox) -> Result<Value, Failed> {
    let status = sandbox_lifecycle::tell(env, input.sandbox, &SandboxCommand::Status).await;
    status.map(|status| json!(status)).map_err(|error| error.to_string())
}

#[derive(Deserialize)]
struct Arm {
    point: String,
    #[serde(default)]
    trap: bool,
    #[serde(default)]
    broken: bool,
    #[serde(default)]
    skip: u32,
}

async fn arm(input: Arm) -> Result<Value, Failed> {
    let fault = match (input.trap, input.broken) {
        (true, _) => fault::Fault::Trap,
        (_, true) => fault::Fault::Break,
        _ => fault::Fault::Hang,
    };
    fault::arm(&input.point, fault, input.skip);
    Ok(json!({}))
}

fn said(error: &dyn core::fmt::Display) -> Failed {
    error.to_string()
}

/// The system's context, with its fault in words.
fn system(env: &Env) -> Result<domain::Context, Failed> {
    context::for_system(env).map_err(|error| said(&error))
}
