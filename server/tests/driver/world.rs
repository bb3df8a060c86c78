//! A claimed run over SQLite, made by the use cases, and its drive.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use domain::account::{Email, Opening, Password, PasswordHash, Session};
use domain::actor::Credential;
use domain::clock::Clock;
use domain::context::{Caller, Settings};
use domain::event::{EventBody, Stream};
use domain::ports::Passwords;
use domain::project::{self, CreateProject, EditGate, SetSource, SourceKind};
use domain::run::{self, CancelRun, Claimed, RunScene, StartRun};
use domain::task::{self, CreateTask, TaskDraft, TaskRef};
use domain::workspace::{self, OpenWorkspace};
use domain::{Context, Timestamp};
use server::database::{Database, DatabaseError, Rows, Statement};
use server::sandboxes::{Drive, Driver, Next};
use server::store::SqlStore;

use super::fakes::{Hands, Host, Nobody, Nowhere, Script, Small, Tokens};
use super::support::{Sequence, migrated};

const BEGINNING: i64 = 1_800_000_000_000;
pub const LEASE_MS: i64 = 6_000;

struct NoPasswords;

#[async_trait]
impl Passwords for NoPasswords {
    async fn hash(&self, _: &Password) -> domain::Result<PasswordHash> {
        Ok(PasswordHash("$argon2id$unusable".to_owned()))
    }

    async fn verify(&self, _: &Password, _: Option<&PasswordHash>) -> domain::Result<bool> {
        Ok(false)
    }
}

/// A database that can be out.
struct Switched {
    inner: Arc<dyn Database>,
    is_out: Arc<AtomicBool>,
}

#[async_trait]
impl Database for Switched {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DatabaseError> {
        if self.is_out.load(Ordering::Relaxed) {
            return Err(DatabaseError::Unavailable { cause: "out".to_owned() });
        }
        self.inner.batch(statements).await
    }
}

/// A run, and everything that drives it.
pub struct World {
    pub clock: Box<Hands>,
    pub script: Script,
    pub memory: Small,
    pub drive: Drive,
    pub tokens: Tokens,
    pub is_database_out: Arc<AtomicBool>,
    system: Context,
    person: Context,
    /// The waits between steps, in milliseconds.
    pub waits: Vec<i64>,
}

impl World {
    /// A run that was just claimed.
    pub fn claimed() -> Self {
        pollster::block_on(Self::make())
    }

    async fn make() -> Self {
        let is_database_out = Arc::new(AtomicBool::new(false));
        let database = Switched { inner: migrated(), is_out: is_database_out.clone() };
        let now = Timestamp(BEGINNING);
        let context = |credential| Context {
            caller: Caller::new(credential, now),
            store: Arc::new(SqlStore::new(Arc::new(Switched {
                inner: database.inner.clone(),
                is_out: is_database_out.clone(),
            }))),
            random: Arc::new(Sequence::default()),
            settings: Settings { lease_ms: LEASE_MS, run_slots: 2, ..Settings::default() },
        };
        let system = context(Credential::System);
        let request = OpenWorkspace {
            workspace: "Driven".to_owned(),
            name: "Driver".to_owned(),
            email: "driver@example.org".to_owned(),
            password: "unused unused unused".to_owned(),
        };
        let workspace = workspace::open(&system, &NoPasswords, request).await.unwrap();
        let events = system.store.stream(Stream::Workspace(workspace)).await.unwrap();
        let user = events.iter().find_map(|event| match &event.body {
            EventBody::MemberJoined { user, .. } => Some(*user),
            _ => None,
        });
        let agent = events.iter().find_map(|event| match &event.body {
            EventBody::AgentAdded { agent } => Some(agent.id.to_string()),
            _ => None,
        });
        let (session, token) =
            Session::begin(user.unwrap(), workspace, "test", now, &*system.random);
        let email = Email::parse("nobody@example.org").unwrap();
        system.store.open_session(Opening::unproved(session, &email, "test")).await.unwrap();
        let person = Context {
            caller: Caller::new(Credential::Session(token.hash()), now),
            ..system.clone()
        };
        let run = start(&person, agent.unwrap()).await;
        let Claimed::InHand { sandbox } = run::claim(&system, run).await.unwrap() else {
            panic!("no slot")
        };
        Self {
            clock: Box::new(Hands(AtomicI64::new(BEGINNING))),
            script: Script { call_ms: 5, ..Script::default() },
            memory: Small {
                most: 2_000_000,
                largest: Mutex::default(),
                is_stop_asked: Mutex::default(),
            },
            drive: Drive::begin(run, sandbox, now),
            tokens: Tokens::Given,
            is_database_out,
            system,
            person,
            waits: vec![],
        }
    }

