//! Sending the files of a work directory that match a job's patterns. Every process of the job
//! is gone by now, so nothing changes underneath.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use domain::sandbox::protocol::{
    FileKind, MAX_FILE_BYTES, MAX_FILES, MAX_FILES_TOTAL_BYTES, SkipReason, SkippedFile,
    is_usable_path as is_usable,
};
use nix::fcntl::OFlag;

use super::Frames;
use crate::jail::wire::{CHUNK, Report};

/// Most entries looked at; a job that leaves more has the rest not considered.
const MAX_ENTRIES: usize = 500_000;
/// Most matches reported, kept or not.
const MAX_MATCHES: usize = 5_000;

/// Sends what matches, the first group's files first, each group in the order of the paths. An
/// error when files of the first group may be missing.
pub(super) fn send_matching(
    work: &Path,
    groups: &[Vec<String>],
    frames: &mut Frames,
) -> io::Result<()> {
    let mut budget = Budget { files: 0, bytes: 0 };
    let (found, is_cut) = matching(work, groups);
    for path in found {
        let text = path.to_string_lossy().into_owned();
        let admitted = if is_usable(&text) {
            budget.admit(&work.join(&path))
        } else {
            Err(SkipReason::BadName)
        };
        match admitted {
            Ok((file, size)) => send_file(FileKind::Artifact, text, file, Some(size), frames)?,
            Err(reason) => {
                let path = text.chars().filter(|c| !c.is_control()).collect();
                frames.report(&Report::Skipped { file: SkippedFile { path, reason } })?;
            }
        }
    }
    if is_cut { Err(io::Error::other("more files than are looked at")) } else { Ok(()) }
}

/// Paths below `work` that a pattern matches, directories not counted. Links aren't followed,
/// and git's own directories are passed over. A file counts for the first group that has it.
/// Also whether files of the first group may be missing.
fn matching(work: &Path, groups: &[Vec<String>]) -> (Vec<PathBuf>, bool) {
    let mut found = vec![];
    let mut seen = 0;
    let mut open = vec![PathBuf::new()];
    let is_tree = fs::symlink_metadata(work).is_ok_and(|found| found.is_dir());
    if groups.iter().all(Vec::is_empty) || !is_tree {
        return (vec![], false);
    }
    while let Some(directory) = open.pop() {
        let Ok(entries) = fs::read_dir(work.join(&directory)) else { continue };
        for entry in entries.flatten() {
            seen += 1;
            let path = directory.join(entry.file_name());
            let is_directory = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if is_directory && entry.file_name() != ".git" {
                open.push(path);
            } else if !is_directory && let Some(group) = group_of(&path, groups) {
                found.push((group, path));
            }
        }
        if seen > MAX_ENTRIES {
            break;
        }
    }
    found.sort();
    let is_cut = seen > MAX_ENTRIES || found.get(MAX_MATCHES).is_some_and(|(group, _)| *group == 0);
    found.truncate(MAX_MATCHES);
    (found.into_iter().map(|(_, path)| path).collect(), is_cut)
}

fn group_of(path: &Path, groups: &[Vec<String>]) -> Option<usize> {
    let path = path.to_string_lossy();
    groups.iter().position(|patterns| {
        patterns.iter().any(|pattern| fast_glob::glob_match(pattern, path.as_ref()))
    })
}

struct Budget {
    files: usize,
    bytes: u64,
}

impl Budget {
    fn admit(&mut self, path: &Path) -> Result<(File, u64), SkipReason> {
        let found = fs::symlink_metadata(path).map_err(|_| SkipReason::Unreadable)?;
        let kind = found.file_type();
        if kind.is_symlink() {
            return Err(SkipReason::Symlink);
        }
        if !kind.is_file() || kind.is_fifo() {
            return Err(SkipReason::NotRegular);
        }
        let size = found.len();
        if size > MAX_FILE_BYTES {
            return Err(SkipReason::TooLarge);
        }
        if self.files >= MAX_FILES {
            return Err(SkipReason::TooMany);
        }
        if self.bytes + size > MAX_FILES_TOTAL_BYTES {
            return Err(SkipReason::TotalTooLarge);
        }
        let flags = (OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK).bits();
        let file = OpenOptions::new().read(true).custom_flags(flags).open(path);
        let file = file.map_err(|_| SkipReason::Unreadable)?;
        self.files += 1;
        self.bytes += size;
        Ok((file, size))
    }
}

/// Sends one file, of `size` bytes if that is known.
pub(super) fn send_file(
    kind: FileKind,
    path: String,
    mut from: impl Read,
    size: Option<u64>,
    frames: &mut Frames,
) -> io::Result<()> {
    frames.report(&Report::FileBegins { kind, path })?;
    let mut buffer = vec![0; CHUNK];
    let mut sent = 0;
    let complete = loop {
        match from.read(&mut buffer) {
            Ok(0) => break size.is_none_or(|size| size == sent),
            Ok(length) => {
                frames.data(&buffer[..length])?;
                sent += length as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => break false,
        }
    };
    frames.report(&Report::FileEnds { complete })
}
