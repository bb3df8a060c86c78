//! `If-Match` and `If-None-Match`: which version a request was made for.
//!
//! A tag of ours is a version in quotes. It is read the same with `W/` in front: the platform's edge
//! weakens tags where it compresses, and a version is no weaker for it.

use super::ApiError;

/// What `If-Match` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IfMatch {
    /// Whatever is there.
    Any,
    /// One of these versions; none of them when the tags weren't of ours.
    OneOf(Vec<i64>),
}

/// What `If-None-Match` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IfNoneMatch(IfMatch);

impl IfMatch {
    /// Reads the header.
    ///
    /// # Errors
    /// 400 when it is no list of tags.
    pub fn parse(header: &str) -> Result<Self, ApiError> {
        tags(header).ok_or_else(|| ApiError::bad_header("if-match"))
    }

    /// Whether this version is one that is meant.
    #[must_use]
    pub fn allows(&self, version: i64) -> bool {
        match self {
            Self::Any => true,
            Self::OneOf(versions) => versions.contains(&version),
        }
    }

    /// The version, where exactly one is meant.
    #[must_use]
    pub fn only(&self) -> Option<i64> {
        match self {
            Self::OneOf(versions) => match versions.as_slice() {
                [version] => Some(*version),
                _ => None,
            },
            Self::Any => None,
        }
    }
}

impl IfNoneMatch {
    /// Reads the header.
    ///
    /// # Errors
    /// 400 when it is no list of tags.
    pub fn parse(header: &str) -> Result<Self, ApiError> {
        tags(header).map(Self).ok_or_else(|| ApiError::bad_header("if-none-match"))
    }

    /// Whether whoever asks has this version already.
    #[must_use]
    pub fn has(&self, version: i64) -> bool {
        self.0.allows(version)
    }
}

/// The tag of a version.
#[must_use]
pub fn tag(version: i64) -> String {
    format!("\"{version}\"")
}

fn tags(header: &str) -> Option<IfMatch> {
    if header.trim() == "*" {
        return Some(IfMatch::Any);
    }
    let mut versions = vec![];
    let mut rest = header;
    loop {
        rest = rest.trim_start_matches([' ', '\t']);
        // Empty elements of a list are allowed.
        if let Some(after) = rest.strip_prefix(',') {
            rest = after;
            continue;
        }
        if rest.is_empty() {
            break;
        }
        let opaque = rest.strip_prefix("W/").unwrap_or(rest).strip_prefix('"')?;
        let (value, after) = opaque.split_once('"')?;
        if value.bytes().any(|byte| byte <= b' ' || byte == 0x7f) {
            return None;
        }
        versions.push(version(value));
        rest = after.trim_start_matches([' ', '\t']);
        if !rest.is_empty() && !rest.starts_with(',') {
            return None;
        }
    }
    if versions.is_empty() {
        return None;
    }
    Some(IfMatch::OneOf(versions.into_iter().flatten().collect()))
}

/// The version that a tag's text is; none when it is nobody's.
fn version(text: &str) -> Option<i64> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_ours = plain && (text == "0" || !text.starts_with('0'));
    if is_ours { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(versions: &[i64]) -> IfMatch {
        IfMatch::OneOf(versions.to_vec())
    }

    #[test]
    fn lists_of_tags_are_read() {
        for (header, meant) in [
            ("\"3\"", of(&[3])),
            ("W/\"3\"", of(&[3])),
            ("\"3\", W/\"4\" ,\"5\"", of(&[3, 4, 5])),
            (" * ", IfMatch::Any),
            (",\"3\",,", of(&[3])),
            ("\"abc\"", of(&[])),
            ("\"03\"", of(&[])),
            ("\"-3\"", of(&[])),
            ("\"\"", of(&[])),
            ("\"99999999999999999999\"", of(&[])),
            ("\"a,b\"", of(&[])),
        ] {
            assert_eq!(IfMatch::parse(header), Ok(meant), "{header}");
        }
    }

    #[test]
    fn what_is_no_list_of_tags_is_refused() {
        for header in [
            "",
            " ",
            ",",
            "3",
            "\"3",
            "3\"",
            "'3'",
            "\"3\" \"4\"",
            "\"3\"x",
            "w/\"3\"",
            "W/3",
            "*, \"3\"",
            "\"3\",*",
            "\"3 4\"",
            "\u{fffd}",
        ] {
            assert!(IfMatch::parse(header).is_err(), "{header:?}");
            assert!(IfNoneMatch::parse(header).is_err(), "{header:?}");
        }
    }
}
