//! Which part may know of which.

use proc_macro2::Span;
use syn::{UseTree, visit::Visit};

use super::{Source, Violation};

/// Crates of the platform and of the pages: domain knows none of them.
const NOT_IN_DOMAIN: [&str; 9] =
    ["leptos", "worker", "axum", "web_sys", "js_sys", "wasm_bindgen", "app", "server", "rusqlite"];

/// Pages know no platform and no database.
const NOT_IN_APP: [&str; 5] = ["worker", "axum", "rusqlite", "server", "tokio"];

/// How a statement begins.
const SQL: [&str; 5] = ["SELECT ", "INSERT INTO ", "UPDATE ", "DELETE FROM ", "CREATE TABLE "];

/// Checks what a file names.
pub fn check(source: &Source<'_>, file: &syn::File) -> Vec<Violation> {
    let mut names = Names { sql: source.path.starts_with("app/"), ..Names::default() };
    if source.path.starts_with("domain/") {
        names.sql = true;
    }
    names.visit_file(file);
    let mut found = names.found;
    for (path, line) in &names.paths {
        if let Some(rule) = broken_rule(source.path, path) {
            found.push(Violation::new(*line, rule));
        }
    }
    found
}

fn broken_rule(file: &str, path: &[String]) -> Option<String> {
    let root = path.first()?.as_str();
    if file.starts_with("domain/") && NOT_IN_DOMAIN.contains(&root) {
        return Some(format!("domain knows nothing of `{root}`"));
    }
    if file.starts_with("app/") && NOT_IN_APP.contains(&root) {
        return Some(format!("app knows nothing of `{root}`"));
    }
    if file.starts_with("runner/") && ["app", "server", "leptos", "worker"].contains(&root) {
        return Some(format!("runner knows nothing of `{root}`"));
    }
    if file.starts_with("app/src/ui/") {
        let ours = root == "domain" || (root == "crate" && path.get(1)? == "features");
        return ours.then(|| "the ui kit knows nothing of the domain or of features".to_owned());
    }
    let feature = file.strip_prefix("app/src/features/")?.split('/').next()?;
    let [first, second, other, inside, ..] = path else { return None };
    let elsewhere = first == "crate" && second == "features" && other != feature;
    let is_module = inside.chars().next().is_some_and(char::is_lowercase) && path.len() > 4;
    (elsewhere && is_module)
        .then(|| format!("`{other}` is another feature: only what its mod.rs offers"))
}

#[derive(Default)]
struct Names {
    /// Whether SQL is out of place here.
    sql: bool,
    paths: Vec<(Vec<String>, usize)>,
    found: Vec<Violation>,
}

impl Names {
    fn walk(&mut self, tree: &UseTree, before: &[String]) {
        let mut path = before.to_vec();
        match tree {
            UseTree::Path(part) => {
                path.push(part.ident.to_string());
                self.walk(&part.tree, &path);
            }
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.walk(tree, &path)),
            UseTree::Name(name) => {
                path.push(name.ident.to_string());
                self.add(path, name.ident.span());
            }
            UseTree::Rename(rename) => {
                path.push(rename.ident.to_string());
                self.add(path, rename.ident.span());
            }
            UseTree::Glob(glob) => self.add(path, glob.star_token.spans[0]),
        }
    }

    fn add(&mut self, path: Vec<String>, span: Span) {
        self.paths.push((path, span.start().line));
    }
}

impl<'ast> Visit<'ast> for Names {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.walk(&item.tree, &[]);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        // A single word is a local name; only `krate::thing` reaches out.
        if path.segments.len() > 1 {
            let words = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
            self.add(words, path.segments[0].ident.span());
        }
        syn::visit::visit_path(self, path);
    }

    fn visit_lit_str(&mut self, literal: &'ast syn::LitStr) {
        let text = literal.value();
        if self.sql && SQL.iter().any(|start| text.trim_start().starts_with(start)) {
            self.found.push(Violation::new(literal.span().start().line, "SQL stands in server/"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Source, check};

    fn broken(path: &str, text: &str) -> usize {
        check(&Source { path, text }, &syn::parse_file(text).unwrap()).len()
    }

    #[test]
    fn domain_knows_no_platform() {
        assert_eq!(broken("domain/src/a.rs", "use worker::Env;"), 1);
        assert_eq!(broken("domain/src/a.rs", "fn f() { web_sys::window(); }"), 1);
        assert_eq!(broken("domain/src/a.rs", "use serde::{Serialize, Deserialize};"), 0);
        assert_eq!(broken("domain/src/a.rs", "fn f(worker: u8) -> u8 { worker }"), 0);
    }

    #[test]
    fn app_knows_no_platform_and_no_sql() {
        assert_eq!(broken("app/src/a.rs", "use {leptos::prelude::*, worker::Env};"), 1);
        assert_eq!(broken("app/src/a.rs", "const Q: &str = \"SELECT 1\";"), 1);
        assert_eq!(broken("server/src/a.rs", "const Q: &str = \"SELECT 1\"; use worker::Env;"), 0);
        assert_eq!(broken("app/src/a.rs", "const T: &str = \"Select a task\";"), 0);
    }

    #[test]
    fn a_feature_sees_of_another_only_its_mod() {
        let file = "app/src/features/tasks/list_page.rs";
        assert_eq!(broken(file, "use crate::features::agents::AgentBadge;"), 0);
        assert_eq!(broken(file, "use crate::features::agents::badge::AgentBadge;"), 1);
        assert_eq!(broken(file, "use crate::features::tasks::api::list;"), 0);
        assert_eq!(broken("app/src/ui/button.rs", "use domain::task::Task;"), 1);
        assert_eq!(broken("app/src/ui/button.rs", "use crate::features::tasks::Row;"), 1);
    }
}
