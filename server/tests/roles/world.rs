//! Two workspaces over SQLite, each with people of every role and one of everything.

use std::collections::BTreeMap;
use std::sync::Arc;

use app::routes::Route;
use async_trait::async_trait;
use domain::account::{Email, Opening, Password, PasswordHash, Session};
use domain::actor::{Credential, Role};
use domain::context::{Caller, Settings};
use domain::event::{EventBody, Stream};
use domain::ids::{ApiKeyId, EvidenceId, ProjectId, RunId, UserId, WorkspaceId};
use domain::ports::Passwords;
use domain::project::{self, CreateProject, EditGate, ProjectKey, SetSource, SourceKind};
use domain::run::{self, Claimed, StartRun};
use domain::scope::Scopes;
use domain::task::{self, CreateTask, TaskDraft, TaskKey, TaskRef};
use domain::workspace::{self, AddMember, OpenWorkspace};
use domain::{Context, Timestamp};
use server::database::sqlite::SqliteDatabase;
use server::database::{Database, Statement, Value};
use server::store::SqlStore;
use sha2::{Digest, Sha256};

use super::names::Names;
use super::of_ones_own;
use super::people;
use super::report::report;
use super::support::{Sequence, migrated};

/// The moment at which everything happens.
pub const NOW: Timestamp = Timestamp(1_800_000_000_000);

/// Passwords that cost nothing.
pub struct Plain;

#[async_trait]
impl Passwords for Plain {
    async fn hash(&self, password: &Password) -> domain::Result<PasswordHash> {
        Ok(PasswordHash(format!("$argon2id${:?}", password.expose())))
    }

    async fn verify(
        &self,
        password: &Password,
        hash: Option<&PasswordHash>,
    ) -> domain::Result<bool> {
        Ok(hash.is_some_and(|hash| hash.0 == format!("$argon2id${:?}", password.expose())))
    }
}

/// A workspace.
pub struct Place {
    pub id: WorkspaceId,
    pub people: BTreeMap<Role, UserId>,
    /// A project beside that of everything else.
    pub other_project: ProjectId,
    /// The sessions of its people.
    pub sessions: BTreeMap<Role, [u8; 32]>,
    /// A task that may be started.
    pub ready: Names,
    /// The same, of a task that waits for a decision.
    pub reviewed: Names,
    /// The same, of a task whose run is alive.
    pub running: Names,
}

/// Everything.
pub struct World {
    pub database: Arc<SqliteDatabase>,
    random: Arc<Sequence>,
    store: Arc<SqlStore>,
    pub ours: Place,
    pub theirs: Place,
}

impl World {
    /// Makes it all anew.
    pub fn new() -> Self {
        pollster::block_on(Self::make())
    }

    async fn make() -> Self {
        let database = migrated();
        let maker = Maker {
            random: Arc::new(Sequence::default()),
            store: Arc::new(SqlStore::new(database.clone())),
        };
        let ours = maker.place("OURS").await;
        let theirs = maker.place("THEIRS").await;
        let Maker { random, store } = maker;
        Self { database, random, store, ours, theirs }
    }

    /// The context of a request with this credential.
    pub fn context(&self, credential: Credential) -> Context {
        context(&self.store, &self.random, credential)
    }

    /// How many rows were ever written.
    pub fn writes(&self) -> i64 {
        let count = Statement::new("SELECT total_changes() AS n", []);
        let rows = pollster::block_on(self.database.query(count)).expect("a count");
        rows.0.first().expect("a row").integer("n").expect("a number")
    }

    /// A key of this person's.
    pub fn key(
        &self,
        place: &Place,
        role: Role,
        scopes: &Scopes,
        project: Option<&ProjectId>,
    ) -> Credential {
        Credential::Key(self.make_key(place, role, scopes, project).1)
    }

    /// A token with these scopes, of a key of this person's that has all of them.
    pub fn token(&self, place: &Place, role: Role, scopes: Scopes) -> Credential {
        let (key, _) = self.make_key(place, role, &Scopes::all(), None);
        Credential::KeyToken { key, scopes }
    }

    fn make_key(
        &self,
        place: &Place,
        role: Role,
        scopes: &Scopes,
        project: Option<&ProjectId>,
    ) -> (ApiKeyId, [u8; 32]) {
        let id = ApiKeyId::generate(NOW, &*self.random);
        let hash: [u8; 32] = Sha256::digest(id.to_string()).into();
        self.execute(
            "INSERT INTO api_keys (id, workspace_id, user_id, name, prefix, secret_hash, scopes, \
             project_id, created_at, version) VALUES (?1, ?2, ?3, 'Test', 'mt_test', ?4, ?5, ?6, \
             ?7, 1)",
            vec![
                id.to_string().into(),
                place.id.to_string().into(),
                place.people[&role].to_string().into(),
                hex::encode(hash).into(),
                serde_json::to_string(scopes).expect("scopes").into(),
                project.map(ToString::to_string).into(),
                NOW.0.into(),
            ],
        );
        (id, hash)
    }

