//! Pages that stay true while they are open: one socket per page, the parts of a page that follow
//! it, and a run's live log.
//!
//! Everything that decides (`ansi`, `backoff`, `connection`, `cursor`, `log`) is plain code with
//! native tests; what touches the browser lies in [`crate::platform`].

pub mod ansi;
pub mod backoff;
pub mod connection;
pub mod cursor;
pub mod log;
pub mod protocol;

mod badge;
mod log_view;
mod region;

pub use badge::LiveBadge;
pub use log_view::LogView;
pub use region::{LiveCount, LiveRegion, Say};

/// What a followed page reports to its badge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// How the connection stands.
    Status(connection::Status),
    /// Something to tell a visitor who can't see it.
    Changed(String),
}
