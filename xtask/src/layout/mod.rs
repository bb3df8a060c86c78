//! The rules about how the code is laid out, checked rather than hoped for.

mod faults;
mod imports;
mod sizes;
mod words;

use std::path::{Path, PathBuf};

use crate::{Result, paths};

/// The crates, and the folders of scripts, that the rules hold for.
const RUST: [&str; 5] = ["app/src", "domain/src", "runner/src", "server/src", "xtask/src"];
const SCRIPTS: [&str; 3] = ["end2end", "public", "server/entry"];

/// One place that breaks a rule.
#[derive(Debug, PartialEq, Eq)]
pub struct Violation {
    line: usize,
    rule: String,
}

impl Violation {
    fn new(line: usize, rule: impl Into<String>) -> Self {
        Self { line, rule: rule.into() }
    }
}

/// A file with its path in the repository.
pub struct Source<'a> {
    path: &'a str,
    text: &'a str,
}

/// Checks every file.
pub fn check() -> Result {
    let mut broken = Vec::new();
    let rust = RUST.iter().flat_map(|folder| files(&paths::at(folder), &["rs"]));
    let tests = ["domain", "runner", "server", "app"]
        .iter()
        .flat_map(|name| files(&paths::at(name).join("tests"), &["rs"]));
    for path in rust.chain(tests) {
        examine(&path, true, &mut broken)?;
    }
    for path in SCRIPTS.iter().flat_map(|folder| files(&paths::at(folder), &["js", "mjs", "ts"])) {
        examine(&path, false, &mut broken)?;
    }
    for document in faults::TABLES {
        let text = std::fs::read_to_string(paths::at(document))?;
        let found = faults::check(&text);
        broken.extend(found.iter().map(|it| format!("{document}:{}: {}", it.line, it.rule)));
    }
    if broken.is_empty() { Ok(()) } else { Err(broken.join("\n").into()) }
}

fn examine(path: &Path, rust: bool, broken: &mut Vec<String>) -> Result {
    let text = std::fs::read_to_string(path)?;
    let shown = path.strip_prefix(paths::root())?.to_string_lossy().into_owned();
    let source = Source { path: &shown, text: &text };
    let mut found = sizes::long_file(&source);
    found.extend(words::check(&source));
    if rust {
        let parsed =
            syn::parse_file(&text).map_err(|error| format!("{shown}: can't be parsed: {error}"))?;
        found.extend(sizes::long_functions(&parsed));
        found.extend(imports::check(&source, &parsed));
    }
    broken.extend(found.iter().map(|it| format!("{shown}:{}: {}", it.line, it.rule)));
    Ok(())
}

/// The files below a folder with one of these extensions, in order.
fn files(folder: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let name = entry.file_name();
            if path.is_dir() {
                let hidden = name.to_string_lossy().starts_with('.');
                if !hidden && name != "node_modules" {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|it| extensions.iter().any(|&e| it == e)) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
