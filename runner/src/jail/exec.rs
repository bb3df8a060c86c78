//! `runner jail-exec`: the last thing before a command: takes on the limits of single processes
//! and becomes the command.

use std::fs;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

use nix::sys::resource::{Resource, setrlimit};
use nix::sys::signal::SigSet;

use super::wire::Bounds;

/// The exit code of a command that couldn't be started, as the shell has it.
const NOT_STARTED: u8 = 127;
/// Most files that one process holds open.
const OPEN_FILES: u64 = 4096;

/// Runs `jail-exec BOUNDS COMMAND`, both given as they come from the jail's first process.
pub(crate) fn main(bounds: &str, command: &str) -> ExitCode {
    let failure = match serde_json::from_str(bounds).map_err(io::Error::from) {
        Ok(bounds) => match confine(&bounds) {
            Ok(()) => Command::new("/bin/sh").arg("-c").arg(command).exec(),
            Err(error) => error,
        },
        Err(error) => error,
    };
    eprintln!("the command couldn't be started: {failure}");
    ExitCode::from(NOT_STARTED)
}

/// Binds this process and whatever it starts, for good: an unprivileged process can't raise a
/// hard limit.
pub(crate) fn confine(bounds: &Bounds) -> io::Result<()> {
    // The jail's first process blocks SIGCHLD. Whether a child gets that mask depends on how the
    // standard library starts it; a command that waits for its own children mustn't.
    SigSet::empty().thread_set_mask()?;
    let mut limits = vec![
        (Resource::RLIMIT_CORE, 0),
        (Resource::RLIMIT_NOFILE, OPEN_FILES),
        (Resource::RLIMIT_MEMLOCK, 1 << 20),
        (Resource::RLIMIT_CPU, bounds.cpu_s),
        (Resource::RLIMIT_FSIZE, bounds.file_bytes),
        (Resource::RLIMIT_NPROC, bounds.processes),
    ];
    if let Some(bytes) = bounds.data_bytes {
        limits.push((Resource::RLIMIT_DATA, bytes));
    }
    for (resource, value) in limits {
        setrlimit(resource, value, value)?;
    }
    // The kernel is to end commands before the jail's first process. Where /proc forbids it the
    // first process is merely as likely as others.
    let _ = fs::write("/proc/self/oom_score_adj", "1000");
    Ok(())
}
