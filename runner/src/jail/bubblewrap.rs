//! The arguments that make a jail.

use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::paths::{JAIL_BINARY, JAIL_ROOT, JAIL_SCRATCH, PATH};

/// The program.
pub(crate) const PROGRAM: &str = "bwrap";
/// Size of shared memory in a jail, in bytes.
const SHM_BYTES: u64 = 64 << 20;
/// What a source may need beyond its unpacked size in the jail's own place, in bytes.
pub(crate) const SCRATCH_EXTRA_BYTES: u64 = 64 << 20;
/// The user and group id inside; outside it is the sandbox's own.
const INNER_ID: &str = "1000";

/// Directories of the system that are links on most systems and directories on others.
const SYSTEM: [&str; 6] = ["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"];
/// What programs need of /etc. None of it is secret.
const ETC: [&str; 7] = [
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/alternatives",
    "/etc/ssl/certs",
    "/etc/localtime",
    "/etc/fonts",
];
/// Files of /etc that a jail gets made up, so that the host's users and names stay its own.
const SYNTHETIC: [(&str, &str); 4] = [
    (
        "passwd",
        "root:x:0:0:root:/:/usr/sbin/nologin\nsandbox:x:1000:1000:sandbox:/sandbox/home:/bin/sh\n\
         nobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n",
    ),
    ("group", "root:x:0:\nsandbox:x:1000:\nnogroup:x:65534:\n"),
    ("hosts", "127.0.0.1 localhost sandbox\n::1 localhost\n"),
    ("nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n"),
];

/// What this machine's bubblewrap can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bubblewrap {
    /// Whether it can forbid further user namespaces inside a jail.
    disables_userns: bool,
}

impl Bubblewrap {
    /// Asks the program. An error if there is none or it is too old.
    pub(crate) fn detect() -> io::Result<Self> {
        let output = Command::new(PROGRAM).arg("--help").output()?;
        let help = [output.stdout, output.stderr].concat();
        let help = String::from_utf8_lossy(&help);
        for needed in ["--size", "--as-pid-1", "--die-with-parent", "--clearenv"] {
            if !help.contains(needed) {
                let message = format!("this bubblewrap is too old: it has no {needed}");
                return Err(io::Error::new(io::ErrorKind::Unsupported, message));
            }
        }
        Ok(Self { disables_userns: help.contains("--disable-userns") })
    }

    /// The whole command line of one jail whose first process is the runner's `jail-init`.
    pub(crate) fn command(self, place: &JailPlace, disk_bytes: u64) -> Vec<OsString> {
        let mut line = Line(vec![PROGRAM.into()]);
        line.add(&["--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc"]);
        line.add(&["--unshare-uts", "--unshare-cgroup-try"]);
        if self.disables_userns {
            line.add(&["--disable-userns"]);
        }
        line.add(&["--uid", INNER_ID, "--gid", INNER_ID, "--hostname", "sandbox"]);
        line.add(&["--die-with-parent", "--new-session", "--as-pid-1", "--cap-drop", "ALL"]);
        line.add(&["--clearenv", "--setenv", "PATH", PATH]);
        line.add_system();
        for (name, _) in SYNTHETIC {
            line.bind(&place.etc(name), &format!("/etc/{name}"));
        }
        line.add(&["--proc", "/proc", "--dev", "/dev"]);
        line.tmpfs("/dev/shm", SHM_BYTES);
        line.add(&["--remount-ro", "/dev"]);
        line.tmpfs(JAIL_ROOT, disk_bytes);
        line.tmpfs(JAIL_SCRATCH, disk_bytes.saturating_add(SCRATCH_EXTRA_BYTES));
        let tmp = format!("{JAIL_ROOT}/tmp");
        line.add(&["--symlink", &tmp, "/tmp", "--symlink", &tmp, "/var/tmp"]);
        line.bind(&place.binary(), JAIL_BINARY);
        line.add(&["--remount-ro", "/", "--chdir", "/", "--"]);
        line.add(&[JAIL_BINARY, "jail-init", JAIL_ROOT, JAIL_SCRATCH]);
        line.0
    }
}

struct Line(Vec<OsString>);

impl Line {
    fn add(&mut self, words: &[&str]) {
        self.0.extend(words.iter().map(OsString::from));
    }

    fn bind(&mut self, from: &Path, to: &str) {
        self.0.extend(["--ro-bind".into(), from.as_os_str().to_owned(), to.into()]);
    }

    fn tmpfs(&mut self, at: &str, size: u64) {
        self.add(&["--size", &size.to_string(), "--perms", "0755", "--tmpfs", at]);
    }

    fn add_system(&mut self) {
        self.add(&["--ro-bind", "/usr", "/usr"]);
        for directory in SYSTEM {
            match fs::read_link(directory) {
                Ok(target) => self.add(&["--symlink", &target.to_string_lossy(), directory]),
                Err(_) if Path::new(directory).is_dir() => {
                    self.add(&["--ro-bind", directory, directory]);
                }
                Err(_) => {}
            }
        }
        for path in ETC {
            self.add(&["--ro-bind-try", path, path]);
        }
    }
}

/// A directory of files that every jail mounts, reachable for every user id.
#[derive(Clone, Debug)]
pub(crate) struct JailPlace(PathBuf);

impl JailPlace {
    /// Makes it anew in `directory`, which must be empty: the runner's binary and the files of
    /// /etc that are made up.
    pub(crate) fn fill(directory: PathBuf, binary: &Path) -> io::Result<Self> {
        let place = Self(directory);
        fs::create_dir(place.0.join("etc"))?;
        for (name, content) in SYNTHETIC {
            fs::write(place.etc(name), content)?;
        }
        let everyone_may_run = fs::metadata(binary)?.permissions().mode() & 0o005 == 0o005;
        if !everyone_may_run || fs::hard_link(binary, place.binary()).is_err() {
            fs::copy(binary, place.binary())?;
            fs::set_permissions(place.binary(), Permissions::from_mode(0o755))?;
        }
        Ok(place)
    }

    pub(crate) fn binary(&self) -> PathBuf {
        self.0.join("runner")
    }

    /// Where sandboxes live if nothing isolates them.
    pub(crate) fn open_air(&self) -> PathBuf {
        self.0.join("sandboxes")
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    fn etc(&self, name: &str) -> PathBuf {
        self.0.join("etc").join(name)
    }
}
