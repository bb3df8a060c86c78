//! Commands, and the world they are carried out in.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::actor::{Credential, Member, Role};
use domain::agent::{Agent, AgentKind};
use domain::context::{Caller, Context, IdempotencyKey, Settings};
use domain::ids::{AgentId, RunId, SessionId, TaskId, UserId, WorkspaceId};
use domain::project::{self, CreateProject, EditGate, ProjectKey, SetSource, SourceKind};
use domain::run::{
    self, CancelRun, CheckResult, FailureReason, JobEnd, LeaseToken, Run, RunReport, StartRun,
};
use domain::task::{
    self, CreateTask, EditTask, MoveTask, MoveTo, Task, TaskDraft, TaskRef, TaskStage,
};
use domain::validation::{self, Approve, Reject};
use domain::{Result, Timestamp};
use proptest::prelude::*;

use super::{MemoryStore, Sequence};

#[derive(Clone, Debug)]
pub enum Action {
    Create { ready: bool },
    Edit { steps: u8 },
    Move(u8),
    Start,
    Claim,
    Started,
    Renew,
    Finish { end: u8, exit_code: i32 },
    Cancel,
    Expire,
    Approve,
    Reject,
    EditGate { approval: bool },
}

#[derive(Clone, Debug)]
pub struct Command {
    pub action: Action,
    /// Who: owner, two members, viewer.
    pub person: usize,
    /// Which task, or the newest run of which.
    pub task: usize,
    pub stale: bool,
    pub wrong_token: bool,
    pub repeat: bool,
    /// How far the clock moves before it; it may go back.
    pub after_ms: i64,
}

pub fn command() -> impl Strategy<Value = Command> {
    let action = prop_oneof![
        1 => any::<bool>().prop_map(|ready| Action::Create { ready }),
        1 => (0..3u8).prop_map(|steps| Action::Edit { steps }),
        1 => (0..3u8).prop_map(Action::Move),
        8 => Just(Action::Start),
        8 => Just(Action::Claim),
        2 => Just(Action::Started),
        1 => Just(Action::Renew),
        8 => (0..12u8, 0..2i32).prop_map(|(end, exit_code)| Action::Finish { end, exit_code }),
        1 => Just(Action::Cancel),
        1 => Just(Action::Expire),
        8 => Just(Action::Approve),
        1 => Just(Action::Reject),
        1 => any::<bool>().prop_map(|approval| Action::EditGate { approval }),
    ];
    let people = prop_oneof![3 => 0..3usize, 1 => 0..4usize];
    let rarely = || prop::bool::weighted(0.08);
    let jump = prop_oneof![30 => 0..2_000i64, 1 => Just(61_000), 1 => Just(-86_400_000)];
    (
        action,
        people,
        prop_oneof![3 => Just(0usize), 1 => Just(1usize)],
        rarely(),
        rarely(),
        rarely(),
        jump,
    )
        .prop_map(|(action, person, task, stale, wrong_token, repeat, after_ms)| Command {
            action,
            person,
            task,
            stale,
            wrong_token,
            repeat,
            after_ms,
        })
}

pub struct World {
    pub store: Arc<MemoryStore>,
    pub random: Arc<Sequence>,
    pub people: Vec<Member>,
    pub agent: AgentId,
    pub project: ProjectKey,
    pub now: Timestamp,
    /// The model: the stage of every task, as the commands should have made it.
    pub stages: BTreeMap<TaskId, TaskStage>,
}

impl World {
    pub fn open() -> Self {
        let (store, random) = (Arc::new(MemoryStore::default()), Arc::new(Sequence::default()));
        let now = Timestamp(1_800_000_000_000);
        let workspace = WorkspaceId::generate(now, &*random);
        let mut people = vec![];
        let roles = [Role::Owner, Role::Member, Role::Member, Role::Viewer];
        for (role, n) in roles.into_iter().zip(0u8..) {
            let member = Member {
                session: SessionId::generate(now, &*random),
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
        let world = Self { store, random, people, agent, project, now, stages: BTreeMap::new() };
        pollster::block_on(world.prepare()).expect("a project");
        world
    }

    async fn prepare(&self) -> Result<()> {
        let owner = self.person(0, None);
        let key = "MONO".to_owned();
        let name = "Mono".to_owned();
        project::create(&owner, CreateProject { key, name, ..CreateProject::default() }).await?;
        let source = SetSource {
            project: self.project.clone(),
            seen: 1,
            name: "source.tar".to_owned(),
            kind: SourceKind::Tar,
            sha256: "a".repeat(64),
            size: 10,
        };
        project::set_source(&owner, source).await
    }

    fn context(&self, credential: Credential, key: Option<IdempotencyKey>) -> Context {
        Context {
            caller: Caller { credential, idempotency_key: key, now: self.now },
            store: self.store.clone(),
            random: self.random.clone(),
            settings: Settings::default(),
        }
    }

    fn person(&self, who: usize, key: Option<IdempotencyKey>) -> Context {
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

    fn newest_run(&self, task: TaskId) -> Option<Run> {
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
        if let Action::EditGate { approval } = command.action {
            let seen = self.store.state().projects.values().next()?.head.version;
            let gate = EditGate {
                project: self.project.to_string(),
                seen: seen - i64::from(command.stale),
                commands: "cargo test".to_owned(),
                approval,
                ..EditGate::default()
            };
            return Some(project::edit_gate(&ctx, gate).await.is_ok());
        }
        let stored = self.nth_task(command.task)?;
        match command.action {
            Action::Claim
            | Action::Started
            | Action::Renew
            | Action::Finish { .. }
            | Action::Cancel
            | Action::Expire => self.about_run(command, &ctx, &stored).await,
            _ => Some(self.about_task(command, &ctx, &stored).await),
        }
    }

    async fn about_task(&self, command: &Command, ctx: &Context, stored: &Task) -> bool {
        let task = TaskRef::Id(stored.id);
        let seen = stored.head.version - i64::from(command.stale);
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
            Action::Claim => run::claim(&system, run.id).await.is_ok(),
            Action::Started => run::started(&system, run.id, &token).await.is_ok(),
            Action::Renew => {
                let until = self.now.plus_ms(60_000);
                system.store.renew_lease(run.id, &token, self.now, until).await.is_ok()
            }
            Action::Cancel => run::cancel(ctx, CancelRun { run: run.id }).await.is_ok(),
            Action::Expire => run::expire(&system, run.id).await.is_ok(),
            _ => run::finish(&system, report(&command.action, run.id, token)).await.is_ok(),
        })
    }
}

fn report(action: &Action, run: RunId, token: LeaseToken) -> RunReport {
    let Action::Finish { end, exit_code } = *action else { unreachable!("only a finish reports") };
    let end = match end {
        0 => JobEnd::Failed(FailureReason::StepFailed { step: 1, exit_code: 1 }),
        1 => JobEnd::Failed(FailureReason::RunnerRestarted),
        2 => JobEnd::Cancelled,
        3 => JobEnd::TimedOut { limit_ms: 5 },
        _ => JobEnd::Completed,
    };
    let requirement = "command-1".to_owned();
    RunReport {
        run,
        token,
        end,
        checks: vec![CheckResult { requirement, exit_code: Some(exit_code) }],
        evidence: vec![],
        reports: vec![],
        diff_sha256: "c".repeat(64),
    }
}
