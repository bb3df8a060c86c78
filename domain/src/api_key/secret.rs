//! The text of a key: `mt_`, 32 random characters, and a checksum of six that tells a key from a
//! typing error, and from what only looks like one, without asking anybody.

use core::fmt;

use sha2::{Digest, Sha256};

use crate::ports::Random;

/// How every key begins.
const BEGINNING: &str = "mt_";
/// Its random characters: 190 bits.
const RANDOM: usize = 32;
/// The characters of its checksum: 62⁶ > 2³².
const CHECKSUM: usize = 6;
/// Of the beginning and the random characters.
const CHECKED: usize = BEGINNING.len() + RANDOM;
/// Of the whole.
const LENGTH: usize = CHECKED + CHECKSUM;
/// What of a key may be stored and shown, so that its owner recognises it.
const PREFIX: usize = 11;

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A key's text. It is shown once and never printed or stored: the store knows its hash and prefix.
#[derive(Clone)]
pub struct ApiKeySecret(String);

impl ApiKeySecret {
    /// A new key.
    pub fn generate(random: &dyn Random) -> Self {
        // The remainder of 64 random bits favours no character by more than one in 2⁵⁸.
        let mut bytes = [0_u8; RANDOM * 8];
        random.fill(&mut bytes);
        let mut text = BEGINNING.to_owned();
        text.extend(bytes.as_chunks::<8>().0.iter().map(|chunk| digit(u64::from_le_bytes(*chunk))));
        let checksum = checksum(&text);
        Self(text + &checksum)
    }

    /// The key of this text, if its form and its checksum are a key's. Whether there is such a key,
    /// and whether it holds, only the store knows.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != LENGTH || !text.starts_with(BEGINNING) {
            return None;
        }
        let (checked, given) = text.split_at_checked(CHECKED)?;
        let random = checked.bytes().skip(BEGINNING.len());
        // One checksum has one text, so no two texts are one key.
        let fits = random.into_iter().all(|byte| ALPHABET.contains(&byte));
        (fits && checksum(checked) == given).then(|| Self(text.to_owned()))
    }

    /// What the store finds it by: SHA-256 of the whole text. A plain hash is enough, since nobody
    /// guesses 190 random bits, and looking it up compares hashes, never the text.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }

    /// How it begins, to recognise it by: eight of its 32 random characters, the rest of which are
    /// 142 bits.
    pub fn prefix(&self) -> &str {
        self.0.get(..PREFIX).unwrap_or_default()
    }

    /// Its text, for its owner alone.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ApiKeySecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKeySecret(…)")
    }
}

/// CRC-32 (IEEE 802.3) of the text in base 62, the highest digit first.
fn checksum(text: &str) -> String {
    let crc = u64::from(crc32fast::hash(text.as_bytes()));
    let powers = (0..CHECKSUM as u32).rev();
    powers.map(|power| digit(crc / 62_u64.pow(power))).collect()
}

