//! The outbox: work that is handed to a queue until somebody confirms that it is done.

use domain::ids::OutboxId;
use domain::write_batch::{Job, OutboxMessage};
use domain::{Result, Timestamp};

use crate::database::{DatabaseInconsistency, Row, Statement};
use crate::store::SqlStore;
use crate::store::fault::{fault, inconsistency};
use crate::store::upsert::json;

/// When a row that can't be read is looked at again, in milliseconds.
const UNREADABLE_AGAIN_MS: i64 = 5 * 60_000;
/// Most unconfirmed jobs that are counted.
const COUNTED: u32 = 1_000;

/// How a queue stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueCounts {
    /// Jobs that are waiting or on their way, of the first 1,000 of all queues.
    pub unconfirmed: u32,
    /// Messages that no consumer could handle.
    pub dead_letters: u32,
}

impl SqlStore {
    pub(super) async fn messages_due(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<OutboxMessage>> {
        let statement = Statement::new(
            "SELECT o.* FROM outbox o WHERE o.again_at <= ?1 ORDER BY o.again_at, o.id LIMIT ?2",
            [now.0.into(), limit.into()],
        );
        let rows = self.database.query(statement).await.map_err(|error| fault(&error))?;
        let (mut messages, mut unreadable) = (vec![], vec![]);
        for row in &rows.0 {
            match message(row) {
                Ok(message) => messages.push(message),
                Err(wrong) => {
                    inconsistency("outbox", &wrong);
                    unreadable.extend(row.string("id"));
                }
            }
        }
        // One that another version wrote must not keep the others: it waits for its reader.
        self.put_off(&unreadable, now.plus_ms(UNREADABLE_AGAIN_MS)).await?;
        Ok(messages)
    }

    pub(super) async fn note_sent(&self, ids: &[OutboxId], again_at: Timestamp) -> Result<()> {
        let ids: Vec<_> = ids.iter().map(ToString::to_string).collect();
        self.put_off(&ids, again_at).await
    }

    async fn put_off(&self, ids: &[String], again_at: Timestamp) -> Result<()> {
        if ids.is_empty() {
            return Ok(());
        }
        let statement = Statement::new(
            "UPDATE outbox SET again_at = ?2 WHERE id IN (SELECT j.value FROM json_each(?1) j)",
            [json(&ids)?.into(), again_at.0.into()],
        );
        self.database.execute(statement).await.map_err(|error| fault(&error))
    }

    /// How a queue stands: its unconfirmed jobs, of the first that are due, and its dead letters.
    ///
    /// # Errors
    /// `Unavailable`, `Internal`.
    pub async fn queue_counts(&self, queue: &str) -> Result<QueueCounts> {
        let batch = vec![
            Statement::new(
                "SELECT o.id, o.job FROM outbox o ORDER BY o.again_at, o.id LIMIT ?1",
                [COUNTED.into()],
            ),
            Statement::new(
                "SELECT COUNT(*) AS n FROM dead_letters d WHERE d.queue = ?1",
                [queue.into()],
            ),
        ];
        let mut answers =
            self.database.batch(batch).await.map_err(|error| fault(&error))?.into_iter();
        let mut rows = || answers.next().unwrap_or_default().0;
        // One that can't be read belongs to no queue that is known.
        let is_of_queue =
            |row: &Row| row.json::<Job>("job").is_ok_and(|job| job.queue().name() == queue);
        let unconfirmed = rows().iter().filter(|row| is_of_queue(row)).count();
        let unconfirmed = u32::try_from(unconfirmed).unwrap_or(COUNTED);
        let dead_letters = rows().first().map_or(Ok(0), |row| row.number("n"));
        let dead_letters = dead_letters.map_err(|wrong| inconsistency("dead_letters", &wrong))?;
        Ok(QueueCounts { unconfirmed, dead_letters })
    }

    pub(super) async fn forget_message(&self, id: OutboxId) -> Result<()> {
        let statement = Statement::new("DELETE FROM outbox WHERE id = ?1", [id.to_string().into()]);
        self.database.execute(statement).await.map_err(|error| fault(&error))
    }
}

fn message(row: &Row) -> Result<OutboxMessage, DatabaseInconsistency> {
    Ok(OutboxMessage {
        id: row.parse("id")?,
        workspace: row.parse("workspace_id")?,
        job: row.json("job")?,
        not_before: row.time("not_before")?,
        created_at: row.time("created_at")?,
    })
}
