//! A host, a vault, a memory and a clock that do as a test says.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

use async_trait::async_trait;
use domain::Timestamp;
use domain::clock::Clock;
use domain::ids::{RunId, SandboxId, WorkspaceId};

use domain::project::SourceKind;
use domain::run::LeaseToken;
use domain::sandbox::protocol::{
    ApiError, ErrorCode, Exec, ExecState, ExecView, Frame, Isolation, JailLoss, Job, JobState,
    Limit, Limits, Metrics, OutputPage, OutputStream, Phase, Results, SandboxView, SourceRejection,
    SourceState, StepExit,
};
use domain::sandbox::{LogOf, SandboxSpec};
use server::sandboxes::{
    Drive, HostError, Live, Memory, RunAccess, RunTokens, SandboxHost, Service, ServiceMemory,
    Vault, VaultError,
};

/// A clock that moves when it is moved.
pub struct Hands(pub AtomicI64);

impl Hands {
    pub fn forward(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::Relaxed);
    }
}

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::Relaxed))
    }
}

/// What the host does when it is asked.
#[derive(Default)]
pub struct Script {
    /// No call is answered.
    pub is_gone: bool,
    /// So many of the next calls aren't answered.
    pub lost_calls: u32,
    /// There is no place for another sandbox.
    pub is_full: bool,
    /// The source is refused.
    pub is_source_bad: bool,
    /// The sandbox was ended under the call that brings its source.
    pub is_ended_during_source: bool,
    /// There is always more output.
    pub is_endless: bool,
    /// How long a call takes.
    pub call_ms: i64,
    /// What the job left; it runs on while there is nothing.
    pub results: Option<Results>,
    pub files: BTreeMap<String, Vec<u8>>,
    pub has_job: bool,
    /// The newest single command, and every one that was begun.
    pub exec: Option<ExecView>,
    pub execs: Vec<Exec>,
    /// How commands end; they go on while there is nothing.
    pub exit: Option<StepExit>,
    /// The limits that it ran against.
    pub limits_hit: Vec<Limit>,
    /// Lines that were printed.
    pub lines: u64,
    /// Its jail is gone.
    pub loss: Option<JailLoss>,
    /// It has its source.
    pub has_source: bool,
    /// Every job that was sent.
    pub jobs: Vec<Job>,
    pub cancels: u32,
    pub cleanups: u32,
}

pub struct Host<'a> {
    pub script: Mutex<Script>,
    pub clock: &'a Hands,
}

fn refused(code: ErrorCode, message: &str) -> HostError {
    HostError::Refused(ApiError { code, message: message.to_owned(), reason: None })
}

impl Host<'_> {
    fn call<T>(
        &self,
        answer: impl FnOnce(&mut Script) -> Result<T, HostError>,
    ) -> Result<T, HostError> {
        let mut script = self.script.lock().unwrap();
        self.clock.forward(script.call_ms);
        let is_lost = script.lost_calls > 0;
        script.lost_calls = script.lost_calls.saturating_sub(1);
        if script.is_gone || is_lost {
            return Err(HostError::Unreachable("gone".to_owned()));
        }
        answer(&mut script)
    }
}

fn frame(seq: u64) -> Frame {
    let (stream, text) = (OutputStream::Stdout, format!("line {seq}"));
    Frame { seq, at_ms: 0, stream, step: Some(0), text, continues: false }
}

impl Script {
    fn exec(&mut self, id: SandboxId, exec: &Exec) -> Result<SandboxView, HostError> {
        if self.loss.is_some() {
            return Err(refused(ErrorCode::SandboxGone, "its jail is gone"));
        }
        if self.exec.as_ref().is_none_or(|newest| newest.exec_id != exec.exec_id) {
            if self.newest().is_some_and(|newest| newest.state == ExecState::Running) {
                return Err(refused(ErrorCode::ExecUnfinished, "another command executes"));
            }
            let index = u32::try_from(self.execs.len()).unwrap();
            let exec_id = exec.exec_id.clone();
            self.exec = Some(ExecView { exec_id, index, state: ExecState::Running });
            self.execs.push(exec.clone());
        }
        Ok(self.view(id))
    }

