//! `runner jail-init`: a jail's first process. It takes orders over its standard input (a socket
//! pair), starts one command at a time, forwards its output, and lets nothing outlive it.
//!
//! Commands run as the same user. What keeps them from this process: as process 1 of its pid
//! namespace it can't be signalled from inside, it isn't dumpable, so nobody may trace it or
//! open its memory and descriptors under /proc, and its socket closes on exec.

use std::fs::{self, DirBuilder, File, Permissions};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use domain::sandbox::protocol::Secret;
use nix::sys::prctl;
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::unistd::dup;

use super::paths::Layout;
use super::supervise::{Ended, Supervisor};
use super::wire::{Kind, Order, Report, read_frame, read_message, write_message};

/// Runs `jail-init ROOT SCRATCH` until its standard input ends.
pub(crate) fn main(root: &Path, scratch: &Path) -> ExitCode {
    match Init::new(Layout::new(root, scratch)).and_then(Init::serve) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("the jail's first process failed: {error}");
            ExitCode::FAILURE
        }
    }
}

struct Init {
    layout: Layout,
    /// Where the source is and the comparison happens: made anew for each source, while no
    /// command lives, under a name that none could know.
    vault: Option<PathBuf>,
    binary: PathBuf,
    control: UnixStream,
    supervisor: Supervisor,
}

impl Init {
    fn new(layout: Layout) -> io::Result<Self> {
        let binary = std::env::current_exe()?;
        prctl::set_dumpable(false)?;
        let is_first = std::process::id() == 1;
        if !is_first {
            prctl::set_child_subreaper(true)?;
        }
        let mut mask = SigSet::empty();
        mask.add(Signal::SIGCHLD);
        mask.thread_block()?;
        let children = SignalFd::with_flags(&mask, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)?;
        let control = UnixStream::from(duplicate(&io::stdin())?);
        for directory in [layout.work(), layout.home(), layout.tmp()] {
            fs::create_dir_all(directory)?;
        }
        let supervisor = Supervisor::new(children, control.try_clone()?, is_first, layout.root());
        Ok(Self { layout, vault: None, binary, control, supervisor })
    }

    fn serve(mut self) -> io::Result<()> {
        write_message(&mut self.control, &Report::Ready)?;
        while let Some(order) = read_message(&mut self.control)? {
            match order {
                Order::Store => self.store()?,
                Order::Run { command, bounds, environment } => {
                    self.run(&command, &serde_json::to_string(&bounds)?, environment)?;
                }
                Order::Unpack { .. } | Order::Compare { .. } => {
                    self.help(&serde_json::to_string(&order)?)?;
                    self.clear_scratch();
                }
                Order::Capture { .. } => self.help(&serde_json::to_string(&order)?)?,
                // Nothing runs that they could end.
                Order::Stored | Order::Terminate | Order::Kill => {}
            }
            if self.supervisor.is_abandoned() {
                break;
            }
        }
        self.supervisor.kill_all()
    }

    /// Keeps a source. One that doesn't fit is read to its end all the same; unpacking what
    /// there is will say so.
    fn store(&mut self) -> io::Result<()> {
        self.clear_scratch();
        let vault = new_vault(self.layout.scratch()).ok();
        let mut file = vault.as_deref().and_then(|vault| {
            File::create_new(Layout::new(self.layout.root(), vault).source()).ok()
        });
        self.vault = vault;
        while let Some((kind, bytes)) = read_frame(&mut self.control)? {
            if kind != Kind::Data {
                break;
            }
            if file.as_mut().is_some_and(|file| file.write_all(&bytes).is_err()) {
                file = None;
            }
        }
        Ok(())
    }

