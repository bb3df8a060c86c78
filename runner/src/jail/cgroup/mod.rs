//! Control groups: the limits that bind all processes of a sandbox together, root or not.
//!
//! Version 1 has one hierarchy for each controller, version 2 one for all. Either way the runner
//! keeps a directory of its own (named after its state directory, so that the next start finds
//! it) and one in it for each sandbox.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use domain::sandbox::protocol::Limits;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::bubblewrap::SCRATCH_EXTRA_BYTES;

mod detect;

/// A controller that sandboxes are bound by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Controller {
    Pids,
    Memory,
    CpuTime,
    CpuShare,
}

/// How a hierarchy's files are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    V1,
    V2,
}

/// The runner's directory in one hierarchy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hierarchy {
    directory: PathBuf,
    version: Version,
    controllers: BTreeSet<Controller>,
}

/// Every hierarchy that the runner may use.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cgroups {
    hierarchies: Vec<Hierarchy>,
}

/// The processes of a sandbox that aren't its commands': bubblewrap, its first process, the one
/// that is being turned into a command.
const OWN_PROCESSES: u32 = 3;
/// Sandboxes get half of what other processes get when both want the processor.
const V1_SHARES: &str = "512";
const V2_WEIGHT: &str = "50";
const KILL_TIME: Duration = Duration::from_secs(3);

impl Cgroups {
    /// Finds what this process may use, under directories called `name`, and ends whatever an
    /// earlier runner of that name left there.
    pub(crate) fn detect(name: &str) -> Self {
        let cgroups = Self { hierarchies: detect::hierarchies(name) };
        for hierarchy in &cgroups.hierarchies {
            let leftovers = fs::read_dir(&hierarchy.directory).into_iter().flatten().flatten();
            for leftover in leftovers.filter(|entry| entry.path().is_dir()) {
                end_group(&leftover.path());
            }
        }
        cgroups
    }

    /// The controllers' names, for people.
    pub(crate) fn names(&self) -> Vec<String> {
        let all: BTreeSet<Controller> =
            self.hierarchies.iter().flat_map(|h| h.controllers.iter().copied()).collect();
        let name = |controller: &Controller| match controller {
            Controller::Pids => "pids",
            Controller::Memory => "memory",
            Controller::CpuTime => "cpuacct",
            Controller::CpuShare => "cpu",
        };
        all.iter().map(|controller| name(controller).to_owned()).collect()
    }

    pub(crate) fn has(&self, controller: Controller) -> bool {
        self.hierarchies.iter().any(|hierarchy| hierarchy.controllers.contains(&controller))
    }

    /// Makes the groups of one sandbox and sets its limits.
    pub(crate) fn create(&self, id: &str, limits: &Limits) -> io::Result<SandboxCgroup> {
        let mut cgroup = SandboxCgroup { groups: vec![] };
        let made = self.make_groups(id, &mut cgroup).and_then(|()| cgroup.bind(limits));
        if made.is_err() {
            // Nobody else knows of those that were made.
            cgroup.end();
        }
        made.map(|()| cgroup)
    }

    fn make_groups(&self, id: &str, cgroup: &mut SandboxCgroup) -> io::Result<()> {
        for hierarchy in &self.hierarchies {
            let group = Hierarchy { directory: hierarchy.directory.join(id), ..hierarchy.clone() };
            if group.directory.exists() {
                end_group(&group.directory);
            }
            fs::create_dir(&group.directory)?;
            cgroup.groups.push(group);
        }
        Ok(())
    }

    /// Removes the runner's own directories. Only when no sandbox lives.
    pub(crate) fn remove(&self) {
        for hierarchy in &self.hierarchies {
            let _ = fs::remove_dir(&hierarchy.directory);
        }
    }
}

/// The groups of one sandbox.
#[derive(Clone, Debug, Default)]
pub(crate) struct SandboxCgroup {
    groups: Vec<Hierarchy>,
}

/// What a sandbox's groups count. What no controller counts is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub processes: Option<u32>,
    pub memory_bytes: Option<u64>,
    pub peak_bytes: Option<u64>,
    pub cpu_ms: Option<u64>,
    pub oom_kills: u64,
    pub forks_refused: u64,
}

impl SandboxCgroup {
    /// The directories to join.
    pub(crate) fn directories(&self) -> Vec<PathBuf> {
        self.groups.iter().map(|group| group.directory.clone()).collect()
    }

    fn group(&self, controller: Controller) -> Option<&Hierarchy> {
        self.groups.iter().find(|group| group.controllers.contains(&controller))
    }

    fn bind(&self, limits: &Limits) -> io::Result<()> {
        if let Some(group) = self.group(Controller::Pids) {
            let most = limits.processes.saturating_add(OWN_PROCESSES);
            group.write("pids.max", &most.to_string())?;
        }
        self.bind_memory(limits.memory_bytes.saturating_add(limits.disk_bytes))?;
        if let Some(group) = self.group(Controller::CpuShare) {
            match group.version {
                Version::V1 => group.write("cpu.shares", V1_SHARES)?,
                Version::V2 => group.write("cpu.weight", V2_WEIGHT)?,
            }
        }
        Ok(())
    }

