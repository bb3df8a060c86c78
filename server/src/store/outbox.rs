//! The outbox: work that is handed to a queue until somebody confirms that it is done.

use domain::ids::OutboxId;
use domain::write_batch::OutboxMessage;
use domain::{Result, Timestamp};

use crate::database::{DatabaseInconsistency, Row, Statement};
use crate::store::SqlStore;
use crate::store::fault::{fault, inconsistency};
use crate::store::upsert::json;

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
        let messages: Result<Vec<_>, _> = rows.0.iter().map(message).collect();
        messages.map_err(|wrong| inconsistency("outbox", &wrong))
    }

    pub(super) async fn note_sent(&self, ids: &[OutboxId], again_at: Timestamp) -> Result<()> {
        if ids.is_empty() {
            return Ok(());
        }
        let statement = Statement::new(
            "UPDATE outbox SET again_at = ?2, sent = sent + 1 \
             WHERE id IN (SELECT j.value FROM json_each(?1) j)",
            [json(&ids)?.into(), again_at.0.into()],
        );
        self.database.execute(statement).await.map_err(|error| fault(&error))
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
