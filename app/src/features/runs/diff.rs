//! A unified diff, read for showing. It was made by `git diff` in a sandbox, so it may say
//! anything: what can't be read is shown as plain lines, and nothing here ever fails.

/// Most lines that a page shows of one patch.
pub const MAX_LINES: usize = 600;
/// Most characters of a line that are shown.
const MAX_CHARS: usize = 400;

/// A patch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Patch {
    /// Its files, in its order.
    pub files: Vec<FilePatch>,
    /// How many lines were left out.
    pub cut: usize,
}

/// The change of one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FilePatch {
    /// Its path; the old one when the file was removed.
    pub path: String,
    /// What became of it beside the change of its lines, in git's words: "new file mode 100644".
    pub notes: Vec<String>,
    /// Its lines.
    pub lines: Vec<Line>,
    /// Lines added.
    pub added: usize,
    /// Lines removed.
    pub removed: usize,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What it is.
    pub kind: LineKind,
    /// Its number before, if it was there.
    pub old: Option<u32>,
    /// Its number after, if it is there.
    pub new: Option<u32>,
    /// Its text, without the sign in front.
    pub text: String,
}

/// What a line of a patch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineKind {
    /// Where in the file the next lines stand.
    Place,
    /// Unchanged.
    Same,
    /// New.
    Added,
    /// Gone.
    Removed,
}

impl Patch {
    /// Lines added, in all files.
    #[must_use]
    pub fn added(&self) -> usize {
        self.files.iter().map(|file| file.added).sum()
    }

    /// Lines removed, in all files.
    #[must_use]
    pub fn removed(&self) -> usize {
        self.files.iter().map(|file| file.removed).sum()
    }
}

/// Reads a patch.
#[must_use]
pub fn read(text: &str) -> Patch {
    let mut reader = Reader::default();
    for line in text.lines() {
        reader.take(line);
    }
    let Reader { patch, .. } = reader;
    patch
}

#[derive(Default)]
struct Reader {
    patch: Patch,
    /// Where the next line stands before and after; none outside of a hunk.
    at: Option<(u32, u32)>,
    shown: usize,
}

impl Reader {
    fn take(&mut self, line: &str) {
        if let Some(rest) = line.strip_prefix("diff --git ") {
            let path = rest.rsplit_once(" b/").map_or(rest, |(_, path)| path);
            self.patch.files.push(FilePatch { path: path.to_owned(), ..FilePatch::default() });
            self.at = None;
        } else if let Some(place) = line.strip_prefix("@@ ") {
            self.at = numbers(place);
            self.push(LineKind::Place, None, None, place_text(place));
        } else if let Some((old, new)) = self.at {
            self.take_in_hunk(line, old, new);
        } else {
            self.take_note(line);
        }
    }

    fn take_in_hunk(&mut self, line: &str, old: u32, new: u32) {
        let mut chars = line.chars();
        let (kind, old_next, new_next) = match chars.next() {
            Some('+') => (LineKind::Added, old, new.saturating_add(1)),
            Some('-') => (LineKind::Removed, old.saturating_add(1), new),
            Some(' ') | None => (LineKind::Same, old.saturating_add(1), new.saturating_add(1)),
            // "\ No newline at end of file", or the end of the hunk.
            Some(_) => return,
        };
        self.at = Some((old_next, new_next));
        let old = (kind != LineKind::Added).then_some(old);
        let new = (kind != LineKind::Removed).then_some(new);
        if let Some(file) = self.patch.files.last_mut() {
            file.added = file.added.saturating_add(usize::from(kind == LineKind::Added));
            file.removed = file.removed.saturating_add(usize::from(kind == LineKind::Removed));
        }
        self.push(kind, old, new, chars.as_str());
    }

    fn take_note(&mut self, line: &str) {
        let is_known = ["index ", "--- ", "+++ "].iter().any(|start| line.starts_with(start));
        if let (false, Some(file)) = (is_known || line.is_empty(), self.patch.files.last_mut())
            && file.notes.len() < 8
        {
            file.notes.push(line.chars().take(MAX_CHARS).collect());
        }
    }

