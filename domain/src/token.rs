//! Tokens that are looked up by their hash: what a session's cookie holds, and what a link ends with.

use core::fmt;
use core::marker::PhantomData;

use sha2::{Digest, Sha256};

use crate::ports::Random;

/// What a token is for: one kind is never taken for another.
pub trait TokenKind {
    /// The kind's name, for debugging.
    const NAME: &'static str;
}

/// 256 random bits, hexadecimal. The store knows only its hash.
pub struct Token<K> {
    text: String,
    kind: PhantomData<fn() -> K>,
}

impl<K> Token<K> {
    /// A new token.
    pub fn generate(random: &dyn Random) -> Self {
        let mut bytes = [0u8; 32];
        random.fill(&mut bytes);
        Self { text: hex::encode(bytes), kind: PhantomData }
    }

    /// The token of this text, if it can be one.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        fits.then(|| Self { text: text.to_owned(), kind: PhantomData })
    }

    /// Its text, for the cookie or the link alone.
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// What the store knows it by.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.text.as_bytes()).into()
    }
}

impl<K> Clone for Token<K> {
    fn clone(&self) -> Self {
        Self { text: self.text.clone(), kind: PhantomData }
    }
}

impl<K> PartialEq for Token<K> {
    fn eq(&self, other: &Self) -> bool {
        self.hash() == other.hash()
    }
}

impl<K> Eq for Token<K> {}

// A token opens something: it must never reach a log.
impl<K: TokenKind> fmt::Debug for Token<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}(…)", K::NAME)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Test;

    impl TokenKind for Test {
        const NAME: &'static str = "Test";
    }

    #[test]
    fn only_what_is_generated_is_a_token() {
        let parse = Token::<Test>::parse;
        let text = "0123456789abcdef".repeat(4);
        assert_eq!(parse(&text).map(|token| token.expose().to_owned()), Some(text));
        for bad in ["", "x", &"0".repeat(63), &"0".repeat(65), &"A".repeat(64), &"é".repeat(32)] {
            assert!(parse(bad).is_none(), "{bad}");
        }
        let token = parse(&"0".repeat(64)).unwrap();
        assert_eq!(format!("{token:?}"), "Test(…)");
    }
}
