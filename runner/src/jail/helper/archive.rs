//! A source that is a tar archive, plain or gzip.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, symlink};
use std::path::{Component, Path, PathBuf};

use domain::sandbox::protocol::SourceRejection;
use flate2::read::MultiGzDecoder;
use tar::{Archive, Entry, EntryType};

use super::{Rejected, links};

/// Extracts the archive into `tree`; gives what to tell people, if anything.
pub(super) fn extract(source: &Path, tree: &Path, limit: u64) -> Result<Option<String>, Rejected> {
    let file = File::open(source).map_err(|error| Rejected::writing(&error))?;
    let mut file = BufReader::with_capacity(64 * 1024, file);
    let is_gzip = io::BufRead::fill_buf(&mut file).is_ok_and(|b| b.starts_with(&[0x1f, 0x8b]));
    let reader: Box<dyn Read> =
        if is_gzip { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) };
    let mut archive = Archive::new(Budget { reader, left: limit });
    let entries = archive.entries().map_err(|error| reading(&error, 0))?;
    let mut extraction = Extraction { tree, unpacked: 0, left_out: 0 };
    for (index, entry) in entries.enumerate() {
        let mut entry = entry.map_err(|error| reading(&error, index))?;
        extraction.take(&mut entry, index)?;
    }
    if extraction.unpacked == 0 {
        return Err(Rejected::new(SourceRejection::Empty, "the archive holds no files"));
    }
    links::check_tree(tree)?;
    Ok((extraction.left_out > 0).then(|| {
        "the archive's .git directories were left out: it counts as plain files. Upload a git \
         bundle to keep history."
            .to_owned()
    }))
}

/// A reader that ends with an error once more than a limit came out of it.
struct Budget {
    reader: Box<dyn Read>,
    left: u64,
}

impl Read for Budget {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.reader.read(buffer)?;
        self.left = self
            .left
            .checked_sub(length as u64)
            .ok_or_else(|| io::Error::from(io::ErrorKind::FileTooLarge))?;
        Ok(length)
    }
}

/// What an error in reading says about the archive, at its entry number `index`.
fn reading(error: &io::Error, index: usize) -> Rejected {
    if is_past_budget(error) {
        let detail = "it expands past the sandbox's disk";
        Rejected::new(SourceRejection::ExpandsPastLimit, detail)
    } else if index == 0 {
        let detail = "it is no tar archive, neither plain nor gzip";
        Rejected::new(SourceRejection::NotAnArchive, detail)
    } else {
        let detail = format!("the archive is damaged after {index} entries");
        Rejected::new(SourceRejection::Unreadable, detail)
    }
}

/// Readers in between wrap errors, so the kind alone doesn't tell.
fn is_past_budget(error: &io::Error) -> bool {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(cause) = source {
        if let Some(io) = cause.downcast_ref::<io::Error>() {
            if io.kind() == io::ErrorKind::FileTooLarge {
                return true;
            }
            if let Some(inner) = io.get_ref() {
                source = Some(inner);
                continue;
            }
        }
        source = cause.source();
    }
    false
}

struct Extraction<'a> {
    tree: &'a Path,
    unpacked: u64,
    left_out: u64,
}

