//! What a file is, by its bytes alone.

/// Bytes of a file's beginning that tell a picture.
const HEAD_BYTES: usize = 16;

/// Tells the media type of a file that comes in pieces, and keeps none of them. Only types that no
/// browser executes are named; everything else is plain text or bytes.
#[derive(Clone, Debug, Default)]
pub struct MediaTypeSniffer {
    head: Vec<u8>,
    /// The beginning of a character whose rest is still to come, at most three bytes.
    pending: Vec<u8>,
    is_binary: bool,
}

impl MediaTypeSniffer {
    /// Looks at the next piece.
    pub fn push(&mut self, piece: &[u8]) {
        let missing = HEAD_BYTES.saturating_sub(self.head.len());
        self.head.extend(piece.iter().take(missing));
        let mut rest = piece;
        // At most three bytes complete the character that broke off.
        while !self.is_binary && !self.pending.is_empty() {
            let Some((first, after)) = rest.split_first() else { return };
            self.pending.push(*first);
            rest = after;
            let pending = core::mem::take(&mut self.pending);
            self.look_at(&pending);
        }
        if !self.is_binary {
            self.look_at(rest);
        }
    }

    fn look_at(&mut self, bytes: &[u8]) {
        if let Err(error) = core::str::from_utf8(bytes) {
            match error.error_len() {
                Some(_) => self.is_binary = true,
                None => self.pending = bytes.iter().skip(error.valid_up_to()).copied().collect(),
            }
        }
    }

    /// The media type of all that was pushed.
    pub fn finish(self) -> &'static str {
        let head = self.head.as_slice();
        if head.starts_with(b"\x89PNG\r\n\x1a\n") {
            "image/png"
        } else if head.starts_with(&[0xff, 0xd8, 0xff]) {
            "image/jpeg"
        } else if head.starts_with(b"GIF87a") || head.starts_with(b"GIF89a") {
            "image/gif"
        } else if head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP") {
            "image/webp"
        } else if !self.is_binary && self.pending.is_empty() {
            "text/plain; charset=utf-8"
        } else {
            "application/octet-stream"
        }
    }
}

/// The media type of a file, as [`MediaTypeSniffer`] tells it.
pub fn media_type_of(bytes: &[u8]) -> &'static str {
    let mut sniffer = MediaTypeSniffer::default();
    sniffer.push(bytes);
    sniffer.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_file_is_what_its_bytes_say() {
        assert_eq!(media_type_of(b"\x89PNG\r\n\x1a\nrest"), "image/png");
        assert_eq!(media_type_of(b"<svg onload=alert(1)>"), "text/plain; charset=utf-8");
        assert_eq!(media_type_of(&[0, 159, 146, 150]), "application/octet-stream");
        assert_eq!(media_type_of(b""), "text/plain; charset=utf-8");
        assert_eq!(media_type_of(&[b'a', 0xc3]), "application/octet-stream", "a cut character");
    }

    proptest! {
        #[test]
        fn it_is_the_same_in_whatever_pieces_it_comes(
            text in "\\PC{0,40}",
            tail in proptest::collection::vec(any::<u8>(), 0..6),
            sizes in proptest::collection::vec(1usize..7, 1..60),
        ) {
            let mut bytes = text.into_bytes();
            bytes.extend(tail);
            let mut sniffer = MediaTypeSniffer::default();
            let (mut rest, mut sizes) = (bytes.as_slice(), sizes.into_iter().cycle());
            while !rest.is_empty() {
                let (piece, after) = rest.split_at(sizes.next().unwrap().min(rest.len()));
                sniffer.push(piece);
                rest = after;
            }
            let is_text = core::str::from_utf8(&bytes).is_ok();
            prop_assert_eq!(sniffer.clone().finish(), media_type_of(&bytes));
            prop_assert_eq!(sniffer.finish().starts_with("text/"), is_text);
        }
    }
}