    /// The newest command as it stands.
    fn newest(&self) -> Option<ExecView> {
        let mut exec = self.exec.clone()?;
        if let Some(reason) = self.loss.clone() {
            exec.state = ExecState::Interrupted { reason };
        } else if let Some(exit) = self.exit {
            let limits_hit = self.limits_hit.clone();
            exec.state = ExecState::Ended { exit, limits_hit, duration_ms: 1, cpu_ms: 1 };
        }
        Some(exec)
    }

    fn view(&self, id: SandboxId) -> SandboxView {
        let limits = Limits {
            wall_ms: 1,
            cpu_ms: 1,
            memory_bytes: 1,
            processes: 1,
            file_bytes: 1,
            disk_bytes: 1,
            output_bytes: 1,
        };
        SandboxView {
            id: id.to_string(),
            phase: match self.loss.clone() {
                Some(reason) => Phase::Failed { reason },
                None => Phase::Ready,
            },
            source: match self.has_source {
                true => SourceState::Ready { base_commit: "b".to_owned() },
                false => SourceState::None,
            },
            job: if self.has_job { JobState::Running { step: 0 } } else { JobState::Waiting },
            job_id: self.has_job.then(|| "job".to_owned()),
            limits,
            output_last: self.lines,
            created_at_ms: 0,
            isolation: Some(Isolation::Unsafe),
            exec: self.newest(),
        }
    }
}

#[async_trait(?Send)]
impl SandboxHost for Host<'_> {
    async fn provision(&self, id: SandboxId, _: &SandboxSpec) -> Result<SandboxView, HostError> {
        self.call(|script| {
            if script.is_full {
                return Err(refused(ErrorCode::TooManySandboxes, "full"));
            }
            Ok(script.view(id))
        })
    }

    async fn put_source(
        &self,
        id: SandboxId,
        _: SourceKind,
        _: Vec<u8>,
    ) -> Result<SandboxView, HostError> {
        self.call(|script| {
            if script.is_ended_during_source {
                return Err(refused(ErrorCode::SandboxGone, "its jail is gone"));
            }
            if script.is_source_bad {
                return Err(HostError::Refused(ApiError {
                    code: ErrorCode::SourceRejected,
                    message: "the path ../up is absolute or holds ..".to_owned(),
                    reason: Some(SourceRejection::PathLeavesTree),
                }));
            }
            script.has_source = true;
            Ok(script.view(id))
        })
    }

    async fn execute(&self, id: SandboxId, job: &Job) -> Result<SandboxView, HostError> {
        self.call(|script| {
            script.has_job = true;
            script.jobs.push(job.clone());
            script.has_source = true;
            Ok(script.view(id))
        })
    }

    async fn exec(&self, id: SandboxId, exec: &Exec) -> Result<SandboxView, HostError> {
        self.call(|script| script.exec(id, exec))
    }

    async fn metrics(&self, _: SandboxId) -> Result<Metrics, HostError> {
        self.call(|_| Err(refused(ErrorCode::UnknownSandbox, "no")))
    }

    async fn output(&self, _: SandboxId, after: u64) -> Result<OutputPage, HostError> {
        self.call(|script| {
            let job = match &script.results {
                Some(results) => JobState::Finished { outcome: results.outcome },
                None => JobState::Running { step: 0 },
            };
            let last = if script.is_endless { after + 1 } else { script.lines.max(after) };
            let frames: Vec<Frame> = (after + 1..=script.lines).map(frame).collect();
            let next = frames.last().map_or(after, |frame| frame.seq);
            let exec = script.newest();
            Ok(OutputPage { frames, next, last, acknowledged: after, job, exec })
        })
    }

    async fn acknowledge(&self, _: SandboxId, _: u64) -> Result<(), HostError> {
        self.call(|_| Ok(()))
    }

    async fn results(&self, _: SandboxId) -> Result<Results, HostError> {
        self.call(|script| {
            script.results.clone().ok_or_else(|| refused(ErrorCode::JobUnfinished, "not yet"))
        })
    }

    async fn file(&self, _: SandboxId, sha256: &str) -> Result<Vec<u8>, HostError> {
        self.call(|script| {
            script.files.get(sha256).cloned().ok_or_else(|| refused(ErrorCode::UnknownFile, "no"))
        })
    }

    async fn cancel(&self, _: SandboxId) -> Result<(), HostError> {
        self.call(|script| {
            script.cancels += 1;
            Ok(())
        })
    }

    async fn cleanup(&self, _: SandboxId) -> Result<(), HostError> {
        self.call(|script| {
            script.cleanups += 1;
            Ok(())
        })
    }

    async fn monitor(&self, id: SandboxId) -> Result<SandboxView, HostError> {
        self.call(|script| Ok(script.view(id)))
    }

    async fn list(&self) -> Result<Vec<SandboxView>, HostError> {
        self.call(|_| Ok(vec![]))
    }
}

