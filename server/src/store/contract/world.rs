//! A workspace of its own for each case, with people of every role, a project and ways through a
//! task's life. Everything but the workspace's beginning goes through the use cases.

use domain::account::{Email, PasswordHash, Session, User};
use domain::actor::{Actor, Credential, Role};
use domain::agent::{Agent, AgentKind};
use domain::context::{Caller, IdempotencyKey, Settings};
use domain::event::{EventBody, Head, Stream};
use domain::ids::{AgentId, AuditId, EvidenceId, RunId, SandboxId, UserId, WorkspaceId};
use domain::project::{self, CreateProject, EditGate, ProjectKey, SetSource, SourceKind};
use domain::run::{
    CapturedEvidence, CheckResult, Claimed, EvidenceKind, JobEnd, LeaseToken, ReportFile,
    RunReport, RunScene, StartRun, Uncaptured,
};
use domain::task::{CreateTask, Task, TaskDraft, TaskKey, TaskRef};
use domain::validation::TestReport;
use domain::workspace::{Membership, Workspace};
use domain::write_batch::{Row, WriteBatch};
use domain::{Context, Timestamp};

use super::{Bench, ok, some};

/// A member with a session.
#[derive(Clone, Copy)]
pub struct Someone {
    /// The person.
    pub user: UserId,
    /// The hash of their session's token.
    pub session: [u8; 32],
}

/// A workspace of a case.
pub struct World {
    /// What the case runs on.
    pub bench: Bench,
    /// The workspace.
    pub workspace: WorkspaceId,
    /// Its agent.
    pub agent: AgentId,
    /// An owner.
    pub owner: Someone,
    /// Two members: one writes, one decides.
    pub writer: Someone,
    /// The one who decides.
    pub decider: Someone,
    /// A viewer.
    pub viewer: Someone,
    /// A project.
    pub project: ProjectKey,
}

/// A run in somebody's hands.
pub struct Held {
    /// Its task.
    pub task: TaskKey,
    /// The run.
    pub run: RunId,
    /// Its sandbox.
    pub sandbox: SandboxId,
    /// The lease's token.
    pub token: LeaseToken,
}

impl World {
    /// A new workspace with people, a project, its source, and a gate of all three kinds.
    pub async fn open(bench: &Bench) -> Result<Self, String> {
        let mut world = Self::empty(bench).await?;
        let owner = world.as_(world.owner);
        let create =
            CreateProject { key: "MONO".to_owned(), name: "Mono".to_owned(), ..Default::default() };
        world.project = ok(project::create(&owner, create).await, "create a project")?;
        let source = SetSource {
            project: world.project.clone(),
            seen: 1,
            name: "source.tar".to_owned(),
            kind: SourceKind::Tar,
            sha256: "a".repeat(64),
            size: 10,
        };
        ok(project::set_source(&owner, source).await, "set the source")?;
        let gate = EditGate {
            project: world.project.to_string(),
            seen: 2,
            commands: "cargo test".to_owned(),
            reports: "**/junit.xml".to_owned(),
            approval: true,
        };
        ok(project::edit_gate(&owner, gate).await, "edit the gate")?;
        Ok(world)
    }

    /// A new workspace with people and an agent, and nothing else.
    pub async fn empty(bench: &Bench) -> Result<Self, String> {
        let (now, random) = (bench.now, &*bench.random);
        let workspace = WorkspaceId::generate(now, random);
        let mut batch = WriteBatch::new(workspace);
        let mut head = Head::start();
        let stream = Stream::Workspace(workspace);
        let people = [Role::Owner, Role::Member, Role::Member, Role::Viewer]
            .map(|role| (UserId::generate(now, random), role));
        let [(owner, _), ..] = people;
        let actor = Actor::User(owner);
        let agent = Agent {
            id: AgentId::generate(now, random),
            workspace,
            name: "Script".to_owned(),
            kind: AgentKind::Script,
        };
        let mut bodies = vec![EventBody::WorkspaceCreated { name: "Case".to_owned() }];
        bodies.extend(people.map(|(user, role)| EventBody::MemberJoined {
            user,
            name: role.as_str().to_owned(),
            role,
            invitation: None,
        }));
        bodies.push(EventBody::AgentAdded { agent: agent.clone() });
        for body in bodies {
            ok(batch.append(&mut head, stream, actor, now, body), "append")?;
        }
        let mut sessions = vec![];
        let name = "Case".to_owned();
        let row = Workspace { id: workspace, name, created_at: now, settings_version: 1, head };
        batch.rows.push(Row::Workspace(row));
        for ((user, role), version) in people.into_iter().zip(2..) {
            let email = ok(Email::parse(&format!("{user}@example.org")), "an address")?;
            batch.rows.push(Row::User(User {
                id: user,
                name: role.as_str().to_owned(),
                email,
                password_hash: PasswordHash("$argon2id$".to_owned()),
                created_at: now,
            }));
            batch.rows.push(Row::Membership(Membership {
                workspace,
                user,
                role,
                joined_at: now,
                version,
            }));
            let (session, _) = Session::begin(user, workspace, "contract", now, random);
            sessions.push(Someone { user, session: session.token_hash });
            batch.rows.push(Row::Session(session));
        }
        batch.rows.push(Row::Agent(agent.clone()));
        ok(bench.store.commit(batch).await, "open a workspace")?;
        let &[owner, writer, decider, viewer] = sessions.as_slice() else {
            return Err("four people".to_owned());
        };
        let project = ok(ProjectKey::parse("MONO"), "a key")?;
        let bench = bench.clone();
        let agent = agent.id;
        Ok(Self { bench, workspace, agent, owner, writer, decider, viewer, project })
    }

