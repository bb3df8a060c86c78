//! The world that commands are carried out in.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use domain::actor::{Credential, Member, Role, Via};
use domain::agent::{Agent, AgentKind};
use domain::context::{Caller, Context, IdempotencyKey, Settings};
use domain::ids::{AgentId, EvidenceId, RunId, SessionId, TaskId, UserId, WorkspaceId};
use domain::project::{
    self, CreateProject, EditGate, Project, ProjectKey, Rule, SetSource, SourceKind,
};
use domain::run::{
    self, CancelRun, CapturedEvidence, CheckResult, EvidenceKind, FailureReason, JobEnd,
    LeaseToken, ReportFile, Run, RunReport, StartRun, Uncaptured,
};
use domain::sandbox::protocol::{SkipReason, SkippedFile};
use domain::sandbox::{Settled, settle};
use domain::task::{
    self, CreateTask, EditTask, MoveTask, MoveTo, Task, TaskDraft, TaskRef, TaskStage,
};
use domain::validation::{self, Approve, Reject, TestReport};
use domain::{Error, Result, Timestamp};

use super::command::{Action, Command, Left};
use super::{MemoryStore, Sequence};

pub struct World {
    pub store: Arc<MemoryStore>,
    pub random: Arc<Sequence>,
    pub people: Vec<Member>,
    pub agent: AgentId,
    pub project: ProjectKey,
    pub now: Timestamp,
    /// The model: the stage of every task, as the commands should have made it.
    pub stages: BTreeMap<TaskId, TaskStage>,
    /// The version that the last command said it had seen.
    pub seen: Cell<i64>,
    /// Whether the next command is the last one sent again, as it was.
    pub is_repeat: bool,
    /// How often a claim found no slot, and how often somebody was faster.
    pub no_slots: Cell<u32>,
    pub overtaken: Cell<u32>,
}

/// How many runs may be alive at once.
pub const SLOTS: usize = 1;

impl World {
    pub fn open() -> Self {
        let (store, random) = (Arc::new(MemoryStore::default()), Arc::new(Sequence::default()));
        let now = Timestamp(1_800_000_000_000);
        let workspace = WorkspaceId::generate(now, &*random);
        let mut people = vec![];
        let roles = [Role::Owner, Role::Member, Role::Member, Role::Viewer];
        for (role, n) in roles.into_iter().zip(0u8..) {
            let member = Member {
                via: Via::Session(SessionId::generate(now, &*random)),
                workspace,
                workspace_name: "W".to_owned(),
                user: UserId::generate(now, &*random),
                name: role.as_str().to_owned(),
                email: String::new(),
                role,
            };
            store.state().members.insert([n; 32], member.clone());
            people.push(member);
        }
        let agent = AgentId::generate(now, &*random);
        let name = "Script".to_owned();
        store.state().agents.push(Agent { id: agent, workspace, name, kind: AgentKind::Script });
        let project = ProjectKey::parse("MONO").expect("a key");
        let world = Self {
            store,
            random,
            people,
            agent,
            project,
            now,
            stages: BTreeMap::new(),
            seen: Cell::new(0),
            is_repeat: false,
            no_slots: Cell::new(0),
            overtaken: Cell::new(0),
        };
        pollster::block_on(world.prepare()).expect("a project");
        world
    }

    async fn prepare(&self) -> Result<()> {
        let owner = self.person(0, None);
        let key = "MONO".to_owned();
        let name = "Mono".to_owned();
        project::create(&owner, CreateProject { key, name, ..CreateProject::default() }).await?;
        project::set_source(&owner, self.source(1)).await.map(drop)
    }

    fn source(&self, seen: i64) -> SetSource {
        SetSource {
            project: self.project.clone(),
            seen,
            name: "source.tar".to_owned(),
            kind: SourceKind::Tar,
            sha256: "a".repeat(64),
            size: u64::try_from(seen).expect("a version"),
        }
    }

    fn gate(&self, seen: i64, approval: bool, reports: bool) -> EditGate {
        EditGate {
            project: self.project.to_string(),
            seen,
            commands: "cargo test".to_owned(),
            reports: if reports { "**/junit.xml".to_owned() } else { String::new() },
            approval,
        }
    }

    /// The version that a person saw: that of now, one too old, or the one that they said before.
    fn seen_of(&self, version: i64, is_stale: bool) -> i64 {
        if !self.is_repeat {
            self.seen.set(version - i64::from(is_stale));
        }
        self.seen.get()
    }

