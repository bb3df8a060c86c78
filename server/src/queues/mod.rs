//! Queue consumers. Each message is handled by itself, and acknowledged or retried explicitly: one
//! poison message must not touch its neighbours.

use serde_json::json;
use worker::{Env, MessageBatch, MessageExt};

use crate::telemetry;

/// Handles a batch of any queue. A message that no consumer knows goes back, and after its retries to
/// the dead-letter queue.
pub async fn consume(batch: MessageBatch<String>, _env: Env) {
    let queue = batch.queue();
    for message in batch.raw_iter() {
        telemetry::log_warning("unknown_message", &json!({ "queue": queue, "id": message.id() }));
        message.retry();
    }
}
