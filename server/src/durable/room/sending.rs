//! What a room sends to its sockets.

use std::collections::BTreeMap;

use app::live::protocol::{FromServer, LiveEvent};
use worker::{Result, WebSocket};

use super::attachment::Attachment;
use super::feed::Feed;
use super::object::SIGNED_OUT;
use crate::fault;

/// Sends each listener the events past its cursor. Listeners at the same place share one text.
pub(super) async fn send_feed(listeners: &[(WebSocket, Attachment)], feed: &Feed) -> Result<()> {
    let mut texts: BTreeMap<i64, Option<(String, i64)>> = BTreeMap::new();
    for (socket, known) in listeners {
        if !feed.valid.contains(&known.visitor.session) {
            close(socket, SIGNED_OUT, "signed out");
            continue;
        }
        // What the socket was sent while D1 was read counts.
        let Some(mut known) = Attachment::of(socket) else { continue };
        let Some(cursor) = known.cursor else { continue };
        if let std::collections::btree_map::Entry::Vacant(place) = texts.entry(cursor) {
            place.insert(text_after(cursor, feed)?);
        }
        let Some(Some((text, last))) = texts.get(&cursor) else { continue };
        // A socket that takes nothing any more holds nobody up.
        known.cursor = send(socket, text).then_some(*last);
        fault::point("in_broadcast").await;
        known.keep(socket)?;
    }
    Ok(())
}

/// The message with the events after `cursor` and the last one's number; none when there are
/// none, or when those before them weren't read.
fn text_after(cursor: i64, feed: &Feed) -> Result<Option<(String, i64)>> {
    let events: Vec<LiveEvent> =
        feed.events.iter().filter(|event| event.seq > cursor).cloned().collect();
    let (Some(first), Some(last)) = (events.first(), events.last()) else {
        return Ok(None);
    };
    if first.seq != cursor.saturating_add(1) {
        return Ok(None);
    }
    let last = last.seq;
    let text = serde_json::to_string(&FromServer::Events { events, newest: feed.newest })?;
    Ok(Some((text, last)))
}

/// Whether it went out; a socket that is closing takes nothing more.
pub(super) fn send(socket: &WebSocket, text: &str) -> bool {
    socket.send_with_str(text).is_ok()
}

/// Closes a socket; until that is through it counts as one that doesn't listen.
pub(super) fn close(socket: &WebSocket, code: u16, reason: &str) {
    if let Some(mut known) = Attachment::of(socket) {
        known.cursor = None;
        known.topics.clear();
        let _ = known.keep(socket);
    }
    let _ = socket.close(Some(code), Some(reason));
}
