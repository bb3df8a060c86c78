//! Choosing where the files that every jail mounts are kept.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Makes an empty directory called `name` in `state`, or, where other user ids must reach it and
/// can't there, where temporary files live. One that an earlier runner left is removed first;
/// one that belongs to somebody else is an error.
pub(crate) fn make(state: &Path, name: &str, for_everyone: bool) -> io::Result<PathBuf> {
    let candidates = [state, Path::new("/var/tmp"), Path::new("/tmp")];
    let is_fit = |path: &&Path| !for_everyone || is_open_to_all(path);
    let parent = candidates.into_iter().find(is_fit).unwrap_or(state);
    let directory = parent.join(name);
    if let Ok(found) = fs::symlink_metadata(&directory) {
        if !found.is_dir() || found.uid() != nix::unistd::geteuid().as_raw() {
            let message = format!("{} isn't this runner's", directory.display());
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, message));
        }
        fs::remove_dir_all(&directory)?;
    }
    DirBuilder::new().mode(0o755).create(&directory)?;
    Ok(directory)
}

fn is_open_to_all(path: &Path) -> bool {
    path.ancestors()
        .all(|above| fs::metadata(above).is_ok_and(|found| found.permissions().mode() & 0o001 != 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_directory_on_the_way_is_avoided() {
        let closed = tempfile::tempdir().unwrap();
        fs::set_permissions(closed.path(), fs::Permissions::from_mode(0o700)).unwrap();
        let name = format!("runner-place-{}", std::process::id());
        assert!(!is_open_to_all(closed.path()), "made for its owner alone");
        let made = make(closed.path(), &name, true).unwrap();
        assert!(!made.starts_with(closed.path()));
        fs::write(made.join("left"), "x").unwrap();
        assert_eq!(make(closed.path(), &name, true).unwrap(), made);
        assert_eq!(fs::read_dir(&made).unwrap().count(), 0, "an earlier one is emptied");
        fs::remove_dir(made).unwrap();
    }
}