    /// MonoTask itself.
    pub fn system(&self) -> &Context {
        &self.system
    }

    /// The person, at the present moment.
    pub fn person_now(&self) -> Context {
        let mut ctx = self.person.clone();
        ctx.caller.now = self.clock.now();
        ctx
    }

    /// A person asks to stop the run, and the sandbox's object hears of it.
    pub fn cancel(&self) {
        let run = self.drive.run;
        pollster::block_on(run::cancel(&self.person, CancelRun { run })).unwrap();
        *self.memory.is_stop_asked.lock().unwrap() = true;
    }

    /// Takes steps until nothing is left, `until` says so, or there were `most`; whether it
    /// came to an end.
    pub fn go(&mut self, most: u32, until: impl Fn(&Drive) -> bool) -> bool {
        let host =
            Host { script: Mutex::new(std::mem::take(&mut self.script)), clock: &self.clock };
        let driver = Driver {
            host: &host,
            vault: &Nowhere,
            memory: &self.memory,
            tokens: &self.tokens,
            live: &Nobody,
            clock: &*self.clock,
            context: &self.system,
            log: &|_, _| {},
        };
        let mut is_over = false;
        for _ in 0..most {
            match pollster::block_on(driver.step(&mut self.drive)) {
                Next::Never => is_over = true,
                Next::In(wait) => {
                    self.waits.push(wait);
                    self.clock.forward(wait);
                }
            }
            if is_over || until(&self.drive) {
                break;
            }
        }
        self.script = host.script.into_inner().unwrap();
        is_over
    }

    /// Takes steps until the drive is over.
    pub fn end(&mut self) -> RunScene {
        assert!(self.go(100_000, |_| false), "it goes on for ever: {:?}", self.drive.phase);
        self.scene()
    }

    pub fn scene(&self) -> RunScene {
        let read = self.system.store.run_scene(&self.system.caller, self.drive.run);
        pollster::block_on(read).unwrap().data.unwrap()
    }

    pub fn passed_ms(&self) -> i64 {
        self.clock.now().ms_since(Timestamp(BEGINNING))
    }
}

async fn start(person: &Context, agent: String) -> domain::ids::RunId {
    let create =
        CreateProject { key: "DRV".to_owned(), name: "D".to_owned(), ..Default::default() };
    let project = project::create(person, create).await.unwrap();
    let (name, sha256) = ("s.tar".to_owned(), "a".repeat(64));
    let kind = SourceKind::Tar;
    let source = SetSource { project: project.clone(), seen: 1, name, kind, sha256, size: 10 };
    project::set_source(person, source).await.unwrap();
    let gate = EditGate {
        project: project.to_string(),
        seen: 2,
        commands: String::new(),
        reports: "**/*.xml".to_owned(),
        approval: true,
    };
    project::edit_gate(person, gate).await.unwrap();
    let draft = TaskDraft {
        title: "Driven".to_owned(),
        steps: "true".to_owned(),
        agent,
        ..TaskDraft::default()
    };
    let key = task::create(person, CreateTask { project, draft, ready: true }).await.unwrap();
    let task = TaskRef::Key(key);
    let read = person.store.task(&person.caller, &task).await.unwrap();
    let seen = read.data.unwrap().head.version;
    run::start(person, StartRun { task, seen }).await.unwrap()
}
