//! Where things are inside a jail.

use std::path::{Path, PathBuf};

/// The one writable place of commands in a jail: its size is the sandbox's `disk_bytes`.
pub(crate) const JAIL_ROOT: &str = "/sandbox";
/// Where a jail's first process keeps the source and compares.
pub(crate) const JAIL_SCRATCH: &str = "/run/runner";
/// Where the runner's own binary is in a jail.
pub(crate) const JAIL_BINARY: &str = "/opt/runner/runner";
/// Where commands are looked up.
pub(crate) const PATH: &str = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin";

/// The writable directories of one sandbox.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    root: PathBuf,
    scratch: PathBuf,
}

impl Layout {
    pub(crate) fn new(root: &Path, scratch: &Path) -> Self {
        Self { root: root.to_owned(), scratch: scratch.to_owned() }
    }

    /// Where commands run and the source is unpacked.
    pub(crate) fn work(&self) -> PathBuf {
        self.root.join("work")
    }

    /// Commands' home directory.
    pub(crate) fn home(&self) -> PathBuf {
        self.root.join("home")
    }

    /// Commands' temporary files.
    pub(crate) fn tmp(&self) -> PathBuf {
        self.root.join("tmp")
    }

    /// The place of the jail's first process; commands aren't told of it.
    pub(crate) fn scratch(&self) -> &Path {
        &self.scratch
    }

    /// The source as it was sent.
    pub(crate) fn source(&self) -> PathBuf {
        self.scratch.join("source")
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// A command's whole environment.
    pub(crate) fn environment(&self) -> [(&'static str, PathBuf); 6] {
        [
            ("PATH", PathBuf::from(PATH)),
            ("HOME", self.home()),
            ("TMPDIR", self.tmp()),
            ("LANG", PathBuf::from("C.UTF-8")),
            ("CI", PathBuf::from("true")),
            ("PWD", self.work()),
        ]
    }
}
