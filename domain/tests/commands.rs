//! Random sequences of commands against the use cases, each compared with a small model of its own
//! and followed by the invariants. `MONOTASK_SEQUENCES` sets how many sequences are tried.

mod support;

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::actor::{Actor, Credential, Member, Role};
use domain::agent::{Agent, AgentKind};
use domain::context::{Caller, Context, IdempotencyKey, Settings};
use domain::event::{Event, EventBody, Head, Stream};
use domain::ids::{AgentId, RunId, SessionId, TaskId, UserId, WorkspaceId};
use domain::project::{self, CreateProject, EditGate, Project, ProjectKey, SetSource, SourceKind};
use domain::run::{
    self, CancelRun, CheckResult, FailureReason, JobEnd, LeaseToken, Run, RunReport, StartRun,
};
use domain::sandbox::Sandbox;
use domain::task::{
    self, CreateTask, EditTask, MoveTask, MoveTo, Task, TaskDraft, TaskRef, TaskStage,
};
use domain::validation::{self, Approve, Reject, Validation};
use domain::{Result, Timestamp};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use support::{MemoryStore, Sequence};

#[derive(Clone, Debug)]
enum Action {
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
struct Command {
    action: Action,
    /// Who: owner, two members, viewer.
    person: usize,
    /// Which task, or the newest run of which.
    task: usize,
    stale: bool,
    wrong_token: bool,
    repeat: bool,
    /// How far the clock moves before it; it may go back.
    after_ms: i64,
}

fn command() -> impl Strategy<Value = Command> {
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

struct World {
    store: Arc<MemoryStore>,
    random: Arc<Sequence>,
    people: Vec<Member>,
    agent: AgentId,
    project: ProjectKey,
    now: Timestamp,
    /// The model: the stage of every task, as the commands should have made it.
    stages: BTreeMap<TaskId, TaskStage>,
}

impl World {
    fn open() -> Self {
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

    fn nth_task(&self, n: usize) -> Option<Task> {
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
    async fn carry_out(&mut self, command: &Command, key: Option<IdempotencyKey>) -> Option<bool> {
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

/// The way of a task, written down a second time.
fn may_follow(from: TaskStage, to: TaskStage) -> bool {
    use TaskStage::*;
    let next: &[TaskStage] = match from {
        Backlog => &[Ready, Cancelled],
        Ready => &[Backlog, Running, Cancelled],
        Running => &[Validating, Ready, Failed],
        Validating => &[Review, Failed],
        Review => &[Done, ChangesRequested, Cancelled],
        ChangesRequested | Failed => &[Ready, Running, Cancelled],
        Done => &[Ready],
        Cancelled => &[Backlog],
    };
    next.contains(&to)
}

/// Which stages a task may stand in after an accepted command about it; none when it stays.
fn expected(action: &Action) -> &'static [TaskStage] {
    use TaskStage::*;
    match action {
        Action::Move(0) => &[Backlog],
        Action::Move(1) => &[Ready],
        Action::Move(_) => &[Cancelled],
        Action::Start => &[Running],
        Action::Approve => &[Done],
        Action::Reject => &[ChangesRequested],
        _ => &[],
    }
}

fn replay<T>(
    events: &[Event],
    begin: fn(&Event) -> Option<T>,
    apply: fn(&mut T, &Event),
) -> Option<T> {
    let (first, rest) = events.split_first()?;
    let mut row = begin(first)?;
    rest.iter().for_each(|event| apply(&mut row, event));
    Some(row)
}

fn check_stream(world: &World, stream: Stream) {
    let state = world.store.state();
    let events = &state.streams[&stream];
    let mut head = Head::start();
    for event in events {
        let again =
            Event::next(&head, event.workspace, stream, event.actor, event.at, event.body.clone());
        assert_eq!(again.as_ref(), Ok(event), "dense and chained");
        head = event.head();
    }
    match stream {
        Stream::Task(id) => {
            assert_eq!(replay(events, Task::begin, Task::apply).as_ref(), state.tasks.get(&id));
            let stored: Vec<_> =
                state.validations.iter().filter(|v| v.task == id).cloned().collect();
            assert_eq!(Validation::replay(events), stored);
        }
        Stream::Run(id) => {
            let mut stored = state.runs[&id].clone();
            stored.lease = None;
            assert_eq!(replay(events, Run::begin, Run::apply), Some(stored));
        }
        Stream::Project(id) => {
            let row = replay(events, Project::begin, Project::apply);
            assert_eq!(row.as_ref(), state.projects.get(&id));
        }
        Stream::Sandbox(id) => {
            let row = replay(events, Sandbox::begin, Sandbox::apply);
            assert_eq!(row.as_ref(), state.sandboxes.get(&id));
        }
        Stream::Installation | Stream::Workspace(_) => {}
    }
}

/// What always holds, whatever was asked.
fn check_all(world: &World) {
    let state = world.store.state();
    for task in state.tasks.values() {
        let live: Vec<_> =
            state.runs.values().filter(|r| r.task == task.id && r.state.is_live()).collect();
        let is_running = task.state.stage() == TaskStage::Running;
        assert_eq!(live.len(), usize::from(is_running), "live runs of {task:?}");
        if is_running {
            assert_eq!(task.state.run(), live.first().map(|run| run.id));
        }
        assert_ne!(task.state.stage(), TaskStage::Validating, "judged in one batch");
        if let domain::task::TaskState::Done { by, run, .. } = &task.state {
            let run = &state.runs[run];
            let of_run: Vec<_> = state.validations.iter().filter(|v| v.run == run.id).collect();
            assert_eq!(of_run.len(), run.plan.gate.requirements.len());
            assert!(of_run.iter().all(|v| v.state.is_met()), "a done task with {of_run:?}");
            let needs_approval =
                run.plan.gate.requirements.iter().any(|r| r.rule == project::Rule::Approval);
            // Three people may decide here and at most two produce: nobody is alone.
            assert!(!needs_approval || !run.producers.include(*by), "a producer approved");
        }
    }
}

fn step(world: &mut World, command: &Command, key: Option<IdempotencyKey>) {
    let about_person = !matches!(
        command.action,
        Action::Claim | Action::Started | Action::Renew | Action::Finish { .. } | Action::Expire
    );
    let target = world.nth_task(command.task).map(|task| task.id);
    let before = world.store.state().log.len();
    let ended: Vec<_> = {
        let state = world.store.state();
        state.runs.values().filter(|r| !r.state.is_live()).cloned().collect()
    };
    let Some(accepted) = pollster::block_on(world.carry_out(command, key)) else {
        return;
    };
    let events: Vec<Event> = world.store.state().log[before..].to_vec();
    assert!(accepted || events.is_empty(), "a refusal changed something");
    assert!(!(accepted && about_person && command.person == 3), "a viewer did something");
    assert!(!(command.stale && is_versioned(&command.action) && accepted), "a stale version won");
    for event in &events {
        follow(world, event);
    }
    let mut streams: Vec<_> = events.iter().map(|event| event.stream).collect();
    streams.dedup();
    for stream in streams {
        check_stream(world, stream);
    }
    for run in ended {
        assert_eq!(world.store.state().runs[&run.id].state, run.state, "an end changed");
    }
    let wanted = expected(&command.action);
    if let (true, Some(id)) = (accepted && !wanted.is_empty(), target) {
        let stage = world.store.state().tasks[&id].state.stage();
        assert!(wanted.contains(&stage), "{:?} made {stage:?}", command.action);
    }
    check_all(world);
}

fn is_versioned(action: &Action) -> bool {
    expected(action) != [] || matches!(action, Action::Edit { .. } | Action::EditGate { .. })
}

/// Moves the model along with an event, and holds the event to the model's table.
fn follow(world: &mut World, event: &Event) {
    let Stream::Task(id) = event.stream else { return };
    match &event.body {
        EventBody::TaskCreated(created) => {
            assert!(matches!(event.actor, Actor::User(_)));
            world.stages.insert(id, created.state.stage());
        }
        EventBody::TaskMoved { to } => {
            let from = world.stages.insert(id, to.stage()).expect("a known task");
            assert!(may_follow(from, to.stage()), "{from:?} became {to:?}");
        }
        _ => {}
    }
}

/// What a sequence reached, so that the suite can show that it isn't idling.
#[derive(Default)]
struct Reached {
    done: u32,
    ended: u32,
    repeats: u32,
}

fn run_sequence(commands: &[Command], reached: &mut Reached) {
    let mut world = World::open();
    let first = Command {
        action: Action::Create { ready: true },
        person: 1,
        task: 0,
        stale: false,
        wrong_token: false,
        repeat: false,
        after_ms: 0,
    };
    step(&mut world, &first, None);
    for (command, n) in commands.iter().zip(0u32..) {
        world.now = world.now.plus_ms(command.after_ms);
        let key = IdempotencyKey::parse(&format!("command-{n}"));
        step(&mut world, command, key.clone());
        if command.repeat && !matches!(command.action, Action::EditGate { .. }) {
            let about_run = matches!(command.action, Action::Claim | Action::Started);
            let before = world.store.state().log.len();
            let was_answered = world
                .store
                .state()
                .answers
                .keys()
                .any(|(_, k)| Some(k.as_str()) == key.as_ref().map(IdempotencyKey::as_str));
            if was_answered || about_run {
                let _ = pollster::block_on(world.carry_out(command, key));
                assert_eq!(world.store.state().log.len(), before, "a repeat did it again");
                reached.repeats += 1;
            }
        }
    }
    let people = world.people.len();
    assert_eq!(people, 4);
    let state = world.store.state();
    let done = state.tasks.values().filter(|t| t.state.stage() == TaskStage::Done).count();
    reached.done += u32::from(done > 0);
    reached.ended += u32::from(state.runs.values().any(|run| !run.state.is_live()));
}

fn run_sequences(cases: u32) -> Reached {
    let config =
        Config { cases, failure_persistence: None, max_shrink_iters: 2_000, ..Config::default() };
    let reached = std::cell::RefCell::new(Reached::default());
    TestRunner::new(config)
        .run(&prop::collection::vec(command(), 1..30), |commands| {
            run_sequence(&commands, &mut reached.borrow_mut());
            Ok(())
        })
        .unwrap_or_else(|failure| panic!("{failure}"));
    reached.into_inner()
}

#[test]
fn random_commands_keep_every_invariant() {
    let cases = std::env::var("MONOTASK_SEQUENCES").ok().and_then(|n| n.parse().ok());
    let cases: u32 = cases.unwrap_or(10_000);
    let halves = [cases / 2, cases - cases / 2];
    let threads = halves.map(|half| std::thread::spawn(move || run_sequences(half)));
    let (mut done, mut ended, mut repeats) = (0, 0, 0);
    for thread in threads {
        let reached = thread.join().expect("a sequence broke an invariant");
        done += reached.done;
        ended += reached.ended;
        repeats += reached.repeats;
    }
    println!("sequences {cases}: {done} reach done, {ended} end a run, {repeats} repeats");
    assert!(done * 50 > cases && ended * 4 > cases, "the sequences reach too little");
}
