//! What a token is made of: its header and its claims, to the letter.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The one algorithm.
pub const ALGORITHM: &str = "EdDSA";
/// The one type (RFC 9068), so that no other signed text of ours is ever taken for a token.
pub const TYPE: &str = "at+jwt";
/// The scope of a run's token. No key can have it.
pub const RUN_SCOPE: &str = "run";

/// A token's header. Any other member (`jku`, `jwk`, `x5u`, `crit`, …) and any member twice makes it
/// unreadable.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    pub typ: String,
    pub alg: String,
    pub kid: String,
}

/// A token's claims. They are read after the signature was checked, and still only what this module
/// would have written is read.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claims {
    /// The origin of the installation.
    pub iss: String,
    /// Its API.
    pub aud: String,
    /// The key or the run.
    pub sub: String,
    /// Scopes apart by spaces, or [`RUN_SCOPE`].
    pub scope: String,
    /// Seconds since the epoch: when it was made, until when it holds, from when.
    pub iat: i64,
    pub exp: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nbf: Option<i64>,
    /// What tells it from every other one.
    pub jti: String,
    /// Of a run: SHA-256 of its lease's token, hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease: Option<String>,
}

/// A part of a token as it is sent.
pub fn encode<T: Serialize>(part: &T) -> Option<String> {
    serde_json::to_vec(part).ok().map(|json| URL_SAFE_NO_PAD.encode(json))
}

/// A part of a token, read. One that isn't an object isn't read: an array of the right values would
/// otherwise pass for one.
pub fn decode<T: DeserializeOwned>(part: &str) -> Option<T> {
    let json = URL_SAFE_NO_PAD.decode(part).ok()?;
    if json.first() != Some(&b'{') {
        return None;
    }
    serde_json::from_slice(&json).ok()
}
