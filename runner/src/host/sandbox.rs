//! One sandbox: its record, its output, and whoever waits for either to change.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::sandbox::protocol::{
    Exec, JailLoss, JobState, Metrics, OutputPage, Phase, SandboxView, Secret,
};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, timeout_at};

use super::lines::Piece;
use super::output::{Origin, Output};
use super::record::{Record, Shelf, now_ms};
use crate::jail::cgroup::SandboxCgroup;
use crate::jail::wire::SourceKind;

/// What a sandbox's keeper is to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    /// Unpack the source that was sent.
    Unpack(SourceKind),
    /// Execute the job that was sent, with its secrets: they are nowhere else, so that a runner
    /// that is started again has none, nor a jail to need them.
    RunJob(Vec<Secret>),
    /// Execute a single command.
    Exec(Exec),
}

/// Whether a sandbox is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stop {
    /// It may go on.
    No,
    /// End its processes, keep what they left.
    Cancel,
    /// End its processes, for the runner itself ends.
    ShutDown,
    /// End its processes, keep nothing.
    Delete,
}

impl Stop {
    /// What becomes of a job that is stopped without its results being kept; none if they are.
    pub(crate) fn loss(self) -> Option<JailLoss> {
        match self {
            Self::No | Self::Cancel => None,
            Self::ShutDown => Some(JailLoss::RunnerRestarted),
            Self::Delete => Some(JailLoss::Cancelled),
        }
    }
}

/// What its processes used when that was last heard of.
#[derive(Clone, Debug, Default)]
pub(crate) struct LastUse {
    pub cgroup: Option<SandboxCgroup>,
    pub processes: u32,
    pub rss_bytes: u64,
    pub cpu_ms: u64,
    /// The most memory so far.
    pub peak_bytes: u64,
    pub disk_bytes: Option<u64>,
}

