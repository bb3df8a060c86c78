//! After the commit: outbox rows go to their queues, the workspace's room is nudged.
//!
//! A queue message is a hint that carries ids only, and may be lost: the row stays until the
//! consumer confirms that the work is in hand, and the sweeper sends it again until then.

mod dispatching;

use domain::clock::Clock;
use domain::ids::{OutboxId, WorkspaceId};
use domain::ports::Store;
use domain::write_batch::{Job, OutboxMessage, Queue};
use serde::{Deserialize, Serialize};
use serde_json::json;
use worker::{Env, MessageBuilder, QueueContentType};

pub use dispatching::{After, Dispatching};

use crate::clock::PlatformClock;
use crate::durable::room;
use crate::{context, fault, telemetry};

/// Most outbox rows sent by one sweep.
const SWEEP_LIMIT: u32 = 100;

/// What a queue carries, as a JSON string.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueMessage {
    /// The outbox row to confirm when the work is in hand.
    pub outbox: OutboxId,
    /// The work.
    pub job: Job,
}

/// The binding of a queue's producer.
fn binding(queue: Queue) -> &'static str {
    match queue {
        Queue::TaskProcessing => "TASK_PROCESSING",
        Queue::AgentExecution => "AGENT_EXECUTION",
        Queue::GithubSync => "GITHUB_SYNC",
    }
}

/// What one commit leaves to be done.
#[derive(Clone, Debug)]
pub(crate) struct Committed {
    /// The commit's name among a test's points.
    pub point: &'static str,
    /// The workspace whose log grew.
    pub workspace: WorkspaceId,
    /// Workspaces that sessions left: their sockets are to be closed.
    pub left: Vec<WorkspaceId>,
    /// The rows to send.
    pub outbox: Vec<OutboxMessage>,
    /// Whether a run ended, so that one that waits for a slot may go on.
    pub frees_slot: bool,
}

/// Does what a commit left to be done. Whatever fails here is done by the sweeper later.
pub(crate) async fn dispatch(env: &Env, store: &dyn Store, committed: Committed) {
    fault::point(&format!("after_commit_{}", committed.point)).await;
    send(env, store, committed.outbox).await;
    if committed.frees_slot {
        sweep(env, store).await;
    }
    room::nudge(env, committed.workspace).await;
    for left in committed.left {
        room::nudge(env, left).await;
    }
}

/// Sends every outbox row that is due.
pub(crate) async fn sweep(env: &Env, store: &dyn Store) {
    match store.due_outbox(PlatformClock.now(), SWEEP_LIMIT).await {
        Ok(due) => send(env, store, due).await,
        Err(error) => telemetry::log_error("outbox_not_read", None, &error),
    }
}

async fn send(env: &Env, store: &dyn Store, messages: Vec<OutboxMessage>) {
    let now = PlatformClock.now();
    let mut sent = vec![];
    for message in messages.iter().filter(|message| message.not_before <= now) {
        fault::point("before_send").await;
        match send_one(env, message).await {
            Ok(()) => sent.push(message.id),
            Err(error) => telemetry::log_error("outbox_not_sent", None, &error),
        }
    }
    fault::point("after_send").await;
    if sent.is_empty() {
        return;
    }
    // Half a lease: a run whose message was lost on the way is in hand before its lease would end.
    let again_at = now.plus_ms(context::settings(env).lease_ms / 2);
    if let Err(error) = store.outbox_sent(&sent, again_at).await {
        telemetry::log_error("outbox_not_marked", None, &error);
    }
    fault::point("after_mark").await;
}

async fn send_one(env: &Env, message: &OutboxMessage) -> worker::Result<()> {
    let body = QueueMessage { outbox: message.id, job: message.job.clone() };
    let text = serde_json::to_string(&body)?;
    let queue = env.queue(binding(message.job.queue()))?;
    queue.send(MessageBuilder::new(text).content_type(QueueContentType::Text).build()).await
}

/// Makes a row due now, so that the next sweep sends it again.
pub(crate) async fn put_back(store: &dyn Store, id: OutboxId) {
    if let Err(error) = store.outbox_sent(&[id], PlatformClock.now()).await {
        telemetry::log_warning(
            "outbox_not_put_back",
            &json!({ "outbox": id.to_string(), "cause": error.to_string() }),
        );
    }
}
