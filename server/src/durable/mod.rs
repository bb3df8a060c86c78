//! Durable Objects: timers, leases and sockets. D1 is the truth for everything a person can list, and
//! each object can be rebuilt from it.
//!
//! The classes that the platform sees are in `entry/`: they stand between it and these, so that a trap
//! in here is answered rather than waited for.
#![allow(missing_docs, reason = "the macro writes items that can't carry documentation")]

pub(crate) mod call;
pub mod queue_manager;
pub(crate) mod rate_limiter;
pub mod room;
pub(crate) mod sandbox_lifecycle;
mod standalone;
pub(crate) mod task_coordinator;

use axum::{body::Body, response::Response};
use worker::{Env, Error, Request, Result};

use crate::bindings;
use crate::test_hooks::{self, SECRET_HEADER};

/// The binding of each class.
const BINDINGS: [&str; 5] =
    ["WEB_SOCKET_ROOM", "TASK_COORDINATOR", "QUEUE_MANAGER", "SANDBOX_LIFECYCLE", "RATE_LIMITER"];

/// The answer to a command that an object doesn't know.
pub(crate) fn unknown_command() -> Result<worker::Response> {
    worker::Response::error("unknown command", 404)
}

/// Answers a test's hook inside an object, for tests only: traps on purpose. Every object's `fetch`
/// asks this first.
pub(crate) fn run_hook(request: &Request, env: &Env) {
    if request.path() != "/__test/trap" {
        return;
    }
    let given = request.headers().get(SECRET_HEADER).ok().flatten();
    // A call between objects has no origin of its own: where the site has none either, it is the
    // Worker that asked, which was asked on this machine.
    let own_origin = bindings::public_origin(env).unwrap_or_else(|| "http://localhost".to_owned());
    if test_hooks::is_open(env, &own_origin, given.as_deref().map(str::as_bytes)) {
        test_hooks::trap();
    }
}

/// Sends a test's hook to an object: `<BINDING>/<path>`.
pub(crate) async fn call_hook(env: &Env, target: &str) -> Result<Response<Body>> {
    let (binding, path) = target.split_once('/').unwrap_or((target, ""));
    if !BINDINGS.contains(&binding) {
        return Err(Error::RustError(format!("no class is bound as {binding}")));
    }
    let request = Request::new(&format!("https://object/__test/{path}"), worker::Method::Post)?;
    if let Some(secret) = bindings::text(env, bindings::TEST_SECRET) {
        request.headers().set(SECRET_HEADER, &secret)?;
    }
    let stub = env.durable_object(binding)?.get_by_name("test-hook")?;
    let answer = stub.fetch_with_request(request).await?;
    Ok(answer.into())
}
