//! The HTML document around every page.

use leptos::prelude::*;

use crate::{
    app::{App, Page},
    document::Document,
    text::frame,
    theme::Theme,
};

/// Links of this site are fetched when a pointer rests on them, so that most page loads are instant.
/// Only plain pages: fetching an address ahead must never do anything.
const SPECULATION_RULES: &str = concat!(
    r#"{"prefetch":[{"where":{"and":[{"href_matches":"/*"},"#,
    r#"{"not":{"selector_matches":"[download],[data-no-prefetch]"}}]},"eagerness":"moderate"}]}"#
);

/// The whole document. Everything is known before the first byte: nothing here waits, so the page
/// needs no script to put late content in its place, and rendering can't hang.
#[must_use]
pub fn shell(page: Page) -> impl IntoView {
    let Document { nonce, assets, theme, .. } = Document::current();
    let title = frame::document_title(&page.title());
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme.name()>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content=color_scheme(theme)/>
                <title>{title}</title>
                <link rel="stylesheet" href=format!("{assets}/main.css")/>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <script
                    type="module"
                    nonce=nonce.clone()
                    src=format!("{assets}/loader.js")
                ></script>
                <script type="speculationrules" nonce=nonce inner_html=SPECULATION_RULES></script>
            </head>
            <body>
                <App page/>
            </body>
        </html>
    }
}

/// What form controls and scroll bars follow.
const fn color_scheme(theme: Theme) -> &'static str {
    match theme {
        Theme::System => "light dark",
        Theme::Light => "light",
        Theme::Dark => "dark",
    }
}
