//! Leases of one task's runs, timed: an alarm at each expiry, and D1 decides what it means.

use std::collections::BTreeMap;

use domain::ids::{RunId, TaskId};
use domain::{Context, Timestamp, run};
use serde::{Deserialize, Serialize};
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

use super::call::{CallError, answer, call, command, recall, remember};
use super::{run_hook, unknown_command};
use crate::{context, telemetry};

const BINDING: &str = "TASK_COORDINATOR";
/// Expiries of the runs that are watched.
const WATCHED: &str = "watched";
/// How long to wait after a fault before looking again, in milliseconds.
const AFTER_FAULT_MS: i64 = 2_000;

/// What a coordinator is told.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub(crate) enum TaskCommand {
    /// Time this run's lease.
    Watch {
        /// The run.
        run: RunId,
        /// When its lease ends, unless it is renewed.
        expires_at: Timestamp,
    },
}

/// Tells a task's coordinator.
pub(crate) async fn tell(
    env: &Env,
    task: TaskId,
    command: &TaskCommand,
) -> core::result::Result<(), CallError> {
    call(env, BINDING, &task.to_string(), command).await
}

/// Times the leases of one task's runs.
#[durable_object(alarm)]
pub struct TaskCoordinator {
    state: State,
    env: Env,
}

type Watched = BTreeMap<RunId, Timestamp>;

impl TaskCoordinator {
    async fn watch(&self, run: RunId, expires_at: Timestamp) -> Result<()> {
        let mut watched: Watched = recall(&self.state, WATCHED).await?.unwrap_or_default();
        watched.insert(run, expires_at);
        self.keep(&watched).await
    }

    /// Remembers what is watched and wakes up at the first expiry.
    async fn keep(&self, watched: &Watched) -> Result<()> {
        let Some(first) = watched.values().min() else {
            return self.state.storage().delete_all().await;
        };
        remember(&self.state, WATCHED, watched).await?;
        let wait = first.0.saturating_sub(now().0).max(0);
        self.state.storage().set_alarm(wait).await
    }

    async fn look(&self) -> Result<()> {
        let mut watched: Watched = recall(&self.state, WATCHED).await?.unwrap_or_default();
        let due: Vec<RunId> =
            watched.iter().filter(|(_, at)| **at <= now()).map(|(run, _)| *run).collect();
        for id in due {
            match self.look_at(id).await {
                Ok(Some(next)) => watched.insert(id, next),
                Ok(None) => watched.remove(&id),
                Err(error) => {
                    telemetry::log_error("lease_not_looked_at", None, &error);
                    watched.insert(id, now().plus_ms(AFTER_FAULT_MS))
                }
            };
        }
        // A run that was added meanwhile stays.
        let newer: Watched = recall(&self.state, WATCHED).await?.unwrap_or_default();
        for (run, at) in newer {
            if at > now() {
                watched.entry(run).or_insert(at);
            }
        }
        self.keep(&watched).await
    }

    /// When to look again; none when the run has ended.
    async fn look_at(&self, id: RunId) -> domain::Result<Option<Timestamp>> {
        let ctx = context::for_system(&self.env)?;
        match lease_end(&ctx, id).await? {
            None => Ok(None),
            Some(end) if end > now() => Ok(Some(end)),
            Some(_) => {
                run::expire(&context::for_system(&self.env)?, id).await?;
                Ok(None)
            }
        }
    }
}

/// When the run's lease ends; none when the run has ended, or waits in its queue.
async fn lease_end(ctx: &Context, id: RunId) -> domain::Result<Option<Timestamp>> {
    let read = ctx.store.run_scene(&ctx.caller, id).await?;
    let live = read.data.filter(|scene| scene.run.state.is_live());
    Ok(live.and_then(|scene| scene.run.lease).map(|lease| lease.expires_at))
}

fn now() -> Timestamp {
    domain::clock::Clock::now(&crate::clock::PlatformClock)
}

impl DurableObject for TaskCoordinator {
    fn new(state: State, env: Env) -> Self {
        Self { state, env }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        run_hook(&request, &self.env);
        match command(&mut request).await {
            Some(TaskCommand::Watch { run, expires_at }) => {
                self.watch(run, expires_at).await?;
                answer(&())
            }
            None => unknown_command(),
        }
    }

    async fn alarm(&self) -> Result<Response> {
        // Never an error: the platform gives up on an alarm that fails too often.
        if let Err(error) = self.look().await {
            telemetry::log_error("alarm", None, &error);
            let _ = self.state.storage().set_alarm(AFTER_FAULT_MS).await;
        }
        Response::empty()
    }
}
