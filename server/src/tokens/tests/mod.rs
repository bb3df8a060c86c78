//! Tokens that are ours, and every way of making one that isn't.

mod forged;
mod issued;
mod shown;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Timestamp;
use domain::ids::{ApiKeyId, RunId};
use domain::ports::Random;
use domain::scope::Scopes;
use ed25519_dalek::{Signer, SigningKey};
use serde_json::{Value, json};

use super::{Issuer, SigningKeys};

const ORIGIN: &str = "https://monotask.example";
/// A moment in the middle of a second.
const NOW: Timestamp = Timestamp(1_800_000_000_400);
const SECOND: i64 = 1_800_000_000;
const KEY: &str = "key_01hv3v6k3e0123456789abcdef";
const RUN: &str = "run_01hv3v6k3e0123456789abcdef";

struct Sevens;

impl Random for Sevens {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

fn seed(n: u8) -> SigningKey {
    SigningKey::from_bytes(&[n; 32])
}

/// The issuer whose setting names these keys, each by a number that is its seed as well.
fn issuer(keys: &[u8]) -> Issuer {
    let entries: Vec<_> =
        keys.iter().map(|n| format!("k{n}:{}", URL_SAFE_NO_PAD.encode([*n; 32]))).collect();
    Issuer::new(ORIGIN, SigningKeys::parse(&entries.join(" ")).unwrap())
}

fn key() -> ApiKeyId {
    KEY.parse().unwrap()
}

fn run() -> RunId {
    RUN.parse().unwrap()
}

fn read_and_write() -> Scopes {
    Scopes::parse("read tasks:write").unwrap()
}

fn header() -> Value {
    json!({ "typ": "at+jwt", "alg": "EdDSA", "kid": "k1" })
}

fn claims() -> Value {
    json!({
        "iss": ORIGIN, "aud": format!("{ORIGIN}/api/v1"), "sub": KEY, "scope": "read tasks:write",
        "iat": SECOND, "exp": SECOND + 900, "jti": "07",
    })
}

/// The object with these members set; `null` takes one out.
fn with(mut object: Value, members: &Value) -> Value {
    for (name, value) in members.as_object().unwrap() {
        if value.is_null() {
            object.as_object_mut().unwrap().remove(name);
        } else {
            object[name] = value.clone();
        }
    }
    object
}

fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A token of these texts, signed by the first key as a rightful one would be.
fn signed(header: &str, claims: &str) -> String {
    let message = format!("{}.{}", b64(header), b64(claims));
    let signature = seed(1).sign(message.as_bytes()).to_bytes();
    format!("{message}.{}", b64(signature))
}

fn token(header: &Value, claims: &Value) -> String {
    signed(&header.to_string(), &claims.to_string())
}
