//! Random commands over the real store: whatever was asked in whatever order, replaying the streams
//! gives the rows. The commands are those of `domain/tests/commands.rs`, which tries far more of them
//! in memory; here it is the SQL that is on trial.

mod support;

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use domain::Timestamp;
use domain::account::{Email, Opening, Password, PasswordHash, Session};
use domain::actor::{Credential, Role};
use domain::context::{Caller, Context, Settings};
use domain::event::{Event, Stream};
use domain::ids::{EvidenceId, RunId, SandboxId, UserId, WorkspaceId};
use domain::ports::Passwords;
use domain::project::{self, CreateProject, EditGate, Project, ProjectKey, SetSource, SourceKind};
use domain::run::{
    self, CancelRun, CapturedEvidence, CheckResult, EvidenceKind, FailureReason, JobEnd,
    LeaseToken, Run, RunReport, StartRun, Uncaptured,
};
use domain::sandbox::{Sandbox, Settled, settle};
use domain::task::{self, CreateTask, EditTask, MoveTask, MoveTo, Task, TaskDraft, TaskRef};
use domain::validation::{self, Approve, Reject, Validation};
use domain::workspace::{self, AddMember, OpenWorkspace};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use server::store::SqlStore;

/// How many sequences are tried.
const SEQUENCES: u32 = 200;

struct NoPasswords;

#[async_trait]
impl Passwords for NoPasswords {
    async fn hash(&self, _: &Password) -> domain::Result<PasswordHash> {
        Ok(PasswordHash("$argon2id$none".to_owned()))
    }

    async fn verify(&self, _: &Password, _: Option<&PasswordHash>) -> domain::Result<bool> {
        Ok(false)
    }
}

struct World {
    system: Context,
    workspace: WorkspaceId,
    /// The owner's and a member's sessions.
    sessions: [[u8; 32]; 2],
    agent: String,
    project: ProjectKey,
}

impl World {
    async fn open(mut system: Context, now: Timestamp) -> domain::Result<Self> {
        system.caller.now = now;
        let password = "correct horse battery".to_owned();
        let mail = |who: &str| format!("{who}-{}@example.org", now.0);
        let (workspace, name, email) = ("W".to_owned(), "Ada".to_owned(), mail("ada"));
        let input = OpenWorkspace { workspace, name, email, password: password.clone() };
        let workspace = workspace::open(&system, &NoPasswords, input).await?;
        let (name, email, role) = ("Ben".to_owned(), mail("ben"), Role::Member);
        let input = AddMember { workspace, name, email, password, role };
        workspace::add_member(&system, &NoPasswords, input).await?;
        let events = system.store.stream(Stream::Workspace(workspace)).await?;
        let people = workspace::Membership::replay(&events);
        let agent = domain::agent::Agent::replay(&events)[0].id.to_string();
        let mut sessions = [[0; 32]; 2];
        for (slot, (user, who)) in
            sessions.iter_mut().zip([(people[0].user, "ada"), (people[1].user, "ben")])
        {
            *slot = Self::sign_in(&system, user, workspace, &mail(who)).await?;
        }
        let project = ProjectKey::parse("MONO")?;
        let world = Self { system, workspace, sessions, agent, project };
        let owner = world.person(0);
        let input = CreateProject { key: "MONO".into(), name: "M".into(), ..Default::default() };
        project::create(&owner, input).await?;
        project::set_source(&owner, world.source(1)).await?;
        Ok(world)
    }

    async fn sign_in(
        ctx: &Context,
        user: UserId,
        workspace: WorkspaceId,
        mail: &str,
    ) -> domain::Result<[u8; 32]> {
        let (session, token) = Session::begin(user, workspace, "test", ctx.now(), &*ctx.random);
        ctx.store.open_session(Opening::unproved(session, &Email::parse(mail)?, "test")).await?;
        Ok(token.hash())
    }

