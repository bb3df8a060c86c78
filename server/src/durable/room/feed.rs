//! What a room reads before it sends: new events, and whose sessions still hold, in one batch.

use std::collections::BTreeSet;

use app::live::protocol::LiveEvent;
use domain::actor::Actor;
use domain::ids::{SessionId, WorkspaceId};
use domain::{Error, Result, Timestamp};
use worker::Env;

use crate::context;
use crate::database::{DatabaseInconsistency, Row, Rows, Statement};
use crate::telemetry;

/// Most events of one message.
pub(super) const EVENTS_PER_MESSAGE: u32 = 500;

/// Expired and revoked sessions, and those whose person left the workspace, aren't valid.
const VALID_SESSIONS: &str = "SELECT s.id FROM json_each(?1) AS j \
     JOIN sessions AS s ON s.id = j.value \
     JOIN members AS m ON m.workspace_id = s.workspace_id AND m.user_id = s.user_id \
     WHERE s.workspace_id = ?2 AND s.revoked_at IS NULL AND s.expires_at > ?3";
const EVENTS: &str = "SELECT seq, stream, name, actor FROM events \
     WHERE workspace_id = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3";
const NEWEST: &str = "SELECT coalesce(max(seq), 0) AS newest FROM events WHERE workspace_id = ?1";

/// What was read.
pub(super) struct Feed {
    /// Events after the cursor, in order, at most [`EVENTS_PER_MESSAGE`].
    pub events: Vec<LiveEvent>,
    /// The newest event's number.
    pub newest: i64,
    /// The sessions that still hold.
    pub valid: BTreeSet<SessionId>,
}

/// Reads the workspace's events after `after` and looks at the sessions, in one batch.
pub(super) async fn read(
    env: &Env,
    workspace: WorkspaceId,
    after: i64,
    sessions: &[SessionId],
    now: Timestamp,
) -> Result<Feed> {
    let ids: Vec<String> = sessions.iter().map(ToString::to_string).collect();
    let ids = serde_json::to_string(&ids).map_err(|_| Error::Internal)?;
    let workspace = workspace.to_string();
    let batch = vec![
        Statement::new(VALID_SESSIONS, [ids.into(), workspace.as_str().into(), now.0.into()]),
        Statement::new(
            EVENTS,
            [workspace.as_str().into(), after.into(), EVENTS_PER_MESSAGE.into()],
        ),
        Statement::new(NEWEST, [workspace.as_str().into()]),
    ];
    let answers = context::database(env)?.batch(batch).await.map_err(|error| {
        telemetry::log_error("feed_not_read", None, &error);
        Error::Unavailable
    })?;
    parse(&answers).map_err(|error| {
        telemetry::log_error("feed_inconsistent", None, &error);
        Error::Internal
    })
}

fn parse(answers: &[Rows]) -> core::result::Result<Feed, DatabaseInconsistency> {
    let rows = |index: usize| answers.get(index).map(|rows| rows.0.as_slice()).unwrap_or_default();
    let valid = rows(0).iter().map(|row| row.parse("id")).collect::<Result<_, _>>()?;
    let events = rows(1).iter().map(live_event).collect::<Result<_, _>>()?;
    let newest = rows(2).first().map_or(Ok(0), |row| row.integer("newest"))?;
    Ok(Feed { events, newest, valid })
}

fn live_event(row: &Row) -> core::result::Result<LiveEvent, DatabaseInconsistency> {
    let actor: Actor = row.json("actor")?;
    Ok(LiveEvent {
        seq: row.integer("seq")?,
        stream: row.string("stream")?,
        name: row.string("name")?,
        actor: match actor {
            Actor::User(user) => Some(user.to_string()),
            Actor::Run(_) | Actor::System => None,
        },
    })
}
