//! Messages that no consumer could handle, kept before they are acknowledged.

use domain::{Result, Timestamp};

use crate::database::{DatabaseInconsistency, Row, Statement};
use crate::store::SqlStore;
use crate::store::fault::{fault, inconsistency};

/// A message that came through a dead-letter queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// The queue that gave it up.
    pub queue: String,
    /// The outbox row's id, so that one job is one letter however often it is sent; the platform's id
    /// of a message that nobody can read.
    pub message: String,
    /// Its body, as it came.
    pub body: String,
    /// How often it was tried.
    pub attempts: u32,
    /// Why the last try failed, as far as it is known.
    pub reason: String,
    /// When it was kept.
    pub at: Timestamp,
}

impl SqlStore {
    /// Keeps a dead letter. The same message again adds its attempts to the one that is kept.
    ///
    /// # Errors
    /// `Unavailable`, `Internal`.
    pub async fn keep_dead_letter(&self, letter: &DeadLetter) -> Result<()> {
        let statement = Statement::new(
            "INSERT INTO dead_letters (queue, message_id, body, attempts, reason, at) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (queue, message_id) DO UPDATE SET \
             body = excluded.body, attempts = attempts + excluded.attempts, \
             reason = excluded.reason, at = excluded.at",
            [
                letter.queue.as_str().into(),
                letter.message.as_str().into(),
                letter.body.as_str().into(),
                letter.attempts.into(),
                letter.reason.as_str().into(),
                letter.at.0.into(),
            ],
        );
        self.database.execute(statement).await.map_err(|error| fault(&error))
    }

    /// Removes dead letters kept before `before`, at most `limit`; gives how many went.
    ///
    /// # Errors
    /// `Unavailable`, `Internal`.
    pub async fn drop_dead_letters(&self, before: Timestamp, limit: u32) -> Result<usize> {
        let statement = Statement::new(
            "DELETE FROM dead_letters WHERE (queue, message_id) IN (SELECT d.queue, d.message_id \
             FROM dead_letters d WHERE d.at <= ?1 ORDER BY d.at LIMIT ?2) RETURNING at",
            [before.0.into(), limit.into()],
        );
        let gone = self.database.query(statement).await.map_err(|error| fault(&error))?;
        Ok(gone.0.len())
    }

    /// The newest dead letters, at most `limit`.
    ///
    /// # Errors
    /// `Unavailable`, `Internal`.
    pub async fn dead_letters(&self, limit: u32) -> Result<Vec<DeadLetter>> {
        let statement = Statement::new(
            "SELECT d.* FROM dead_letters d ORDER BY d.at DESC LIMIT ?1",
            [limit.into()],
        );
        let rows = self.database.query(statement).await.map_err(|error| fault(&error))?;
        let letters: Result<Vec<_>, _> = rows.0.iter().map(letter).collect();
        letters.map_err(|wrong| inconsistency("dead_letters", &wrong))
    }
}

fn letter(row: &Row) -> Result<DeadLetter, DatabaseInconsistency> {
    Ok(DeadLetter {
        queue: row.string("queue")?,
        message: row.string("message_id")?,
        body: row.string("body")?,
        attempts: row.number("attempts")?,
        reason: row.string("reason")?,
        at: row.time("at")?,
    })
}
