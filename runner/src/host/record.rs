//! What is known about a sandbox and survives the runner.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use domain::sandbox::protocol::{
    ExecState, ExecView, Isolation, JailLoss, Job, JobState, Limits, Phase, Results, SandboxView,
    SourceState,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::jail::wire::SourceKind;

/// A source that was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SentSource {
    pub kind: SourceKind,
    pub sha256: String,
}

/// One sandbox's record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    pub id: String,
    pub limits: Limits,
    pub phase: Phase,
    pub source: SourceState,
    pub sent: Option<SentSource>,
    pub job: Option<Job>,
    pub job_state: JobState,
    pub created_at_ms: u64,
    pub started_at_ms: Option<u64>,
    pub ended_at_ms: Option<u64>,
    /// Processor time of the jail, once it is gone.
    pub cpu_ms: u64,
    pub acknowledged: u64,
    /// How its jail was isolated.
    #[serde(default)]
    pub isolation: Option<Isolation>,
    /// Its newest single command.
    #[serde(default)]
    pub exec: Option<ExecView>,
}

impl Record {
    pub(crate) fn new(id: String, limits: Limits, isolation: Isolation, now_ms: u64) -> Self {
        Self {
            id,
            limits,
            phase: Phase::Provisioning,
            source: SourceState::None,
            sent: None,
            job: None,
            job_state: JobState::Waiting,
            created_at_ms: now_ms,
            started_at_ms: None,
            ended_at_ms: None,
            cpu_ms: 0,
            acknowledged: 0,
            isolation: Some(isolation),
            exec: None,
        }
    }

    /// Whether the job ended, in whatever way.
    pub(crate) fn has_ended(&self) -> bool {
        matches!(self.job_state, JobState::Finished { .. } | JobState::Interrupted { .. })
            || matches!(self.phase, Phase::Failed { .. } | Phase::Stopped)
    }

    /// Whether a single command executes.
    pub(crate) fn is_executing(&self) -> bool {
        matches!(&self.exec, Some(exec) if exec.state == ExecState::Running)
    }

    /// Writes down that the jail is gone. A job that hadn't finished is interrupted by it.
    pub(crate) fn lose_jail(&mut self, loss: JailLoss) {
        if matches!(self.job_state, JobState::Finished { .. }) {
            self.phase = Phase::Stopped;
            return;
        }
        if let Some(exec) = &mut self.exec
            && exec.state == ExecState::Running
        {
            exec.state = ExecState::Interrupted { reason: loss.clone() };
        }
        if self.job.is_some() {
            self.job_state = JobState::Interrupted { reason: loss.clone() };
        }
        self.phase = Phase::Failed { reason: loss };
    }

    pub(crate) fn view(&self, output_last: u64) -> SandboxView {
        SandboxView {
            id: self.id.clone(),
            phase: self.phase.clone(),
            source: self.source.clone(),
            job_id: self.job.as_ref().map(|job| job.job_id.clone()),
            job: self.job_state.clone(),
            limits: self.limits,
            output_last,
            created_at_ms: self.created_at_ms,
            isolation: self.isolation,
            exec: self.exec.clone(),
        }
    }
}

/// Where a sandbox's things are kept on disk.
#[derive(Clone, Debug)]
pub(crate) struct Shelf(PathBuf);

impl Shelf {
    pub(crate) fn new(directory: PathBuf) -> Self {
        Self(directory)
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.0
    }

    pub(crate) fn output(&self) -> PathBuf {
        self.0.join("output")
    }

    pub(crate) fn source(&self) -> PathBuf {
        self.0.join("source")
    }

    pub(crate) fn files(&self) -> PathBuf {
        self.0.join("files")
    }

    pub(crate) fn save_record(&self, record: &Record) -> io::Result<()> {
        self.save("sandbox.json", record)
    }

    pub(crate) fn load_record(&self) -> io::Result<Record> {
        self.load("sandbox.json")
    }

    pub(crate) fn save_results(&self, results: &Results) -> io::Result<()> {
        self.save("results.json", results)
    }

    pub(crate) fn load_results(&self) -> io::Result<Results> {
        self.load("results.json")
    }

    /// Replaces a file as a whole: whoever reads it sees the old or the new one.
    fn save(&self, name: &str, value: &impl Serialize) -> io::Result<()> {
        let new = self.0.join(format!("{name}.new"));
        let mut file = fs::File::create(&new)?;
        file.write_all(&serde_json::to_vec(value)?)?;
        fs::rename(new, self.0.join(name))
    }

    fn load<T: DeserializeOwned>(&self, name: &str) -> io::Result<T> {
        Ok(serde_json::from_slice(&fs::read(self.0.join(name))?)?)
    }
}

/// Milliseconds since 1970.
pub(crate) fn now_ms() -> u64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
}
