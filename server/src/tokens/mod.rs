//! Tokens of programs: JWTs that an API key was exchanged for, and those that runs are given.
//!
//! A token only says whose it is, until when, and what of that it carries. Whether its key still
//! holds, or its run still its lease, is asked of D1 by every request, so a token is worth nothing the
//! moment its key is revoked. One algorithm (Ed25519), one form: what isn't exactly as this module
//! writes it is refused before anything of it is believed.

mod claims;
#[cfg(target_arch = "wasm32")]
mod deployed;
mod issuer;
mod shown;
mod signing_keys;
#[cfg(test)]
mod tests;
mod verify;

#[cfg(target_arch = "wasm32")]
pub use deployed::of_deployment;
pub use issuer::{Issuer, LONGEST_OF_KEY_S, LONGEST_OF_RUN_S};
pub use shown::shown;
pub use signing_keys::{InvalidSigningKeys, SigningKeys};
pub use verify::Unfit;
