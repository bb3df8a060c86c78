//! A store in memory, small enough to be right at a glance: rows by id, and one guard.

pub mod attach;
pub mod command;
mod identity;
mod people;
mod sandboxes;
mod sequence;
mod unmodelled;
pub mod world;

pub use sequence::Sequence;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard};

use async_trait::async_trait;
use domain::account::{Email, Opening, SetUpScene, SignInScene};
use domain::actor::{Credential, Member, Permission, Principal};
use domain::agent::Agent;
use domain::context::Caller;
use domain::event::{Event, Stream};
use domain::idempotency::{IdempotencyRecord, REMEMBERED_MS};
use domain::ids::{
    AuditId, EvidenceId, ExecutionId, OutboxId, ProjectId, RunId, SandboxId, TaskId, UserId,
    WorkspaceId,
};
use domain::ports::{LeaseRenewal, Read, Store};
use domain::project::{Project, ProjectKey};
use domain::run::{Evidence, LeaseToken, Run, RunScene, StartScene};
use domain::sandbox::{Execution, Sandbox};
use domain::task::{Task, TaskRef, TaskState};
use domain::validation::{DecisionScene, Validation, ValidationState};
use domain::write_batch::{Guard, OutboxMessage, Row, WriteBatch};
use domain::{Error, Result, Timestamp};

/// Everything that is stored.
#[derive(Default)]
pub struct State {
    pub streams: HashMap<Stream, Vec<Event>>,
    pub projects: BTreeMap<ProjectId, Project>,
    pub tasks: BTreeMap<TaskId, Task>,
    pub runs: BTreeMap<RunId, Run>,
    pub sandboxes: BTreeMap<SandboxId, Sandbox>,
    pub executions: BTreeMap<ExecutionId, Execution>,
    pub validations: Vec<Validation>,
    pub evidence: BTreeMap<EvidenceId, Evidence>,
    pub answers: HashMap<(UserId, String), IdempotencyRecord>,
    pub members: HashMap<[u8; 32], Member>,
    pub agents: Vec<Agent>,
    /// The events of the commits so far, in order.
    pub log: Vec<Event>,
    /// Whether the next commit is held back: its writer hears that it succeeded, and it does at the
    /// latest moment at which it still can, just before the one after it.
    pub holds_next: bool,
    pub held: Option<WriteBatch>,
}

#[derive(Default)]
pub struct MemoryStore(Mutex<State>);

impl MemoryStore {
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("the state")
    }

    fn read<T: Default>(&self, caller: &Caller, find: impl FnOnce(&State) -> T) -> Read<T> {
        let state = self.state();
        let principal = match &caller.credential {
            Credential::Anonymous | Credential::Key(_) | Credential::KeyToken { .. } => {
                Principal::SignedOut
            }
            Credential::RunToken { run, lease } => {
                state.reporter(*run, lease, caller.now).map_or(Principal::SignedOut, Principal::Run)
            }
            Credential::System => Principal::System,
            Credential::Session(hash) => {
                state.members.get(hash).cloned().map_or(Principal::SignedOut, Principal::Member)
            }
        };
        let user = principal.member().ok().map(|member| member.user);
        let answered = user
            .zip(caller.idempotency_key.as_ref())
            .and_then(|(user, key)| state.answers.get(&(user, key.as_str().to_owned())))
            .filter(|record| record.at > caller.now.plus_ms(-REMEMBERED_MS))
            .map(|record| record.answered.clone());
        let data = match principal {
            Principal::SignedOut => T::default(),
            _ => find(&state),
        };
        Read { principal, answered, data }
    }
}

impl State {
    fn task(&self, task: &TaskRef) -> Option<&Task> {
        match task {
            TaskRef::Id(id) => self.tasks.get(id),
            TaskRef::Key(key) => self.tasks.values().find(|task| task.key == *key),
        }
    }

    /// How many sandboxes of a workspace are alive that no run uses.
    pub fn standalone(&self, workspace: WorkspaceId) -> usize {
        let counts = |sandbox: &&Sandbox| {
            sandbox.workspace == workspace
                && sandbox.state.is_alive()
                && sandbox.request.purpose.run().is_none()
        };
        self.sandboxes.values().filter(counts).count()
    }

    fn project(&self, key: &ProjectKey) -> Option<&Project> {
        self.projects.values().find(|project| project.details.key == *key)
    }