    /// The context of this person's request.
    pub fn as_(&self, someone: Someone) -> Context {
        self.at(Credential::Session(someone.session), 0)
    }

    /// The context of MonoTask itself, `after` milliseconds on.
    pub fn system(&self, after: i64) -> Context {
        self.at(Credential::System, after)
    }

    /// The context of a request with this credential, `after` milliseconds on.
    pub fn at(&self, credential: Credential, after: i64) -> Context {
        Context {
            caller: Caller::new(credential, self.time(after)),
            store: self.bench.store.clone(),
            random: self.bench.random.clone(),
            settings: Settings::default(),
        }
    }

    /// The context of this person's request under an idempotency key.
    pub fn keyed(&self, someone: Someone, key: &str) -> Context {
        let mut ctx = self.as_(someone);
        ctx.caller.idempotency_key = IdempotencyKey::parse(key);
        ctx
    }

    /// An id for an entry of the audit log.
    pub fn entry(ctx: &Context) -> AuditId {
        AuditId::generate(ctx.now(), &*ctx.random)
    }

    /// The case's moment, `after` milliseconds on.
    pub fn time(&self, after: i64) -> Timestamp {
        self.bench.now.plus_ms(after)
    }

    /// Text for a task that the agent can run.
    pub fn draft(&self, title: &str) -> TaskDraft {
        TaskDraft {
            title: title.to_owned(),
            description: "Because.".to_owned(),
            priority: "high".to_owned(),
            labels: "bug, Größe".to_owned(),
            agent: self.agent.to_string(),
            steps: "make\nmake install".to_owned(),
            artifacts: "out/*.txt".to_owned(),
        }
    }

    /// A task that may be started, by the writer.
    pub async fn write(&self, title: &str) -> Result<TaskKey, String> {
        let project = self.project.clone();
        let input = CreateTask { project, draft: self.draft(title), ready: true };
        ok(domain::task::create(&self.as_(self.writer), input).await, "write a task")
    }

    /// The task as stored.
    pub async fn task(&self, key: &TaskKey) -> Result<Task, String> {
        let ctx = self.as_(self.owner);
        let read = ok(ctx.store.task(&ctx.caller, &TaskRef::Key(key.clone())).await, "task")?;
        some(read.data, "the task")
    }

    /// The task's version.
    pub async fn version(&self, key: &TaskKey) -> Result<i64, String> {
        self.task(key).await.map(|task| task.head.version)
    }

    /// The run and everything around it, as MonoTask itself sees it.
    pub async fn scene(&self, run: RunId) -> Result<RunScene, String> {
        let ctx = self.system(0);
        some(ok(ctx.store.run_scene(&ctx.caller, run).await, "run scene")?.data, "the run")
    }

    /// A run of a new task, queued by the writer.
    pub async fn start(&self, title: &str) -> Result<(TaskKey, RunId), String> {
        let task = self.write(title).await?;
        let seen = self.version(&task).await?;
        let input = StartRun { task: TaskRef::Key(task.clone()), seen };
        let run = ok(domain::run::start(&self.as_(self.writer), input).await, "start")?;
        Ok((task, run))
    }

    /// A run of a new task, claimed.
    pub async fn hold(&self, title: &str) -> Result<Held, String> {
        let (task, run) = self.start(title).await?;
        self.claim(task, run).await
    }

    async fn claim(&self, task: TaskKey, run: RunId) -> Result<Held, String> {
        let mut ctx = self.system(0);
        ctx.settings.run_slots = usize::MAX;
        let claimed = ok(domain::run::claim(&ctx, run).await, "claim")?;
        let Claimed::InHand { sandbox } = claimed else {
            return Err(format!("the claim came to {claimed:?}"));
        };
        let lease = some(self.scene(run).await?.run.lease, "the lease")?;
        Ok(Held { task, run, sandbox, token: lease.token })
    }

    /// What the driver of a run reports at its end.
    pub fn report(&self, held: &Held, end: JobEnd, failed: u32) -> RunReport {
        let id = EvidenceId::generate(self.bench.now, &*self.bench.random);
        let path = "target/junit.xml".to_owned();
        let names = if failed > 0 { vec!["it works".to_owned()] } else { vec![] };
        RunReport {
            run: held.run,
            token: held.token.clone(),
            end,
            checks: vec![CheckResult { requirement: "command-1".to_owned(), exit_code: Some(0) }],
            evidence: vec![CapturedEvidence {
                id,
                kind: EvidenceKind::TestReport,
                name: path.clone(),
                media_type: "text/plain; charset=utf-8".to_owned(),
                size: 123,
                sha256: "b".repeat(64),
            }],
            reports: vec![ReportFile {
                evidence: id,
                path,
                report: Ok(TestReport { total: 3, failed, skipped: 0, failed_names: names }),
            }],
            uncaptured: Uncaptured::default(),
            diff_sha256: "c".repeat(64),
        }
    }

    /// A task whose run succeeded and whose gate waits for an approval.
    pub async fn review(&self, title: &str) -> Result<Held, String> {
        let held = self.hold(title).await?;
        self.succeed(&held).await?;
        Ok(held)
    }

    /// Claims a run that is queued, and lets it succeed.
    pub async fn finish(&self, run: RunId) -> Result<(), String> {
        let task = self.scene(run).await?.task.key;
        let held = self.claim(task, run).await?;
        self.succeed(&held).await
    }

    async fn succeed(&self, held: &Held) -> Result<(), String> {
        let ctx = self.system(10);
        ok(domain::run::started(&ctx, held.run, &held.token).await, "started")?;
        let report = self.report(held, JobEnd::Completed, 0);
        ok(domain::run::finish(&self.system(20), report).await.map(drop), "finish")
    }
}
