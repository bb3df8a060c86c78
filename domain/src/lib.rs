//! What MonoTask is, without any platform: types, states, transitions, use cases, and the ports
//! that a platform implements. The same code runs natively (tests), in the Worker and in the
//! browser.
//!
//! One mutation, whoever asks for it, is one use case: it reads once through [`ports::Store`],
//! decides purely, and commits one [`write_batch::WriteBatch`].
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

pub mod account;
pub mod actor;
pub mod agent;
pub mod anchor;
pub mod api_key;
pub mod audit;
pub mod clock;
pub mod context;
pub mod error;
pub mod event;
pub mod feed;
pub mod idempotency;
pub mod ids;
pub mod invitation;
pub mod listing;
pub mod ports;
pub mod project;
pub mod run;
pub mod sandbox;
pub mod scope;
pub mod task;
pub mod text;
pub mod token;
pub mod validation;
pub mod views;
pub mod workspace;
pub mod write_batch;

pub use clock::Timestamp;
pub use context::{Caller, Context};
pub use error::{Error, Field, Problem, Refusal, Result};
