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

#[cfg(test)]
mod tests {
    use super::without_secrets;

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
