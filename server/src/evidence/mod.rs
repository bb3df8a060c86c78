//! Kept files on their way to a browser. Whatever an agent produced is untrusted: it is downloaded, or
//! shown only as a kind that no browser executes.

mod announced;
mod arriving;
#[cfg(target_arch = "wasm32")]
mod download;
mod file_name;
mod files;
mod image_size;
#[cfg(target_arch = "wasm32")]
mod r2;

pub use announced::{Part, Wanted, content_digest, file_name_of, range_of, sha256_of};
pub use arriving::{Arriving, Findings, Incoming};
#[cfg(target_arch = "wasm32")]
pub use download::download;
pub use file_name::content_disposition;
pub use files::EvidenceFiles;
pub use image_size::{MAX_SIDE, image_size};
#[cfg(target_arch = "wasm32")]
pub use r2::R2Evidence;

/// How a file may be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presentation {
    /// Saved by the browser, never opened by it.
    Download,
    /// Shown in the browser as this type, which is inert.
    Inline(&'static str),
}

/// How a file is answered, by its first bytes rather than its name or its declared type.
/// `wants_view` is whether the request asked to see it.
#[must_use]
pub fn presentation(wants_view: bool, head: &[u8], declared: &str) -> Presentation {
    if !wants_view {
        return Presentation::Download;
    }
    match domain::run::media_type_of(head) {
        image @ ("image/png" | "image/jpeg" | "image/gif" | "image/webp") => {
            match image_size(head) {
                Some((width, height)) if width <= MAX_SIDE && height <= MAX_SIDE => {
                    Presentation::Inline(image)
                }
                _ => Presentation::Download,
            }
        }
        // The head may end inside a character, so the declared type, which was found from the whole
        // file when it was kept, decides; a head with other bytes overrules it.
        _ if declared.starts_with("text/plain") && is_text(head) => {
            Presentation::Inline("text/plain; charset=utf-8")
        }
        _ => Presentation::Download,
    }
}

fn is_text(head: &[u8]) -> bool {
    match core::str::from_utf8(head) {
        Ok(_) => true,
        // Nothing is wrong but that the last character breaks off.
        Err(error) => error.error_len().is_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_inert_kinds_are_shown() {
        let png = image_size::tests::png(10, 10);
        assert_eq!(presentation(true, &png, "image/png"), Presentation::Inline("image/png"));
        assert_eq!(presentation(false, &png, "image/png"), Presentation::Download);
        let svg = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>";
        for declared in ["image/svg+xml", "text/html", "application/pdf", "video/mp4"] {
            assert_eq!(presentation(true, svg, declared), Presentation::Download, "{declared}");
        }
        let text = Presentation::Inline("text/plain; charset=utf-8");
        assert_eq!(presentation(true, svg, "text/plain; charset=utf-8"), text);
        assert_eq!(presentation(true, "grün".as_bytes().split_at(3).0, "text/plain"), text);
        assert_eq!(presentation(true, &[0x61, 0xff, 0x61], "text/plain"), Presentation::Download);
    }

    #[test]
    fn an_image_that_would_fill_the_memory_is_only_downloaded() {
        let huge = image_size::tests::png(30_000, 30_000);
        assert_eq!(presentation(true, &huge, "image/png"), Presentation::Download);
        let cut = b"\x89PNG\r\n\x1a\n".to_vec();
        assert_eq!(presentation(true, &cut, "image/png"), Presentation::Download);
    }
}
