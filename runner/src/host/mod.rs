//! All sandboxes of this runner, and what may be done with each.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::sandbox::protocol::{
    ErrorCode, Job, JobState, Limits, Phase, Results, SandboxView, SourceState,
};

mod capture;
mod check;
mod exec;
mod job;
mod keeper;
mod lines;
mod mask;
mod output;
mod received;
mod record;
mod refusal;
mod restore;
mod sandbox;
mod step;

pub(crate) use received::Received;
pub(crate) use record::now_ms;
pub(crate) use refusal::Refused;
pub(crate) use sandbox::Sandbox;

use tokio::sync::mpsc::UnboundedReceiver;

use crate::jail::JailMaker;
use crate::jail::wire::SourceKind;
use record::{Record, SentSource, Shelf};
use sandbox::{Stop, Work};

/// How long a request waits for what it asked for before it answers with how far it is.
const ANSWER_TIME: Duration = Duration::from_secs(20);
/// How long ending a sandbox may take.
const END_TIME: Duration = Duration::from_secs(10);

/// How many sandboxes there may be, and as whom.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Capacity {
    pub max_sandboxes: u32,
    /// The first of as many user ids; none keeps the runner's own.
    pub first_uid: Option<u32>,
}

/// The sandboxes.
pub(crate) struct Host {
    pub maker: Arc<JailMaker>,
    pub capacity: Capacity,
    directory: PathBuf,
    sandboxes: Mutex<BTreeMap<String, Arc<Sandbox>>>,
}

impl Host {
    /// Takes up what `directory` holds: the sandboxes of an earlier runner, whose jails are gone.
    pub(crate) fn open(
        maker: Arc<JailMaker>,
        capacity: Capacity,
        directory: PathBuf,
    ) -> io::Result<Self> {
        let sandboxes = Mutex::new(restore::restore(&directory)?);
        Ok(Self { maker, capacity, directory, sandboxes })
    }