/// The last digit of the number in base 62.
fn digit(number: u64) -> char {
    let index = usize::try_from(number % 62).unwrap_or_default();
    ALPHABET.get(index).copied().unwrap_or(b'0').into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    struct Given(Vec<u8>);

    impl Random for Given {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.copy_from_slice(&self.0);
        }
    }

    fn any_key() -> impl Strategy<Value = ApiKeySecret> {
        proptest::collection::vec(any::<u8>(), RANDOM * 8)
            .prop_map(|bytes| ApiKeySecret::generate(&Given(bytes)))
    }

    /// The text with another character at this place.
    fn with(text: &str, at: usize, other: &str) -> String {
        format!("{}{other}{}", &text[..at], &text[at + 1..])
    }

    proptest! {
        #[test]
        fn a_key_reads_back_from_its_text(key in any_key()) {
            let text = key.expose();
            prop_assert_eq!(text.len(), 41);
            prop_assert!(text.starts_with("mt_"));
            prop_assert!(text[3..].bytes().all(|byte| byte.is_ascii_alphanumeric()));
            prop_assert_eq!(key.prefix(), &text[..11]);
            let again = ApiKeySecret::parse(text).expect("its own text");
            prop_assert_eq!(again.expose(), text);
            prop_assert_eq!(again.hash(), key.hash());
        }

        #[test]
        fn any_one_character_changed_is_refused(
            key in any_key(), at in 0..LENGTH, other in any::<char>(), ascii in 0_u8..128,
        ) {
            for other in [other, char::from(ascii)] {
                let changed = with(key.expose(), at, &other.to_string());
                if changed != key.expose() {
                    prop_assert!(ApiKeySecret::parse(&changed).is_none(), "{changed}");
                }
            }
        }

        #[test]
        fn a_part_of_a_key_and_more_than_a_key_are_refused(
            key in any_key(), length in 0..LENGTH, more in ".{1,40}",
        ) {
            let text = key.expose();
            prop_assert!(ApiKeySecret::parse(&text[..length]).is_none());
            prop_assert!(ApiKeySecret::parse(&text[LENGTH - length..]).is_none());
            for longer in [text.to_owned() + &more, more.clone() + text] {
                prop_assert!(ApiKeySecret::parse(&longer).is_none());
            }
        }

        #[test]
        fn two_characters_that_changed_places_are_noticed(
            key in any_key(), at in BEGINNING.len()..LENGTH - 1,
        ) {
            let mut bytes = key.expose().as_bytes().to_vec();
            bytes.swap(at, at + 1);
            let swapped = String::from_utf8(bytes).expect("ascii");
            prop_assert!(swapped == key.expose() || ApiKeySecret::parse(&swapped).is_none());
        }

        #[test]
        fn no_text_breaks_the_parser(text in any::<String>()) {
            prop_assert!(ApiKeySecret::parse(&text).is_none());
        }
    }

    /// What a scanner that was written from the description alone must come to as well.
    #[test]
    fn the_checksum_is_the_published_one() {
        assert_eq!(crc32fast::hash(b"123456789"), 0xcbf4_3926);
        let beginning = format!("mt_{}", "0".repeat(32));
        let crc = crc32fast::hash(beginning.as_bytes());
        let key = ApiKeySecret::generate(&Given(vec![0; RANDOM * 8]));
        let digits = &key.expose()[CHECKED..];
        let value = digits.bytes().fold(0_u64, |value, byte| {
            value * 62 + ALPHABET.iter().position(|known| *known == byte).expect("a digit") as u64
        });
        assert_eq!((&key.expose()[..CHECKED], value), (beginning.as_str(), u64::from(crc)));
    }

    #[test]
    fn other_prefixes_other_checksums_and_disguises_are_refused() {
        let key = ApiKeySecret::generate(&Given((0..=255).collect()));
        let text = key.expose();
        let rest = &text[3..];
        let wide: String = rest.chars().map(|_| '\u{ff10}').collect();
        let cases = [
            format!("MT_{rest}"),
            format!("mt-{rest}"),
            format!("st_{rest}"),
            format!("mt_{}000000", &text[3..CHECKED]),
            // The largest that six digits can be, which is no 32-bit checksum.
            format!("mt_{}zzzzzz", &text[3..CHECKED]),
            format!("mt_{wide}"),
            format!("mt_{}", rest.to_uppercase()),
            format!("mt_{}", rest.to_lowercase()),
            format!(" {text}"),
            format!("{text}\n"),
            format!("{text}\0"),
            format!("\u{feff}{text}"),
            text.replacen('_', "\u{ff3f}", 1),
            "mt_".repeat(1_000_000),
            String::new(),
        ];
        for case in cases {
            assert!(ApiKeySecret::parse(&case).is_none(), "{}", &case[..case.len().min(80)]);
        }
    }

    #[test]
    fn a_key_is_never_printed() {
        let key = ApiKeySecret::generate(&Given(vec![9; RANDOM * 8]));
        assert_eq!(format!("{key:?}"), "ApiKeySecret(…)");
    }
}
