//! The browser's twin.

use wasm_bindgen::JsCast;

use crate::{
    browser_errors::BrowserError,
    theme::{THEME_COOKIE, THEME_COOKIE_SECONDS, Theme},
};

/// Shows a theme at once, and keeps it in the cookie that the Worker renders it from.
pub fn keep_theme(theme: Theme) {
    let Some(document) = web_sys::window().and_then(|window| window.document()) else {
        return;
    };
    if let Some(root) = document.document_element() {
        // Fails only for names that are no attribute names.
        let _ = root.set_attribute("data-theme", theme.name());
    }
    if let Ok(document) = document.dyn_into::<web_sys::HtmlDocument>() {
        // A browser that refuses cookies still shows the theme on this page.
        let _ = document.set_cookie(&format!(
            "{THEME_COOKIE}={}; Path=/; Max-Age={THEME_COOKIE_SECONDS}; SameSite=Lax",
            theme.name()
        ));
    }
}

/// Reports are made by the loader script, which also sees what breaks before this module runs.
pub fn report_browser_error(_error: BrowserError) {}
