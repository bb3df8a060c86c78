//! Masking secrets in output: a stream's lines with `***` wherever a secret was, however reads, frames
//! and line ends cut it. Whoever wants to tell a secret has other ways (backwards, letter by letter):
//! this keeps it from being told by mistake.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::sandbox::protocol::{MAX_FRAME_BYTES, OutputStream, Secret};

use super::lines::Piece;

const MASKED: &str = "***";
/// How much of a secret must stand before a line's end for the next line to be looked at for the rest:
/// encoders wrap their lines. Less would hold back the end of every line that ends with a common letter.
const LEAST_WRAPPED: usize = 4;
/// How much of a secret must be left for it to be one still, where a line's end came sooner than that.
const LEAST_REST: usize = 16;

/// What must not be seen.
#[derive(Debug)]
pub(crate) struct Patterns {
    /// Longest first.
    all: Vec<Vec<u8>>,
    /// Whether any of them begins with this byte.
    begins: [bool; 256],
}

/// What a text begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    Nothing,
    /// Perhaps a secret: more of the text is needed.
    Part,
    /// One of so many bytes, line ends in it counted.
    Whole(usize),
}

impl Patterns {
    pub(crate) fn of(secrets: &[Secret]) -> Self {
        let mut forms = BTreeSet::new();
        for secret in secrets {
            let bytes = secret.value.as_bytes();
            forms.insert(bytes.to_vec());
            for alphabet in [b"+/", b"-_"] {
                forms.extend(encoded(bytes, alphabet));
            }
        }
        let mut all: Vec<Vec<u8>> = forms.iter().flat_map(|form| with_rests(form)).collect();
        all.sort_by_key(|form| std::cmp::Reverse(form.len()));
        let mut begins = [false; 256];
        for first in all.iter().filter_map(|form| form.first()) {
            begins[usize::from(*first)] = true;
        }
        Self { all, begins }
    }

    /// What `text` begins with. At the output's end a part is nothing.
    fn find(&self, text: &[u8], is_end: bool) -> Found {
        let mut best = Found::Nothing;
        for pattern in &self.all {
            match meet(pattern, text) {
                Found::Part if !is_end => return Found::Part,
                Found::Whole(length) if best == Found::Nothing => best = Found::Whole(length),
                _ => {}
            }
        }
        best
    }
}

/// How far a text agrees with a pattern. One line end between two of its bytes doesn't count.
fn meet(pattern: &[u8], text: &[u8]) -> Found {
    let (mut met, mut is_wrapped) = (0, false);
    for (index, byte) in text.iter().enumerate() {
        if *byte == b'\n' && met >= LEAST_WRAPPED && !is_wrapped {
            is_wrapped = true;
            continue;
        }
        if pattern.get(met) != Some(byte) {
            return Found::Nothing;
        }
        (met, is_wrapped) = (met + 1, false);
        if met == pattern.len() {
            return Found::Whole(index + 1);
        }
    }
    Found::Part
}

/// A form, and what is left of it where a line's end stood behind its first few bytes.
fn with_rests(form: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    (0..LEAST_WRAPPED)
        .map(|start| form.get(start..).unwrap_or_default().to_vec())
        .enumerate()
        .filter(|(start, rest)| *start == 0 || rest.len() >= LEAST_REST)
        .map(|(_, rest)| rest)
}

/// The base64 of a secret by itself, and what of it doesn't depend on its neighbours where it stands
/// in something longer: there it begins at the first, second or third byte of a group.
fn encoded(bytes: &[u8], last: &[u8; 2]) -> Vec<Vec<u8>> {
    let whole = base64(bytes, last);
    let padding = vec![b'='; (4 - whole.len() % 4) % 4];
    let mut forms = vec![[whole.clone(), padding].concat(), whole];
    for before in 0..3_usize {
        let text = base64(&[vec![0; before], bytes.to_vec()].concat(), last);
        let (from, to) = ((before * 8).div_ceil(6), (before + bytes.len()) * 8 / 6);
        forms.extend(text.get(from..to).map(<[u8]>::to_vec));
    }
    forms
}