    /// What the live run shows.
    pub fn run_token(&self, place: &Place) -> Credential {
        let run: RunId = place.running["run"].parse().expect("a run");
        let read =
            Statement::new("SELECT lease_token FROM runs WHERE id = ?1", [run.to_string().into()]);
        let rows = pollster::block_on(self.database.query(read)).expect("a read");
        let lease = rows.0.first().expect("the run").string("lease_token").expect("its lease");
        Credential::RunToken { run, lease: hex::encode(Sha256::digest(lease)) }
    }

    fn execute(&self, sql: &'static str, params: Vec<Value>) {
        let statement = Statement::new(sql, params);
        pollster::block_on(self.database.execute(statement)).expect("a row");
    }

    /// The names, with the version of what this path of the API is about.
    pub fn versioned_path(&self, path: &str, names: &Names) -> Names {
        let version = if path.starts_with("/projects/{project}") {
            self.version("projects", &names["project"])
        } else if path.starts_with("/tasks/{task}") {
            self.version("tasks", &names["task"])
        } else if path.starts_with("/members/{user}") {
            self.version("members", &names["user"])
        } else {
            1
        };
        names.clone().into_iter().chain([("seen", version.to_string())]).collect()
    }

    /// The names, with the version of what the page is about.
    pub fn versioned(&self, route: &Route, names: &Names) -> Names {
        let version = match route {
            Route::ProjectSettings { project } => self.version("projects", project.as_str()),
            Route::Task { key } | Route::EditTask { key } => {
                self.version("tasks", &key.to_string())
            }
            _ => 1,
        };
        names.clone().into_iter().chain([("seen", version.to_string())]).collect()
    }

    fn version(&self, table: &str, key: &str) -> i64 {
        let sql = match table {
            "projects" => "SELECT version FROM projects WHERE key = ?1",
            "members" => "SELECT version FROM members WHERE user_id = ?1",
            _ => "SELECT version FROM tasks WHERE project_key || '-' || number = ?1",
        };
        let read = Statement::new(sql, [key.to_owned().into()]);
        let rows = pollster::block_on(self.database.query(read)).expect("a read");
        rows.0.first().map_or(1, |row| row.integer("version").expect("a version"))
    }
}

fn context(store: &Arc<SqlStore>, random: &Arc<Sequence>, credential: Credential) -> Context {
    Context {
        caller: Caller::new(credential, NOW),
        store: store.clone(),
        random: random.clone(),
        settings: Settings {
            run_slots: usize::MAX,
            sandbox_slots: usize::MAX,
            ..Settings::default()
        },
    }
}

struct Maker {
    random: Arc<Sequence>,
    store: Arc<SqlStore>,
}

impl Maker {
    fn context(&self, credential: Credential) -> Context {
        context(&self.store, &self.random, credential)
    }

    async fn place(&self, key: &str) -> Place {
        let system = self.context(Credential::System);
        let request = OpenWorkspace {
            workspace: key.to_owned(),
            name: "Olga Owner".to_owned(),
            email: address("owner", key),
            password: PASSWORD.to_owned(),
        };
        let id = workspace::open(&system, &Plain, request).await.expect("a workspace");
        let events = system.store.stream(Stream::Workspace(id)).await.expect("its events");
        let owner = events.iter().find_map(|event| match &event.body {
            EventBody::MemberJoined { user, .. } => Some(*user),
            _ => None,
        });
        let agent = events.iter().find_map(|event| match &event.body {
            EventBody::AgentAdded { agent } => Some(agent.id.to_string()),
            _ => None,
        });
        let agent = agent.expect("an agent");
        let mut people = BTreeMap::from([(Role::Owner, owner.expect("an owner"))]);
        for role in [Role::Admin, Role::Member, Role::Viewer] {
            people.insert(role, self.person(id, key, role.as_str(), role).await);
        }
        let mut sessions = BTreeMap::new();
        for (role, user) in &people {
            sessions.insert(*role, self.sign_in(id, *user).await);
        }
        // Everything is made by somebody who decides nothing.
        let author = self.person(id, key, "author", Role::Admin).await;
        let ctx = self.context(Credential::Session(self.sign_in(id, author).await));
        self.project(&ctx, key).await;
        let other_project = self.other_project(&ctx).await;
        let ready = self.task(&ctx, key, &agent).await;
        let reviewed = self.task(&ctx, key, &agent).await;
        let reviewed = self.run(&ctx, reviewed, true).await;
        let running = self.task(&ctx, key, &agent).await;
        let running = self.run(&ctx, running, false).await;
        let reviewed = of_ones_own::sandbox(&ctx, key, reviewed, true).await;
        let ready = of_ones_own::sandbox(&ctx, key, ready, false).await;
        // What a task without a run can't name is that of the others.
        let ready = reviewed.clone().into_iter().chain(ready).collect();
        let whole = [("workspace", id.to_string()), ("user", author.to_string())];
        let [ready, reviewed, running] = [ready, reviewed, running].map(|mut names: Names| {
            names.extend(whole.clone());
            names.insert("tar", format!("{:\0<257}ustar{:\0<762}", "", ""));
            names
        });
        let mut ready = ready;
        // So that an owner may leave.
        self.person(id, key, "second", Role::Owner).await;
        let target = self.person(id, key, "target", Role::Viewer).await;
        ready.extend(people::names(&ctx, target).await);
        ready.extend(of_ones_own::key(&ctx).await);
        ready.insert("beside", other_project.to_string());
        ready.extend([("email", address("member", key)), ("password", PASSWORD.to_owned())]);
        ready.extend(of_ones_own::session(&ctx).await);
        Place { id, people, other_project, sessions, ready, reviewed, running }
    }

