//! What may not be written where.

use super::{Source, Violation};

/// Names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 3] = ["utils", "helpers", "common"];

/// Words of work that isn't done. Spelt apart here, or this file would break its own rule.
const UNFINISHED: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];

/// The only files that may ask which side they are on.
const MAY_ASK_FOR_FEATURES: [&str; 2] = ["app/src/lib.rs", "app/src/platform/mod.rs"];

/// Checks a file's path and its lines.
pub fn check(source: &Source<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    let parts = source.path.split(['/', '.']);
    for name in parts.filter(|part| EMPTY_NAMES.contains(part)) {
        found.push(Violation::new(1, format!("`{name}` says nothing about what is inside")));
    }
    for (number, line) in source.text.lines().enumerate() {
        let mut add = |rule: &str| found.push(Violation::new(number + 1, rule));
        if UNFINISHED.iter().any(|word| has_word(line, word)) {
            add("unfinished work belongs in an issue");
        }
        if is_pure(source.path) && line.contains("target_arch") {
            add("the Worker and the browser are both wasm32: `target_arch` tells nothing here");
        }
        if asks_for_a_feature(line) && !may_ask(source.path) {
            add("`cfg(feature = …)` stands in app/src/lib.rs and app/src/platform/mod.rs only");
        }
    }
    found
}

fn is_pure(path: &str) -> bool {
    path.starts_with("app/") || path.starts_with("domain/")
}

fn may_ask(path: &str) -> bool {
    !is_pure(path) || MAY_ASK_FOR_FEATURES.contains(&path)
}

fn asks_for_a_feature(line: &str) -> bool {
    let code = line.split("//").next().unwrap_or_default();
    let asks = ["cfg(", "cfg_attr(", "cfg!("].iter().any(|form| code.contains(form));
    asks && code.contains("feature")
}

fn has_word(line: &str, word: &str) -> bool {
    let letter = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    line.match_indices(word).any(|(at, _)| {
        let (before, after) = (&line[..at], &line[at + word.len()..]);
        !letter(before.chars().next_back()) && !letter(after.chars().next())
    })
}

#[cfg(test)]
mod tests {
    use super::{Source, check};

    fn broken(path: &str, text: &str) -> usize {
        check(&Source { path, text }).len()
    }

    #[test]
    fn features_are_asked_for_in_two_files() {
        let asks = "#[cfg(feature = \"ssr\")]";
        assert_eq!(broken("app/src/lib.rs", asks), 0);
        assert_eq!(broken("app/src/platform/mod.rs", asks), 0);
        assert_eq!(broken("app/src/features/tasks/api.rs", asks), 1);
        assert_eq!(broken("domain/src/task.rs", "    cfg!(feature = \"x\")"), 1);
        assert_eq!(broken("app/src/theme.rs", "//! `cfg(feature = …)` stands elsewhere."), 0);
    }

    #[test]
    fn a_target_tells_nothing_in_app_and_domain() {
        let asks = "#[cfg(target_arch = \"wasm32\")]";
        assert_eq!(broken("app/src/theme.rs", asks), 1);
        assert_eq!(broken("server/src/lib.rs", asks), 0);
    }

    #[test]
    fn unfinished_work_and_empty_names_are_refused() {
        assert_eq!(broken("domain/src/a.rs", &format!("// {}: later", super::UNFINISHED[0])), 1);
        assert_eq!(broken("domain/src/a.rs", "MASTODON"), 0);
        assert_eq!(broken("domain/src/utils/a.rs", ""), 1);
        assert_eq!(broken("domain/src/common.rs", ""), 1);
    }
}
