//! What is put in for the names in braces of the product's own lists.

use std::collections::BTreeMap;

/// What stands for each name in braces of a list's address.
pub type Names = BTreeMap<&'static str, String>;

/// The text with what the world has put in for each name in braces.
pub fn fill(text: &str, names: &Names) -> String {
    let put_in =
        |so: String, (name, value): (&&str, &String)| so.replace(&format!("{{{name}}}"), value);
    names.iter().fold(text.to_owned(), put_in)
}

/// Names that nothing has.
pub fn nothing() -> Names {
    let id = |prefix: &str| format!("{prefix}_00000000000000000000000000");
    let pairs = [
        ("workspace", id("wsp")),
        ("user", id("usr")),
        ("project", "NOTHERE".to_owned()),
        ("task", "NOTHERE-1".to_owned()),
        ("run", id("run")),
        ("sandbox", id("sbx")),
        ("execution", id("exe")),
        ("evidence", id("evd")),
        ("member", id("usr")),
        ("member_seen", "1".to_owned()),
        ("invitation", id("inv")),
        ("key", id("key")),
        ("validation", id("val")),
        ("token", "0".repeat(64)),
        ("reset", "0".repeat(64)),
        ("session", id("ses")),
    ];
    pairs.into_iter().chain([("seen", "1".to_owned())]).collect()
}
