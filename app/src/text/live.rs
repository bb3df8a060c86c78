//! The live connection, as a visitor is told of it.

use domain::Timestamp;

use super::amounts;

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
/// The address answers otherwise now.
pub const ELSEWHERE: &str = "This page isn't shown to you any more. Reload it to see why.";
/// Beside a part of the page in which somebody is typing.
pub const NOTE: &str = "This part has changed meanwhile. What you typed is kept; reload the page \
                        to see the change.";
/// The same for screen readers, wherever they are.
pub const HELD_BACK: &str = "A part you are typing in has changed meanwhile.";

/// What changed, for screen readers: "Updated: runs, timeline."
#[must_use]
pub fn updated(labels: &[String]) -> String {
    format!("Updated: {}.", labels.join(", "))
}

/// The clock time of a moment in UTC: "14:02 UTC".
#[must_use]
pub fn clock(at: Timestamp) -> String {
    let iso = amounts::iso(at);
    format!("{} UTC", iso.get(11..16).unwrap_or_default())
}
