//! Job visibility of one queue. Slots are decided by D1 when a run is claimed; pause and budgets
//! come here.

use domain::write_batch::{Job, Queue};
use serde::{Deserialize, Serialize};
use worker::{
    DurableObject, Env, Error, Request, Response, Result, State, WebSocket,
    WebSocketIncomingMessage, durable_object,
};

use super::call::{CallError, answer, call, command};
use super::{run_hook, unknown_command};
use crate::context;
use crate::database::Statement;
use crate::telemetry;

const BINDING: &str = "QUEUE_MANAGER";
/// Most unconfirmed jobs that are counted.
const COUNTED: u32 = 1_000;

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
#[durable_object]
pub struct QueueManager {
    env: Env,
}

impl QueueManager {
    async fn count(&self, queue: &str) -> Result<QueueStatus> {
        let fault = |error: &dyn core::fmt::Display| Error::RustError(error.to_string());
        let jobs = "SELECT job FROM outbox ORDER BY again_at LIMIT ?1";
        let dead = "SELECT count(*) AS dead FROM dead_letters WHERE queue = ?1";
        let batch =
            vec![Statement::new(jobs, [COUNTED.into()]), Statement::new(dead, [queue.into()])];
        let database = context::database(&self.env).map_err(|error| fault(&error))?;
        let answers = database.batch(batch).await.map_err(|error| fault(&error))?;
        let rows = |index: usize| answers.get(index).map(|rows| rows.0.as_slice());
        let mut status = QueueStatus::default();
        for row in rows(0).unwrap_or_default() {
            let job: Job = row.json("job").map_err(|error| fault(&error))?;
            if job.queue().name() == queue {
                status.unconfirmed = status.unconfirmed.saturating_add(1);
            }
        }
        if let Some(row) = rows(1).unwrap_or_default().first() {
            status.dead_letters = row.number("dead").map_err(|error| fault(&error))?;
        }
        Ok(status)
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

    async fn alarm(&self) -> Result<Response> {
        Response::empty()
    }

    async fn websocket_message(
        &self,
        _socket: WebSocket,
        _message: WebSocketIncomingMessage,
    ) -> Result<()> {
        Ok(())
    }

    async fn websocket_close(
        &self,
        _socket: WebSocket,
        _code: usize,
        _reason: String,
        _was_clean: bool,
    ) -> Result<()> {
        Ok(())
    }

    async fn websocket_error(&self, _socket: WebSocket, _error: Error) -> Result<()> {
        Ok(())
    }
}