    async fn person(&self, id: WorkspaceId, key: &str, name: &str, role: Role) -> UserId {
        let input = AddMember {
            workspace: id,
            name: name.to_owned(),
            email: address(name, key),
            password: PASSWORD.to_owned(),
            role,
        };
        let system = self.context(Credential::System);
        workspace::add_member(&system, &Plain, input).await.expect("a member")
    }

    async fn sign_in(&self, id: WorkspaceId, user: UserId) -> [u8; 32] {
        let (session, token) = Session::begin(user, id, "test", NOW, &*self.random);
        let email = Email::parse("nobody@example.org").expect("an address");
        let opening = Opening::unproved(session, &email, "test");
        let system = self.context(Credential::System);
        system.store.open_session(opening).await.expect("a session");
        token.hash()
    }

    async fn project(&self, ctx: &Context, key: &str) {
        let create =
            CreateProject { key: key.to_owned(), name: key.to_owned(), ..Default::default() };
        let project = project::create(ctx, create).await.expect("a project");
        let source = SetSource {
            project: project.clone(),
            seen: 1,
            name: "source.tar".to_owned(),
            kind: SourceKind::Tar,
            sha256: "a".repeat(64),
            size: 10,
        };
        project::set_source(ctx, source).await.expect("a source");
        let gate = EditGate {
            project: project.to_string(),
            seen: 2,
            commands: "true".to_owned(),
            reports: String::new(),
            approval: true,
        };
        project::edit_gate(ctx, gate).await.expect("a gate");
    }

    async fn other_project(&self, ctx: &Context) -> ProjectId {
        let create = CreateProject {
            key: "BESIDE".to_owned(),
            name: "Beside".to_owned(),
            ..Default::default()
        };
        let key = project::create(ctx, create).await.expect("a project");
        let read = ctx.store.project(&ctx.caller, &key).await.expect("a read");
        read.data.expect("the project").details.id
    }

    /// A task that may be started, by its names.
    async fn task(&self, ctx: &Context, project: &str, agent: &str) -> Names {
        let draft = TaskDraft {
            title: format!("A secret of {project}"),
            description: "Because.".to_owned(),
            priority: "medium".to_owned(),
            labels: String::new(),
            agent: agent.to_owned(),
            steps: "true".to_owned(),
            artifacts: String::new(),
        };
        let key = ProjectKey::parse(project).expect("a key");
        let create = CreateTask { project: key, draft, ready: true };
        let task = task::create(ctx, create).await.expect("a task");
        Names::from([
            ("project", project.to_owned()),
            ("task", task.to_string()),
            ("agent", agent.to_owned()),
            ("new_project", format!("{project}2")),
            ("email", address("author", project)),
            ("password", PASSWORD.to_owned()),
        ])
    }

    /// The task's run, alive or at its end with its file, waiting for a decision.
    async fn run(&self, ctx: &Context, mut names: Names, ends: bool) -> Names {
        let key: TaskKey = names["task"].parse().expect("a task's key");
        let task = TaskRef::Key(key);
        let read = ctx.store.task(&ctx.caller, &task).await.expect("a read");
        let seen = read.data.expect("the task").head.version;
        let id = run::start(ctx, StartRun { task, seen }).await.expect("a run");
        let system = self.context(Credential::System);
        let claimed = run::claim(&system, id).await.expect("a claim");
        let Claimed::InHand { sandbox } = claimed else { panic!("no slot: {claimed:?}") };
        let scene = system.store.run_scene(&system.caller, id).await.expect("a read");
        let token = scene.data.expect("the run").run.lease.expect("its lease").token;
        names.extend([("run", id.to_string()), ("sandbox", sandbox.to_string())]);
        if ends {
            run::started(&system, id, &token).await.expect("started");
            let file = EvidenceId::generate(NOW, &*self.random);
            run::finish(&system, report(id, token, file)).await.expect("finished");
            names.insert("evidence", file.to_string());
            let task = TaskRef::Key(names["task"].parse().expect("a task's key"));
            let read = ctx.store.validations_of_task(&ctx.caller, &task, None, 1).await;
            let judged = read.expect("a read").data.expect("the task");
            names.insert("validation", judged.first().expect("a verdict").of.id.to_string());
        }
        names
    }
}

const PASSWORD: &str = "a password of these tests";

fn address(who: &str, key: &str) -> String {
    format!("{who}@{}.example", key.to_lowercase())
}
