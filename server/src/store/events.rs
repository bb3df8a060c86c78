//! The append-only log. Events are written by `commit` alone.

use domain::Result;
use domain::event::{ChainHash, Event, Stream};
use domain::ids::WorkspaceId;

use crate::database::{DatabaseInconsistency, Row, Statement};
use crate::store::SqlStore;
use crate::store::fault::{fault, inconsistency};

impl SqlStore {
    pub(super) async fn events_of(&self, stream: Stream) -> Result<Vec<Event>> {
        let statement = Statement::new(
            "SELECT e.* FROM events e WHERE e.stream = ?1 ORDER BY e.version",
            [stream.to_string().into()],
        );
        let rows = self.database.query(statement).await.map_err(|error| fault(&error))?;
        let events: Result<Vec<_>, _> = rows.0.iter().map(event).collect();
        events.map_err(|wrong| inconsistency("events", &wrong))
    }

    pub(super) async fn log_after(
        &self,
        workspace: WorkspaceId,
        after: i64,
        limit: u32,
    ) -> Result<Vec<(i64, Event)>> {
        let statement = Statement::new(
            "SELECT e.* FROM events e WHERE e.workspace_id = ?1 AND e.seq > ?2 \
             ORDER BY e.seq LIMIT ?3",
            [workspace.to_string().into(), after.into(), limit.into()],
        );
        let rows = self.database.query(statement).await.map_err(|error| fault(&error))?;
        let events: Result<Vec<_>, _> =
            rows.0.iter().map(|row| Ok((row.integer("seq")?, event(row)?))).collect();
        events.map_err(|wrong| inconsistency("events", &wrong))
    }
}

/// A row of `events`.
pub(super) fn event(row: &Row) -> Result<Event, DatabaseInconsistency> {
    Ok(Event {
        workspace: row.parse("workspace_id")?,
        stream: row.parse("stream")?,
        version: row.integer("version")?,
        actor: row.json("actor")?,
        at: row.time("at")?,
        body: row.json("body")?,
        prev_hash: ChainHash(row.string("prev_hash")?),
        hash: ChainHash(row.string("hash")?),
    })
}
