//! Waiting for a command and everything that it left behind.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::signal::{Signal, kill};
use nix::sys::signalfd::SignalFd;
use nix::sys::statvfs::statvfs;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use super::usage;
use super::wire::{CHUNK, Disk, Kind, Order, Report, read_message, write_frame, write_message};

/// How often use is reported, if looking takes no longer than a tenth of it.
const TICK: Duration = Duration::from_millis(100);
/// How often it is reported at least: a crowd of processes must not make itself unwatched.
const LONGEST_TICK: Duration = Duration::from_millis(500);

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    pub code: Option<i32>,
    pub signal: Option<i32>,
    /// The largest process, in bytes, if it was larger than any before; the largest sum seen.
    pub max_rss_bytes: u64,
}

impl Ended {
    /// One phrase for people.
    pub(crate) fn describe(self) -> String {
        match (self.code, self.signal) {
            (Some(code), _) => format!("exited with {code}"),
            (None, Some(signal)) => format!("ended by signal {signal}"),
            (None, None) => "ended".to_owned(),
        }
    }
}

/// What starts, watches and ends the processes of a jail.
pub(crate) struct Supervisor {
    children: SignalFd,
    control: UnixStream,
    /// Whether this is process 1 of its own pid namespace. Only then may it signal "everyone".
    is_first: bool,
    /// Where the jail's files are.
    root: PathBuf,
    is_abandoned: bool,
}

/// One pipe of a command.
struct Pipe {
    file: Option<File>,
    kind: Kind,
}

impl Supervisor {
    pub(crate) fn new(
        children: SignalFd,
        control: UnixStream,
        is_first: bool,
        root: &Path,
    ) -> Self {
        Self { children, control, is_first, root: root.to_owned(), is_abandoned: false }
    }

    /// How full the place of the jail's files is.
    pub(crate) fn disk(&self) -> Disk {
        let Ok(stat) = statvfs(&self.root) else { return Disk::default() };
        let used = stat.blocks().saturating_sub(stat.blocks_free());
        Disk {
            used_bytes: self.is_first.then(|| used.saturating_mul(stat.fragment_size())),
            is_full: stat.blocks() > 0 && stat.blocks_free() == 0,
        }
    }

    /// Whether the runner is gone.
    pub(crate) fn is_abandoned(&self) -> bool {
        self.is_abandoned
    }

    /// Forwards a command's output until it ends, then ends everything it left behind and
    /// forwards the rest. Without pipes the command itself writes to the socket, and this
    /// process keeps silent.
    pub(crate) fn wait_for(
        &mut self,
        pid: u32,
        out: Option<OwnedFd>,
        err: Option<OwnedFd>,
    ) -> io::Result<Ended> {
        let is_talking = out.is_some();
        let mut pipes = [
            Pipe { file: out.map(File::from), kind: Kind::Stdout },
            Pipe { file: err.map(File::from), kind: Kind::Stderr },
        ];
        let rss_before = largest_child();
        let mut max_rss = 0;
        let mut next_tick = Instant::now();
        let status = loop {
            if let Some(status) = self.reap(pid)? {
                break status;
            }
            self.await_event(&mut pipes, next_tick)?;
            if Instant::now() >= next_tick {
                let began = Instant::now();
                if is_talking {
                    max_rss = max_rss.max(self.report_usage()?);
                }
                next_tick = Instant::now() + (began.elapsed() * 10).clamp(TICK, LONGEST_TICK);
            }
        };
        self.kill_all()?;
        for pipe in &mut pipes {
            while self.forward(pipe)? {}
        }
        let rss_after = largest_child();
        if rss_after > rss_before {
            max_rss = max_rss.max(rss_after);
        }
        let (code, signal) = match status {
            WaitStatus::Exited(_, code) => (Some(code), None),
            WaitStatus::Signaled(_, signal, _) => (None, Some(signal as i32)),
            _ => (None, None),
        };
        Ok(Ended { code, signal, max_rss_bytes: max_rss })
    }

