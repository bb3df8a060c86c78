//! The Worker's twin: it renders the frame of a log view and a link to the text.

use leptos::web_sys;

use crate::live::log::{LogSource, LogStatus};

/// The lines of a log view.
pub struct LogPane;

impl LogPane {
    /// Shows the log in `place`. Only a browser can.
    #[must_use]
    pub fn mount(
        _place: web_sys::HtmlDivElement,
        _source: LogSource,
        _told: impl Fn(LogStatus) + 'static,
    ) -> Self {
        Self
    }

    /// Shows the line where trouble begins.
    pub fn go_to_first_error(&self) {}

    /// Keeps to the newest line, or stops doing so.
    pub fn toggle_follow(&self) {}
}
