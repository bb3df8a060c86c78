//! What the document around a page needs to know of its request, given by context.

use crate::theme::Theme;

/// The frame of one rendered document. The Worker provides it by context before it renders.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// The nonce that the response's `Content-Security-Policy` allows scripts by.
    pub nonce: String,
    /// The folder that scripts, styles and modules of this build live in: `/assets-<hash>`.
    pub assets: String,
    /// The theme that the visitor chose.
    pub theme: Theme,
    /// The id that ties this answer to its line in the log.
    pub request_id: String,
    /// The path and query that were asked for; where a form that changes a preference returns to.
    pub location: String,
}

impl Document {
    /// The document being rendered; empty outside of a request.
    #[must_use]
    pub fn current() -> Self {
        leptos::prelude::use_context().unwrap_or_default()
    }
}
