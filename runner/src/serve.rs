//! Starting, serving, ending.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use domain::sandbox::protocol::{Isolation, Limits};
use nix::fcntl::{Flock, FlockArg};
use nix::sys::stat::{Mode, umask};
use serde::Serialize;
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

use crate::host::{Capacity, Host, now_ms};
use crate::http::{Service, router};
use crate::jail::bubblewrap::{Bubblewrap, JailPlace};
use crate::jail::cgroup::Cgroups;
use crate::jail::spawner::Spawner;
use crate::jail::{JailMaker, place};
use crate::options::Options;

/// What the jail that tries isolation out may use.
const PROBE: Limits = Limits {
    wall_ms: 1000,
    cpu_ms: 1000,
    memory_bytes: 64 << 20,
    processes: 16,
    file_bytes: 1 << 20,
    disk_bytes: 8 << 20,
    output_bytes: 1024,
};

/// The line that is printed once calls are answered.
#[derive(Serialize)]
struct Ready {
    ready: bool,
    address: String,
    isolation: Isolation,
    version: &'static str,
    pid: u32,
}

/// Serves until it is told to end. The error is what to tell whoever started it.
pub(crate) async fn serve(options: Options, secret: &str) -> Result<(), String> {
    umask(Mode::from_bits_truncate(0o022));
    let started_at_ms = now_ms();
    let state = claim_state(&options.state)?;
    let is_root = nix::unistd::geteuid().is_root();
    let maker = Arc::new(make_maker(&options, &state.directory, is_root).await?);
    let capacity = Capacity {
        max_sandboxes: options.max_sandboxes,
        first_uid: is_root.then_some(options.uid_base),
    };
    let sandboxes = state.directory.join("sandboxes");
    let host = Host::open(Arc::clone(&maker), capacity, sandboxes)
        .map_err(|error| format!("the state can't be read: {error}"))?;
    let listener = TcpListener::bind(options.listen)
        .await
        .map_err(|error| format!("can't listen on {}: {error}", options.listen))?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let service = Arc::new(Service::new(host, secret, started_at_ms));
    announce(&address.to_string(), maker.isolation()).map_err(|error| error.to_string())?;
    let calls = tokio::spawn({
        let service = Arc::clone(&service);
        async move { axum::serve(listener, router(service)).await }
    });
    let told = told_to_end(options.stdin_guard).await;
    calls.abort();
    service.host.shut_down().await;
    maker.cgroups.remove();
    let _ = fs::remove_dir_all(maker.place.path());
    told.map_err(|error| error.to_string())
}

fn announce(address: &str, isolation: Isolation) -> io::Result<()> {
    let (version, pid) = (crate::VERSION, std::process::id());
    let ready = Ready { ready: true, address: address.to_owned(), isolation, version, pid };
    let mut out = io::stdout().lock();
    serde_json::to_writer(&mut out, &ready)?;
    out.write_all(b"\n")?;
    out.flush()
}

/// Waits for SIGTERM, SIGINT, or the end of standard input where that matters.
async fn told_to_end(stdin_guard: bool) -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let parent_gone = async {
        if stdin_guard && end_of_stdin().await.is_ok() {
            return;
        }
        std::future::pending().await
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        () = parent_gone => {}
    }
    Ok(())
}

/// Reads standard input on a thread of its own, which nobody waits for.
async fn end_of_stdin() -> io::Result<()> {
    let (ended, end) = oneshot::channel();
    thread::Builder::new().name("stdin".to_owned()).spawn(move || {
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        let _ = ended.send(());
    })?;
    end.await.map_err(io::Error::other)
}

/// A state directory that no other runner uses.
struct State {
    directory: PathBuf,
    /// Held as long as this process lives.
    _lock: Flock<File>,
}

fn claim_state(path: &Path) -> Result<State, String> {
    let explain = |error: io::Error| format!("the state directory can't be used: {error}");
    let sandboxes = path.join("sandboxes");
    DirBuilder::new().recursive(true).mode(0o700).create(&sandboxes).map_err(explain)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o700)).map_err(explain)?;
    let directory = fs::canonicalize(path).map_err(explain)?;
    let lock = File::create(directory.join("lock")).map_err(explain)?;
    let lock = Flock::lock(lock, FlockArg::LockExclusiveNonblock)
        .map_err(|_| format!("another runner uses {}", directory.display()))?;
    // What was being received when an earlier runner ended.
    let _ = fs::remove_dir_all(directory.join("inbox"));
    Ok(State { directory, _lock: lock })
}

async fn make_maker(options: &Options, state: &Path, is_root: bool) -> Result<JailMaker, String> {
    let digest = format!("{:x}", Sha256::digest(state.as_os_str().as_encoded_bytes()));
    let name = format!("monotask-runner-{}", digest.get(..12).unwrap_or(&digest));
    let bubblewrap = if options.is_unsafe { None } else { Some(find_bubblewrap()?) };
    let explain = |error: io::Error| format!("the files of jails can't be made: {error}");
    let directory = place::make(state, &name, is_root).map_err(explain)?;
    let binary = std::env::current_exe().map_err(explain)?;
    let maker = JailMaker {
        bubblewrap,
        place: JailPlace::fill(directory, &binary).map_err(explain)?,
        cgroups: Cgroups::detect(&name),
        spawner: Spawner::start().map_err(explain)?,
    };
    let uid = is_root.then_some(options.uid_base);
    match maker.make("probe", uid, &PROBE).await {
        Ok(jail) => {
            let cgroup = jail.cgroup.clone();
            jail.destroy().await;
            maker.clean_up("probe", &cgroup);
            Ok(maker)
        }
        Err(detail) => {
            let _ = fs::remove_dir_all(maker.place.path());
            Err(refusal(&detail))
        }
    }
}

fn find_bubblewrap() -> Result<Bubblewrap, String> {
    Bubblewrap::detect().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => refusal("bubblewrap isn't installed (the program bwrap)"),
        _ => refusal(&error.to_string()),
    })
}

fn refusal(detail: &str) -> String {
    format!(
        "Sandboxes can't be isolated on this machine, so the runner doesn't start.\n\
         {detail}\n\
         Install bubblewrap (Debian, Ubuntu: apt-get install bubblewrap) and allow user \
         namespaces (sysctl user.max_user_namespaces above 0; on Ubuntu 24.04 also \
         kernel.apparmor_restrict_unprivileged_userns=0, or an AppArmor profile for bwrap).\n\
         To run without isolation, where every job can read and change this machine, start it \
         with --unsafe-no-isolation."
    )
}