    fn project_now(&self) -> Project {
        self.store.state().projects.values().next().cloned().expect("the project")
    }

    pub fn context(&self, credential: Credential, key: Option<IdempotencyKey>) -> Context {
        Context {
            caller: Caller { idempotency_key: key, ..Caller::new(credential, self.now) },
            store: self.store.clone(),
            random: self.random.clone(),
            settings: Settings { run_slots: SLOTS, ..Settings::default() },
        }
    }

    pub fn person(&self, who: usize, key: Option<IdempotencyKey>) -> Context {
        let hash = [u8::try_from(who).expect("a person"); 32];
        self.context(Credential::Session(hash), key)
    }

    fn draft(&self, steps: u8) -> TaskDraft {
        TaskDraft {
            title: "T".to_owned(),
            agent: self.agent.to_string(),
            steps: format!("make {steps}"),
            ..TaskDraft::default()
        }
    }

    pub fn nth_task(&self, n: usize) -> Option<Task> {
        let state = self.store.state();
        let count = state.tasks.len().max(1);
        state.tasks.values().nth(n % count).cloned()
    }

    pub fn newest_run(&self, task: TaskId) -> Option<Run> {
        let state = self.store.state();
        let of_task = state.runs.values().filter(|run| run.task == task);
        of_task.max_by_key(|run| run.attempt).cloned()
    }

    /// Carries a command out; gives whether it was accepted.
    pub async fn carry_out(
        &mut self,
        command: &Command,
        key: Option<IdempotencyKey>,
    ) -> Option<bool> {
        let ctx = self.person(command.person, key);
        if let Action::Create { ready } = command.action {
            let (project, draft) = (self.project.clone(), self.draft(0));
            if self.stages.len() >= 2 {
                return None;
            }
            return Some(task::create(&ctx, CreateTask { project, draft, ready }).await.is_ok());
        }
        let version = self.project_now().head.version;
        if let Action::EditGate { approval, reports } = command.action {
            let gate = self.gate(self.seen_of(version, command.stale), approval, reports);
            return Some(project::edit_gate(&ctx, gate).await.is_ok());
        }
        if matches!(command.action, Action::SetSource) {
            let source = self.source(self.seen_of(version, command.stale));
            return Some(project::set_source(&ctx, source).await.is_ok());
        }
        let stored = self.nth_task(command.task)?;
        match command.action {
            Action::ApproveMeanwhile | Action::StartMeanwhile => {
                self.meanwhile(command, &ctx, &stored).await
            }
            Action::Attach { .. } => Some(self.attach(command, &ctx, &stored).await?),
            Action::AttachMeanwhile => self.attach_meanwhile(&ctx, &stored).await,
            Action::Settle(to) => {
                let sandbox = self.newest_run(stored.id)?.sandbox?;
                let to = [Settled::Ready { isolation: None }, Settled::Stopped, failed()]
                    [usize::from(to)]
                .clone();
                let system = self.context(Credential::System, None);
                Some(settle(&system, sandbox, to).await.is_ok())
            }
            Action::Claim
            | Action::Started
            | Action::Renew
            | Action::Finish { .. }
            | Action::Cancel
            | Action::Expire => self.about_run(command, &ctx, &stored).await,
            _ => Some(self.about_task(command, &ctx, &stored).await),
        }
    }

    /// A command that reads before and commits after somebody else's change of the project.
    async fn meanwhile(&self, command: &Command, ctx: &Context, stored: &Task) -> Option<bool> {
        let (task, seen) = (TaskRef::Id(stored.id), stored.head.version);
        let (owner, project) = (self.person(0, None), self.project_now());
        let version = project.head.version;
        self.store.state().holds_next = true;
        let outcome = if matches!(command.action, Action::ApproveMeanwhile) {
            let approval = project.gate.requirements.iter().any(|r| r.rule == Rule::Approval);
            let gate = self.gate(version, !approval, true);
            project::edit_gate(&owner, gate).await.expect("a change of the gate");
            validation::approve(ctx, Approve { task, seen }).await.err()
        } else {
            project::set_source(&owner, self.source(version)).await.expect("a source");
            run::start(ctx, StartRun { task, seen }).await.err()
        };
        let mut state = self.store.state();
        match state.held.take() {
            // It was refused before it came to the commit.
            Some(held) => state.commit(held).expect("what was held back"),
            None => {
                assert_eq!(outcome, Some(Error::Conflict { current: 0 }), "it wasn't noticed");
                self.overtaken.set(self.overtaken.get() + 1);
            }
        }
        assert!(outcome.is_some(), "it acted on what was no more");
        Some(true)
    }