impl Extraction<'_> {
    fn take(&mut self, entry: &mut Entry<impl Read>, index: usize) -> Result<(), Rejected> {
        let kind = entry.header().entry_type();
        if matches!(kind, EntryType::XGlobalHeader) {
            return Ok(());
        }
        let name = entry.path().map_err(|error| reading(&error, index))?.into_owned();
        let path = check_path(&name)?;
        if path.as_os_str().is_empty() {
            return Ok(());
        }
        if path.components().any(|part| part.as_os_str().eq_ignore_ascii_case(".git")) {
            self.left_out += 1;
            return Ok(());
        }
        self.make_way(&path)?;
        let to = self.tree.join(&path);
        match kind {
            EntryType::Directory => fs::create_dir_all(&to).map_err(|e| Rejected::writing(&e))?,
            EntryType::Regular | EntryType::Continuous => write_file(entry, &to, index)?,
            EntryType::Symlink => {
                // Where it leads is judged once everything is there.
                let target = link_target(entry, &path)?;
                symlink(target, &to).map_err(|error| Rejected::writing(&error))?;
            }
            EntryType::Link => self.link_file(&link_target(entry, &path)?, &path)?,
            _ => {
                let detail = format!("{} is neither file, directory nor link", path.display());
                return Err(Rejected::new(SourceRejection::ForbiddenEntry, detail));
            }
        }
        self.unpacked += 1;
        Ok(())
    }

    /// Makes the directories above `path`, refuses to go through a link, and removes what an
    /// earlier entry of the same name left.
    fn make_way(&self, path: &Path) -> Result<(), Rejected> {
        let mut above = self.tree.to_owned();
        let mut parts = path.components().peekable();
        while let Some(part) = parts.next() {
            above.push(part);
            let found = fs::symlink_metadata(&above).ok();
            let is_last = parts.peek().is_none();
            match found {
                Some(found) if is_last && !found.is_dir() => {
                    fs::remove_file(&above).map_err(|error| Rejected::writing(&error))?;
                }
                Some(found) if !found.is_dir() => {
                    let detail = format!("{} lies behind a link or a file", path.display());
                    return Err(Rejected::new(SourceRejection::LinkLeavesTree, detail));
                }
                None if !is_last => {
                    fs::create_dir(&above).map_err(|error| Rejected::writing(&error))?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// A second name for a file that the archive already gave.
    fn link_file(&self, target: &Path, path: &Path) -> Result<(), Rejected> {
        let refuse = || {
            let detail = format!("{} links to a file that isn't in it", path.display());
            Rejected::new(SourceRejection::LinkLeavesTree, detail)
        };
        let target = check_path(target).map_err(|_| refuse())?;
        let mut reached = self.tree.to_owned();
        for part in target.components() {
            reached.push(part);
            if fs::symlink_metadata(&reached).is_ok_and(|found| found.is_symlink()) {
                return Err(refuse());
            }
        }
        if !fs::symlink_metadata(&reached).is_ok_and(|found| found.is_file()) {
            return Err(refuse());
        }
        fs::hard_link(&reached, self.tree.join(path)).map_err(|error| Rejected::writing(&error))
    }
}

/// A path below the tree, without `.`.
fn check_path(name: &Path) -> Result<PathBuf, Rejected> {
    let mut path = PathBuf::new();
    for part in name.components() {
        match part {
            Component::Normal(part) => path.push(part),
            Component::CurDir => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => {
                let shown: String =
                    name.to_string_lossy().chars().filter(|c| !c.is_control()).take(200).collect();
                return Err(Rejected::new(
                    SourceRejection::PathLeavesTree,
                    format!("the path {shown} is absolute or holds .."),
                ));
            }
        }
    }
    Ok(path)
}

fn link_target(entry: &Entry<impl Read>, path: &Path) -> Result<PathBuf, Rejected> {
    match entry.link_name() {
        Ok(Some(target)) => Ok(target.into_owned()),
        _ => {
            let detail = format!("the link {} has no target", path.display());
            Err(Rejected::new(SourceRejection::Unreadable, detail))
        }
    }
}

fn write_file(entry: &mut Entry<impl Read>, to: &Path, index: usize) -> Result<(), Rejected> {
    let is_executable = entry.header().mode().is_ok_and(|mode| mode & 0o111 != 0);
    let mode = if is_executable { 0o755 } else { 0o644 };
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(to)
        .map_err(|error| Rejected::writing(&error))?;
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let length = entry.read(&mut buffer).map_err(|error| reading(&error, index.max(1)))?;
        if length == 0 {
            return Ok(());
        }
        file.write_all(&buffer[..length]).map_err(|error| Rejected::writing(&error))?;
    }
}