    fn sandboxes(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Sandbox>>> {
        self.sandboxes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A sandbox.
    pub(crate) fn find(&self, id: &str) -> Result<Arc<Sandbox>, Refused> {
        let found = self.sandboxes().get(id).cloned();
        found.ok_or_else(|| Refused::new(ErrorCode::UnknownSandbox, "no sandbox of this id"))
    }

    /// All of them, oldest first.
    pub(crate) fn list(&self) -> Vec<SandboxView> {
        let all: Vec<Arc<Sandbox>> = self.sandboxes().values().cloned().collect();
        let mut views: Vec<SandboxView> = all.iter().map(|sandbox| sandbox.view()).collect();
        views.sort_by_key(|view| view.created_at_ms);
        views
    }

    /// Makes a sandbox, or gives the one that there is.
    pub(crate) async fn provision(&self, id: &str, limits: Limits) -> Result<SandboxView, Refused> {
        check::check_id("the sandbox's id", id)?;
        check::check_limits(&limits)?;
        let sandbox = self.find_or_begin(id, limits)?;
        sandbox.wait_until(ANSWER_TIME, |record| record.phase != Phase::Provisioning).await;
        Ok(sandbox.view())
    }

    fn find_or_begin(&self, id: &str, limits: Limits) -> Result<Arc<Sandbox>, Refused> {
        let mut sandboxes = self.sandboxes();
        if let Some(found) = sandboxes.get(id) {
            return if found.record().limits == limits {
                Ok(Arc::clone(found))
            } else {
                let message = "this sandbox exists with other limits";
                Err(Refused::new(ErrorCode::SpecConflict, message))
            };
        }
        let uid = self.free_slot(&sandboxes)?;
        let directory = self.directory.join(id);
        DirBuilder::new().mode(0o700).create(&directory)?;
        let begun = begin(
            Record::new(id.to_owned(), limits, self.maker.isolation(), now_ms()),
            directory.clone(),
            uid,
        );
        if begun.is_err() {
            // Or the next try finds it in its way.
            let _ = fs::remove_dir_all(directory);
        }
        let (sandbox, work) = begun?;
        let sandbox = Arc::new(sandbox);
        sandboxes.insert(id.to_owned(), Arc::clone(&sandbox));
        tokio::spawn(keeper::keep(Arc::clone(&self.maker), Arc::clone(&sandbox), work));
        Ok(sandbox)
    }

    /// The user id of a sandbox more, which no living one has.
    fn free_slot(
        &self,
        sandboxes: &BTreeMap<String, Arc<Sandbox>>,
    ) -> Result<Option<u32>, Refused> {
        let living: Vec<_> = sandboxes.values().filter(|sandbox| sandbox.is_alive()).collect();
        if living.len() >= self.capacity.max_sandboxes as usize {
            let message = format!("this runner keeps {} sandboxes at once", living.len());
            return Err(Refused::new(ErrorCode::TooManySandboxes, message));
        }
        let Some(first) = self.capacity.first_uid else { return Ok(None) };
        let is_free = |uid: &u32| living.iter().all(|sandbox| sandbox.uid != Some(*uid));
        Ok((first..first + self.capacity.max_sandboxes).find(is_free))
    }

    /// Takes a source that was received into `received`, and has it unpacked.
    pub(crate) async fn take_source(
        &self,
        id: &str,
        kind: SourceKind,
        received: Received,
    ) -> Result<SandboxView, Refused> {
        let sandbox = self.find(id)?;
        let is_made = |record: &Record| record.phase != Phase::Provisioning;
        sandbox.wait_until(ANSWER_TIME, is_made).await;
        let sent = SentSource { kind, sha256: received.sha256() };
        let is_new = sandbox.update(|record| {
            match &record.sent {
                Some(before) if *before == sent => return Ok(false),
                Some(_) => {
                    let message = "this sandbox has another source already";
                    return Err(Refused::new(ErrorCode::SourceExists, message));
                }
                None => {}
            }
            if !Sandbox::is_ready(record) {
                return Err(Refused::gone(record));
            }
            fs::rename(received.path(), sandbox.shelf.source())?;
            record.sent = Some(sent);
            record.source = SourceState::Unpacking;
            record.phase = Phase::Busy;
            Ok::<_, Refused>(true)
        })?;
        // Only what is written down is begun.
        if is_new {
            let _ = sandbox.work.send(Work::Unpack(kind));
        }
        let is_settled =
            |record: &Record| record.source != SourceState::Unpacking || record.has_ended();
        sandbox.wait_until(ANSWER_TIME, is_settled).await;
        match sandbox.record().source {
            SourceState::Rejected { reason, detail } => Err(Refused::source(reason, detail)),
            _ => Ok(sandbox.view()),
        }
    }

    /// Takes a job and begins it.
    pub(crate) fn begin_job(&self, id: &str, mut job: Job) -> Result<SandboxView, Refused> {
        check::check_job(&job)?;
        let sandbox = self.find(id)?;
        // The record on disk has none of them.
        let secrets = std::mem::take(&mut job.secrets);
        let is_new = sandbox.update(|record| {
            match &record.job {
                Some(before) if before.job_id == job.job_id => return Ok(false),
                Some(_) => {
                    let message = "this sandbox has another job already";
                    return Err(Refused::new(ErrorCode::JobExists, message));
                }
                None => {}
            }
            if record.exec.is_some() {
                let message = "this sandbox executes single commands";
                return Err(Refused::new(ErrorCode::JobExists, message));
            }
            exec::check_can_begin(record)?;
            record.job = Some(job);
            record.job_state = JobState::Running { step: 0 };
            record.phase = Phase::Busy;
            Ok::<_, Refused>(true)
        })?;
        if is_new {
            let _ = sandbox.work.send(Work::RunJob(secrets));
        }
        Ok(sandbox.view())
    }

    /// Ends a sandbox's processes and keeps what they left; waits until that is done.
    pub(crate) async fn cancel(&self, id: &str) -> Result<SandboxView, Refused> {
        let sandbox = self.find(id)?;
        sandbox.ask_to_stop(Stop::Cancel);
        sandbox.wait_dead(END_TIME).await;
        Ok(sandbox.view())
    }

    /// Ends a sandbox and forgets it. Nothing to do is done.
    pub(crate) async fn delete(&self, id: &str) -> Result<(), Refused> {
        let Ok(sandbox) = self.find(id) else { return Ok(()) };
        sandbox.ask_to_stop(Stop::Delete);
        if !sandbox.wait_dead(END_TIME).await {
            let message = "its processes don't end; ask again";
            return Err(Refused::new(ErrorCode::Internal, message));
        }
        let mut sandboxes = self.sandboxes();
        match fs::remove_dir_all(sandbox.shelf.directory()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        sandboxes.remove(id);
        Ok(())
    }

    /// What a finished job left.
    pub(crate) fn results(&self, id: &str) -> Result<Results, Refused> {
        let sandbox = self.find(id)?;
        match sandbox.record().job_state {
            JobState::Finished { .. } => Ok(sandbox.shelf.load_results()?),
            JobState::Interrupted { .. } => {
                let message = "the job's sandbox was lost before it finished";
                Err(Refused::new(ErrorCode::JobInterrupted, message))
            }
            _ => Err(Refused::new(ErrorCode::JobUnfinished, "the job hasn't ended")),
        }
    }

    /// Where a captured file is.
    pub(crate) fn file(&self, id: &str, sha256: &str) -> Result<PathBuf, Refused> {
        let unknown = || Refused::new(ErrorCode::UnknownFile, "no captured file of this hash");
        let sandbox = self.find(id)?;
        let results = sandbox.shelf.load_results().map_err(|_| unknown())?;
        let known = results.files.iter().find(|file| file.sha256 == sha256);
        known.map(|file| sandbox.shelf.files().join(&file.sha256)).ok_or_else(unknown)
    }

    /// Begins to receive a source for a sandbox that there is.
    pub(crate) fn receive(&self, id: &str) -> Result<Received, Refused> {
        self.find(id)?;
        Ok(Received::begin(&self.directory.with_file_name("inbox"))?)
    }

    /// Ends every sandbox, for the runner itself ends. Their records stay.
    pub(crate) async fn shut_down(&self) {
        let all: Vec<Arc<Sandbox>> = self.sandboxes().values().cloned().collect();
        for sandbox in &all {
            sandbox.ask_to_stop(Stop::ShutDown);
        }
        for sandbox in &all {
            sandbox.wait_dead(END_TIME).await;
        }
    }
}

/// A sandbox more, written down.
fn begin(
    record: Record,
    directory: PathBuf,
    uid: Option<u32>,
) -> io::Result<(Sandbox, UnboundedReceiver<Work>)> {
    let shelf = Shelf::new(directory);
    shelf.save_record(&record)?;
    Sandbox::new(record, shelf, uid, true)
}
