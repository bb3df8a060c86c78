//! The Worker's twin: a page is rendered once, and nothing on it lives.

use crate::live::Report;

/// Keeps the page true from `seq` on and reports how it stands. Only a browser can.
pub fn follow(_seq: i64, _report: impl Fn(Report) + 'static) {}

/// The clock time of a moment where the visitor is: for the Worker that is UTC.
#[must_use]
pub fn local_clock(at: domain::Timestamp) -> String {
    crate::text::live::clock(at)
}
