//! Text that people type: trimmed, bounded, and free of characters that disguise it.

use crate::error::{Error, Field, Problem, Result};

/// One line of text: trimmed, inner white space kept, `min..=max` characters.
///
/// # Errors
/// [`Error::Invalid`] for `field`.
pub fn line(field: Field, raw: &str, min: usize, max: usize) -> Result<String> {
    let text = raw.trim();
    let length = text.chars().count();
    if text.is_empty() && min > 0 {
        return Err(Error::invalid(field, Problem::Empty));
    }
    if length < min {
        return Err(Error::invalid(field, Problem::TooShort { min }));
    }
    if length > max {
        return Err(Error::invalid(field, Problem::TooLong { max }));
    }
    if text.chars().any(is_disguise) || text.chars().all(is_invisible) && !text.is_empty() {
        return Err(Error::invalid(field, Problem::ControlCharacters));
    }
    Ok(text.to_owned())
}

/// Several lines of text: line ends made `\n`, at most `max` characters, may be empty.
///
/// # Errors
/// [`Error::Invalid`] for `field`.
pub fn block(field: Field, raw: &str, max: usize) -> Result<String> {
    let text = raw.replace("\r\n", "\n").replace('\r', "\n");
    if text.chars().count() > max {
        return Err(Error::invalid(field, Problem::TooLong { max }));
    }
    if text.chars().any(|c| c != '\n' && c != '\t' && is_disguise(c)) {
        return Err(Error::invalid(field, Problem::ControlCharacters));
    }
    Ok(text.trim_end().to_owned())
}

/// Control characters, and the marks that override the reading direction.
fn is_disguise(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

fn is_invisible(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}' | '\u{00AD}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_trimmed_and_bounded() {
        assert_eq!(line(Field::Title, "  Fix it  ", 1, 200), Ok("Fix it".to_owned()));
        let too_long = "x".repeat(201);
        for (raw, problem) in [
            ("", Problem::Empty),
            ("   ", Problem::Empty),
            (too_long.as_str(), Problem::TooLong { max: 200 }),
            ("a\u{0}b", Problem::ControlCharacters),
            ("a\nb", Problem::ControlCharacters),
            ("abc\u{202E}fed", Problem::ControlCharacters),
            ("\u{200B}\u{200B}", Problem::ControlCharacters),
        ] {
            assert_eq!(line(Field::Title, raw, 1, 200), Err(Error::invalid(Field::Title, problem)));
        }
    }

    #[test]
    fn a_block_keeps_its_lines() {
        assert_eq!(block(Field::Description, "a\r\nb\tc\r", 100), Ok("a\nb\tc".to_owned()));
        assert!(block(Field::Description, "a\u{1b}[31m", 100).is_err());
    }
}
