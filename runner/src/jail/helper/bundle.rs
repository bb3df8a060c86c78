//! A source that is a git bundle.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use domain::sandbox::protocol::SourceRejection;

use super::git::{Git, rejected_by_git};
use super::{Base, Rejected, links};

const SIGNATURES: [&[u8]; 2] = [b"# v2 git bundle\n", b"# v3 git bundle\n"];

/// Fetches the bundle into an empty repository and checks its `HEAD` out. Submodules stay empty:
/// there is no network to fetch them from.
pub(super) fn check_out(git: &Git, source: &Path) -> Result<Base, Rejected> {
    check_signature(source)?;
    let path = source.to_string_lossy();
    let heads = git.line(&["bundle", "list-heads", &path]).map_err(rejected_by_git)?;
    let head = choose_head(&heads)?;
    fetch(git, &path)?;
    let branch = head.branch.as_deref().unwrap_or("main");
    git.line(&["checkout", "--quiet", "--force", "-B", branch, head.commit.as_str(), "--"])
        .map_err(rejected_by_git)?;
    links::check_tree(git.tree)?;
    Ok(Base { commit: head.commit, note: None })
}

fn fetch(git: &Git, path: &str) -> Result<(), Rejected> {
    let fetch = ["fetch", "--quiet", "--no-write-fetch-head", "--update-head-ok", path];
    let refs = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"];
    git.line(&[&fetch[..], &refs[..]].concat()).map_err(rejected_by_git)?;
    // A detached HEAD is on no branch and was not fetched yet; without one this fails harmlessly.
    let _ = git.line(&[&fetch[..], &["+HEAD:refs/source/head"]].concat());
    Ok(())
}

fn check_signature(source: &Path) -> Result<(), Rejected> {
    let mut start = [0; 16];
    let read = File::open(source).and_then(|mut file| file.read_exact(&mut start));
    if read.is_err() || !SIGNATURES.contains(&start.as_slice()) {
        let detail = "it doesn't begin as a git bundle does";
        return Err(Rejected::new(SourceRejection::NotAnArchive, detail));
    }
    Ok(())
}

#[derive(Debug, PartialEq, Eq)]
struct Head {
    commit: String,
    branch: Option<String>,
}

/// The bundle's `HEAD`; without one its `main`, its `master`, or its only branch.
fn choose_head(listing: &str) -> Result<Head, Rejected> {
    let refs: Vec<(&str, &str)> = listing.lines().filter_map(|line| line.split_once(' ')).collect();
    let branches: Vec<(&str, &str)> = refs
        .iter()
        .filter_map(|(commit, name)| Some((*commit, name.strip_prefix("refs/heads/")?)))
        .collect();
    let named = |wanted: &str| branches.iter().find(|(_, name)| *name == wanted);
    if let Some((commit, _)) = refs.iter().find(|(_, name)| *name == "HEAD") {
        let on = ["main", "master"].into_iter().filter_map(named).chain(&branches);
        let branch = on.into_iter().find(|(c, _)| c == commit).map(|(_, name)| (*name).to_owned());
        return Ok(Head { commit: (*commit).to_owned(), branch });
    }
    let only = if branches.len() == 1 { branches.first() } else { None };
    match named("main").or_else(|| named("master")).or(only) {
        Some((commit, name)) => {
            Ok(Head { commit: (*commit).to_owned(), branch: Some((*name).to_owned()) })
        }
        None if refs.is_empty() => {
            Err(Rejected::new(SourceRejection::Empty, "the bundle holds no commits"))
        }
        None => {
            let detail = "the bundle has no HEAD and several branches; bundle HEAD too";
            Err(Rejected::new(SourceRejection::Unreadable, detail))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(commit: &str, branch: Option<&str>) -> Head {
        Head { commit: commit.to_owned(), branch: branch.map(str::to_owned) }
    }

    #[test]
    fn the_head_is_the_bundle_s_own_or_an_unmistakable_branch() {
        let listing = "aa refs/heads/x\nbb refs/heads/main\nbb HEAD";
        assert_eq!(choose_head(listing), Ok(head("bb", Some("main"))));
        assert_eq!(choose_head("cc HEAD\nbb refs/heads/main"), Ok(head("cc", None)));
        assert_eq!(choose_head("aa refs/heads/x"), Ok(head("aa", Some("x"))));
        let none = choose_head("").unwrap_err();
        assert_eq!(none.reason, SourceRejection::Empty);
        let two = choose_head("aa refs/heads/x\nbb refs/heads/y").unwrap_err();
        assert_eq!(two.reason, SourceRejection::Unreadable);
    }
}
