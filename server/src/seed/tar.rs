//! A tar archive of a few small text files, so that the demonstration's source needs no binary in the
//! repository.

/// A file of the archive.
pub struct Entry {
    /// Its path, at most 100 bytes.
    pub path: &'static str,
    /// Its text.
    pub text: &'static str,
    /// Its permission bits.
    pub mode: u32,
}

const BLOCK: usize = 512;

/// A `ustar` archive of the files, the same bytes for the same files.
#[must_use]
pub fn archive(entries: &[Entry]) -> Vec<u8> {
    let mut bytes = vec![];
    for entry in entries {
        bytes.extend_from_slice(&header(entry));
        bytes.extend_from_slice(entry.text.as_bytes());
        pad(&mut bytes);
    }
    bytes.extend_from_slice(&[0; 2 * BLOCK]);
    bytes
}

fn pad(bytes: &mut Vec<u8>) {
    let whole = bytes.len().next_multiple_of(BLOCK);
    bytes.resize(whole, 0);
}

fn header(entry: &Entry) -> Vec<u8> {
    let mut header = vec![0; BLOCK];
    put(&mut header, 0, entry.path);
    put(&mut header, 100, &format!("{:07o}\0", entry.mode));
    put(&mut header, 108, "0000000\0");
    put(&mut header, 116, "0000000\0");
    put(&mut header, 124, &format!("{:011o}\0", entry.text.len()));
    // One fixed moment, 2026-01-01: the archive's hash must not depend on when it was made.
    put(&mut header, 136, &format!("{:011o}\0", 1_767_225_600));
    // The checksum is taken with its own place filled by spaces.
    put(&mut header, 148, "        ");
    put(&mut header, 156, "0");
    put(&mut header, 257, "ustar\x0000");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    put(&mut header, 148, &format!("{sum:06o}\0 "));
    header
}

fn put(header: &mut [u8], at: usize, text: &str) {
    for (place, byte) in header.iter_mut().skip(at).zip(text.bytes()) {
        *place = byte;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_archive_is_one_that_a_source_may_be() {
        let entries = [
            Entry { path: "a.txt", text: "hello\n", mode: 0o644 },
            Entry { path: "run.sh", text: &"x".repeat(513).leak()[..], mode: 0o755 },
        ];
        let bytes = archive(&entries);
        assert_eq!(bytes.len(), BLOCK * (1 + 1 + 1 + 2 + 2));
        assert_eq!(domain::project::sniff_source(&bytes), Ok(domain::project::SourceKind::Tar));
        let sum: u32 = bytes[..BLOCK]
            .iter()
            .enumerate()
            .map(|(at, byte)| if (148..156).contains(&at) { 32 } else { u32::from(*byte) })
            .sum();
        assert_eq!(&bytes[148..154], format!("{sum:06o}").as_bytes());
    }
}
