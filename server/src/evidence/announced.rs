//! What a request announces of the file that it carries or asks for: its hash (RFC 9530), its name
//! (RFC 6266), the part of it that is wanted (RFC 9110).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;

/// The SHA-256 of a `Content-Digest`, hexadecimal: its one `sha-256` member, whatever else is there.
#[must_use]
pub fn sha256_of(content_digest: &str) -> Option<String> {
    let mut found = None;
    for member in content_digest.split(',') {
        let (name, value) = member.trim().split_once('=')?;
        // A structured field's keys are lower case; parameters after the value mean nothing here.
        if name != "sha-256" {
            continue;
        }
        let value = value.split(';').next()?.trim();
        let base64 = value.strip_prefix(':')?.strip_suffix(':')?;
        let bytes = STANDARD.decode(base64).ok().filter(|bytes| bytes.len() == 32)?;
        if found.replace(hex::encode(bytes)).is_some() {
            return None;
        }
    }
    found
}

/// The `Content-Digest` of a file with this SHA-256, hexadecimal.
#[must_use]
pub fn content_digest(sha256: &str) -> Option<String> {
    let bytes = hex::decode(sha256).ok()?;
    Some(format!("sha-256=:{}:", STANDARD.encode(bytes)))
}

/// The file's name in a `Content-Disposition`; the one that may hold any character wins.
#[must_use]
pub fn file_name_of(content_disposition: &str) -> Option<String> {
    let (_, parameters) = content_disposition.split_once(';')?;
    let mut plain = None;
    let mut extended = None;
    for (name, value) in Parameters(parameters) {
        match name.to_ascii_lowercase().as_str() {
            "filename" if plain.is_none() => plain = Some(value),
            "filename*" if extended.is_none() => {
                let (charset, rest) = value.split_once('\'')?;
                let (_, encoded) = rest.split_once('\'')?;
                if !charset.eq_ignore_ascii_case("utf-8") {
                    return None;
                }
                extended = Some(percent_decode_str(encoded).decode_utf8().ok()?.into_owned());
            }
            // A name twice: which one counts would be a guess.
            "filename" | "filename*" => return None,
            _ => {}
        }
    }
    extended.or(plain)
}

/// A header's parameters: tokens, or quoted strings with their escapes taken out. It ends at the first
/// that isn't one.
struct Parameters<'a>(&'a str);

impl<'a> Iterator for Parameters<'a> {
    type Item = (&'a str, String);

    fn next(&mut self) -> Option<Self::Item> {
        let (name, rest) = self.0.split_once('=')?;
        let name = name.trim_matches([' ', '\t', ';']);
        let Some(quoted) = rest.strip_prefix('"') else {
            let (value, after) = rest.split_once(';').unwrap_or((rest, ""));
            self.0 = after;
            return Some((name, value.trim().to_owned()));
        };
        let mut value = String::new();
        let mut characters = quoted.char_indices();
        while let Some((at, c)) = characters.next() {
            match c {
                '"' => {
                    self.0 = quoted.get(at.saturating_add(1)..).unwrap_or_default();
                    return Some((name, value));
                }
                '\\' => value.push(characters.next()?.1),
                c => value.push(c),
            }
        }
        None
    }
}

/// A part of a file that is asked for: its first byte and how many follow, within the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The first byte, from 0.
    pub offset: u64,
    /// How many; never 0.
    pub length: u64,
}

/// What a `Range` asks of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// All of it: no range, one that isn't understood, or several.
    Whole,
    /// This part.
    Part(Part),
    /// A part that lies outside the file.
    Outside,
}