    pub fn commit(&mut self, batch: WriteBatch) -> Result<()> {
        let mut ends: HashMap<Stream, i64> = HashMap::new();
        for event in &batch.events {
            let stored = self.streams.get(&event.stream).map_or(0, Vec::len);
            let end = ends.entry(event.stream).or_insert(i64::try_from(stored).expect("a length"));
            if event.version != *end + 1 {
                return Err(Error::Conflict { current: *end });
            }
            *end += 1;
        }
        if !batch.guards.iter().all(|guard| self.holds(guard)) {
            return Err(Error::Conflict { current: 0 });
        }
        if let Some(record) = &batch.idempotency {
            let slot = (record.user, record.key.clone());
            let forgotten = record.at.plus_ms(-REMEMBERED_MS);
            if self.answers.get(&slot).is_some_and(|known| known.at > forgotten) {
                return Err(Error::Conflict { current: 0 });
            }
        }
        for event in batch.events {
            self.streams.entry(event.stream).or_default().push(event.clone());
            self.log.push(event);
        }
        for row in batch.rows {
            self.write(row);
        }
        if let Some(record) = batch.idempotency {
            self.answers.insert((record.user, record.key.clone()), record);
        }
        Ok(())
    }

    fn holds(&self, guard: &Guard) -> bool {
        let project = |id: &ProjectId| &self.projects[id];
        match guard {
            Guard::FreeSlot { workspace, now, limit } => {
                let holds = |run: &&Run| run.lease.as_ref().is_some_and(|l| l.expires_at > *now);
                let of_workspace = self.runs.values().filter(|run| run.workspace == *workspace);
                of_workspace.filter(holds).count() < *limit
            }
            Guard::FreeSandboxSlot { workspace, limit } => self.standalone(*workspace) < *limit,
            Guard::GateAt { project: id, version } => project(id).gate_version == *version,
            Guard::ProjectAt { project: id, version } => project(id).head.version == *version,
            Guard::TaskAt { task, version } => self.tasks[task].head.version == *version,
            // Nobody joins with a password here.
            Guard::PasswordAt { .. } => false,
        }
    }

