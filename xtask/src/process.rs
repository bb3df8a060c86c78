//! Running other programs, and leaving none behind.

use std::{
    ffi::OsStr,
    fs::File,
    io::Read,
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use nix::{
    sys::{
        signal::{Signal, kill, killpg},
        wait::{WaitPidFlag, waitpid},
    },
    unistd::Pid,
};

use crate::{Result, paths};

/// How long a program may take to stop by itself.
const GRACE: Duration = Duration::from_secs(5);

static STOP: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// From now on a signal to stop is noted, rather than ending us with our children still running.
pub fn stop_with_us() -> Result {
    let flag = STOP.get_or_init(|| Arc::new(AtomicBool::new(false)));
    for signal in
        [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM, signal_hook::consts::SIGHUP]
    {
        signal_hook::flag::register(signal, Arc::clone(flag))?;
    }
    // What our children leave behind becomes ours, so that it can be found at the end.
    #[cfg(target_os = "linux")]
    nix::sys::prctl::set_child_subreaper(true)?;
    Ok(())
}

/// Ends everything that was started by us, by those we started, and so on.
pub fn sweep() {
    for (pid, born) in descendants(Pid::this()) {
        if start_of(pid) == Some(born) {
            let _ = kill(pid, Signal::SIGKILL);
        }
    }
}

/// Whether someone asked us to stop.
pub fn stopping() -> bool {
    STOP.get().is_some_and(|flag| flag.load(Ordering::Relaxed))
}

/// A program to run in the repository.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(paths::root()).stdin(Stdio::null());
    command
}

/// Cargo, as it runs us.
pub fn cargo() -> Command {
    command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// A program of the npm packages, with the Node among them first in the path.
pub fn npm_command(name: &str) -> Command {
    let mut command = command(paths::npm_tool(name));
    with_node(&mut command);
    command
}

/// Puts the pinned Node first in a program's path.
pub fn with_node(command: &mut Command) {
    let mut path = paths::at("node_modules/node/bin").into_os_string();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    command.env("PATH", path).env("WRANGLER_SEND_METRICS", "false").env("CI", "1");
}

/// Runs a program to its end and keeps what it said.
///
/// # Errors
/// When it can't be started or fails; then with the end of what it said.
pub fn run(command: &mut Command) -> Result<String> {
    let (output, succeeded) = run_anyway(command)?;
    if succeeded {
        return Ok(output);
    }
    if stopping() {
        return Err("stopped".into());
    }
    let lines: Vec<&str> = output.lines().collect();
    let tail: Vec<String> =
        lines[lines.len().saturating_sub(80)..].iter().map(|line| shortened(line)).collect();
    Err(format!("`{}` failed:\n{}", describe(command), tail.join("\n")).into())
}

/// A line as one can read it: some errors spell out types of many thousand characters.
fn shortened(line: &str) -> String {
    let mut kept: String = line.chars().take(600).collect();
    if kept.len() < line.len() {
        kept.push('…');
    }
    kept
}

/// Runs a program to its end, and says what it said and whether it succeeded.
///
/// # Errors
/// When it can't be started.
pub fn run_anyway(command: &mut Command) -> Result<(String, bool)> {
    let mut running = Running::start(command, Output::Kept)?;
    let mut said = Vec::new();
    let streams = (running.child.stdout.take(), running.child.stderr.take());
    let (out, err) = (reader(streams.0), reader(streams.1));
    let status = loop {
        if let Some(status) = running.child.try_wait()? {
            break Some(status);
        }
        if stopping() {
            break None;
        }
        thread::sleep(Duration::from_millis(30));
    };
    // What the program left running would keep its end of the pipes open.
    running.stop();
    for part in [out, err] {
        said.extend(part.join().unwrap_or_default());
    }
    let succeeded = status.is_some_and(|status| status.success());
    Ok((String::from_utf8_lossy(&said).into_owned(), succeeded))
}

fn reader(stream: Option<impl Read + Send + 'static>) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut stream) = stream {
            let _ = stream.read_to_end(&mut bytes);
        }
        bytes
    })
}

fn describe(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}

/// Where a program's output goes.
pub enum Output<'a> {
    /// To us.
    Kept,
    /// To a file.
    File(&'a Path),
}

/// A program that runs beside us, in a process group of its own. It stops with this value, and so does
/// everything it started.
pub struct Running {
    child: Child,
    group: Pid,
}

impl Running {
    /// Starts a program.
    ///
    /// # Errors
    /// When it can't be started, with how to get it.
    pub fn start(command: &mut Command, output: Output<'_>) -> Result<Self> {
        match output {
            Output::Kept => command.stdout(Stdio::piped()).stderr(Stdio::piped()),
            Output::File(path) => {
                let file = File::create(path)?;
                command.stdout(file.try_clone()?).stderr(file)
            }
        };
        let child = command.process_group(0).spawn().map_err(|error| {
            format!("`{}` could not be started: {error}", command.get_program().to_string_lossy())
        })?;
        let group = Pid::from_raw(i32::try_from(child.id())?);
        Ok(Self { child, group })
    }

    /// Whether it ended by itself.
    pub fn ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Stops it and all it started: asks, waits a little, then insists.
    pub fn stop(&mut self) {
        let mut family = descendants(self.group);
        let _ = killpg(self.group, Signal::SIGTERM);
        let asked = Instant::now();
        while asked.elapsed() < GRACE && (!self.ended() || killpg(self.group, None).is_ok()) {
            family.extend(descendants(self.group));
            if self.ended() {
                // Orphans of it are ours now, and stay in the group until we look at them.
                let group = Pid::from_raw(-self.group.as_raw());
                let _ = waitpid(group, Some(WaitPidFlag::WNOHANG));
            }
            thread::sleep(Duration::from_millis(20));
        }
        let _ = killpg(self.group, Signal::SIGKILL);
        let _ = self.child.wait();
        // What left the group (a session of its own) but was started by it.
        for (pid, born) in family {
            if start_of(pid) == Some(born) {
                let _ = kill(pid, Signal::SIGKILL);
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Everything a process started, directly or not, each with the time it was born: a process id alone
/// may belong to someone else by the time it is used.
fn descendants(of: Pid) -> Vec<(Pid, u64)> {
    let all: Vec<(Pid, Pid, u64)> = std::fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(|pid: i32| {
            let (parent, born) = stat(Pid::from_raw(pid))?;
            Some((Pid::from_raw(pid), parent, born))
        })
        .collect();
    let mut found: Vec<(Pid, u64)> = Vec::new();
    let mut parents = vec![of];
    while let Some(parent) = parents.pop() {
        for &(pid, _, born) in all.iter().filter(|(_, its_parent, _)| *its_parent == parent) {
            found.push((pid, born));
            parents.push(pid);
        }
    }
    found
}

fn start_of(pid: Pid) -> Option<u64> {
    stat(pid).map(|(_, born)| born)
}

/// A process's parent and the time it was born, where the system has `/proc`.
fn stat(pid: Pid) -> Option<(Pid, u64)> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses may hold anything, so what counts stands behind the last one.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let parent = fields.get(1)?.parse().ok()?;
    Some((Pid::from_raw(parent), fields.get(19)?.parse().ok()?))
}