    fn bind_memory(&self, bytes: u64) -> io::Result<()> {
        let Some(group) = self.group(Controller::Memory) else { return Ok(()) };
        let bytes = bytes.to_string();
        // Kernels without accounting of swap lack the second file; swap is then not bounded.
        match group.version {
            Version::V1 => {
                // Raising needs the larger limit first, setting the first time the smaller one.
                let _ = group.write("memory.memsw.limit_in_bytes", &bytes);
                group.write("memory.limit_in_bytes", &bytes)?;
                let _ = group.write("memory.memsw.limit_in_bytes", &bytes);
            }
            Version::V2 => {
                group.write("memory.max", &bytes)?;
                let _ = group.write("memory.swap.max", "0");
            }
        }
        Ok(())
    }

    /// Makes room for a second copy of the source while the job's change is being determined;
    /// no command lives any more then.
    pub(crate) fn make_room_for_capture(&self, limits: &Limits) {
        let room = limits.disk_bytes.saturating_mul(2).saturating_add(2 * SCRATCH_EXTRA_BYTES);
        let _ = self.bind_memory(limits.memory_bytes.saturating_add(room));
    }

    /// Sets the limit back that commands are bound by; the second copy is gone.
    pub(crate) fn end_capture(&self, limits: &Limits) -> io::Result<()> {
        self.bind_memory(limits.memory_bytes.saturating_add(limits.disk_bytes))
    }

    pub(crate) fn counts(&self) -> Counts {
        let number = |controller, v1: &str, v2: &str| {
            let group = self.group(controller)?;
            let file = if group.version == Version::V1 { v1 } else { v2 };
            group.read(file)?.trim().parse::<u64>().ok()
        };
        let processes = number(Controller::Pids, "pids.current", "pids.current");
        Counts {
            processes: processes.and_then(|n| u32::try_from(n).ok()),
            memory_bytes: number(Controller::Memory, "memory.usage_in_bytes", "memory.current"),
            peak_bytes: number(Controller::Memory, "memory.max_usage_in_bytes", "memory.peak"),
            cpu_ms: self.cpu_ms(),
            oom_kills: self
                .keyed(Controller::Memory, ["memory.oom_control", "memory.events"], "oom_kill")
                .unwrap_or(0),
            forks_refused: self
                .keyed(Controller::Pids, ["pids.events", "pids.events"], "max")
                .unwrap_or(0),
        }
    }

    fn cpu_ms(&self) -> Option<u64> {
        let group = self.group(Controller::CpuTime)?;
        match group.version {
            Version::V1 => {
                Some(group.read("cpuacct.usage")?.trim().parse::<u64>().ok()? / 1_000_000)
            }
            Version::V2 => Some(value_of(&group.read("cpu.stat")?, "usage_usec")? / 1_000),
        }
    }

    fn keyed(&self, controller: Controller, [v1, v2]: [&str; 2], key: &str) -> Option<u64> {
        let group = self.group(controller)?;
        let file = if group.version == Version::V1 { v1 } else { v2 };
        value_of(&group.read(file)?, key)
    }

    /// Ends whatever still lives in the groups and removes them. Blocks for up to some seconds.
    pub(crate) fn end(&self) {
        for group in &self.groups {
            end_group(&group.directory);
        }
    }
}

impl Hierarchy {
    fn write(&self, file: &str, value: &str) -> io::Result<()> {
        fs::write(self.directory.join(file), value)
    }

    fn read(&self, file: &str) -> Option<String> {
        fs::read_to_string(self.directory.join(file)).ok()
    }
}

fn value_of(text: &str, key: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(' ')?.trim().parse().ok())
}

/// Kills every process of a group until it is empty, then removes it.
fn end_group(directory: &Path) {
    let deadline = Instant::now() + KILL_TIME;
    // Only version 2 has it; it is never made.
    let _ = fs::OpenOptions::new()
        .write(true)
        .open(directory.join("cgroup.kill"))
        .and_then(|mut kill| io::Write::write_all(&mut kill, b"1"));
    while Instant::now() < deadline {
        // A group that can't be read may still be an empty one.
        let Ok(procs) = fs::read_to_string(directory.join("cgroup.procs")) else {
            let _ = fs::remove_dir(directory);
            return;
        };
        for pid in procs.lines().filter_map(|line| line.parse::<i32>().ok()).filter(|p| *p > 0) {
            let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
        }
        if fs::remove_dir(directory).is_ok() {
            return;
        }
        thread::sleep(Duration::from_millis(10));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_that_cannot_be_made_whole_leaves_none() {
        let root = tempfile::tempdir().unwrap();
        let hierarchy = |name: &str, controllers: &[Controller]| Hierarchy {
            directory: root.path().join(name),
            version: Version::V1,
            controllers: controllers.iter().copied().collect(),
        };
        fs::create_dir(root.path().join("first")).unwrap();
        let cgroups = Cgroups {
            hierarchies: vec![hierarchy("first", &[]), hierarchy("missing", &[Controller::Pids])],
        };
        let limits = Limits {
            wall_ms: 1,
            cpu_ms: 1,
            memory_bytes: 1,
            processes: 1,
            file_bytes: 1,
            disk_bytes: 1,
            output_bytes: 1,
        };
        let made = cgroups.create("s", &limits);
        assert!(made.is_err());
        assert!(!root.path().join("first/s").exists(), "the first one was left");
    }
}
