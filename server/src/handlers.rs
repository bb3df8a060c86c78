//! What the platform calls: delegations only.

use axum::{body::Body, response::Response};
use worker::{
    Context, Env, HttpRequest, MessageBatch, Result, ScheduleContext, ScheduledEvent, event,
};

use crate::{queues, router, scheduled, telemetry};

/// Runs once for each instance of the module, before any event. No randomness, time or I/O here.
#[event(start)]
fn start() {
    call_constructors();
    telemetry::log_panics();
}

#[expect(unsafe_code, reason = "the linker's own function; called once, before anything else")]
fn call_constructors() {
    unsafe extern "C" {
        fn __wasm_call_ctors();
    }
    // SAFETY: calling it by hand is what keeps the linker from running every registration again in
    // front of each exported function.
    unsafe { __wasm_call_ctors() }
}

#[event(fetch)]
async fn fetch(request: HttpRequest, env: Env, context: Context) -> Result<Response<Body>> {
    Ok(router::handle(request, env, context).await)
}

#[event(queue)]
async fn queue(batch: MessageBatch<String>, env: Env, _context: Context) -> Result<()> {
    // An `Err` here would be a panic, so there is none to give.
    queues::consume(batch, env).await;
    Ok(())
}

#[event(scheduled)]
async fn scheduled(event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    scheduled::run(event, env).await;
}