    fn person(&self, who: usize) -> Context {
        let mut ctx = self.system.clone();
        ctx.caller = Caller::new(Credential::Session(self.sessions[who]), ctx.caller.now);
        ctx
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

    fn draft(&self, n: u8) -> TaskDraft {
        let (agent, steps) = (self.agent.clone(), format!("make {n}"));
        TaskDraft { title: format!("T {n}"), agent, steps, ..TaskDraft::default() }
    }

    async fn task(&self) -> Option<Task> {
        let key = "MONO-1".parse().expect("a key");
        let ctx = self.person(0);
        ctx.store.task(&ctx.caller, &TaskRef::Key(key)).await.expect("a task").data
    }

    async fn newest_run(&self, task: &Task) -> Option<Run> {
        let ctx = self.person(0);
        let read = ctx.store.task_detail(&ctx.caller, &TaskRef::Id(task.id)).await;
        let newest = read.expect("a task").data?.runs.first()?.id;
        Some(self.run(newest).await)
    }

    async fn run(&self, run: RunId) -> Run {
        let read = self.system.store.run_scene(&self.system.caller, run).await;
        read.expect("a run").data.expect("a run").run
    }

    /// Carries a command out. Whether it was accepted is the domain's business.
    async fn carry_out(&self, command: u8, choice: u8) {
        let (owner, member, system) = (self.person(0), self.person(1), &self.system);
        let Some(stored) = self.task().await else {
            let input = CreateTask {
                project: self.project.clone(),
                draft: self.draft(choice),
                ready: true,
            };
            let _ = task::create(&member, input).await;
            return;
        };
        let (task, seen) = (TaskRef::Id(stored.id), stored.head.version);
        let project = owner.store.project(&owner.caller, &self.project).await.expect("a read");
        let project = project.data.expect("the project");
        let newest = self.newest_run(&stored).await;
        match (command, newest) {
            (0, _) => {
                drop(task::edit(&member, EditTask { task, seen, draft: self.draft(choice) }).await)
            }
            (1, _) => {
                let to =
                    [MoveTo::Backlog, MoveTo::Ready, MoveTo::Cancelled][usize::from(choice % 3)];
                drop(task::move_task(&member, MoveTask { task, seen, to }).await);
            }
            (2, _) => drop(project::set_source(&owner, self.source(project.head.version)).await),
            (3, _) => {
                let gate = EditGate {
                    project: self.project.to_string(),
                    seen: project.head.version,
                    commands: if choice.is_multiple_of(2) { "true".into() } else { String::new() },
                    approval: choice < 170,
                    ..EditGate::default()
                };
                drop(project::edit_gate(&owner, gate).await);
            }
            (4 | 5, _) => drop(run::start(&member, StartRun { task, seen }).await),
            (6 | 7, _) => drop(validation::approve(&owner, Approve { task, seen }).await),
            (8, _) => {
                let reason = "No.".to_owned();
                drop(validation::reject(&owner, Reject { task, seen, reason }).await);
            }
            (9 | 10, Some(run)) => drop(run::claim(system, run.id).await),
            (11, Some(run)) => drop(run::started(system, run.id, &token_of(&run)).await),
            (12..=14, Some(run)) => drop(run::finish(system, self.report(&run, choice)).await),
            (15, Some(run)) => drop(run::cancel(&member, CancelRun { run: run.id }).await),
            (16, Some(run)) => drop(run::expire(system, run.id).await),
            (17, Some(Run { sandbox: Some(sandbox), .. })) => {
                let to = if choice.is_multiple_of(2) {
                    Settled::Ready { isolation: None }
                } else {
                    Settled::Stopped
                };
                drop(settle(system, sandbox, to).await);
            }
            _ => {}
        }
    }

    fn report(&self, run: &Run, choice: u8) -> RunReport {
        let id = EvidenceId::generate(self.system.now(), &*self.system.random);
        RunReport {
            run: run.id,
            token: token_of(run),
            end: match choice % 8 {
                0 => JobEnd::Failed(FailureReason::RunnerRestarted),
                1 => JobEnd::TimedOut { limit_ms: 5 },
                2 => JobEnd::Cancelled,
                _ => JobEnd::Completed,
            },
            checks: vec![CheckResult {
                requirement: "command-1".to_owned(),
                exit_code: Some(i32::from(choice > 200)),
            }],
            evidence: vec![CapturedEvidence {
                id,
                kind: EvidenceKind::Artifact,
                name: "out/\u{1}\"quoted\".txt".to_owned(),
                media_type: "text/plain; charset=utf-8".to_owned(),
                size: 1,
                sha256: "b".repeat(64),
            }],
            reports: vec![],
            uncaptured: Uncaptured::default(),
            diff_sha256: "c".repeat(64),
        }
    }

    /// Replays every stream of the workspace against its row; gives how many there were.
    async fn check(&self) -> usize {
        let log = self.system.store.events_after(self.workspace, 0, 10_000).await.expect("a log");
        let seqs: Vec<_> = log.iter().map(|(seq, _)| *seq).collect();
        let newest = i64::try_from(log.len()).expect("a length");
        assert_eq!(seqs, (1..=newest).collect::<Vec<_>>(), "the log isn't dense");
        let streams: BTreeSet<String> = log.iter().map(|(_, e)| e.stream.to_string()).collect();
        for stream in &streams {
            self.check_stream(stream.parse().expect("a stream")).await;
        }
        streams.len()
    }

    async fn check_stream(&self, stream: Stream) {
        let (store, caller) = (&self.system.store, &self.system.caller);
        let events = store.stream(stream).await.expect("a stream");
        match stream {
            Stream::Project(_) => {
                let ctx = self.person(0);
                let row = ctx.store.project(&ctx.caller, &self.project).await.expect("a row").data;
                assert_eq!(replay(&events, Project::begin, Project::apply), row);
            }
            Stream::Task(id) => {
                let row = store.task(caller, &TaskRef::Id(id)).await.expect("a row").data;
                assert_eq!(replay(&events, Task::begin, Task::apply), row);
                self.check_validations(&events).await;
            }
            Stream::Run(id) => {
                let row = Run { lease: None, ..self.run(id).await };
                assert_eq!(replay(&events, Run::begin, Run::apply), Some(row));
            }
            Stream::Sandbox(id) => self.check_sandbox(id, &events).await,
            Stream::Installation | Stream::Workspace(_) => {}
        }
    }

    async fn check_sandbox(&self, id: SandboxId, events: &[Event]) {
        let row = self.system.store.sandbox(&self.system.caller, id).await.expect("a row").data;
        assert_eq!(replay(events, Sandbox::begin, Sandbox::apply), row);
    }

    async fn check_validations(&self, events: &[Event]) {
        let ctx = self.person(0);
        let mut runs: Vec<RunId> = vec![];
        let replayed = Validation::replay(events);
        for validation in &replayed {
            if !runs.contains(&validation.run) {
                runs.push(validation.run);
            }
        }
        let mut rows = vec![];
        for run in runs {
            let detail = ctx.store.run_detail(&ctx.caller, run).await.expect("a page").data;
            rows.extend(detail.expect("the run").validations);
        }
        assert_eq!(replayed, rows);
    }
}

fn token_of(run: &Run) -> LeaseToken {
    run.lease.as_ref().map_or(LeaseToken("0".repeat(32)), |lease| lease.token.clone())
}

fn replay<T>(
    events: &[Event],
    begin: impl Fn(&Event) -> Option<T>,
    apply: impl Fn(&mut T, &Event),
) -> Option<T> {
    let (first, rest) = events.split_first()?;
    let mut row = begin(first)?;
    rest.iter().for_each(|event| apply(&mut row, event));
    Some(row)
}

#[test]
fn replaying_the_streams_of_random_commands_gives_the_rows() {
    let system = Context {
        caller: Caller::new(Credential::System, Timestamp(0)),
        store: Arc::new(SqlStore::new(support::migrated())),
        random: Arc::new(support::Sequence::default()),
        settings: Settings::default(),
    };
    let sequence = std::cell::Cell::new(0i64);
    let streams = std::cell::Cell::new(0usize);
    let commands = prop::collection::vec((0..18u8, any::<u8>(), 0..3_000i64), 10..40);
    let config = Config { cases: SEQUENCES, failure_persistence: None, ..Config::default() };
    TestRunner::new(config)
        .run(&commands, |commands| {
            // A workspace and a day of its own for each sequence, in one database for all.
            sequence.set(sequence.get() + 1);
            let now = Timestamp(1_800_000_000_000).plus_ms(sequence.get() * 86_400_000);
            pollster::block_on(async {
                let mut world = World::open(system.clone(), now).await.expect("a world");
                for (command, choice, after_ms) in commands {
                    let jump = if choice == 7 { 61_000 } else { after_ms };
                    world.system.caller.now = world.system.caller.now.plus_ms(jump);
                    world.carry_out(command, choice).await;
                }
                streams.set(streams.get() + world.check().await);
            });
            Ok(())
        })
        .unwrap_or_else(|failure| panic!("{failure}"));
    let streams = streams.get();
    println!("sequences {SEQUENCES}: {streams} streams replayed");
    // A workspace, a project and a task are three: runs and sandboxes must be among them.
    let least = usize::try_from(SEQUENCES).expect("a number") * 7 / 2;
    assert!(streams > least, "the sequences start too few runs: {streams} streams");
}
