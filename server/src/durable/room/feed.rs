//! What a room reads before it sends: new events, and whose sessions still hold.

use std::collections::BTreeSet;

use app::live::protocol::LiveEvent;
use domain::actor::Actor;
use domain::ids::{SessionId, WorkspaceId};
use domain::{Result, Timestamp};
use worker::Env;

use crate::context;
use crate::store::{FeedEvent, SqlStore};

/// Most events of one message.
pub(super) const EVENTS_PER_MESSAGE: u32 = 500;

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
    let store = SqlStore::new(context::database(env)?);
    let feed = store.feed(workspace, after, EVENTS_PER_MESSAGE, sessions, now).await?;
    let events = feed.events.into_iter().map(live_event).collect();
    Ok(Feed { events, newest: feed.newest, valid: feed.valid })
}

fn live_event(event: FeedEvent) -> LiveEvent {
    LiveEvent {
        seq: event.seq,
        stream: event.stream,
        name: event.name,
        actor: match event.actor {
            Actor::User(user) => Some(user.to_string()),
            Actor::Run(_) | Actor::System => None,
        },
    }
}
