//! The change of a work directory against its source.
//!
//! A job may have done anything to the repository in its work directory: rewritten its config,
//! its history, its objects, or removed it. So the base is made anew from the stored source, in
//! a repository that no command ever saw, and only the *files* of the work directory are read.

use std::fs;
use std::io;
use std::process::Stdio;

use domain::sandbox::protocol::{DIFF_PATH, FileKind};

use super::Frames;
use super::capture::send_file;
use super::git::{Git, complaint, make_base};
use crate::jail::paths::Layout;
use crate::jail::wire::{Report, SourceKind};

/// Sends the diff and the revision's facts, or why there are none.
pub(super) fn send_diff(
    kind: SourceKind,
    layout: &Layout,
    disk_bytes: u64,
    frames: &mut Frames,
) -> io::Result<()> {
    let work = layout.work();
    let base_tree = layout.scratch().join("base");
    if !fs::symlink_metadata(&work).is_ok_and(|found| found.is_dir()) {
        let detail = "the work directory itself is gone".to_owned();
        return frames.report(&Report::NotCompared { detail });
    }
    let base = match make_base(kind, layout, &base_tree, disk_bytes) {
        Ok(base) => base.commit,
        Err(rejected) => return frames.report(&Report::NotCompared { detail: rejected.detail }),
    };
    let repository = base_tree.join(".git");
    let git = Git { repository: &repository, tree: &work };
    match stage(&git, &base) {
        Ok(tree) => send(&git, base, tree, frames),
        Err(detail) => frames.report(&Report::NotCompared { detail }),
    }
}

/// Takes the work directory's files into the index; gives the tree that they make.
fn stage(git: &Git, base: &str) -> Result<String, String> {
    git.line(&["read-tree", "--reset", base])?;
    // A file that can't be read counts as it was in the source.
    let added = git
        .output(&["add", "--all", "--ignore-errors", "."])
        .map_err(|error| format!("git couldn't run: {error}"))?;
    if !matches!(added.status.code(), Some(0 | 1)) {
        return Err(complaint(&added));
    }
    git.line(&["write-tree"])
}

fn send(git: &Git, base_commit: String, tree: String, frames: &mut Frames) -> io::Result<()> {
    let mut child = git
        .command(&[
            "diff-tree",
            "-r",
            "--patch",
            "--binary",
            "--full-index",
            "--no-ext-diff",
            "--no-textconv",
            "--no-color",
            "--no-renames",
            &base_commit,
            &tree,
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    if let Some(out) = child.stdout.take() {
        send_file(FileKind::Diff, DIFF_PATH.to_owned(), out, None, frames)?;
    }
    if child.wait()?.success() {
        frames.report(&Report::Compared { base_commit, tree })
    } else {
        frames.report(&Report::NotCompared { detail: "the diff broke off".to_owned() })
    }
}
