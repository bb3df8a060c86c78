//! MonoTask's pages and islands. The Worker renders them with the feature `ssr`; the browser brings
//! the islands on a page to life with the feature `hydrate`.
//!
//! `cfg(feature = …)` stands here and in [`platform`], nowhere else: a page never knows which side it
//! runs on.
#![allow(
    missing_docs,
    reason = "the island and server macros make public items that can't carry documentation"
)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::unreachable
    )
)]

pub mod app;
pub mod browser_errors;
pub mod document;
pub mod failure_page;
pub mod features;
pub mod layouts;
pub mod live;
pub mod page;
pub mod platform;
pub mod registry;
pub mod routes;
pub mod shell;
pub mod text;
pub mod theme;
pub mod ui;

/// Starts the islands of the page. The loader script calls this once the module is ready, then each
/// island's own exported function in document order.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_islands();
}
