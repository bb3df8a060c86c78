//! Dead letters: messages that no consumer could handle, kept in D1 before they are acknowledged.

use domain::clock::Clock;
use worker::Env;

use super::{Delivery, Fate, backoff, parse};
use crate::clock::PlatformClock;
use crate::store::{DeadLetter, SqlStore};
use crate::telemetry;
use crate::{context, fault};

/// What a dead-letter queue's name ends with, after the name of the queue it belongs to.
pub(super) const SUFFIX: &str = "-dead-letters";
/// How long the outbox waits before it sends a job again that ended here, in milliseconds.
const AGAIN_AFTER_MS: i64 = 5 * 60_000;
/// Most bytes of a body that are kept; a queue takes no longer ones.
const MAX_BODY_BYTES: usize = 128 * 1024;

/// Keeps a message of the queue `origin`, then acknowledges it.
pub(super) async fn keep(env: &Env, origin: &str, id: &str, delivery: &Delivery) -> Fate {
    let known = parse(&delivery.body);
    let reason = if known.is_some() { "not_in_hand" } else { "unknown_message" };
    // A job is sent again and again under new ids of the platform's.
    let id = known.as_ref().map_or_else(|| id.to_owned(), |message| message.outbox.to_string());
    match store(env, origin, id, delivery, reason).await {
        Ok(()) => {
            if let Some(message) = known {
                send_later(env, &message).await;
            }
            Fate::Acknowledge
        }
        Err(cause) => {
            telemetry::log_error("dead_letter_not_kept", None, &cause);
            Fate::RetryIn(backoff(delivery.attempts))
        }
    }
}

async fn store(
    env: &Env,
    origin: &str,
    message: String,
    delivery: &Delivery,
    reason: &str,
) -> domain::Result<()> {
    fault::point("before_dead_letter").await;
    let mut end = delivery.body.len().min(MAX_BODY_BYTES);
    while !delivery.body.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    let body = delivery.body.get(..end).unwrap_or_default();
    let letter = DeadLetter {
        queue: origin.to_owned(),
        message,
        body: body.to_owned(),
        attempts: delivery.attempts,
        reason: reason.to_owned(),
        at: PlatformClock.now(),
    };
    SqlStore::new(context::database(env)?).keep_dead_letter(&letter).await
}

/// A job that is ours stays in the outbox: what kept it from being done may pass.
async fn send_later(env: &Env, message: &crate::outbox::QueueMessage) {
    let Ok(system) = context::for_system(env) else { return };
    let again_at = PlatformClock.now().plus_ms(AGAIN_AFTER_MS);
    if let Err(error) = system.store.outbox_sent(&[message.outbox], again_at).await {
        telemetry::log_error("outbox_not_marked", None, &error);
    }
}
