//! Sending the files of a work directory that match a job's patterns. Every process of the job
//! is gone by now, so nothing changes underneath.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use domain::sandbox::protocol::{
    FileKind, MAX_FILE_BYTES, MAX_FILES, MAX_FILES_TOTAL_BYTES, SkipReason, SkippedFile,
};
use nix::fcntl::OFlag;

use super::Frames;
use crate::jail::wire::{CHUNK, Report};

/// Most entries looked at; a job that leaves more has the rest not considered.
const MAX_ENTRIES: usize = 500_000;
/// Most matches reported, kept or not.
const MAX_MATCHES: usize = 5_000;

/// Sends what matches, in the order of the paths.
pub(super) fn send_matching(
    work: &Path,
    patterns: &[String],
    frames: &mut Frames,
) -> io::Result<()> {
    let mut budget = Budget { files: 0, bytes: 0 };
    for path in matching(work, patterns) {
        match budget.admit(&work.join(&path)) {
            Ok((file, size)) => {
                let path = path.to_string_lossy().into_owned();
                send_file(FileKind::Artifact, path, file, Some(size), frames)?;
            }
            Err(reason) => {
                let path = path.to_string_lossy().into_owned();
                frames.report(&Report::Skipped { file: SkippedFile { path, reason } })?;
            }
        }
    }
    Ok(())
}

/// Paths below `work` that a pattern matches, directories not counted. Links aren't followed,
/// and git's own directories are passed over.
fn matching(work: &Path, patterns: &[String]) -> Vec<PathBuf> {
    let mut found = vec![];
    let mut seen = 0;
    let mut open = vec![PathBuf::new()];
    let is_tree = fs::symlink_metadata(work).is_ok_and(|found| found.is_dir());
    if patterns.is_empty() || !is_tree {
        return found;
    }
    while let Some(directory) = open.pop() {
        let Ok(entries) = fs::read_dir(work.join(&directory)) else { continue };
        for entry in entries.flatten() {
            seen += 1;
            let path = directory.join(entry.file_name());
            let is_directory = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if is_directory && entry.file_name() != ".git" {
                open.push(path);
            } else if !is_directory && matches_any(&path, patterns) {
                found.push(path);
            }
        }
        if seen > MAX_ENTRIES || found.len() > MAX_MATCHES {
            break;
        }
    }
    found.sort();
    found.truncate(MAX_MATCHES);
    found
}

fn matches_any(path: &Path, patterns: &[String]) -> bool {
    let path = path.to_string_lossy();
    patterns.iter().any(|pattern| fast_glob::glob_match(pattern, path.as_ref()))
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
