//! How large a picture says it is, from its header alone: decoding a hostile one is what must not
//! happen.

/// The longest side that a picture shown in the browser may have, in pixels.
pub const MAX_SIDE: u32 = 20_000;

/// Width and height of a PNG, JPEG, GIF or WebP, if its first bytes tell.
#[must_use]
pub fn image_size(head: &[u8]) -> Option<(u32, u32)> {
    if head.starts_with(b"\x89PNG\r\n\x1a\n") {
        let header = head.get(12..16)? == b"IHDR";
        return header.then_some((big_endian(head.get(16..20)?), big_endian(head.get(20..24)?)));
    }
    if head.starts_with(b"GIF8") {
        return Some((little_endian(head.get(6..8)?), little_endian(head.get(8..10)?)));
    }
    if head.starts_with(b"RIFF") {
        return webp_size(head);
    }
    if head.starts_with(&[0xff, 0xd8]) { jpeg_size(head) } else { None }
}

fn big_endian(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |number, byte| number << 8 | u32::from(*byte))
}

fn little_endian(bytes: &[u8]) -> u32 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u32::from(*byte))
}

/// The three kinds of WebP keep their size in three ways.
fn webp_size(head: &[u8]) -> Option<(u32, u32)> {
    match head.get(12..16)? {
        b"VP8X" => {
            let side = |at: usize| Some(little_endian(head.get(at..at + 3)?) + 1);
            Some((side(24)?, side(27)?))
        }
        b"VP8L" => {
            let bits = little_endian(head.get(21..25)?);
            Some(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1))
        }
        b"VP8 " => {
            let side = |at: usize| Some(little_endian(head.get(at..at + 2)?) & 0x3fff);
            Some((side(26)?, side(28)?))
        }
        _ => None,
    }
}

/// Goes from marker to marker until the frame's, which has the size.
fn jpeg_size(head: &[u8]) -> Option<(u32, u32)> {
    let mut at = 2_usize;
    loop {
        let marker = head.get(at..at.checked_add(4)?)?;
        let [0xff, kind, high, low] = *marker else {
            return None;
        };
        let length = usize::from(u16::from_be_bytes([high, low]));
        // Frames are C0 to CF, without tables (C4), reserved (C8) and arithmetic conditioning (CC).
        if matches!(kind, 0xc0..=0xcf) && !matches!(kind, 0xc4 | 0xc8 | 0xcc) {
            let height = big_endian(head.get(at + 5..at + 7)?);
            let width = big_endian(head.get(at + 7..at + 9)?);
            return Some((width, height));
        }
        at = at.checked_add(2)?.checked_add(length.max(2))?;
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The first bytes of a PNG of this size.
    pub fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        bytes.extend(width.to_be_bytes());
        bytes.extend(height.to_be_bytes());
        bytes.extend([8, 6, 0, 0, 0]);
        bytes
    }

    #[test]
    fn every_kind_tells_its_size() {
        assert_eq!(image_size(&png(640, 30_000)), Some((640, 30_000)));
        assert_eq!(image_size(b"GIF89a\x80\x02\xe0\x01rest"), Some((640, 480)));
        let jpeg = b"\xff\xd8\xff\xe0\x00\x04JF\xff\xc2\x00\x11\x08\x01\xe0\x02\x80\x03";
        assert_eq!(image_size(jpeg), Some((640, 480)));
        let extended = b"RIFF....WEBPVP8X\x0a\0\0\0\0\0\0\0\x7f\x02\0\xdf\x01\0";
        assert_eq!(image_size(extended), Some((640, 480)));
        let lossy = b"RIFF....WEBPVP8 ....\x30\x01\0\x9d\x01\x2a\x80\x02\xe0\x01";
        assert_eq!(image_size(lossy), Some((640, 480)));
        let bits: u32 = 639 | 479 << 14;
        let mut lossless = b"RIFF....WEBPVP8L....\x2f".to_vec();
        lossless.extend(bits.to_le_bytes());
        assert_eq!(image_size(&lossless), Some((640, 480)));
    }

    proptest! {
        #[test]
        fn no_header_is_more_than_unknown(
            kind in 0usize..4,
            tail in proptest::collection::vec(any::<u8>(), 0..200),
        ) {
            let starts: [&[u8]; 4] = [b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF", b"\xff\xd8"];
            let mut head = starts[kind].to_vec();
            head.extend(tail);
            let _ = image_size(&head);
        }
    }
}
