//! Cutting output into lines of clean text.

use domain::sandbox::protocol::{MAX_FRAME_BYTES, OutputStream};

/// A line, or a piece of a long one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    pub stream: OutputStream,
    pub text: String,
    /// Whether the line goes on in the stream's next piece.
    pub continues: bool,
}

/// The unfinished line of one stream.
#[derive(Debug)]
pub(crate) struct Lines {
    stream: OutputStream,
    pending: Vec<u8>,
    /// Whether the pending bytes go on with a line of which a piece was given already.
    is_continuation: bool,
    /// Whether the last byte was a carriage return, so that a line feed belongs to it.
    after_return: bool,
}

impl Lines {
    pub(crate) fn new(stream: OutputStream) -> Self {
        Self { stream, pending: vec![], is_continuation: false, after_return: false }
    }

    /// Takes bytes in; gives the pieces that they complete. A lone carriage return ends a line
    /// too, so that progress bars are seen as they move.
    pub(crate) fn push(&mut self, bytes: &[u8], pieces: &mut Vec<Piece>) {
        for byte in bytes {
            let is_second_half = *byte == b'\n' && self.after_return;
            self.after_return = *byte == b'\r';
            match byte {
                b'\n' if is_second_half => {}
                b'\n' | b'\r' => pieces.push(self.end()),
                _ => {
                    self.pending.push(*byte);
                    if self.pending.len() >= MAX_FRAME_BYTES {
                        self.cut(pieces);
                    }
                }
            }
        }
    }

    /// Gives what is left of a last line without an end.
    pub(crate) fn finish(&mut self, pieces: &mut Vec<Piece>) {
        if !self.pending.is_empty() || self.is_continuation {
            pieces.push(self.end());
        }
        self.after_return = false;
    }

    fn end(&mut self) -> Piece {
        self.is_continuation = false;
        let text = clean(&std::mem::take(&mut self.pending));
        Piece { stream: self.stream, text, continues: false }
    }

    /// Gives a full piece of a long line, and keeps the beginning of a character that isn't
    /// whole yet.
    fn cut(&mut self, pieces: &mut Vec<Piece>) {
        let keep = incomplete_tail(&self.pending);
        let rest = self.pending.split_off(self.pending.len() - keep);
        let bytes = std::mem::replace(&mut self.pending, rest);
        self.is_continuation = true;
        pieces.push(Piece { stream: self.stream, text: clean(&bytes), continues: true });
    }
}

/// How many of the last bytes begin a UTF-8 character that isn't complete.
fn incomplete_tail(bytes: &[u8]) -> usize {
    match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() => bytes.len() - error.valid_up_to(),
        _ => {
            // Earlier bytes are invalid; the end may still be the beginning of a character.
            let last = &bytes[bytes.len().saturating_sub(3)..];
            (1..=last.len())
                .find(|n| {
                    let tail = &last[last.len() - n..];
                    std::str::from_utf8(tail)
                        .is_err_and(|e| e.valid_up_to() == 0 && e.error_len().is_none())
                })
                .unwrap_or(0)
        }
    }
}

/// Valid text: what isn't UTF-8 replaced, control characters but tab and escape left out.
fn clean(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.chars().filter(|c| !c.is_control() || matches!(c, '\t' | '\u{1b}')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(chunks: &[&[u8]]) -> Vec<(String, bool)> {
        let mut lines = Lines::new(OutputStream::Stdout);
        let mut pieces = vec![];
        for chunk in chunks {
            lines.push(chunk, &mut pieces);
        }
        lines.finish(&mut pieces);
        pieces.into_iter().map(|piece| (piece.text, piece.continues)).collect()
    }

    fn whole(texts: &[&str]) -> Vec<(String, bool)> {
        texts.iter().map(|text| ((*text).to_owned(), false)).collect()
    }

    #[test]
    fn lines_end_at_line_feeds_returns_and_the_end() {
        assert_eq!(lines(&[b"a\nb\r\n\nc\rd"]), whole(&["a", "b", "", "c", "d"]));
        assert_eq!(lines(&[b"a\r", b"\nb\n"]), whole(&["a", "b"]), "a return and its feed apart");
        assert_eq!(lines(&[]), whole(&[]));
    }

    #[test]
    fn a_character_split_between_chunks_is_one_character() {
        let bytes = "grün\n".as_bytes();
        for at in 0..bytes.len() {
            assert_eq!(lines(&[&bytes[..at], &bytes[at..]]), whole(&["grün"]), "cut at {at}");
        }
    }

    #[test]
    fn what_is_no_text_is_replaced_and_control_characters_go() {
        assert_eq!(lines(&[b"a\xff\xfeb\0\x07\tc\x1b[31mred\n"]), whole(&["a��b\tc\u{1b}[31mred"]));
    }

    #[test]
    fn a_long_line_is_pieces_that_say_so_and_no_character_is_cut() {
        let long = "ü".repeat(MAX_FRAME_BYTES);
        let found = lines(&[b"x", long.as_bytes(), b"\nnext\n"]);
        assert_eq!(found.len(), 4, "three pieces of it and the next line");
        let joined: String = found[..3].iter().map(|(text, _)| text.as_str()).collect();
        assert_eq!(joined, format!("x{long}"));
        let flags: Vec<bool> = found.iter().map(|(_, continues)| *continues).collect();
        assert_eq!(flags, [true, true, false, false]);
        assert!(found.iter().all(|(text, _)| text.len() <= MAX_FRAME_BYTES));
    }

    #[test]
    fn a_line_of_exactly_one_frame_ends_with_an_empty_piece() {
        let exact = vec![b'x'; MAX_FRAME_BYTES];
        let found = lines(&[&exact, b"\n"]);
        assert_eq!(found.len(), 2);
        assert_eq!(found[1], (String::new(), false));
    }
}
