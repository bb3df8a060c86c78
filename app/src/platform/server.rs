//! The Worker's twin: what a browser does is nothing here.

use crate::{
    browser_errors::{BrowserError, BrowserErrorSink},
    theme::Theme,
};

/// Shows and keeps a theme. Only a browser can.
pub fn keep_theme(_theme: Theme) {}

/// Hands a browser's report to the log of the request.
pub fn report_browser_error(error: BrowserError) {
    if let Some(BrowserErrorSink(sink)) = leptos::prelude::use_context() {
        sink(error);
    }
}
