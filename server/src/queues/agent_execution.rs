//! `agent-execution`: puts runs in hand, and passes on requests to stop.

use domain::ids::{RunId, SandboxId};
use domain::run::{Claimed, RunScene, claim};
use domain::write_batch::Job;
use domain::{Context, Error, Timestamp};
use serde_json::json;
use worker::Env;

use super::{Fate, backoff};
use crate::durable::call::CallError;
use crate::durable::sandbox_lifecycle::{self, SandboxCommand};
use crate::durable::task_coordinator::{self, TaskCommand};
use crate::outbox::{self, QueueMessage};
use crate::{context, fault, telemetry};

/// Why a message's work isn't in hand.
enum Trouble {
    Domain(Error),
    Object(CallError),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Domain(error)
    }
}

impl From<CallError> for Trouble {
    fn from(error: CallError) -> Self {
        Self::Object(error)
    }
}

/// What became of a message's work.
enum Done {
    /// Somebody else keeps it going from here: the outbox needn't.
    InHand,
    /// It waits for a slot: the outbox sends it again when one is free.
    Waits,
}

pub(super) async fn handle(env: &Env, message: &QueueMessage, tries: u32) -> Fate {
    let system = match context::for_system(env) {
        Ok(system) => system,
        Err(error) => return trouble(message, tries, &Trouble::Domain(error)),
    };
    let outcome = match message.job {
        Job::ExecuteRun { run } => execute(env, &system, run).await,
        Job::CancelRun { run } => cancel(env, &system, run).await,
        Job::ServeSandbox { sandbox } => serve(env, sandbox).await,
    };
    match outcome {
        Ok(Done::InHand) => confirm(&system, message).await,
        Ok(Done::Waits) => {
            outbox::put_back(&*system.store, message.outbox).await;
            Fate::Acknowledge
        }
        // Nobody can do anything about a run that doesn't exist.
        Err(Trouble::Domain(Error::NotFound)) => {
            telemetry::log_warning("job_without_run", &json!({ "job": message.job }));
            confirm(&system, message).await
        }
        Err(cause) => trouble(message, tries, &cause),
    }
}

async fn confirm(system: &Context, message: &QueueMessage) -> Fate {
    fault::point("before_confirm").await;
    if let Err(error) = system.store.confirm_outbox(message.outbox).await {
        // The sweeper sends it again, and the work is found in hand.
        telemetry::log_error("outbox_not_confirmed", None, &error);
    }
    fault::point("after_confirm").await;
    Fate::Acknowledge
}

fn trouble(message: &QueueMessage, tries: u32, cause: &Trouble) -> Fate {
    let (kind, text, wait) = match cause {
        // Somebody else was faster: look again at once.
        Trouble::Domain(error @ Error::Conflict { .. }) => ("conflict", error.to_string(), 0),
        Trouble::Domain(error) => ("domain", error.to_string(), backoff(tries)),
        Trouble::Object(error) => ("object", error.to_string(), backoff(tries)),
    };
    let fields = json!({ "job": message.job, "kind": kind, "cause": text, "attempts": tries });
    telemetry::log_warning("job_not_in_hand", &fields);
    Fate::RetryIn(wait)
}

async fn execute(env: &Env, system: &Context, run: RunId) -> Result<Done, Trouble> {
    fault::point("before_claim").await;
    let sandbox = match claim(system, run).await? {
        Claimed::InHand { sandbox } => sandbox,
        Claimed::NoSlot => return Ok(Done::Waits),
        Claimed::Over => return Ok(Done::InHand),
    };
    fault::point("after_claim").await;
    let scene = scene_of(system, run).await?;
    let lease_ends = scene.run.lease.as_ref().map(|lease| lease.expires_at);
    if let Some(expires_at) = lease_ends {
        watch(env, &scene, run, expires_at).await?;
    }
    fault::point("after_watch").await;
    drive(env, run, sandbox).await?;
    fault::point("after_drive").await;
    Ok(Done::InHand)
}

async fn watch(
    env: &Env,
    scene: &RunScene,
    run: RunId,
    expires_at: Timestamp,
) -> Result<(), CallError> {
    task_coordinator::tell(env, scene.task.id, &TaskCommand::Watch { run, expires_at }).await
}

async fn drive(env: &Env, run: RunId, sandbox: SandboxId) -> Result<(), CallError> {
    sandbox_lifecycle::tell(env, sandbox, &SandboxCommand::Drive { run, sandbox }).await.map(drop)
}

async fn cancel(env: &Env, system: &Context, run: RunId) -> Result<Done, Trouble> {
    let scene = scene_of(system, run).await?;
    // A message is a hint: whether somebody asked is in D1.
    let is_asked = scene.run.cancel.is_some() && scene.run.state.is_live();
    if let (true, Some(sandbox)) = (is_asked, scene.run.sandbox) {
        sandbox_lifecycle::tell(env, sandbox, &SandboxCommand::Cancel { run, sandbox }).await?;
    }
    Ok(Done::InHand)
}

/// Whether the sandbox exists, and what it needs, its object finds out.
async fn serve(env: &Env, sandbox: SandboxId) -> Result<Done, Trouble> {
    sandbox_lifecycle::tell(env, sandbox, &SandboxCommand::Serve { sandbox }).await?;
    Ok(Done::InHand)
}

async fn scene_of(system: &Context, run: RunId) -> Result<RunScene, Error> {
    let read = system.store.run_scene(&system.caller, run).await?;
    read.data.ok_or(Error::NotFound)
}