    fn push(&mut self, kind: LineKind, old: Option<u32>, new: Option<u32>, text: &str) {
        if self.shown >= MAX_LINES {
            self.patch.cut = self.patch.cut.saturating_add(1);
            return;
        }
        self.shown = self.shown.saturating_add(1);
        if let Some(file) = self.patch.files.last_mut() {
            let text = text.chars().take(MAX_CHARS).collect();
            file.lines.push(Line { kind, old, new, text });
        }
    }
}

/// The first numbers of `-12,5 +14,6 @@ fn name`.
fn numbers(place: &str) -> Option<(u32, u32)> {
    let mut parts = place.split(' ');
    let first = |part: Option<&str>, sign: char| -> Option<u32> {
        part?.strip_prefix(sign)?.split(',').next()?.parse().ok()
    };
    Some((first(parts.next(), '-')?, first(parts.next(), '+')?))
}

/// What git says about the place behind the numbers, such as the function's name.
fn place_text(place: &str) -> &str {
    place.split_once("@@").map_or(place, |(_, rest)| rest.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATCH: &str = "\
diff --git a/src/money.py b/src/money.py
index 83db48f..bf3a1c2 100644
--- a/src/money.py
+++ b/src/money.py
@@ -10,3 +10,4 @@ def refund(amount):
     total = amount
-    return round(total, 2)
+    cents = total * 100
+    return half_up(cents) / 100
\\ No newline at end of file
diff --git a/new file.txt b/new file.txt
new file mode 100644
--- /dev/null
+++ b/new file.txt
@@ -0,0 +1 @@
+hello
diff --git a/logo.png b/logo.png
Binary files a/logo.png and b/logo.png differ
";

    #[test]
    fn a_patch_is_read_file_by_file() {
        let patch = read(PATCH);
        let paths: Vec<_> = patch.files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, ["src/money.py", "new file.txt", "logo.png"]);
        assert_eq!((patch.added(), patch.removed(), patch.cut), (3, 1, 0));
        let lines: Vec<_> =
            patch.files[0].lines.iter().map(|l| (l.kind, l.old, l.new, l.text.as_str())).collect();
        assert_eq!(
            lines,
            [
                (LineKind::Place, None, None, "def refund(amount):"),
                (LineKind::Same, Some(10), Some(10), "    total = amount"),
                (LineKind::Removed, Some(11), None, "    return round(total, 2)"),
                (LineKind::Added, None, Some(11), "    cents = total * 100"),
                (LineKind::Added, None, Some(12), "    return half_up(cents) / 100"),
            ]
        );
        assert_eq!(patch.files[1].notes, ["new file mode 100644"]);
        assert_eq!(patch.files[2].notes, ["Binary files a/logo.png and b/logo.png differ"]);
    }

    #[test]
    fn removed_lines_that_look_like_headers_stay_lines() {
        let patch = read("diff --git a/x b/x\n@@ -1,2 +1,1 @@\n--- old\n+++ new\n");
        let kinds: Vec<_> = patch.files[0].lines.iter().map(|line| line.kind).collect();
        assert_eq!(kinds, [LineKind::Place, LineKind::Removed, LineKind::Added]);
        assert_eq!(patch.files[0].lines[1].text, "-- old");
    }

    #[test]
    fn a_large_patch_is_cut_and_still_counted() {
        let mut text = "diff --git a/x b/x\n@@ -0,0 +1,2000 @@\n".to_owned();
        for _ in 0..2_000 {
            text.push_str("+x\n");
        }
        let patch = read(&text);
        assert_eq!(patch.files[0].lines.len(), MAX_LINES);
        assert_eq!(patch.added(), 2_000);
        assert_eq!(patch.cut, 2_001 - MAX_LINES);
    }

    #[test]
    fn garbage_is_no_patch() {
        for text in ["", "hello\n@@ x\n+a", "diff --git\n", "@@ -1 +1 @@\n+a", "\u{0}\n"] {
            let patch = read(text);
            assert!(patch.files.iter().all(|file| file.lines.len() < 3), "{text:?}");
        }
    }
}
