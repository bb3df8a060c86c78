//! Every test and file that the tables of faults and threats name exists.

use std::path::Path;

use super::{Violation, files};
use crate::paths;

/// The documents with such tables.
pub const TABLES: [&str; 2] = ["docs/faults.md", "docs/SECURITY.md"];

/// Where the tests are that it names.
const FOLDERS: [&str; 8] = [
    "end2end",
    "domain/src",
    "domain/tests",
    "server/src",
    "server/tests",
    "runner/src",
    "runner/tests",
    "app/src",
];

/// Everything that a name can be found in.
struct Tests {
    texts: Vec<String>,
    /// Names of files and of their folders, up to the first dot.
    stems: Vec<String>,
    paths: Vec<String>,
}

impl Tests {
    fn read() -> Self {
        let found = FOLDERS.iter().flat_map(|folder| files(&paths::at(folder), &["rs", "mjs"]));
        let (mut texts, mut stems, mut paths) = (vec![], vec![], vec![]);
        for path in found {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let folder = path.parent().and_then(Path::file_name).unwrap_or_default();
            stems.push(name.split('.').next().unwrap_or_default().to_owned());
            stems.push(folder.to_string_lossy().into_owned());
            texts.push(std::fs::read_to_string(&path).unwrap_or_default());
            paths.push(path.to_string_lossy().into_owned());
        }
        Self { texts, stems, paths }
    }

    fn has(&self, text: &str) -> bool {
        self.texts.iter().any(|file| file.contains(text))
    }

    /// Whether a test of this title exists; `…` stands for what the table leaves out.
    fn has_title(&self, title: &str) -> bool {
        let parts: Vec<_> = title.split('…').map(str::trim).filter(|it| !it.is_empty()).collect();
        self.texts.iter().any(|text| parts.iter().all(|part| text.contains(part)))
    }

    /// Whether a file, a function or a word of the tests has this name.
    fn has_name(&self, name: &str) -> bool {
        let name = name.trim_end_matches('…');
        if name.contains('/') {
            return paths::at(name).exists() || self.paths.iter().any(|it| it.contains(name));
        }
        self.stems.iter().any(|stem| stem == name)
            || self.has(&format!("fn {name}"))
            || self.has(&format!("\"{name}"))
    }
}

/// Checks what the table names.
pub fn check(table: &str) -> Vec<Violation> {
    let tests = Tests::read();
    let rows = table.lines().enumerate().filter(|(_, line)| line.starts_with("| "));
    let mut found = vec![];
    for (index, line) in rows {
        let mut cells = line.trim_end_matches(" |").rsplit(" | ");
        let Some(shown_by) = cells.next() else { continue };
        let paths = cells.flat_map(|cell| between(cell, '`')).filter(|name| is_path(name));
        for path in paths.filter(|path| !tests.has_name(path)) {
            found.push(Violation::new(index + 1, format!("there is no `{path}`")));
        }
        for name in between(shown_by, '`').filter(|name| !tests.has_name(name)) {
            found.push(Violation::new(index + 1, format!("there is no test called `{name}`")));
        }
        for title in between(shown_by, '"').filter(|title| !tests.has_title(title)) {
            found.push(Violation::new(index + 1, format!("there is no test \"{title}\"")));
        }
    }
    found
}

/// Whether the name is that of a file of ours rather than an address or a word.
fn is_path(name: &str) -> bool {
    name.contains('/') && [".rs", ".mjs", ".md"].iter().any(|end| name.ends_with(end))
}

/// What stands between each two of these marks.
fn between(text: &str, mark: char) -> impl Iterator<Item = &str> {
    text.split(mark).skip(1).step_by(2)
}

#[cfg(test)]
mod tests {
    use super::{between, check};

    #[test]
    fn a_test_that_is_not_there_is_found() {
        let table = "| 1 | x | `sequences`; worker `forms`: \"a title\" |\n\
                     | 2 | x | contract: `no_such_case`; worker `forms`: \"no such title…\" |\n";
        let lines: Vec<_> = check(table).into_iter().map(|it| (it.line, it.rule)).collect();
        let missing = |name: &str| (2, format!("there is no test {name}"));
        assert_eq!(lines, [missing("called `no_such_case`"), missing("\"no such title…\"")],);
    }

    #[test]
    fn marks_come_in_pairs() {
        assert_eq!(between("a `b` c `d`", '`').collect::<Vec<_>>(), ["b", "d"]);
    }
}
