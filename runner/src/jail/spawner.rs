//! Starting jails from one thread that lives as long as the runner.
//!
//! `--die-with-parent` has the kernel end a jail when the *thread* that started it ends, and the
//! runtime's threads come and go.

use std::io;
use std::thread;

use tokio::process::{Child, Command};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

type Request = (Command, oneshot::Sender<io::Result<Child>>);

/// The thread.
#[derive(Clone)]
pub(crate) struct Spawner {
    requests: mpsc::UnboundedSender<Request>,
}

impl Spawner {
    /// Starts it. Must be called within a runtime.
    pub(crate) fn start() -> io::Result<Self> {
        let (requests, mut inbox) = mpsc::unbounded_channel::<Request>();
        let runtime = Handle::current();
        thread::Builder::new().name("spawner".to_owned()).spawn(move || {
            let _guard = runtime.enter();
            while let Some((mut command, answer)) = inbox.blocking_recv() {
                let _ = answer.send(command.spawn());
            }
        })?;
        Ok(Self { requests })
    }

    /// Starts a command on it.
    pub(crate) async fn spawn(&self, command: Command) -> io::Result<Child> {
        let (answer, started) = oneshot::channel();
        let gone = || io::Error::other("the spawner thread is gone");
        self.requests.send((command, answer)).map_err(|_| gone())?;
        started.await.map_err(|_| gone())?
    }
}
