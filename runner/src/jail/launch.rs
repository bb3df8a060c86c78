//! `runner jail-launch`: the step between the runner and bubblewrap. It joins the sandbox's
//! control groups, gives up root for the sandbox's own user id, and becomes bubblewrap.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use nix::sys::resource::{Resource, setrlimit};
use nix::unistd::{Gid, Uid, setgroups, setresgid, setresuid};

/// What `jail-launch` was asked to do.
#[derive(Debug, Default)]
pub(crate) struct Launch {
    /// Control groups to join: their directories.
    pub cgroups: Vec<PathBuf>,
    /// The user and group id to become; none keeps the runner's.
    pub uid: Option<u32>,
    /// What to become.
    pub command: Vec<OsString>,
}

impl Launch {
    /// As arguments of the runner's own binary.
    pub(crate) fn arguments(&self) -> Vec<OsString> {
        let mut arguments = vec![OsString::from("jail-launch")];
        for cgroup in &self.cgroups {
            arguments.extend(["--cgroup".into(), cgroup.clone().into_os_string()]);
        }
        if let Some(uid) = self.uid {
            arguments.extend(["--uid".into(), uid.to_string().into()]);
        }
        arguments.push("--".into());
        arguments.extend(self.command.iter().cloned());
        arguments
    }

    /// From arguments after the word `jail-launch`.
    pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Option<Self> {
        let mut launch = Self::default();
        let mut arguments = arguments.into_iter();
        loop {
            match arguments.next()?.to_str()? {
                "--cgroup" => launch.cgroups.push(arguments.next()?.into()),
                "--uid" => launch.uid = Some(arguments.next()?.to_str()?.parse().ok()?),
                "--" => break,
                _ => return None,
            }
        }
        launch.command = arguments.collect();
        Some(launch)
    }
}

/// Runs `jail-launch`.
pub(crate) fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let Some(launch) = Launch::parse(arguments) else { return ExitCode::from(2) };
    let failure = match prepare(&launch) {
        Ok(()) => become_command(&launch.command),
        Err(error) => error,
    };
    eprintln!("the jail couldn't be launched: {failure}");
    ExitCode::FAILURE
}

fn prepare(launch: &Launch) -> io::Result<()> {
    for cgroup in &launch.cgroups {
        fs::write(cgroup.join("cgroup.procs"), "0")?;
    }
    // Short of memory, the kernel is to end commands first; without privilege it stays as it is.
    let _ = fs::write("/proc/self/oom_score_adj", "-900");
    setrlimit(Resource::RLIMIT_CORE, 0, 0)?;
    if let Some(uid) = launch.uid {
        let (user, group) = (Uid::from_raw(uid), Gid::from_raw(uid));
        setgroups(&[])?;
        setresgid(group, group, group)?;
        setresuid(user, user, user)?;
    }
    Ok(())
}

fn become_command(command: &[OsString]) -> io::Error {
    match command.split_first() {
        Some((program, arguments)) => Command::new(program).args(arguments).exec(),
        None => io::Error::new(io::ErrorKind::InvalidInput, "nothing to launch"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_come_back_as_they_went() {
        let launch = Launch {
            cgroups: vec!["/sys/fs/cgroup/pids/x".into()],
            uid: Some(61_000),
            command: vec!["bwrap".into(), "--uid".into(), "1".into()],
        };
        let parsed = Launch::parse(launch.arguments().into_iter().skip(1)).unwrap();
        assert_eq!(format!("{parsed:?}"), format!("{launch:?}"));
        assert!(Launch::parse([OsString::from("--uid"), OsString::from("root")]).is_none());
    }
}
