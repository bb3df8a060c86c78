//! The change of a work directory against its source.
//!
//! A job may have done anything to the repository in its work directory, and to the files that
//! steer git: config, attributes, ignore rules, nested repositories. So the base is made anew
//! from the stored source, in a directory that didn't exist while a command lived; the work
//! directory's *files* are read one by one, byte by byte; and what counts as ignored is what the
//! source ignores.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::Stdio;

use domain::sandbox::protocol::{DIFF_PATH, FileKind};

use super::Frames;
use super::capture::send_file;
use super::git::{Git, complaint, make_base};
use super::walk::files_of;
use crate::jail::paths::Layout;
use crate::jail::wire::{Report, SourceKind};

/// How git writes the mode of a submodule's place.
const SUBMODULE: &[u8] = b"160000";

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
    if fs::create_dir(&base_tree).is_err() {
        let detail = "there was no place to compare in".to_owned();
        return frames.report(&Report::NotCompared { detail });
    }
    let base = match make_base(kind, layout, &base_tree, disk_bytes) {
        Ok(base) => base.commit,
        Err(rejected) => return frames.report(&Report::NotCompared { detail: rejected.detail }),
    };
    let repository = base_tree.join(".git");
    let git = Git { repository: &repository, tree: &base_tree };
    match stage(&git, &base, &work) {
        Ok(tree) => send(&git, base, tree, frames),
        Err(detail) => frames.report(&Report::NotCompared { detail }),
    }
}

/// Makes an index of the work directory's files alone; gives the tree that they make.
fn stage(base: &Git, commit: &str, work: &Path) -> Result<String, String> {
    let known = tree_of(base, commit)?;
    let (mut wanted, new): (Vec<_>, Vec<_>) =
        files_of(work)?.into_iter().partition(|path| known.contains_key(path));
    wanted.extend(not_ignored(base, new)?);
    let index = Git { repository: base.repository, tree: work };
    index.line(&["read-tree", "--empty"])?;
    let added = index
        .fed(&["update-index", "--add", "-z", "--stdin"], &zero_ended(&wanted))
        .map_err(|error| format!("git couldn't run: {error}"))?;
    // A path that git won't keep is told on standard error, and nothing else.
    if !added.status.success() || added.stderr.windows(8).any(|said| said == b"Ignoring") {
        return Err(complaint(&added));
    }
    let places = submodules(&known, &wanted, work);
    let kept = index
        .fed(&["update-index", "-z", "--index-info"], &places)
        .map_err(|error| format!("git couldn't run: {error}"))?;
    if !kept.status.success() {
        return Err(complaint(&kept));
    }
    index.line(&["write-tree"])
}

/// Everything in a commit: path → mode and object, as `--index-info` takes them.
fn tree_of(git: &Git, commit: &str) -> Result<BTreeMap<Vec<u8>, Vec<u8>>, String> {
    let listed = git
        .output(&["ls-tree", "-r", "-z", "--full-tree", commit])
        .map_err(|error| format!("git couldn't run: {error}"))?;
    if !listed.status.success() {
        return Err(complaint(&listed));
    }
    let entries = listed.stdout.split(|byte| *byte == 0).filter(|entry| !entry.is_empty());
    Ok(entries
        .filter_map(|entry| {
            let tab = entry.iter().position(|byte| *byte == b'\t')?;
            Some((entry[tab + 1..].to_vec(), entry[..tab].to_vec()))
        })
        .collect())
}

/// Those of the new paths that the *source's* rules don't ignore. Where git can't tell (a path
/// behind what is a link or a submodule in the source) nothing is ignored.
fn not_ignored(base: &Git, new: Vec<Vec<u8>>) -> Result<Vec<Vec<u8>>, String> {
    if new.is_empty() {
        return Ok(new);
    }
    let told = base
        .fed(&["check-ignore", "--no-index", "-z", "--stdin"], &zero_ended(&new))
        .map_err(|error| format!("git couldn't run: {error}"))?;
    if told.status.code() != Some(0) {
        return Ok(new);
    }
    let ignored: std::collections::BTreeSet<&[u8]> = told.stdout.split(|byte| *byte == 0).collect();
    Ok(new.into_iter().filter(|path| !ignored.contains(path.as_slice())).collect())
}

/// The source's submodules whose place is still an empty directory. One that was filled counts
/// by its files.
fn submodules(known: &BTreeMap<Vec<u8>, Vec<u8>>, wanted: &[Vec<u8>], work: &Path) -> Vec<u8> {
    let mut lines = vec![];
    for (path, facts) in known.iter().filter(|(_, facts)| facts.starts_with(SUBMODULE)) {
        let inside = [path.as_slice(), b"/"].concat();
        let is_filled = wanted.iter().any(|file| file.starts_with(&inside));
        let place = work.join(std::ffi::OsStr::from_bytes(path));
        if !is_filled && fs::symlink_metadata(place).is_ok_and(|found| found.is_dir()) {
            lines.extend_from_slice(facts);
            lines.push(b'\t');
            lines.extend_from_slice(path);
            lines.push(0);
        }
    }
    lines
}

fn zero_ended(paths: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = vec![];
    for path in paths {
        bytes.extend_from_slice(path);
        bytes.push(0);
    }
    bytes
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