/// A sandbox, alive or not.
pub(crate) struct Sandbox {
    pub shelf: Shelf,
    pub work: mpsc::UnboundedSender<Work>,
    pub uid: Option<u32>,
    record: Mutex<Record>,
    output: Mutex<Output>,
    last_use: Mutex<LastUse>,
    /// Counts changes of record or output.
    changed: watch::Sender<u64>,
    stop: watch::Sender<Stop>,
    /// Whether a jail may still exist.
    is_alive: watch::Sender<bool>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Sandbox {
    /// A sandbox with this record, which is on `shelf` already. The second half is for its
    /// keeper, if it gets one.
    pub(crate) fn new(
        record: Record,
        shelf: Shelf,
        uid: Option<u32>,
        is_alive: bool,
    ) -> io::Result<(Self, mpsc::UnboundedReceiver<Work>)> {
        let output = Output::open(shelf.output(), record.limits.output_bytes, record.acknowledged)?;
        let (work, inbox) = mpsc::unbounded_channel();
        let sandbox = Self {
            shelf,
            work,
            uid,
            record: Mutex::new(record),
            output: Mutex::new(output),
            last_use: Mutex::default(),
            changed: watch::Sender::new(0),
            stop: watch::Sender::new(Stop::No),
            is_alive: watch::Sender::new(is_alive),
        };
        Ok((sandbox, inbox))
    }

    /// The record as it stands.
    pub(crate) fn record(&self) -> Record {
        lock(&self.record).clone()
    }

    /// Changes the record, writes it down and tells whoever waits. What `change` refuses is
    /// neither kept nor written.
    pub(crate) fn update<T, E: From<io::Error>>(
        &self,
        change: impl FnOnce(&mut Record) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut record = lock(&self.record);
        let mut next = record.clone();
        let answer = change(&mut next)?;
        self.shelf.save_record(&next)?;
        *record = next;
        drop(record);
        self.tell();
        Ok(answer)
    }

    /// As [`Self::update`], for changes that nothing can refuse. A failure to write is logged:
    /// what happened has happened.
    pub(crate) fn note(&self, change: impl FnOnce(&mut Record)) {
        let mut record = lock(&self.record);
        change(&mut record);
        if let Err(error) = self.shelf.save_record(&record) {
            eprintln!("the record of sandbox {} couldn't be written: {error}", record.id);
        }
        drop(record);
        self.tell();
    }

    fn tell(&self) {
        self.changed.send_modify(|count| *count = count.wrapping_add(1));
    }

    pub(crate) fn view(&self) -> SandboxView {
        let last = lock(&self.output).last();
        lock(&self.record).view(last)
    }

    /// Takes output in. A failure to write is logged and loses those lines only.
    pub(crate) fn append(&self, pieces: Vec<Piece>, step: u32) {
        if pieces.is_empty() {
            return;
        }
        let origin = Origin { step: Some(step), at_ms: now_ms() };
        self.report(lock(&self.output).append(pieces, origin));
    }

    /// Gives what is printed from now on an allowance of its own.
    pub(crate) fn begin_allowance(&self) {
        lock(&self.output).begin_allowance();
    }

    /// Drops output that needn't be looked at any more; false if there is room for it.
    pub(crate) fn drop_output(&self, count: usize) -> bool {
        lock(&self.output).drop_bytes(count as u64)
    }

    /// Takes in a line of the runner's own.
    pub(crate) fn say(&self, text: impl Into<String>, step: Option<u32>) {
        let origin = Origin { step, at_ms: now_ms() };
        self.report(lock(&self.output).append_system(text.into(), origin));
    }

    fn report(&self, written: io::Result<()>) {
        if let Err(error) = written {
            eprintln!("output couldn't be written: {error}");
        }
        self.tell();
    }

    /// The newest frame's number, and the bytes dropped.
    pub(crate) fn output_counts(&self) -> (u64, u64) {
        let output = lock(&self.output);
        (output.last(), output.dropped())
    }

    /// Bytes of output that couldn't be written.
    pub(crate) fn output_lost(&self) -> u64 {
        lock(&self.output).lost()
    }

    /// Frames above `after`; waits for one until `deadline` if the job still goes on.
    pub(crate) async fn page(
        &self,
        after: u64,
        max_bytes: u64,
        deadline: Instant,
    ) -> io::Result<OutputPage> {
        let mut changes = self.changed.subscribe();
        loop {
            changes.borrow_and_update();
            let (job, exec, has_ended) = {
                let record = lock(&self.record);
                let is_idle = record.exec.is_some() && !record.is_executing();
                (record.job_state.clone(), record.exec.clone(), record.has_ended() || is_idle)
            };
            let page = OutputPage { exec, ..self.read(after, max_bytes, job)? };
            if !page.frames.is_empty() || has_ended || Instant::now() >= deadline {
                return Ok(page);
            }
            let _ = timeout_at(deadline, changes.changed()).await;
        }
    }

    fn read(&self, after: u64, max_bytes: u64, job: JobState) -> io::Result<OutputPage> {
        let output = lock(&self.output);
        let frames = output.read(after, max_bytes)?;
        let next = frames.last().map_or(after, |frame| frame.seq);
        let (last, acknowledged) = (output.last(), output.acknowledged());
        Ok(OutputPage { frames, next, last, acknowledged, job, exec: None })
    }

    /// Forgets frames up to `through`; false if there aren't that many.
    pub(crate) fn acknowledge(&self, through: u64) -> io::Result<bool> {
        let is_known = lock(&self.output).acknowledge(through)?;
        if is_known {
            self.note(|record| record.acknowledged = record.acknowledged.max(through));
        }
        Ok(is_known)
    }

    /// Asks it to end. A stronger wish replaces a weaker one.
    pub(crate) fn ask_to_stop(&self, stop: Stop) {
        self.stop.send_if_modified(|current| {
            let is_stronger = stop > *current;
            *current = (*current).max(stop);
            is_stronger
        });
    }

    pub(crate) fn stop_wish(&self) -> watch::Receiver<Stop> {
        self.stop.subscribe()
    }

    pub(crate) fn is_alive(&self) -> bool {
        *self.is_alive.borrow()
    }

    /// Notes that no jail exists any more.
    pub(crate) fn set_dead(&self) {
        self.is_alive.send_replace(false);
        self.tell();
    }

    /// Waits until no jail exists; false if `time` passes before.
    pub(crate) async fn wait_dead(&self, time: Duration) -> bool {
        let mut alive = self.is_alive.subscribe();
        tokio::time::timeout(time, alive.wait_for(|alive| !alive)).await.is_ok()
    }

    /// Waits until `is_so` says so of the record, for up to `time`.
    pub(crate) async fn wait_until(&self, time: Duration, is_so: impl Fn(&Record) -> bool) {
        let mut changes = self.changed.subscribe();
        let deadline = Instant::now() + time;
        loop {
            changes.borrow_and_update();
            if is_so(&lock(&self.record)) || Instant::now() >= deadline {
                return;
            }
            let _ = timeout_at(deadline, changes.changed()).await;
        }
    }

    pub(crate) fn last_use<T>(&self, with: impl FnOnce(&mut LastUse) -> T) -> T {
        with(&mut lock(&self.last_use))
    }

    pub(crate) fn metrics(&self) -> Metrics {
        let record = self.record();
        let used = self.last_use(|used| used.clone());
        let counts = used.cgroup.as_ref().map(SandboxCgroup::counts).unwrap_or_default();
        let is_alive = self.is_alive();
        let when_alive = |value: u64| if is_alive { value } else { 0 };
        let processes = counts.processes.unwrap_or(used.processes);
        let ended = record.ended_at_ms.unwrap_or_else(now_ms);
        let memory_bytes = when_alive(counts.memory_bytes.unwrap_or(used.rss_bytes));
        Metrics {
            processes: if is_alive { processes } else { 0 },
            memory_bytes,
            cpu_ms: record.cpu_ms.max(counts.cpu_ms.unwrap_or(used.cpu_ms)),
            created_at_ms: record.created_at_ms,
            started_at_ms: record.started_at_ms,
            wall_ms: record.started_at_ms.map_or(0, |started| ended.saturating_sub(started)),
            memory_peak_bytes: counts.peak_bytes.unwrap_or(used.peak_bytes).max(memory_bytes),
            disk_bytes: used.disk_bytes.map(when_alive),
            uptime_ms: ended.saturating_sub(record.created_at_ms),
        }
    }

    /// Whether it waits for nothing but work.
    pub(crate) fn is_ready(record: &Record) -> bool {
        matches!(record.phase, Phase::Ready)
    }
}
