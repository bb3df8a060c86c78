//! Queue consumers. Each message is handled by itself, and acknowledged or retried explicitly: one
//! poison message must not touch its neighbours. Nothing here fails: what can't be done now is
//! retried, and after its retries kept in D1 by the dead-letter queue's consumer.

mod agent_execution;
mod dead_letters;

use serde::Deserialize;
use serde_json::json;
use worker::{Env, MessageBatch, MessageExt, QueueRetryOptionsBuilder, RawMessage};

use crate::outbox::QueueMessage;
use crate::telemetry;

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// Its work is in hand, or there is none.
    Acknowledge,
    /// Again, after so many seconds.
    RetryIn(u32),
}

/// A message as the entry hands it over: the typed bindings don't tell how often it was delivered.
#[derive(Debug, Deserialize)]
struct Delivery {
    /// How often it was delivered, this time included.
    attempts: u32,
    /// Its body.
    body: String,
}

impl Delivery {
    fn of(message: &RawMessage) -> Self {
        let text = message.body().as_string().unwrap_or_default();
        serde_json::from_str(&text).unwrap_or(Self { attempts: 1, body: text })
    }
}

/// Handles a batch of any queue.
pub async fn consume(batch: MessageBatch<String>, env: Env) {
    let queue = batch.queue();
    for message in batch.raw_iter() {
        let fate = handle(&env, &queue, &message.id(), &Delivery::of(&message)).await;
        match fate {
            Fate::Acknowledge => message.ack(),
            Fate::RetryIn(seconds) => message.retry_with_options(
                &QueueRetryOptionsBuilder::new().with_delay_seconds(seconds).build(),
            ),
        }
    }
}

async fn handle(env: &Env, queue: &str, id: &str, delivery: &Delivery) -> Fate {
    if let Some(origin) = queue.strip_suffix(dead_letters::SUFFIX) {
        return dead_letters::keep(env, origin, id, delivery).await;
    }
    match (queue, parse(&delivery.body)) {
        ("agent-execution", Some(message)) => {
            agent_execution::handle(env, &message, delivery.attempts).await
        }
        // Nothing else is sent: whatever comes is from another version, or from nobody of ours.
        _ => {
            let fields = json!({ "queue": queue, "id": id, "attempts": delivery.attempts });
            telemetry::log_warning("unknown_message", &fields);
            Fate::RetryIn(backoff(delivery.attempts))
        }
    }
}

fn parse(text: &str) -> Option<QueueMessage> {
    serde_json::from_str(text).ok()
}

/// How long to wait after so many tries, in seconds.
fn backoff(tries: u32) -> u32 {
    2_u32.saturating_pow(tries.min(8)).min(120)
}
