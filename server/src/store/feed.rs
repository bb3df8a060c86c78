//! What a workspace's room reads before it sends: new events, and whose sessions still hold, in one
//! batch. And which rooms there is something to send to.

use std::collections::BTreeSet;

use domain::actor::Actor;
use domain::ids::{SessionId, WorkspaceId};
use domain::{Result, Timestamp};

use crate::database::{DatabaseInconsistency, Row, Statement};
use crate::store::SqlStore;
use crate::store::fault::{fault, inconsistency};
use crate::store::upsert::json;

/// An event as a room tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedEvent {
    /// Its place in the workspace's log.
    pub seq: i64,
    /// Its stream.
    pub stream: String,
    /// Its name.
    pub name: String,
    /// Who did it.
    pub actor: Actor,
}

/// What a room reads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Feed {
    /// Events after the cursor, in order.
    pub events: Vec<FeedEvent>,
    /// The newest event's place.
    pub newest: i64,
    /// The sessions that still hold: neither expired nor revoked, of people who are still members.
    pub valid: BTreeSet<SessionId>,
}

impl SqlStore {
    /// A workspace's events after `after`, at most `limit`, and which of the sessions still hold.
    ///
    /// # Errors
    /// `Unavailable`, `Internal`.
    pub async fn feed(
        &self,
        workspace: WorkspaceId,
        after: i64,
        limit: u32,
        sessions: &[SessionId],
        now: Timestamp,
    ) -> Result<Feed> {
        let workspace = workspace.to_string();
        let batch = vec![
            Statement::new(
                "SELECT s.id FROM json_each(?1) j JOIN sessions s ON s.id = j.value \
                 JOIN members m ON m.workspace_id = s.workspace_id AND m.user_id = s.user_id \
                 WHERE s.workspace_id = ?2 AND s.revoked_at IS NULL AND s.expires_at > ?3 \
                 AND s.created_at <= ?3 + 300000",
                [json(&sessions)?.into(), workspace.as_str().into(), now.0.into()],
            ),
            Statement::new(
                "SELECT e.seq, e.stream, e.name, e.actor FROM events e \
                 WHERE e.workspace_id = ?1 AND e.seq > ?2 ORDER BY e.seq LIMIT ?3",
                [workspace.as_str().into(), after.into(), limit.into()],
            ),
            Statement::new(
                "SELECT COALESCE(MAX(e.seq), 0) AS n FROM events e WHERE e.workspace_id = ?1",
                [workspace.as_str().into()],
            ),
        ];
        let mut answers =
            self.database.batch(batch).await.map_err(|error| fault(&error))?.into_iter();
        let mut rows = || answers.next().unwrap_or_default().0;
        let mut read = || {
            let valid = rows().iter().map(|row| row.parse("id")).collect::<Result<_, _>>()?;
            let events = rows().iter().map(event).collect::<Result<_, _>>()?;
            let newest = rows().first().map_or(Ok(0), |row| row.integer("n"))?;
            Ok(Feed { events, newest, valid })
        };
        read().map_err(|wrong: DatabaseInconsistency| inconsistency("events", &wrong))
    }

    /// The workspaces that had events after `since`, at most `limit`.
    ///
    /// # Errors
    /// `Unavailable`, `Internal`.
    pub async fn lively_workspaces(
        &self,
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<WorkspaceId>> {
        let statement = Statement::new(
            "SELECT DISTINCT e.workspace_id FROM events e INDEXED BY events_by_time \
             WHERE e.at > ?1 LIMIT ?2",
            [since.0.into(), limit.into()],
        );
        let rows = self.database.query(statement).await.map_err(|error| fault(&error))?;
        let ids: Result<Vec<_>, _> = rows.0.iter().map(|row| row.parse("workspace_id")).collect();
        ids.map_err(|wrong| inconsistency("events", &wrong))
    }
}

fn event(row: &Row) -> Result<FeedEvent, DatabaseInconsistency> {
    Ok(FeedEvent {
        seq: row.integer("seq")?,
        stream: row.string("stream")?,
        name: row.string("name")?,
        actor: row.json("actor")?,
    })
}