/// What a `Range` header asks of a file of this size.
#[must_use]
pub fn range_of(range: &str, size: u64) -> Wanted {
    let Some((unit, spec)) = range.split_once('=') else { return Wanted::Whole };
    let is_single = unit.trim().eq_ignore_ascii_case("bytes") && !spec.contains(',');
    let Some((first, last)) = spec.trim().split_once('-').filter(|_| is_single) else {
        return Wanted::Whole;
    };
    let number = |text: &str| {
        let is_number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        is_number.then(|| text.parse::<u64>().unwrap_or(u64::MAX))
    };
    let (offset, end) = match (number(first), number(last), first, last) {
        (None, Some(suffix), "", _) => {
            (size.saturating_sub(suffix), if suffix == 0 { 0 } else { size })
        }
        (Some(first), None, _, "") => (first, size),
        (Some(first), Some(last), _, _) if first <= last => {
            (first, size.min(last.saturating_add(1)))
        }
        _ => return Wanted::Whole,
    };
    match end.checked_sub(offset) {
        Some(length) if length > 0 => Wanted::Part(Part { offset, length }),
        _ => Wanted::Outside,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The digest of `{"hello": "world"}` and a line end, as RFC 9530 has it.
    const RFC: &str = "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:";

    #[test]
    fn a_digest_is_read_as_its_rfc_writes_it() {
        let hash =
            hex::encode(STANDARD.decode("RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=").unwrap());
        assert_eq!(sha256_of(RFC), Some(hash.clone()));
        assert_eq!(content_digest(&hash).as_deref(), Some(RFC));
        let beside = format!("sha-512=:AAAA:, {RFC}");
        assert_eq!(sha256_of(&beside), Some(hash.clone()));
        assert_eq!(sha256_of(&format!("{RFC};note=1")), Some(hash.clone()));
        for wrong in [
            "",
            "sha-256",
            "sha-256=",
            "sha-256=::",
            "sha-256=:AAAA:",
            "SHA-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:",
            "sha-256=RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=",
            "sha-256=:RK_0qy18MlBSVnWgjwz6lZEWjP_lF5HF9bvEF8FabDg=:",
            "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg:",
            "sha-512=:AAAA:",
        ] {
            assert_eq!(sha256_of(wrong), None, "{wrong}");
        }
        assert_eq!(sha256_of(&format!("{RFC},{RFC}")), None, "which one counts");
    }

    #[test]
    fn a_name_is_read_from_its_disposition() {
        for (header, name) in [
            (r#"attachment; filename="a b.txt""#, Some("a b.txt")),
            ("attachment; filename=a.txt", Some("a.txt")),
            (r#"attachment; filename="a\"b.txt"; x=y"#, Some("a\"b.txt")),
            ("attachment; filename=x; filename*=UTF-8''gr%C3%BCn.txt", Some("grün.txt")),
            (r#"attachment;FILENAME="a;b=c""#, Some("a;b=c")),
            ("attachment; filename*=UTF-8''%ff", None),
            ("attachment; filename*=iso-8859-1''a", None),
            ("attachment; filename=a; filename=b", None),
            (r#"attachment; filename="a"#, None),
            ("attachment", None),
            ("", None),
        ] {
            assert_eq!(file_name_of(header).as_deref(), name, "{header}");
        }
    }

    #[test]
    fn a_range_is_within_the_file_or_refused() {
        let part = |offset, length| Wanted::Part(Part { offset, length });
        for (range, wanted) in [
            ("bytes=0-3", part(0, 4)),
            ("bytes=5-", part(5, 5)),
            ("bytes=-3", part(7, 3)),
            ("bytes=-99", part(0, 10)),
            ("bytes=8-99", part(8, 2)),
            ("bytes=0-18446744073709551615", part(0, 10)),
            ("bytes=0-99999999999999999999", part(0, 10)),
            ("bytes=10-", Wanted::Outside),
            ("bytes=10-12", Wanted::Outside),
            ("bytes=-0", Wanted::Outside),
            ("bytes=5-3", Wanted::Whole),
            ("bytes=0-1,3-4", Wanted::Whole),
            ("lines=0-1", Wanted::Whole),
            ("bytes=", Wanted::Whole),
            ("bytes=-", Wanted::Whole),
            ("bytes=+1-2", Wanted::Whole),
            ("bytes", Wanted::Whole),
        ] {
            assert_eq!(range_of(range, 10), wanted, "{range}");
        }
        assert_eq!(range_of("bytes=0-", 0), Wanted::Outside);
    }

    proptest! {
        #[test]
        fn nothing_that_is_sent_is_more_than_refused(text in "\\PC{0,60}", size in any::<u64>()) {
            let _ = (sha256_of(&text), file_name_of(&text));
            for text in [text.clone(), format!("bytes={text}")] {
                if let Wanted::Part(Part { offset, length }) = range_of(&text, size) {
                    prop_assert!(length > 0 && offset.checked_add(length).is_some_and(|end| end <= size));
                }
            }
        }
    }
}