/// Objects that are kept nowhere.
pub struct Nowhere;

#[async_trait(?Send)]
impl Vault for Nowhere {
    async fn source(&self, _: &str) -> Result<Option<Vec<u8>>, VaultError> {
        Ok(Some(vec![]))
    }

    async fn put_log_chunk(&self, _: LogOf, _: u64, _: String) -> Result<(), VaultError> {
        Ok(())
    }

    async fn keep_evidence(&self, _: &str, _: &str, _: Vec<u8>) -> Result<(), VaultError> {
        Ok(())
    }
}

/// A memory that takes values up to a size, as a Durable Object's does.
pub struct Small {
    pub most: usize,
    pub largest: Mutex<usize>,
    pub is_stop_asked: Mutex<bool>,
}

#[async_trait(?Send)]
impl Memory for Small {
    async fn save(&self, drive: &Drive) -> Result<(), VaultError> {
        let size = serde_json::to_string(drive).unwrap().len();
        let mut largest = self.largest.lock().unwrap();
        *largest = size.max(*largest);
        if size > self.most { Err(VaultError("too large".to_owned())) } else { Ok(()) }
    }

    async fn stop_asked(&self) -> Result<bool, VaultError> {
        Ok(*self.is_stop_asked.lock().unwrap())
    }
}

pub struct Nobody;

impl Live for Nobody {
    fn log_advanced(&self, _: WorkspaceId, _: RunId, _: u64) {}
}

/// What asking for a run's token comes to: the token names what it was asked for.
pub enum Tokens {
    Given,
    NoKeys,
    Broken,
}

#[async_trait(?Send)]
impl RunTokens for Tokens {
    async fn issue(
        &self,
        run: RunId,
        lease: &LeaseToken,
        until: Timestamp,
    ) -> Result<Option<RunAccess>, String> {
        match self {
            Self::Given => Ok(Some(RunAccess {
                url: Some("https://mono.example".to_owned()),
                token: format!("{run}|{}|{}", lease.0, until.0),
            })),
            Self::NoKeys => Ok(None),
            Self::Broken => Err("no key can be read".to_owned()),
        }
    }
}

/// A memory of a service, which can be woken.
#[derive(Default)]
pub struct Woken(pub Mutex<bool>);

#[async_trait(?Send)]
impl ServiceMemory for Woken {
    async fn save(&self, _: &Service) -> Result<(), VaultError> {
        Ok(())
    }

    async fn take_wake(&self) -> Result<bool, VaultError> {
        Ok(std::mem::take(&mut *self.0.lock().unwrap()))
    }
}
