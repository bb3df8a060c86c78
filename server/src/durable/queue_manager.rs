//! Job visibility of one queue. Slots are decided by D1 when a run is claimed; pause and budgets
//! come here.

use domain::write_batch::Queue;
use serde::{Deserialize, Serialize};
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

use super::call::{CallError, answer, call, command};
use super::{run_hook, unknown_command};
use crate::context;
use crate::store::SqlStore;
use crate::telemetry;

const BINDING: &str = "QUEUE_MANAGER";

/// What a queue's manager is asked.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub(crate) enum QueueCommand {
    /// How the queue stands.
    Status {
        /// Its fixed name.
        queue: String,
    },
}

/// How a queue stands, as D1 tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueStatus {
    /// Jobs that are waiting or on their way, at most 1,000.
    pub unconfirmed: u32,
    /// Messages that no consumer could handle.
    pub dead_letters: u32,
}

/// Asks how a queue stands.
///
/// # Errors
/// When its manager doesn't answer.
pub async fn status(env: &Env, queue: Queue) -> core::result::Result<QueueStatus, CallError> {
    let command = QueueCommand::Status { queue: queue.name().to_owned() };
    call(env, BINDING, queue.name(), &command).await
}

/// Watches one queue.
#[durable_object(fetch)]
pub struct QueueManager {
    env: Env,
}

impl QueueManager {
    async fn count(&self, queue: &str) -> domain::Result<QueueStatus> {
        let counts = SqlStore::new(context::database(&self.env)?).queue_counts(queue).await?;
        Ok(QueueStatus { unconfirmed: counts.unconfirmed, dead_letters: counts.dead_letters })
    }
}

impl DurableObject for QueueManager {
    fn new(_state: State, env: Env) -> Self {
        Self { env }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        run_hook(&request, &self.env);
        match command(&mut request).await {
            Some(QueueCommand::Status { queue }) => match self.count(&queue).await {
                Ok(status) => answer(&status),
                Err(error) => {
                    telemetry::log_error("queue_not_counted", None, &error);
                    Response::error("unavailable", 503)
                }
            },
            None => unknown_command(),
        }
    }
}
