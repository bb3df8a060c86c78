//! Everything that a job left in its work directory, whatever it tells git to overlook.

use std::fs::{self, Permissions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Most entries; a job that leaves more has no known change.
const MAX_ENTRIES: usize = 500_000;

/// Paths below `work` of regular files and links, as bytes, in order. Repositories (`.git`) are
/// passed over. What its owner closed is opened: it is a part of the result all the same. The
/// error is a sentence.
pub(super) fn files_of(work: &Path) -> Result<Vec<Vec<u8>>, String> {
    let mut found = vec![];
    let mut seen = 0;
    let mut open = vec![PathBuf::new()];
    while let Some(directory) = open.pop() {
        let entries = read_opened(&work.join(&directory))?;
        for entry in entries {
            seen += 1;
            if seen > MAX_ENTRIES {
                return Err(format!("the work directory holds more than {MAX_ENTRIES} entries"));
            }
            let entry = entry.map_err(|_| "the work directory couldn't be read".to_owned())?;
            let name = entry.file_name();
            if name == ".git" {
                continue;
            }
            if name.eq_ignore_ascii_case(".git") {
                return Err("the work directory holds a name that git doesn't keep".to_owned());
            }
            let path = directory.join(name);
            let kind =
                entry.file_type().map_err(|_| "an entry couldn't be looked at".to_owned())?;
            if kind.is_dir() {
                open.push(path);
            } else if kind.is_file() || kind.is_symlink() {
                if kind.is_file() {
                    make_readable(&work.join(&path));
                }
                found.push(path.as_os_str().as_bytes().to_vec());
            }
        }
    }
    found.sort_unstable();
    Ok(found)
}

fn read_opened(directory: &Path) -> Result<fs::ReadDir, String> {
    let unreadable = |_| "a directory of the work directory couldn't be read".to_owned();
    let mode = fs::symlink_metadata(directory).map_err(unreadable)?.permissions().mode();
    if mode & 0o500 != 0o500 {
        let _ = fs::set_permissions(directory, Permissions::from_mode(mode | 0o700));
    }
    fs::read_dir(directory).map_err(unreadable)
}

fn make_readable(file: &Path) {
    let Ok(found) = fs::symlink_metadata(file) else { return };
    let mode = found.permissions().mode();
    if mode & 0o400 == 0 {
        let _ = fs::set_permissions(file, Permissions::from_mode(mode | 0o400));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_overlooked_but_repositories() {
        let work = tempfile::tempdir().unwrap();
        for directory in ["a/.git", "closed", ".git/info"] {
            fs::create_dir_all(work.path().join(directory)).unwrap();
        }
        for file in ["a/.git/config", "a/.gitignore", "closed/x", "b", ".git/info/exclude"] {
            fs::write(work.path().join(file), "x").unwrap();
        }
        std::os::unix::fs::symlink("/nowhere", work.path().join("link")).unwrap();
        for closed in ["closed", "b"] {
            fs::set_permissions(work.path().join(closed), Permissions::from_mode(0o000)).unwrap();
        }
        let found = files_of(work.path()).unwrap();
        let names: Vec<_> = found.iter().map(|path| String::from_utf8_lossy(path)).collect();
        assert_eq!(names, ["a/.gitignore", "b", "closed/x", "link"]);
        fs::create_dir(work.path().join(".GIT")).unwrap();
        assert!(files_of(work.path()).is_err(), "git would leave it out");
    }
}
