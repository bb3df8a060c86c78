//! Addresses that are secrets: whoever knows one may use it. No log holds them.

use std::borrow::Cow;

/// What such addresses begin with; what follows is the secret.
const BEFORE_SECRETS: [&str; 2] = ["/join/", "/reset/"];

/// The path as a log may show it.
#[must_use]
pub fn without_secrets(path: &str) -> Cow<'_, str> {
    match BEFORE_SECRETS.iter().find(|before| path.starts_with(**before)) {
        Some(before) => Cow::Owned(format!("{before}…")),
        None => Cow::Borrowed(path),
    }
}

/// A text in which such addresses may stand anywhere, such as a browser's error, as a log may show it.
#[must_use]
pub fn text_without_secrets(text: &str) -> String {
    let mut shown = text.to_owned();
    for before in BEFORE_SECRETS {
        let mut parts = shown.split(before);
        let mut cut = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            cut.push_str(before);
            cut.push('…');
            cut.push_str(part.trim_start_matches(|c: char| c.is_ascii_alphanumeric()));
        }
        shown = cut;
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::{text_without_secrets, without_secrets};

    #[test]
    fn nor_is_it_in_the_middle_of_a_text() {
        let stack = "Error: no module\n at https://x.example/join/0123abcd:1:2\n at /reset/77?x";
        let shown = "Error: no module\n at https://x.example/join/…:1:2\n at /reset/…?x";
        assert_eq!(text_without_secrets(stack), shown);
        assert_eq!(text_without_secrets("/tasks/MONO-1"), "/tasks/MONO-1");
        assert_eq!(text_without_secrets("/join//join/aa"), "/join/…/join/…");
    }

    #[test]
    fn what_opens_something_is_not_shown() {
        assert_eq!(without_secrets("/join/0123456789abcdef"), "/join/…");
        assert_eq!(without_secrets("/join/0123/x"), "/join/…");
        assert_eq!(without_secrets("/reset/0123"), "/reset/…");
        for path in ["/", "/tasks/MONO-12", "/joined/1", "/projects/join"] {
            assert_eq!(without_secrets(path), path);
        }
    }
}