    fn write(&mut self, row: Row) {
        match row {
            Row::Project(project) => drop(self.projects.insert(project.details.id, *project)),
            Row::Task(task) => drop(self.tasks.insert(task.id, *task)),
            Row::Run(run) => drop(self.runs.insert(run.id, *run)),
            Row::Sandbox(sandbox) => drop(self.sandboxes.insert(sandbox.id(), sandbox)),
            Row::Execution(row) => drop(self.executions.insert(row.id(), *row)),
            Row::Validation(row) => match self.validations.iter_mut().find(|v| v.id == row.id) {
                Some(stored) => *stored = *row,
                None => self.validations.push(*row),
            },
            Row::Evidence(file) => drop(self.evidence.insert(file.file.id, file)),
            Row::User(_)
            | Row::Session(_)
            | Row::Workspace(_)
            | Row::Membership(_)
            | Row::MembershipEnded { .. }
            | Row::SessionsEnded { .. }
            | Row::SessionsMoved { .. }
            | Row::KeysEnded { .. }
            | Row::NewInvitation { .. }
            | Row::Invitation(_)
            | Row::AllowedOrigins { .. }
            | Row::Agent(_)
            | Row::NewApiKey { .. }
            | Row::ApiKey(_)
            | Row::PasswordReset(_) => {}
        }
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn commit(&self, batch: WriteBatch) -> Result<()> {
        let mut state = self.state();
        if std::mem::take(&mut state.holds_next) {
            state.held = Some(batch);
            return Ok(());
        }
        if let Some(held) = state.held.take() {
            state.commit(held).expect("what was held back");
        }
        state.commit(batch)
    }

    async fn principal(&self, caller: &Caller) -> Result<Read<()>> {
        Ok(self.read(caller, |_| ()))
    }

    async fn project(&self, caller: &Caller, key: &ProjectKey) -> Result<Read<Option<Project>>> {
        Ok(self.read(caller, |state| state.project(key).cloned()))
    }

    async fn project_for_new_task(
        &self,
        caller: &Caller,
        key: &ProjectKey,
    ) -> Result<Read<Option<(Project, i64)>>> {
        Ok(self.read(caller, |state| {
            let next = i64::try_from(state.tasks.len()).expect("a length") + 1;
            state.project(key).cloned().map(|project| (project, next))
        }))
    }

    async fn task(&self, caller: &Caller, task: &TaskRef) -> Result<Read<Option<Task>>> {
        Ok(self.read(caller, |state| state.task(task).cloned()))
    }

    async fn task_to_start(
        &self,
        caller: &Caller,
        task: &TaskRef,
    ) -> Result<Read<Option<StartScene>>> {
        Ok(self.read(caller, |state| {
            let task = state.task(task)?.clone();
            let is_fresh = |v: &&Validation| {
                v.task == task.id && !matches!(v.state, ValidationState::Stale { .. })
            };
            let attempts = state.runs.values().filter(|run| run.task == task.id).count();
            Some(StartScene {
                project: state.projects.get(&task.project)?.clone(),
                agent: state.agents.iter().find(|a| Some(a.id) == task.content.agent).cloned(),
                validations: state.validations.iter().filter(is_fresh).cloned().collect(),
                attempts: i64::try_from(attempts).expect("a length"),
                task,
            })
        }))
    }

    async fn task_to_decide(
        &self,
        caller: &Caller,
        task: &TaskRef,
    ) -> Result<Read<Option<DecisionScene>>> {
        Ok(self.read(caller, |state| {
            let task = state.task(task)?.clone();
            let run = match task.state {
                TaskState::Review { run, .. } => state.runs.get(&run).cloned(),
                _ => None,
            };
            let of_run = |v: &&Validation| Some(v.run) == run.as_ref().map(|run| run.id);
            let validations = state.validations.iter().filter(of_run).cloned().collect();
            let decides = |m: &&Member| m.role.allows(Permission::Decide);
            Some(DecisionScene {
                gate_version: state.projects.get(&task.project)?.gate_version,
                deciders: state.members.values().filter(decides).map(|m| m.user).collect(),
                validations,
                run,
                task,
            })
        }))
    }

    async fn run_scene(&self, caller: &Caller, run: RunId) -> Result<Read<Option<RunScene>>> {
        let now = caller.now;
        Ok(self.read(caller, |state| {
            let run = state.runs.get(&run)?.clone();
            let holds = |other: &&Run| other.lease.as_ref().is_some_and(|l| l.expires_at > now);
            let kept = state.evidence.values().filter(|file| file.run == run.id);
            Some(RunScene {
                task: state.tasks.get(&run.task)?.clone(),
                sandbox: run.sandbox.and_then(|id| state.sandboxes.get(&id).cloned()),
                slots_taken: state.runs.values().filter(holds).count(),
                evidence: kept.map(|file| file.file.id).collect(),
                run,
            })
        }))
    }

    async fn renew_lease(
        &self,
        run: RunId,
        token: &LeaseToken,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<LeaseRenewal> {
        let mut state = self.state();
        let Some(run) = state.runs.get_mut(&run) else {
            return Ok(LeaseRenewal::Lost);
        };
        let stop_asked = run.cancel.is_some();
        match &mut run.lease {
            Some(lease) if lease.admits(token, now) => {
                lease.expires_at = lease.expires_at.max(until);
                Ok(LeaseRenewal::Renewed { stop_asked })
            }
            _ => Ok(LeaseRenewal::Lost),
        }
    }

    async fn sandbox(&self, caller: &Caller, id: SandboxId) -> Result<Read<Option<Sandbox>>> {
        Ok(self.read(caller, |state| state.sandboxes.get(&id).cloned()))
    }

    async fn evidence(&self, caller: &Caller, id: EvidenceId) -> Result<Read<Option<Evidence>>> {
        Ok(self.read(caller, |state| state.evidence.get(&id).cloned()))
    }

    async fn stream(&self, stream: Stream) -> Result<Vec<Event>> {
        Ok(self.state().streams.get(&stream).cloned().unwrap_or_default())
    }

    // What no command here needs.
    async fn is_set_up(&self) -> Result<bool> {
        Err(Error::Internal)
    }
    async fn begin_sign_in(&self, _: &Email, _: &str, _: Timestamp) -> Result<SignInScene> {
        Err(Error::Internal)
    }
    async fn begin_set_up(&self, _: Option<&str>, _: Timestamp) -> Result<SetUpScene> {
        Err(Error::Internal)
    }
    async fn open_session(&self, _: Opening<'_>) -> Result<()> {
        Err(Error::Internal)
    }
    async fn revoke_session(&self, _: &Caller, _: AuditId) -> Result<Option<WorkspaceId>> {
        Err(Error::Internal)
    }
    async fn expired_runs(&self, _: Timestamp, _: u32) -> Result<Vec<RunId>> {
        Err(Error::Internal)
    }
    async fn leftover_sandboxes(&self, _: u32) -> Result<Vec<Sandbox>> {
        Err(Error::Internal)
    }
    async fn due_outbox(&self, _: Timestamp, _: u32) -> Result<Vec<OutboxMessage>> {
        Err(Error::Internal)
    }
    async fn outbox_sent(&self, _: &[OutboxId], _: Timestamp) -> Result<()> {
        Err(Error::Internal)
    }
    async fn confirm_outbox(&self, _: OutboxId) -> Result<()> {
        Err(Error::Internal)
    }
    async fn events_after(&self, _: WorkspaceId, _: i64, _: u32) -> Result<Vec<(i64, Event)>> {
        Err(Error::Internal)
    }
}