/// Base64 without padding; `last` are the two characters in which its alphabets differ.
fn base64(bytes: &[u8], last: &[u8; 2]) -> Vec<u8> {
    let letter = |six: u32| match six {
        0..=25 => b'A' + six as u8,
        26..=51 => b'a' + (six - 26) as u8,
        52..=61 => b'0' + (six - 52) as u8,
        62 => last[0],
        _ => last[1],
    };
    let group = |group: &[u8]| {
        let bits = (0..3).fold(0, |bits, at| bits << 8 | u32::from(*group.get(at).unwrap_or(&0)));
        let letters = [18, 12, 6, 0].map(|shift| letter(bits >> shift & 63));
        letters.into_iter().take(group.len() + 1)
    };
    bytes.chunks(3).flat_map(group).collect()
}

/// The end of one stream's output that may be the beginning of a secret.
#[derive(Debug)]
pub(crate) struct Mask {
    patterns: Arc<Patterns>,
    stream: OutputStream,
    held: String,
}

impl Mask {
    pub(crate) fn new(patterns: Arc<Patterns>, stream: OutputStream) -> Self {
        Self { patterns, stream, held: String::new() }
    }

    /// Masks a stream's next pieces. What may be the beginning of a secret comes with later ones.
    pub(crate) fn pass(&mut self, pieces: Vec<Piece>) -> Vec<Piece> {
        self.mask(pieces, false)
    }

    /// Masks a stream's last pieces, and gives whatever is left.
    pub(crate) fn finish(&mut self, pieces: Vec<Piece>) -> Vec<Piece> {
        self.mask(pieces, true)
    }

    fn mask(&mut self, pieces: Vec<Piece>, is_end: bool) -> Vec<Piece> {
        if self.patterns.all.is_empty() {
            return pieces;
        }
        for piece in pieces {
            self.held.push_str(&piece.text);
            if !piece.continues {
                self.held.push('\n');
            }
        }
        cut(&self.take(is_end), self.stream)
    }

    /// Takes what can be given, masked.
    fn take(&mut self, is_end: bool) -> String {
        let text = std::mem::take(&mut self.held);
        let mut masked = String::with_capacity(text.len());
        let (mut given, mut at) = (0, 0);
        // Patterns are ASCII, so wherever one begins or ends a character does.
        while let Some(next) = text.as_bytes().get(at) {
            let found = if self.patterns.begins[usize::from(*next)] {
                self.patterns.find(&text.as_bytes()[at..], is_end)
            } else {
                Found::Nothing
            };
            match found {
                Found::Nothing => at += 1,
                Found::Part => {
                    self.held = text[at..].to_owned();
                    break;
                }
                Found::Whole(length) => {
                    masked.push_str(&text[given..at]);
                    masked.push_str(MASKED);
                    let ends = text[at..at + length].matches('\n');
                    masked.extend(ends);
                    at += length;
                    given = at;
                }
            }
        }
        masked.push_str(&text[given..at]);
        masked
    }
}

/// Lines as pieces, each of a frame's length at most.
fn cut(text: &str, stream: OutputStream) -> Vec<Piece> {
    let mut pieces = vec![];
    for line in text.split_inclusive('\n') {
        let (mut rest, continues) = match line.strip_suffix('\n') {
            Some(line) => (line, false),
            None => (line, true),
        };
        while rest.len() > MAX_FRAME_BYTES {
            let (piece, more) = rest.split_at(rest.floor_char_boundary(MAX_FRAME_BYTES));
            pieces.push(Piece { stream, text: piece.to_owned(), continues: true });
            rest = more;
        }
        pieces.push(Piece { stream, text: rest.to_owned(), continues });
    }
    pieces
}

#[cfg(test)]
mod tests;
