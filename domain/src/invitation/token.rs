//! What a link holds.

use core::fmt;

use sha2::{Digest, Sha256};

use crate::ports::Random;

/// The token of a link that is handed over by a person: 256 random bits, hexadecimal. The store knows
/// only its hash.
#[derive(Clone)]
pub struct LinkToken(String);

impl LinkToken {
    /// A new token.
    pub fn generate(random: &dyn Random) -> Self {
        let mut bytes = [0u8; 32];
        random.fill(&mut bytes);
        Self(hex::encode(bytes))
    }

    /// The token of an address, if it can be one.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        fits.then(|| Self(text.to_owned()))
    }

    /// Its text, for the link alone.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What the store knows it by.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }
}

impl PartialEq for LinkToken {
    fn eq(&self, other: &Self) -> bool {
        self.hash() == other.hash()
    }
}

impl Eq for LinkToken {}

// A link opens a workspace: it must never reach a log.
impl fmt::Debug for LinkToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkToken(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_generated_is_a_token() {
        let text = "0123456789abcdef".repeat(4);
        assert_eq!(LinkToken::parse(&text).map(|token| token.expose().to_owned()), Some(text));
        for bad in ["", "x", &"0".repeat(63), &"0".repeat(65), &"A".repeat(64), &"é".repeat(32)] {
            assert!(LinkToken::parse(bad).is_none(), "{bad}");
        }
        let token = LinkToken::parse(&"0".repeat(64)).unwrap();
        assert_eq!(format!("{token:?}"), "LinkToken(…)");
    }
}