    /// Ends every process but this one, and waits until they are gone.
    pub(crate) fn kill_all(&self) -> io::Result<()> {
        loop {
            self.signal_all(Signal::SIGKILL);
            match waitpid(None, None) {
                Err(Errno::ECHILD) => return Ok(()),
                Err(Errno::EINTR) | Ok(_) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn signal_all(&self, signal: Signal) {
        if self.is_first {
            let _ = kill(Pid::from_raw(-1), signal);
            return;
        }
        for pid in usage::pids_below(nix::unistd::getpid().as_raw()) {
            let _ = kill(Pid::from_raw(pid), signal);
        }
    }

    /// Takes in every child that ended; the end of `pid` if it was among them.
    fn reap(&self, pid: u32) -> io::Result<Option<WaitStatus>> {
        loop {
            match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
                Ok(WaitStatus::StillAlive) => return Ok(None),
                Ok(status) if is_end_of(status, pid) => return Ok(Some(status)),
                Ok(_) | Err(Errno::EINTR) => {}
                // The command was taken in some other way: it is gone at any rate.
                Err(Errno::ECHILD) => return Ok(Some(WaitStatus::StillAlive)),
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Waits for output, an order, an ended child or the next tick, and handles what came.
    fn await_event(&mut self, pipes: &mut [Pipe; 2], tick: Instant) -> io::Result<()> {
        let left = tick.saturating_duration_since(Instant::now());
        let timeout = PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX);
        let mut ready = [false; 4];
        {
            let mut fds = vec![];
            if !self.is_abandoned {
                fds.push((0, PollFd::new(self.control.as_fd(), PollFlags::POLLIN)));
            }
            fds.push((1, PollFd::new(self.children.as_fd(), PollFlags::POLLIN)));
            for (index, pipe) in pipes.iter().enumerate() {
                if let Some(file) = &pipe.file {
                    fds.push((2 + index, PollFd::new(file.as_fd(), PollFlags::POLLIN)));
                }
            }
            let mut polled: Vec<PollFd> = fds.iter().map(|(_, fd)| fd.clone()).collect();
            match poll(&mut polled, timeout) {
                Ok(_) | Err(Errno::EINTR) => {}
                Err(error) => return Err(error.into()),
            }
            for ((slot, _), fd) in fds.iter().zip(&polled) {
                ready[*slot] = fd.any().unwrap_or(false);
            }
        }
        if ready[1] {
            while self.children.read_signal()?.is_some() {}
        }
        if ready[0] {
            self.obey()?;
        }
        for (index, pipe) in pipes.iter_mut().enumerate() {
            if ready[2 + index] {
                self.forward(pipe)?;
            }
        }
        Ok(())
    }

    fn obey(&mut self) -> io::Result<()> {
        match read_message(&mut self.control) {
            Ok(Some(Order::Terminate)) => self.signal_all(Signal::SIGTERM),
            Ok(Some(Order::Kill)) => self.signal_all(Signal::SIGKILL),
            Ok(Some(_)) => {}
            Ok(None) | Err(_) => {
                self.is_abandoned = true;
                self.signal_all(Signal::SIGKILL);
            }
        }
        Ok(())
    }

    /// Forwards what a pipe has; false at its end.
    fn forward(&mut self, pipe: &mut Pipe) -> io::Result<bool> {
        let Some(file) = pipe.file.as_mut() else { return Ok(false) };
        let mut buffer = [0; CHUNK];
        match file.read(&mut buffer) {
            Ok(0) => pipe.file = None,
            Ok(length) => write_frame(&mut self.control, pipe.kind, &buffer[..length])?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => pipe.file = None,
        }
        Ok(pipe.file.is_some())
    }

    fn report_usage(&mut self) -> io::Result<u64> {
        let sum = usage::sum_of(nix::unistd::getpid().as_raw());
        let usage::Sum { processes, rss_bytes, cpu_ms } = sum;
        let disk = self.disk();
        write_message(&mut self.control, &Report::Usage { processes, rss_bytes, cpu_ms, disk })?;
        Ok(rss_bytes)
    }
}

fn is_end_of(status: WaitStatus, pid: u32) -> bool {
    let ended = matches!(status, WaitStatus::Exited(..) | WaitStatus::Signaled(..));
    ended && status.pid().is_some_and(|p| u32::try_from(p.as_raw()) == Ok(pid))
}

/// The largest child ever waited for, in bytes.
fn largest_child() -> u64 {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN);
    usage.ok().and_then(|usage| u64::try_from(usage.max_rss()).ok()).unwrap_or(0) * 1024
}
