//! The Worker: thin adapters behind domain's ports.
//!
//! What stands natively (rules about requests, the database adapter, the repositories) is tested
//! natively; everything that touches the platform is wasm32 only. In this crate wasm32 always means
//! the Worker: the browser's module is the crate `app`.
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

pub mod api;
pub mod database;
pub mod evidence;
#[cfg_attr(
    not(target_arch = "wasm32"),
    allow(dead_code, reason = "armed by the Worker's test hooks only")
)]
mod fault;
pub mod forms;
pub mod limits;
pub mod logs;
pub mod passwords;
pub mod rules;
pub mod sandboxes;
pub mod seed;
pub mod session;
pub mod store;
pub mod tokens;

#[cfg(target_arch = "wasm32")]
mod afterwards;
#[cfg(target_arch = "wasm32")]
mod api_docs;
#[cfg(target_arch = "wasm32")]
mod api_http;
#[cfg(target_arch = "wasm32")]
pub mod bindings;
#[cfg(target_arch = "wasm32")]
pub mod clock;
#[cfg(target_arch = "wasm32")]
pub mod context;
#[cfg(target_arch = "wasm32")]
pub mod durable;
#[cfg(target_arch = "wasm32")]
pub mod failure;
#[cfg(target_arch = "wasm32")]
mod handlers;
#[cfg(target_arch = "wasm32")]
mod live_http;
#[cfg(target_arch = "wasm32")]
mod logs_http;
#[cfg(target_arch = "wasm32")]
mod mail;
#[cfg(target_arch = "wasm32")]
mod outbox;
#[cfg(target_arch = "wasm32")]
pub mod pages;
#[cfg(target_arch = "wasm32")]
mod pipeline_hooks;
#[cfg(target_arch = "wasm32")]
mod preferences;
#[cfg(target_arch = "wasm32")]
mod queues;
#[cfg(target_arch = "wasm32")]
pub mod random;
#[cfg(target_arch = "wasm32")]
mod rate_limits;
#[cfg(target_arch = "wasm32")]
mod request_context;
#[cfg(target_arch = "wasm32")]
mod router;
#[cfg(target_arch = "wasm32")]
mod scheduled;
#[cfg(target_arch = "wasm32")]
pub mod scope;
#[cfg(target_arch = "wasm32")]
mod security;
#[cfg(target_arch = "wasm32")]
mod server_functions;
#[cfg(target_arch = "wasm32")]
mod telemetry;
#[cfg(target_arch = "wasm32")]
mod test_hooks;
#[cfg(target_arch = "wasm32")]
mod testing_routes;
#[cfg(target_arch = "wasm32")]
mod uploads;
