//! What differs between the Worker and the browser: twins with one signature. Nothing outside of this
//! folder asks which side it is on.

#[cfg_attr(feature = "hydrate", path = "browser.rs")]
#[cfg_attr(not(feature = "hydrate"), path = "server.rs")]
mod side;

#[cfg_attr(feature = "hydrate", path = "browser/live/mod.rs")]
#[cfg_attr(not(feature = "hydrate"), path = "server/live.rs")]
pub mod live;

#[cfg_attr(feature = "hydrate", path = "browser/log/mod.rs")]
#[cfg_attr(not(feature = "hydrate"), path = "server/log.rs")]
pub mod log;

pub use side::{keep_theme, report_browser_error};