    async fn about_task(&self, command: &Command, ctx: &Context, stored: &Task) -> bool {
        let task = TaskRef::Id(stored.id);
        let seen = self.seen_of(stored.head.version, command.stale);
        match command.action {
            Action::Edit { steps } => {
                let draft = self.draft(steps);
                task::edit(ctx, EditTask { task, seen, draft }).await.is_ok()
            }
            Action::Move(to) => {
                let to = [MoveTo::Backlog, MoveTo::Ready, MoveTo::Cancelled][usize::from(to)];
                task::move_task(ctx, MoveTask { task, seen, to }).await.is_ok()
            }
            Action::Start => run::start(ctx, StartRun { task, seen }).await.is_ok(),
            Action::Approve => validation::approve(ctx, Approve { task, seen }).await.is_ok(),
            _ => {
                let reason = "No.".to_owned();
                validation::reject(ctx, Reject { task, seen, reason }).await.is_ok()
            }
        }
    }

    async fn about_run(&self, command: &Command, ctx: &Context, stored: &Task) -> Option<bool> {
        let run = self.newest_run(stored.id)?;
        let system = self.context(Credential::System, None);
        let held = run.lease.as_ref().map(|lease| lease.token.clone());
        let token = match held {
            Some(token) if !command.wrong_token => token,
            _ => LeaseToken("0".repeat(32)),
        };
        Some(match command.action {
            Action::Claim => {
                let claimed = run::claim(&system, run.id).await;
                let found_none = claimed == Ok(run::Claimed::NoSlot);
                self.no_slots.set(self.no_slots.get() + u32::from(found_none));
                claimed.is_ok()
            }
            Action::Started => run::started(&system, run.id, &token).await.is_ok(),
            Action::Renew => {
                let until = self.now.plus_ms(60_000);
                system.store.renew_lease(run.id, &token, self.now, until).await.is_ok()
            }
            Action::Cancel => run::cancel(ctx, CancelRun { run: run.id }).await.is_ok(),
            Action::Expire => run::expire(&system, run.id).await.is_ok(),
            _ => {
                let report = self.report(&command.action, run.id, token);
                run::finish(&system, report).await.is_ok()
            }
        })
    }

    fn report(&self, action: &Action, run: RunId, token: LeaseToken) -> RunReport {
        let Action::Finish { end, exit_code, left } = *action else {
            unreachable!("only a finish reports")
        };
        let end = match end {
            0 => JobEnd::Failed(FailureReason::StepFailed { step: 1, exit_code: 1 }),
            1 => JobEnd::Failed(FailureReason::RunnerRestarted),
            2 => JobEnd::Cancelled,
            3 => JobEnd::TimedOut { limit_ms: 5 },
            _ => JobEnd::Completed,
        };
        let requirement = "command-1".to_owned();
        let id = EvidenceId::generate(self.now, &*self.random);
        let path = "out/junit.xml".to_owned();
        let failed = u32::from(left == Left::Failing);
        let file = CapturedEvidence {
            id,
            kind: EvidenceKind::TestReport,
            name: path.clone(),
            media_type: "text/plain; charset=utf-8".to_owned(),
            size: 1,
            sha256: "b".repeat(64),
        };
        let test_report = TestReport { total: 1, failed, ..TestReport::default() };
        let report = ReportFile { evidence: id, path, report: Ok(test_report) };
        let skipped = SkippedFile { path: "b/junit.xml".into(), reason: SkipReason::TooLarge };
        let has_left = left != Left::Nothing;
        RunReport {
            run,
            token,
            end,
            checks: vec![CheckResult { requirement, exit_code: Some(exit_code) }],
            evidence: if has_left { vec![file] } else { vec![] },
            reports: if has_left { vec![report] } else { vec![] },
            uncaptured: Uncaptured {
                files: if left == Left::Skipped { vec![skipped] } else { vec![] },
                is_partial: false,
            },
            diff_sha256: "c".repeat(64),
        }
    }
}

fn failed() -> Settled {
    Settled::Failed { reason: "gone".to_owned() }
}