    /// Removes whatever the last comparison left, and what commands left where they have no
    /// business.
    fn clear_scratch(&mut self) {
        self.vault = None;
        empty_directory(self.layout.scratch());
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.binary);
        command.env_clear().envs(self.layout.environment()).stdin(Stdio::null());
        command
    }

    fn run(&mut self, line: &str, bounds: &str, environment: Vec<Secret>) -> io::Result<()> {
        let mut command = self.command();
        command.envs(environment.into_iter().map(|variable| (variable.name, variable.value)));
        command.args(["jail-exec", bounds, line]).current_dir(self.layout.work());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = match command.spawn() {
            Ok(child) => child,
            Err(error) => {
                let detail = format!("the command couldn't be started: {error}");
                return write_message(&mut self.control, &Report::NotStarted { detail });
            }
        };
        let out = child.stdout.take().map(OwnedFd::from);
        let err = child.stderr.take().map(OwnedFd::from);
        let ended = self.supervisor.wait_for(child.id(), out, err)?;
        let Ended { code, signal, max_rss_bytes } = ended;
        let disk = self.supervisor.disk();
        write_message(&mut self.control, &Report::Exited { code, signal, max_rss_bytes, disk })
    }

    /// Unpacks or captures in a process of its own, so that running out of memory ends that one.
    /// It writes its frames to the socket itself; meanwhile this process writes none.
    fn help(&mut self, order: &str) -> io::Result<()> {
        let mut command = self.command();
        // Without a vault the helper finds no source, and says so.
        let vault = self.vault.clone().unwrap_or_else(|| self.layout.scratch().join("none"));
        command.arg("jail-helper").arg(self.layout.root()).arg(vault).arg(order);
        command.stdout(Stdio::from(duplicate(&self.control)?)).stderr(Stdio::null());
        let (success, detail) = match command.spawn() {
            Ok(child) => {
                let ended = self.supervisor.wait_for(child.id(), None, None)?;
                (ended.code == Some(0), ended.describe())
            }
            Err(error) => (false, format!("couldn't be started: {error}")),
        };
        let disk = self.supervisor.disk();
        write_message(&mut self.control, &Report::HelperEnded { success, detail, disk })
    }
}

/// A second descriptor that closes on exec.
fn duplicate(of: &impl AsFd) -> io::Result<OwnedFd> {
    use nix::fcntl::{FcntlArg, FdFlag, fcntl};
    let copy = dup(of.as_fd())?;
    fcntl(&copy, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC))?;
    Ok(copy)
}

/// Makes a directory that wasn't there before, under a name that nobody could foresee.
fn new_vault(scratch: &Path) -> io::Result<PathBuf> {
    let mut bytes = [0; 16];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    let name: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let vault = scratch.join(name);
    DirBuilder::new().mode(0o700).create(&vault)?;
    Ok(vault)
}

/// Removes everything in a directory without following links; closed directories are opened
/// first. What can't be removed stays: it has nothing to do with a new vault.
fn empty_directory(directory: &Path) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => {
                open_directories(&path);
                let _ = fs::remove_dir_all(&path);
            }
            _ => {
                let _ = fs::remove_file(&path);
            }
        }
    }
}

fn open_directories(top: &Path) {
    let mut open = vec![top.to_owned()];
    while let Some(directory) = open.pop() {
        let _ = fs::set_permissions(&directory, Permissions::from_mode(0o700));
        let entries = fs::read_dir(&directory).into_iter().flatten().flatten();
        let is_directory = |entry: &fs::DirEntry| entry.file_type().is_ok_and(|k| k.is_dir());
        open.extend(entries.filter(is_directory).map(|entry| entry.path()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vault_is_new_and_what_was_planted_beside_it_goes_even_if_closed() {
        let scratch = tempfile::tempdir().unwrap();
        let planted = scratch.path().join("planted/deep");
        fs::create_dir_all(&planted).unwrap();
        fs::write(planted.join("config"), "[core]").unwrap();
        for closed in [planted.clone(), scratch.path().join("planted")] {
            fs::set_permissions(closed, Permissions::from_mode(0o000)).unwrap();
        }
        let (one, other) = (new_vault(scratch.path()).unwrap(), new_vault(scratch.path()).unwrap());
        assert_ne!(one, other);
        assert_eq!(fs::read_dir(&one).unwrap().count(), 0);
        empty_directory(scratch.path());
        assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 0);
    }
}
