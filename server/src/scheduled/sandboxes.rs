//! Sandboxes that should not be alive: on D1's side, and on their host's.

use core::time::Duration;
use std::collections::BTreeSet;

use domain::Context;
use domain::clock::Clock;
use domain::ids::SandboxId;
use serde_json::json;
use worker::Env;

use crate::clock::PlatformClock;
use crate::durable::sandbox_lifecycle::{self, SandboxCommand};
use crate::sandboxes::{RunnerHost, SandboxHost};
use crate::telemetry;

/// Most leftovers of one sweep.
const LIMIT: u32 = 50;
/// A sandbox that its host has known for less than this may just be being made.
const GRACE: Duration = Duration::from_secs(60);

/// Takes down what is left over: first what D1 knows of, then what only the host knows.
pub(super) async fn sweep(env: &Env, system: &Context) {
    match system.store.leftover_sandboxes(LIMIT).await {
        Ok(leftovers) => {
            for sandbox in leftovers {
                let Some(run) = sandbox.request.purpose.run() else { continue };
                let command = SandboxCommand::Stop { run, sandbox: sandbox.id() };
                if let Err(error) = sandbox_lifecycle::tell(env, sandbox.id(), &command).await {
                    telemetry::log_error("leftover_not_stopped", None, &error);
                }
            }
        }
        Err(error) => telemetry::log_error("leftovers_not_read", None, &error),
    }
    serve_again(env, system).await;
    take_down_orphans(env, system).await;
}

/// Wakes the object of every living sandbox that no run uses, those whose time ends first at the
/// front: one that lost its alarm or its memory goes on, or ends.
async fn serve_again(env: &Env, system: &Context) {
    let alive = match system.store.standalone_alive(LIMIT).await {
        Ok(alive) => alive,
        Err(error) => return telemetry::log_error("standalone_not_read", None, &error),
    };
    for sandbox in alive {
        let command = SandboxCommand::Serve { sandbox };
        if let Err(error) = sandbox_lifecycle::tell(env, sandbox, &command).await {
            telemetry::log_error("sandbox_not_served", None, &error);
        }
    }
}

async fn take_down_orphans(env: &Env, system: &Context) {
    let host = RunnerHost::open(env);
    let known = match host.list().await {
        Ok(known) => known,
        Err(error) => return telemetry::log_error("host_not_listed", None, &error),
    };
    let grace = u64::try_from(GRACE.as_millis()).unwrap_or(u64::MAX);
    let now = u64::try_from(PlatformClock.now().0).unwrap_or(0);
    let old_ones: BTreeSet<SandboxId> = known
        .iter()
        .filter(|view| now.saturating_sub(view.created_at_ms) > grace)
        .filter_map(|view| view.id.parse().ok())
        .collect();
    for id in old_ones {
        if is_alive(system, id).await != Some(false) {
            continue;
        }
        telemetry::log_warning("orphan_taken_down", &json!({ "sandbox": id.to_string() }));
        if let Err(error) = host.cleanup(id).await {
            telemetry::log_error("orphan_not_taken_down", None, &error);
        }
    }
}

/// Whether D1 says that the sandbox is alive; none when D1 can't be asked, or doesn't know it: a
/// sandbox is in D1 before its host hears of it, so one that isn't belongs to another deployment
/// on the same host.
async fn is_alive(system: &Context, id: SandboxId) -> Option<bool> {
    let read = system.store.sandbox(&system.caller, id).await.ok()?;
    read.data.map(|sandbox| sandbox.state.is_alive())
}
