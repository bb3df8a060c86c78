//! What the anchoring of logs reads. The anchors themselves aren't here: see `domain::anchor`.

use domain::anchor::{LogLine, StoredEvent};
use domain::ids::WorkspaceId;
use domain::{Result, Timestamp};

use crate::database::{DatabaseInconsistency, Row, Statement};
use crate::store::SqlStore;
use crate::store::fault::{fault, inconsistency};

impl SqlStore {
    /// The workspaces whose log was looked at longest ago, at most `limit`, with how far each is said
    /// to be anchored.
    ///
    /// # Errors
    /// `Unavailable`, `Internal`.
    pub async fn workspaces_to_anchor(&self, limit: u32) -> Result<Vec<(WorkspaceId, i64)>> {
        let statement = Statement::new(
            "SELECT w.id, w.anchored_seq FROM workspaces w \
             ORDER BY w.anchor_checked_at, w.id LIMIT ?1",
            [limit.into()],
        );
        let rows = self.database.query(statement).await.map_err(|error| fault(&error))?;
        let read = |row: &Row| Ok((row.parse("id")?, row.integer("anchored_seq")?));
        let found: Result<Vec<_>, DatabaseInconsistency> = rows.0.iter().map(read).collect();
        found.map_err(|wrong| inconsistency("workspaces", &wrong))
    }

    /// How far a workspace's log is said to be anchored.
    ///
    /// # Errors
    /// `Unavailable`, `Internal`.
    pub async fn anchored_seq(&self, workspace: WorkspaceId) -> Result<i64> {
        let statement = Statement::new(
            "SELECT w.anchored_seq FROM workspaces w WHERE w.id = ?1",
            [workspace.to_string().into()],
        );
        let rows = self.database.query(statement).await.map_err(|error| fault(&error))?;
        let seq = rows.0.first().map_or(Ok(0), |row| row.integer("anchored_seq"));
        seq.map_err(|wrong| inconsistency("workspaces", &wrong))
    }

    /// Notes that a workspace's log was looked at, and how far it is anchored.
    ///
    /// # Errors
    /// `Unavailable`, `Internal`.
    pub async fn note_anchored(
        &self,
        workspace: WorkspaceId,
        seq: i64,
        now: Timestamp,
    ) -> Result<()> {
        let statement = Statement::new(
            "UPDATE workspaces SET anchored_seq = ?2, anchor_checked_at = ?3 WHERE id = ?1",
            [workspace.to_string().into(), seq.into(), now.0.into()],
        );
        self.database.execute(statement).await.map_err(|error| fault(&error))
    }

    /// A workspace's events after `after`, as they are stored, at most `limit`.
    ///
    /// # Errors
    /// `Unavailable`, `Internal`.
    pub async fn stored_events(
        &self,
        workspace: WorkspaceId,
        after: i64,
        limit: u32,
    ) -> Result<Vec<StoredEvent>> {
        let statement = Statement::new(
            "SELECT e.seq, e.stream, e.version, e.actor, e.at, e.body, e.prev_hash, e.hash \
             FROM events e WHERE e.workspace_id = ?1 AND e.seq > ?2 ORDER BY e.seq LIMIT ?3",
            [workspace.to_string().into(), after.into(), limit.into()],
        );
        let rows = self.database.query(statement).await.map_err(|error| fault(&error))?;
        let events: Result<Vec<_>, _> = rows.0.iter().map(stored_event).collect();
        events.map_err(|wrong| inconsistency("events", &wrong))
    }

    /// The places and hashes of a workspace's events after `after`, at most `limit`.
    ///
    /// # Errors
    /// `Unavailable`, `Internal`.
    pub async fn log_lines(
        &self,
        workspace: WorkspaceId,
        after: i64,
        limit: u32,
    ) -> Result<Vec<LogLine>> {
        let statement = Statement::new(
            "SELECT e.seq, e.stream, e.version, e.hash FROM events e \
             WHERE e.workspace_id = ?1 AND e.seq > ?2 ORDER BY e.seq LIMIT ?3",
            [workspace.to_string().into(), after.into(), limit.into()],
        );
        let rows = self.database.query(statement).await.map_err(|error| fault(&error))?;
        let lines: Result<Vec<_>, _> = rows.0.iter().map(line).collect();
        lines.map_err(|wrong| inconsistency("events", &wrong))
    }
}

fn line(row: &Row) -> Result<LogLine, DatabaseInconsistency> {
    Ok(LogLine {
        seq: row.integer("seq")?,
        stream: row.string("stream")?,
        version: row.integer("version")?,
        hash: row.string("hash")?,
    })
}

fn stored_event(row: &Row) -> Result<StoredEvent, DatabaseInconsistency> {
    Ok(StoredEvent {
        line: line(row)?,
        actor: row.string("actor")?,
        at: row.time("at")?,
        body: row.string("body")?,
        prev_hash: row.string("prev_hash")?,
    })
}
