//! Files added to runs: who may, when, and what of it is there afterwards, written down a second time.

use std::sync::Mutex;

use async_trait::async_trait;
use domain::actor::{Credential, Role, RunReporter};
use domain::context::Caller;
use domain::context::Context;
use domain::feed::{EventFeed, EventPage};
use domain::ids::RunId;
use domain::ports::Read;
use domain::run::{
    self, AddEvidence, EvidenceScene, EvidenceStore, EvidenceVault, KeptFile, OfferedFile, Run,
};
use domain::task::{Task, TaskRef, TaskStage, TaskState};
use domain::validation::{self, Reject};
use domain::{Error, Refusal, Result, Timestamp};

use super::command::{Action, Command};
use super::world::World;
use super::{MemoryStore, State};

/// A vault that knows what it was asked to keep, and when it was done.
struct Kept {
    at: Timestamp,
    files: Mutex<Vec<OfferedFile>>,
}

impl Kept {
    fn at(at: Timestamp) -> Self {
        Self { at, files: Mutex::default() }
    }
}

#[async_trait]
impl EvidenceVault for Kept {
    async fn keep(&self, file: &OfferedFile) -> Result<KeptFile> {
        self.files.lock().expect("the vault").push(file.clone());
        Ok(KeptFile { media_type: "image/png", at: self.at })
    }
}

/// Files whose names a report would have, and one that leaves its folder.
fn offered(name: u8, content: u8) -> OfferedFile {
    let names = ["out/junit.xml", "notes.txt", "shots/1.png", "../etc/passwd"];
    OfferedFile {
        name: names[usize::from(name)].to_owned(),
        size: u64::from(content),
        sha256: content.to_string().repeat(64),
    }
}

/// Whether files may still be added, at this moment.
fn is_open(run: &Run, task: &Task, now: Timestamp) -> bool {
    let waits = matches!(&task.state, TaskState::Review { run: waiting, .. } if *waiting == run.id);
    waits || run.state_at(now).is_live()
}

impl State {
    /// The run, if it holds the lease that this token was made for.
    pub(super) fn reporter(&self, run: RunId, token: &str, now: Timestamp) -> Option<RunReporter> {
        let run = self.runs.get(&run)?;
        let lease = run.lease.as_ref()?;
        let holds = lease.token.0 == token && lease.expires_at > now;
        holds.then_some(RunReporter {
            run: run.id,
            task: run.task,
            project: run.project,
            workspace: run.workspace,
        })
    }
}

impl World {
    pub(super) async fn attach(
        &mut self,
        command: &Command,
        person: &Context,
        task: &Task,
    ) -> Option<bool> {
        let Action::Attach { by_run, name, content, takes_ms } = command.action else {
            return None;
        };
        let run = self.newest_run(task.id)?;
        let lease = run.lease.as_ref().map_or(String::new(), |lease| lease.token.0.clone());
        let lease = if command.wrong_token { "0".repeat(32) } else { lease };
        let own = self.context(Credential::RunToken { run: run.id, lease }, None);
        let ctx = if by_run { &own } else { person };
        let vault = Kept::at(self.now.plus_ms(takes_ms));
        let file = offered(name, content);
        let there: Vec<_> = {
            let state = self.store.state();
            state.evidence.values().filter(|kept| kept.run == run.id).cloned().collect()
        };
        let is_there =
            there.iter().any(|kept| kept.file.name == file.name && kept.file.sha256 == file.sha256);
        let input = AddEvidence { run: run.id, files: vec![file.clone()] };
        let outcome = run::add_evidence(ctx, &vault, input).await;
        if let Ok(added) = &outcome {
            assert_eq!(added.files.len(), 1, "{added:?}");
            let is_new = !is_there && !self.is_repeat;
            assert!(self.is_repeat || added.is_new == is_new, "what is new");
            let is_slow = takes_ms > 60_000;
            let at_the_end = if is_slow { vault.at } else { self.now };
            assert!(!is_new || is_open(&run, task, at_the_end), "added to what is settled");
            let taken = there.iter().any(|kept| kept.file.name == file.name);
            assert!(!is_new || !taken, "another file under the same name");
            assert!(name != 3, "a name that leaves its folder");
            assert!(!by_run || !command.wrong_token, "a token of another lease");
        }
        let is_free = is_there || !there.iter().any(|kept| kept.file.name == file.name);
        let is_member = !by_run && self.people[command.person].role != Role::Viewer;
        if is_member && is_free && name != 3 && is_open(&run, task, self.now.plus_ms(takes_ms)) {
            assert!(outcome.is_ok(), "{outcome:?}");
        }
        Some(outcome.is_ok())
    }

    /// Somebody decides between what an addition reads and what it commits: it isn't added to what
    /// was settled meanwhile, and is tried no more than it must.
    pub(super) async fn attach_meanwhile(&self, ctx: &Context, task: &Task) -> Option<bool> {
        let run = self.newest_run(task.id)?;
        let TaskState::Review { .. } = &task.state else { return None };
        let reject = Reject {
            task: TaskRef::Id(task.id),
            seen: task.head.version,
            reason: "No.".to_owned(),
        };
        let faster = Faster { decider: self.person(1, None), reject, at: self.now };
        let file = OfferedFile { name: "late.txt".to_owned(), ..offered(1, 9) };
        let outcome =
            run::add_evidence(ctx, &faster, AddEvidence { run: run.id, files: vec![file] }).await;
        let settled = Refusal::EvidenceSettled { stage: TaskStage::ChangesRequested };
        match outcome {
            Err(Error::Refused(refusal)) => assert_eq!(refusal, settled),
            // A viewer.
            Err(error) => assert!(!matches!(error, Error::Conflict { .. }), "{error:?}"),
            Ok(added) => panic!("added to what was sent back: {added:?}"),
        }
        Some(true)
    }
}

/// A vault during whose work the task is sent back.
struct Faster {
    decider: Context,
    reject: Reject,
    at: Timestamp,
}

#[async_trait]
impl EvidenceVault for Faster {
    async fn keep(&self, _: &OfferedFile) -> Result<KeptFile> {
        validation::reject(&self.decider, self.reject.clone()).await?;
        Ok(KeptFile { media_type: "text/plain; charset=utf-8", at: self.at })
    }
}

#[async_trait]
impl EventFeed for MemoryStore {
    async fn events_page(&self, _: &Caller, _: i64, _: u32) -> Result<Read<EventPage>> {
        Err(Error::Internal)
    }
}

#[async_trait]
impl EvidenceStore for MemoryStore {
    async fn evidence_of_run(
        &self,
        caller: &Caller,
        run: RunId,
    ) -> Result<Read<Option<EvidenceScene>>> {
        Ok(self.read(caller, |state| {
            let run = state.runs.get(&run)?.clone();
            let kept = state.evidence.values().filter(|file| file.run == run.id);
            Some(EvidenceScene {
                task: state.tasks.get(&run.task)?.clone(),
                evidence: kept.cloned().collect(),
                run,
            })
        }))
    }
}
