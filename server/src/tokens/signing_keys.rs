//! The keys that sign tokens, as a deployment is given them: `kid:seed kid:seed …`.
//!
//! The first signs; all of them verify and stand in the published set. So keys change without a token
//! being refused: put the new one behind the old (everybody learns it), then before it (it signs), and
//! take the old one out when the last token that it signed has run out.

use core::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use serde_json::{Value, json};

/// Most keys at once: one that signs, one that came before, one that comes next, and some air.
const MOST: usize = 8;
/// Longest name of a key.
const LONGEST_NAME: usize = 32;

/// The signing keys of a deployment, the first of which signs.
pub struct SigningKeys(Vec<Named>);

struct Named {
    kid: String,
    key: SigningKey,
}

/// Why a text holds no signing keys. It quotes nothing of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSigningKeys {
    /// There is no entry, or there are more than eight.
    #[error("between 1 and {MOST} entries apart by spaces are needed")]
    WrongNumber,
    /// An entry isn't `kid:seed`, with 1 to 32 of `A-Za-z0-9_-` as its name.
    #[error(
        "entry {0} isn't a name of 1 to {LONGEST_NAME} letters, digits, _ or -, a colon and a seed"
    )]
    NotAnEntry(usize),
    /// A seed isn't 32 bytes in base64url.
    #[error("the seed of entry {0} isn't 32 bytes in base64url without padding")]
    NotASeed(usize),
    /// Two entries have one name or one seed.
    #[error("entry {0} repeats the name or the seed of an earlier one")]
    Repeated(usize),
}

impl SigningKeys {
    /// The keys of a setting's text.
    ///
    /// # Errors
    /// What is wrong with which entry, counted from 1.
    pub fn parse(text: &str) -> Result<Self, InvalidSigningKeys> {
        let mut keys: Vec<Named> = Vec::new();
        for (entry, number) in text.split_ascii_whitespace().zip(1..) {
            let named = parse_entry(entry, number)?;
            let repeats = |known: &Named| {
                known.kid == named.kid || known.key.verifying_key() == named.key.verifying_key()
            };
            if keys.iter().any(repeats) {
                return Err(InvalidSigningKeys::Repeated(number));
            }
            keys.push(named);
        }
        if (1..=MOST).contains(&keys.len()) {
            Ok(Self(keys))
        } else {
            Err(InvalidSigningKeys::WrongNumber)
        }
    }

    /// The name of the key that signs.
    pub(super) fn signing(&self) -> &str {
        self.0.first().map_or("", |named| &named.kid)
    }

    /// The signature of the key that signs; none without a key, which [`SigningKeys::parse`] refuses.
    pub(super) fn sign(&self, message: &[u8]) -> Option<[u8; 64]> {
        Some(self.0.first()?.key.sign(message).to_bytes())
    }

    /// The key of this name. Names are public, so comparing them may take as long as it likes.
    pub(super) fn verifier(&self, kid: &str) -> Option<VerifyingKey> {
        self.0.iter().find(|named| named.kid == kid).map(|named| named.key.verifying_key())
    }

    /// The public keys as a JWK set (RFC 7517, RFC 8037), the one that signs first.
    #[must_use]
    pub fn jwks(&self) -> Value {
        let keys = self.0.iter().map(|Named { kid, key }| {
            json!({
                "kty": "OKP",
                "crv": "Ed25519",
                "alg": "EdDSA",
                "use": "sig",
                "kid": kid,
                "x": URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes()),
            })
        });
        json!({ "keys": keys.collect::<Vec<_>>() })
    }
}

impl fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKeys(…)")
    }
}

fn parse_entry(entry: &str, number: usize) -> Result<Named, InvalidSigningKeys> {
    let (kid, seed) = entry.split_once(':').ok_or(InvalidSigningKeys::NotAnEntry(number))?;
    if !is_name(kid) {
        return Err(InvalidSigningKeys::NotAnEntry(number));
    }
    let seed = URL_SAFE_NO_PAD.decode(seed).ok().and_then(|seed| <[u8; 32]>::try_from(seed).ok());
    let seed = seed.ok_or(InvalidSigningKeys::NotASeed(number))?;
    Ok(Named { kid: kid.to_owned(), key: SigningKey::from_bytes(&seed) })
}

fn is_name(kid: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    (1..=LONGEST_NAME).contains(&kid.len()) && kid.bytes().all(fits)
}

/// Whether the signature over the message is this key's. Strict: keys and signatures that several
/// messages or several encodings would fit are refused.
pub(super) fn signed(key: &VerifyingKey, message: &[u8], signature: &[u8]) -> bool {
    Signature::from_slice(signature)
        .is_ok_and(|signature| key.verify_strict(message, &signature).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The seed and the public key of RFC 8037, appendix A.
    const SEED: &str = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
    const PUBLIC: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

    #[test]
    fn the_set_holds_the_public_keys_and_nothing_else() {
        let other = URL_SAFE_NO_PAD.encode([7; 32]);
        let keys = SigningKeys::parse(&format!(" a:{SEED}\n b-2:{other} ")).unwrap();
        assert_eq!(keys.signing(), "a");
        let jwks = keys.jwks();
        let expected = json!({ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig",
            "kid": "a", "x": PUBLIC });
        assert_eq!(jwks["keys"][0], expected);
        assert_eq!(jwks["keys"].as_array().map(Vec::len), Some(2));
        let text = jwks.to_string();
        assert!(!text.contains(SEED) && !text.contains(&other) && !text.contains("\"d\""));
        assert_eq!(format!("{keys:?}"), "SigningKeys(…)");
    }

    #[test]
    fn what_is_no_setting_is_refused_by_its_entry() {
        use InvalidSigningKeys::{NotASeed, NotAnEntry, Repeated, WrongNumber};
        let other = URL_SAFE_NO_PAD.encode([7; 32]);
        let nine: Vec<_> =
            (1..=9).map(|n| format!("k{n}:{}", URL_SAFE_NO_PAD.encode([n; 32]))).collect();
        let cases = [
            (String::new(), WrongNumber),
            ("  \n".to_owned(), WrongNumber),
            (nine.join(" "), WrongNumber),
            (SEED.to_owned(), NotAnEntry(1)),
            (format!(":{SEED}"), NotAnEntry(1)),
            (format!("a/../b:{SEED}"), NotAnEntry(1)),
            (format!("a:{SEED} ü:{other}"), NotAnEntry(2)),
            (format!("{}:{SEED}", "k".repeat(33)), NotAnEntry(1)),
            ("a:".to_owned(), NotASeed(1)),
            (format!("a:{SEED}="), NotASeed(1)),
            (format!("a:{}", SEED.replace('_', "/")), NotASeed(1)),
            (format!("a:{}", &SEED[1..]), NotASeed(1)),
            // The same bytes, were the last two bits ignored.
            (format!("a:{}B", &SEED[..42]), NotASeed(1)),
            (format!("a:{SEED} b:{}", URL_SAFE_NO_PAD.encode([7; 31])), NotASeed(2)),
            (format!("a:{SEED} a:{other}"), Repeated(2)),
            (format!("a:{SEED} b:{SEED}"), Repeated(2)),
        ];
        for (text, why) in cases {
            let refused = SigningKeys::parse(&text).unwrap_err();
            assert_eq!(refused, why, "{text}");
            assert!(!refused.to_string().contains(SEED));
        }
    }
}
