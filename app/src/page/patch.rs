//! The patch that a page shows. It lies in the evidence store, not in the database: a page that
//! needs it names it, and the Worker fetches its beginning before it renders.

use async_trait::async_trait;
use domain::Result;
use domain::run::{Evidence, EvidenceKind};

use super::{Loaded, PageData};

/// Most bytes of a patch that are fetched for showing.
pub const MAX_PATCH_BYTES: u64 = 256 * 1024;

/// The contents of kept files.
#[async_trait]
pub trait EvidenceContents: Send + Sync {
    /// The first `max_bytes` of the file with this hash; none when it isn't there.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn beginning(&self, sha256: &str, max_bytes: u64) -> Result<Option<Vec<u8>>>;
}

/// The beginning of a patch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatchText {
    /// Its text.
    pub text: String,
    /// Whether it goes on.
    pub is_cut: bool,
}

/// Fetches the patch that a page shows, if it shows one. Without it the page links to the file: a
/// store that doesn't answer is no reason to show nothing.
pub async fn attach_patch(page: &mut Loaded, contents: &dyn EvidenceContents) {
    let Some(file) = patch_of(&page.data).map(|evidence| evidence.file.clone()) else {
        return;
    };
    // A store has no beginning of what is empty to give.
    if file.size == 0 {
        return;
    }
    if let Ok(Some(bytes)) = contents.beginning(&file.sha256, MAX_PATCH_BYTES).await {
        let is_cut = file.size > u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        page.patch = Some(PatchText { text: whole_lines(&bytes, is_cut), is_cut });
    }
}

/// The patch among the kept files of the run that a page shows.
fn patch_of(data: &PageData) -> Option<&Evidence> {
    let evidence = match data {
        PageData::Task(detail) => &detail.evidence,
        PageData::Run(detail) => &detail.evidence,
        _ => return None,
    };
    evidence.iter().find(|evidence| evidence.file.kind == EvidenceKind::Diff)
}

fn whole_lines(bytes: &[u8], is_cut: bool) -> String {
    let mut text = String::from_utf8_lossy(bytes).into_owned();
    if is_cut {
        text.truncate(text.rfind('\n').map_or(0, |end| end.saturating_add(1)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::whole_lines;

    #[test]
    fn a_cut_patch_ends_with_a_whole_line() {
        assert_eq!(whole_lines(b"a\nb\nc", true), "a\nb\n");
        assert_eq!(whole_lines(b"a\nb\nc", false), "a\nb\nc");
        assert_eq!(whole_lines(b"abc", true), "");
        assert_eq!(whole_lines(b"\xff\n\xff", false), "\u{fffd}\n\u{fffd}");
    }
}
