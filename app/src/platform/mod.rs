//! What differs between the Worker and the browser: twins with one signature. Nothing outside of this
//! folder asks which side it is on.

#[cfg_attr(feature = "hydrate", path = "browser.rs")]
#[cfg_attr(not(feature = "hydrate"), path = "server.rs")]
mod side;

pub use side::{keep_theme, report_browser_error};
