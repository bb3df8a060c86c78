//! The live connection, as a visitor is told of it.

use domain::Timestamp;

use super::amounts;
use crate::live::connection::Status;

/// Not yet connected.
pub const CONNECTING: &str = "Connecting";
/// The page shows everything.
pub const LIVE: &str = "Live";
/// The page is being brought up to date.
pub const CATCHING_UP: &str = "Catching up";
/// Without script, or before it runs: the page is as old as this moment, which follows.
pub const AS_OF: &str = "As of";
/// Not connected; the moment follows.
pub const STALE: &str = "Stale since";
/// What it means, for pointers that rest on it.
pub const MEANING: &str = "Whether this page shows what is happening now";
/// The address answers otherwise now: signed out, gone, or forbidden.
pub const GONE: &str = "Not shown to you any more";
/// Another workspace was opened in another tab.
pub const ELSEWHERE: &str = "Another workspace is open now";
/// Link that shows why.
pub const RELOAD: &str = "Reload";
/// Beside a part of the page in which somebody is typing.
pub const NOTE: &str = "Somebody changed this meanwhile. What you typed stays; when you send it, \
                        you see both before anything is overwritten.";
/// The same for screen readers, wherever they are.
pub const HELD_BACK: &str = "A part you are typing in has changed meanwhile. What you typed stays.";

/// What a screen reader hears when a part of the page says something else: "Task: Review."
#[must_use]
pub fn changed(about: &str, text: &str) -> String {
    format!("{about}: {text}.")
}

/// What a screen reader hears of the connection: only what changes how far the page can be
/// trusted, never the way there.
#[must_use]
pub const fn spoken(before: Option<Status>, now: Status) -> Option<&'static str> {
    match (before, now) {
        (_, Status::Stale { .. }) => Some("The connection is gone; this page may be out of date."),
        (Some(Status::Stale { .. }), Status::Live | Status::CatchingUp) => {
            Some("The connection is back; this page is live again.")
        }
        (_, Status::Elsewhere) => {
            Some("You opened another workspace. This page shows the one before.")
        }
        (_, Status::Gone) => Some("This page isn't shown to you any more. Reload it to see why."),
        _ => None,
    }
}

/// The clock time of a moment in UTC: "14:02 UTC".
#[must_use]
pub fn clock(at: Timestamp) -> String {
    let iso = amounts::iso(at);
    format!("{} UTC", iso.get(11..16).unwrap_or_default())
}
