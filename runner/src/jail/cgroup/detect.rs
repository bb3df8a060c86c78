//! Finding the hierarchies that this process may make groups in.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::{Controller, Hierarchy, Version};

/// A mounted hierarchy and where this process is in it.
#[derive(Debug, PartialEq, Eq)]
struct Mounted {
    mount: PathBuf,
    version: Version,
    controllers: BTreeSet<Controller>,
    own: String,
}

/// Makes the runner's directory in every hierarchy that lets it.
pub(super) fn hierarchies(name: &str) -> Vec<Hierarchy> {
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let own = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    parse(&mounts, &own).iter().filter_map(|mounted| take(mounted, name)).collect()
}

fn parse(mounts: &str, own: &str) -> Vec<Mounted> {
    mounts.lines().filter_map(|line| parse_mount(line, own)).collect()
}

/// One line of mountinfo: `… root mountpoint options - type source super-options`.
fn parse_mount(line: &str, own: &str) -> Option<Mounted> {
    let (fields, kind) = line.split_once(" - ")?;
    let mount = PathBuf::from(fields.split(' ').nth(4)?);
    let mut kind = kind.split(' ');
    let version = match kind.next()? {
        "cgroup" => Version::V1,
        "cgroup2" => Version::V2,
        _ => return None,
    };
    let options: Vec<&str> = kind.nth(1)?.split(',').collect();
    let mut controllers = BTreeSet::new();
    for (word, controller) in [
        ("pids", Controller::Pids),
        ("memory", Controller::Memory),
        ("cpuacct", Controller::CpuTime),
        ("cpu", Controller::CpuShare),
    ] {
        if version == Version::V1 && options.contains(&word) {
            controllers.insert(controller);
        }
    }
    if version == Version::V1 && controllers.is_empty() {
        return None;
    }
    let own = own.lines().find_map(|line| {
        let mut fields = line.splitn(3, ':').skip(1);
        let (names, path) = (fields.next()?, fields.next()?);
        let is_it = match version {
            Version::V2 => names.is_empty(),
            Version::V1 => names.split(',').any(|name| options.contains(&name)),
        };
        is_it.then(|| path.to_owned())
    })?;
    Some(Mounted { mount, version, controllers, own })
}

/// The runner's directory below its own group, or at the hierarchy's root where its own group
/// isn't visible or takes none (version 2 has no groups below one that has processes).
fn take(mounted: &Mounted, name: &str) -> Option<Hierarchy> {
    let own = mounted.mount.join(mounted.own.trim_start_matches('/'));
    [own, mounted.mount.clone()].iter().find_map(|parent| {
        let directory = parent.join(name);
        match mounted.version {
            Version::V1 => take_v1(mounted, directory),
            Version::V2 => take_v2(parent, directory),
        }
    })
}

/// Writes to a file that is there; never makes one.
fn set(file: PathBuf, value: &str) -> bool {
    let file = fs::OpenOptions::new().write(true).open(file);
    file.and_then(|mut file| file.write_all(value.as_bytes())).is_ok()
}

fn make(directory: &Path) -> bool {
    directory.is_dir() || fs::create_dir(directory).is_ok()
}

fn take_v1(mounted: &Mounted, directory: PathBuf) -> Option<Hierarchy> {
    if !make(&directory) {
        return None;
    }
    // A group below must be possible too, and must bind what is in it.
    let probe = directory.join("probe");
    let is_usable = make(&probe) && set(probe.join("cgroup.clone_children"), "0");
    let _ = fs::remove_dir(&probe);
    let controllers = mounted.controllers.clone();
    is_usable.then_some(Hierarchy { directory, version: Version::V1, controllers })
}

fn take_v2(parent: &Path, directory: PathBuf) -> Option<Hierarchy> {
    // The parent hands its controllers down, then the runner's directory does.
    for controller in ["+pids", "+memory", "+cpu"] {
        set(parent.join("cgroup.subtree_control"), controller);
    }
    if !make(&directory) {
        return None;
    }
    for controller in ["+pids", "+memory", "+cpu"] {
        set(directory.join("cgroup.subtree_control"), controller);
    }
    let probe = directory.join("probe");
    let mut controllers = BTreeSet::new();
    if make(&probe) {
        for (file, controller) in [
            ("pids.max", Controller::Pids),
            ("memory.max", Controller::Memory),
            ("cpu.stat", Controller::CpuTime),
            ("cpu.weight", Controller::CpuShare),
        ] {
            if probe.join(file).is_file() {
                controllers.insert(controller);
            }
        }
        let _ = fs::remove_dir(&probe);
    }
    // Without a limit to set there is nothing to be had from it.
    if controllers.contains(&Controller::Pids) || controllers.contains(&Controller::Memory) {
        return Some(Hierarchy { directory, version: Version::V2, controllers });
    }
    let _ = fs::remove_dir(&directory);
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_1_has_a_hierarchy_for_each_controller() {
        let mounts = "\
30 29 0:26 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
31 29 0:27 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
32 29 0:28 / /sys/fs/cgroup/blkio rw - cgroup cgroup rw,blkio
33 1 0:29 / /proc rw - proc proc rw";
        let own = "4:memory:/a/b\n2:cpu,cpuacct:/\n0::/";
        let found = parse(mounts, own);
        assert_eq!(found.len(), 2, "{found:?}");
        assert_eq!(found[0].own, "/a/b");
        assert_eq!(found[0].controllers, BTreeSet::from([Controller::Memory]));
        assert_eq!(
            found[1].controllers,
            BTreeSet::from([Controller::CpuTime, Controller::CpuShare])
        );
    }

    #[test]
    fn version_2_is_one_hierarchy() {
        let mounts = "30 29 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate";
        let found = parse(mounts, "0::/user.slice/x.scope");
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].version, found[0].own.as_str()), (Version::V2, "/user.slice/x.scope"));
    }

    #[test]
    fn a_directory_without_controllers_is_not_taken() {
        let root = tempfile::tempdir().unwrap();
        let mounted = Mounted {
            mount: root.path().to_owned(),
            version: Version::V2,
            controllers: BTreeSet::new(),
            own: "/nowhere".to_owned(),
        };
        assert_eq!(take(&mounted, "runner"), None);
        assert!(!root.path().join("runner").exists(), "nothing is left behind");
    }
}
