//! Keys for programs.

mod secret;

pub use secret::ApiKeySecret;
