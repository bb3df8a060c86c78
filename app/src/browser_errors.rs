//! Errors that happened in a browser, reported to the Worker's log: what nobody hears of, nobody fixes.

use std::sync::Arc;

use leptos::prelude::*;

/// The most characters of each field that are kept.
const FIELD_LIMIT: usize = 1_000;

/// One error as a browser saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrowserError {
    /// The message, cut to a bounded length.
    pub message: String,
    /// The path of the page, cut to a bounded length.
    pub page: String,
}

impl BrowserError {
    /// Keeps a bounded part of what a browser sent.
    #[must_use]
    pub fn new(message: &str, page: &str) -> Self {
        let cut = |text: &str| text.chars().take(FIELD_LIMIT).collect();
        Self { message: cut(message), page: cut(page) }
    }
}

/// Where the reports go; the Worker provides it by context.
#[derive(Clone)]
pub struct BrowserErrorSink(pub Arc<dyn Fn(BrowserError) + Send + Sync>);

/// Records an error that a browser met. Answers nothing, and tells nothing.
///
/// # Errors
/// Only when the arguments can't be read.
#[server(prefix = "/fn", endpoint = "report_browser_error")]
pub async fn report_browser_error(message: String, page: String) -> Result<(), ServerFnError> {
    crate::platform::report_browser_error(BrowserError::new(&message, &page));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::BrowserError;

    #[test]
    fn a_long_report_is_cut_at_whole_characters() {
        let error = BrowserError::new(&"é".repeat(5_000), "/");
        assert_eq!(error.message.chars().count(), 1_000);
        assert_eq!(error.page, "/");
    }
}
