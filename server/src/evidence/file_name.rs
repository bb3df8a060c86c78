//! Names of downloads: whatever an agent called its file, no header can be broken and no path left.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What RFC 5987 lets stand as it is.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Most characters of a name.
const LONGEST: usize = 120;

/// A `Content-Disposition` value: visible ASCII whatever `path` is.
#[must_use]
pub fn content_disposition(kind: &str, path: &str) -> String {
    let name = last_part(path);
    let plain: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || "-._ ()".contains(c) { c } else { '_' })
        .collect();
    let encoded = utf8_percent_encode(&name, UNRESERVED);
    format!("{kind}; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

/// The last part of a path, without what a file system or a person could be fooled by.
fn last_part(path: &str) -> String {
    let last = path.rsplit(['/', '\\']).find(|part| !part.is_empty()).unwrap_or_default();
    let is_disguise = |c: char| {
        c.is_control()
            || matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
                | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
    };
    let clean: String = last
        .chars()
        .filter(|c| !is_disguise(*c))
        .map(|c| if ":*?\"<>|".contains(c) { '_' } else { c })
        .collect();
    let clean = clean.trim_matches(['.', ' ']);
    let skipped = clean.chars().count().saturating_sub(LONGEST);
    // The end of a name says what kind of file it is, so the beginning goes.
    let name: String = clean.chars().skip(skipped).collect();
    if name.is_empty() { "file".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_name_stays_readable() {
        assert_eq!(
            content_disposition("attachment", "reports/grün 1.xml"),
            "attachment; filename=\"gr_n 1.xml\"; filename*=UTF-8''gr%C3%BCn%201.xml"
        );
    }

    #[test]
    fn a_name_can_neither_leave_its_folder_nor_its_header() {
        for (path, name) in [
            ("../../etc/passwd", "passwd"),
            ("..\\..\\boot.ini", "boot.ini"),
            ("..", "file"),
            ("", "file"),
            ("a\r\nSet-Cookie: x", "aSet-Cookie_ x"),
            ("cod\u{202E}exe.txt", "codexe.txt"),
            ("x\".html", "x_.html"),
        ] {
            assert_eq!(last_part(path), name, "{path:?}");
        }
        assert_eq!(last_part(&format!("{}.tar", "x".repeat(500))).chars().count(), LONGEST);
    }

    proptest! {
        #[test]
        fn any_path_gives_a_header(path in ".*") {
            let value = content_disposition("attachment", &path);
            prop_assert!(value.bytes().all(|b| (0x20..0x7f).contains(&b)));
            prop_assert_eq!(value.matches('"').count(), 2);
        }
    }
}
