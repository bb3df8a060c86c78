//! Jails: making one, talking to its first process, and ending it.

use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::chown;
use std::os::unix::net::UnixStream as StdUnixStream;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use domain::sandbox::protocol::{Isolation, Limits};
use tokio::io::AsyncReadExt;
use tokio::net::UnixStream;
use tokio::net::unix::OwnedWriteHalf;
use tokio::process::{Child, ChildStderr, Command};
use tokio::sync::mpsc;
use tokio::time::timeout;

pub(crate) mod bubblewrap;
pub(crate) mod cgroup;
pub(crate) mod exec;
pub(crate) mod helper;
pub(crate) mod init;
pub(crate) mod launch;
pub(crate) mod paths;
pub(crate) mod place;
pub(crate) mod spawner;
pub(crate) mod supervise;
pub(crate) mod usage;
pub(crate) mod wire;

use bubblewrap::{Bubblewrap, JailPlace};
use cgroup::{Cgroups, Controller, SandboxCgroup};
use launch::Launch;
use spawner::Spawner;
use wire::{Kind, Order, Report, Told};

/// How long a jail may take to stand.
const START_TIME: Duration = Duration::from_secs(10);
/// How much a jail that fails may say about it, in bytes.
const MAX_COMPLAINT: u64 = 4096;
/// How many frames of a jail wait to be handled.
const WAITING_FRAMES: usize = 64;

/// Makes jails.
pub(crate) struct JailMaker {
    /// None: nothing isolates them.
    pub bubblewrap: Option<Bubblewrap>,
    pub place: JailPlace,
    pub cgroups: Cgroups,
    pub spawner: Spawner,
}

/// A living jail.
pub(crate) struct Jail {
    orders: OwnedWriteHalf,
    told: mpsc::Receiver<Told>,
    child: Child,
    pub cgroup: SandboxCgroup,
}

impl JailMaker {
    pub(crate) fn isolation(&self) -> Isolation {
        match self.bubblewrap {
            Some(_) => Isolation::Bubblewrap,
            None => Isolation::Unsafe,
        }
    }

    /// Whether single processes must be bounded in memory because no group bounds them together.
    pub(crate) fn bounds_memory_by_process(&self) -> bool {
        !self.cgroups.has(Controller::Memory)
    }

    /// Makes the jail of sandbox `id`, as user `uid` if that is given. The error is a sentence.
    pub(crate) async fn make(
        &self,
        id: &str,
        uid: Option<u32>,
        limits: &Limits,
    ) -> Result<Jail, String> {
        let cgroup = self
            .cgroups
            .create(id, limits)
            .map_err(|error| format!("its control groups couldn't be made: {error}"))?;
        let made = self.start(id, uid, limits, &cgroup).await;
        if made.is_err() {
            self.clean_up(id, &cgroup);
        }
        made
    }

    async fn start(
        &self,
        id: &str,
        uid: Option<u32>,
        limits: &Limits,
        cgroup: &SandboxCgroup,
    ) -> Result<Jail, String> {
        let command = match self.bubblewrap {
            Some(bubblewrap) => bubblewrap.command(&self.place, limits.disk_bytes),
            None => self.open_air(id, uid).map_err(|error| format!("no directory: {error}"))?,
        };
        let launch = Launch { cgroups: cgroup.directories(), uid, command };
        let started = Started::new(&launch, &self.place.binary(), &self.spawner).await;
        started.map_err(|error| error.to_string())?.stand(cgroup.clone()).await
    }

    /// Without isolation a sandbox is a directory of its own.
    fn open_air(&self, id: &str, uid: Option<u32>) -> io::Result<Vec<std::ffi::OsString>> {
        let root = self.place.open_air().join(id);
        let scratch = root.join("scratch");
        let _ = fs::remove_dir_all(&root);
        fs::create_dir_all(&scratch)?;
        for directory in [&root, &scratch] {
            chown(directory, uid, uid)?;
        }
        let binary = self.place.binary().into_os_string();
        Ok(vec![binary, "jail-init".into(), root.into(), scratch.into()])
    }

    /// Removes what a jail had. Its processes are ended first if any lives.
    pub(crate) fn clean_up(&self, id: &str, cgroup: &SandboxCgroup) {
        cgroup.end();
        if self.bubblewrap.is_none() {
            let _ = fs::remove_dir_all(self.place.open_air().join(id));
        }
    }
}

/// A jail that doesn't stand yet.
struct Started {
    child: Child,
    socket: UnixStream,
}

impl Started {
    async fn new(launch: &Launch, binary: &Path, spawner: &Spawner) -> io::Result<Self> {
        let (ours, theirs) = StdUnixStream::pair()?;
        ours.set_nonblocking(true)?;
        let mut command = Command::new(binary);
        command.args(launch.arguments()).env_clear().env("PATH", paths::PATH).current_dir("/");
        command.stdin(Stdio::from(OwnedFd::from(theirs))).stdout(Stdio::null());
        command.stderr(Stdio::piped()).kill_on_drop(true);
        Ok(Self { child: spawner.spawn(command).await?, socket: UnixStream::from_std(ours)? })
    }

    async fn stand(mut self, cgroup: SandboxCgroup) -> Result<Jail, String> {
        let (mut from, orders) = self.socket.into_split();
        let first = timeout(START_TIME, wire::receive(&mut from)).await;
        if !matches!(first, Ok(Ok(Some(Told::Report(Report::Ready))))) {
            let _ = self.child.start_kill();
            let said = match self.child.stderr.take() {
                Some(stderr) => complaint(stderr).await,
                None => String::new(),
            };
            return Err(format!("the jail doesn't stand: {said}"));
        }
        let (tx, told) = mpsc::channel(WAITING_FRAMES);
        tokio::spawn(async move {
            while let Ok(Some(frame)) = wire::receive(&mut from).await {
                if tx.send(frame).await.is_err() {
                    break;
                }
            }
        });
        Ok(Jail { orders, told, child: self.child, cgroup })
    }
}

async fn complaint(stderr: ChildStderr) -> String {
    let mut bytes = vec![];
    let mut limited = stderr.take(MAX_COMPLAINT);
    let _ = timeout(Duration::from_secs(1), limited.read_to_end(&mut bytes)).await;
    String::from_utf8_lossy(&bytes).trim().to_owned()
}

impl Jail {
    /// What the jail tells next; none once it is gone.
    pub(crate) async fn next(&mut self) -> Option<Told> {
        self.told.recv().await
    }

    /// Gives an order. An error means that the jail is gone.
    pub(crate) async fn order(&mut self, order: &Order) -> io::Result<()> {
        wire::send_frame(&mut self.orders, Kind::Message, &serde_json::to_vec(order)?).await
    }

    /// Sends the source that is kept in `path`.
    pub(crate) async fn store(&mut self, path: &Path) -> io::Result<()> {
        let mut file = tokio::fs::File::open(path).await?;
        self.order(&Order::Store).await?;
        let mut buffer = vec![0; wire::CHUNK];
        loop {
            let length = file.read(&mut buffer).await?;
            if length == 0 {
                return self.order(&Order::Stored).await;
            }
            wire::send_frame(&mut self.orders, Kind::Data, &buffer[..length]).await?;
        }
    }

    /// Ends every process of the jail at once. Its first process can't be kept from it.
    pub(crate) async fn destroy(mut self) {
        let _ = self.child.start_kill();
        let _ = timeout(Duration::from_secs(3), self.child.wait()).await;
    }
}
