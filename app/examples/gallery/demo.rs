//! A believable workspace: who is in it, what they work on, where it stands.

use std::sync::atomic::{AtomicU8, Ordering};

use domain::Timestamp;
use domain::actor::{Actor, Member, Principal, Role, Via};
use domain::agent::{Agent, AgentKind};
use domain::event::Head;
use domain::ids::{AgentId, ProjectId, RunId, SandboxId, SessionId, TaskId, UserId, WorkspaceId};
use domain::ports::Random;
use domain::project::{
    Gate, Project, ProjectDetails, ProjectKey, Requirement, Rule, Source, SourceKind,
};
use domain::run::{FailureReason, RunState};
use domain::task::{Priority, Step, Task, TaskContent, TaskFailure, TaskKey, TaskState};
use domain::views::{Frame, Person, ProjectLink, RunGlance, TaskSummary};

/// The moment of every page: 24 November 2026, 09:30 UTC.
pub const NOW: Timestamp = Timestamp(1_795_512_600_000);

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

struct Counting;

impl Random for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        static NEXT: AtomicU8 = AtomicU8::new(1);
        let next = NEXT.fetch_add(37, Ordering::Relaxed);
        for (byte, step) in bytes.iter_mut().zip(1u8..) {
            *byte = next.wrapping_mul(step).wrapping_add(step);
        }
    }
}

/// A moment before [`NOW`].
pub const fn minutes_ago(minutes: i64) -> Timestamp {
    Timestamp(NOW.0 - minutes * MINUTE)
}

/// The workspace.
pub struct Demo {
    workspace: WorkspaceId,
    pub people: Vec<Person>,
    pub agent: Agent,
    pub payments: Project,
    pub shop: Project,
}

impl Demo {
    pub fn new() -> Self {
        let workspace = WorkspaceId::generate(NOW, &Counting);
        let person = |name: &str, role| Person {
            id: UserId::generate(NOW, &Counting),
            name: name.to_owned(),
            role,
        };
        let people = vec![
            person("Ada Byrne", Role::Owner),
            person("Grace Oduya", Role::Admin),
            person("Linus Marek", Role::Member),
            person("Mira Stone", Role::Viewer),
        ];
        let agent = Agent {
            id: AgentId::generate(NOW, &Counting),
            workspace,
            name: "Script".to_owned(),
            kind: AgentKind::Script,
        };
        let source = Source {
            kind: SourceKind::Bundle,
            name: "payments-main.bundle".to_owned(),
            sha256: "9f2b5c1de07a4b8c93d1f6ea27c5b0488e6d3a1fb2c947d05e8a6f3c1b7d2e90".to_owned(),
            size: 4_812_337,
            by: people[1].id,
            at: minutes_ago(3 * 24 * 60 + 200),
        };
        let gate = Gate {
            requirements: vec![
                requirement("command-1", "cargo test --locked"),
                requirement("command-2", "cargo clippy --all-targets -- -D warnings"),
                Requirement {
                    id: "report-1".to_owned(),
                    rule: Rule::TestReport { pattern: "reports/**/*.xml".to_owned() },
                },
                Requirement { id: "approval".to_owned(), rule: Rule::Approval },
            ],
        };
        let payments = project(workspace, "PAY", "Payments API", Some(source), gate);
        let shop = project(workspace, "SHOP", "Web shop", None, Gate::approval_only());
        Self { workspace, people, agent, payments, shop }
    }

    /// A signed-in person.
    pub fn member(&self, role: Role) -> Principal {
        let person = self.people.iter().find(|person| person.role == role).unwrap();
        Principal::Member(Member {
            via: Via::Session(SessionId::generate(NOW, &Counting)),
            workspace: self.workspace,
            workspace_name: "Harbor Lane".to_owned(),
            user: person.id,
            name: person.name.clone(),
            email: "ada@harborlane.example".to_owned(),
            role,
        })
    }

    pub fn frame(&self) -> Frame {
        let link = |project: &Project| ProjectLink {
            id: project.details.id,
            key: project.details.key.clone(),
            name: project.details.name.clone(),
            has_source: project.source.is_some(),
        };
        Frame {
            projects: vec![link(&self.payments), link(&self.shop)],
            waiting: 2,
            workspaces: vec![],
            seq: 412,
        }
    }

    fn user(&self, index: usize) -> UserId {
        self.people[index].id
    }

    /// The project's tasks: one in every stage, and some more.
    pub fn tasks(&self) -> Vec<TaskSummary> {
        let run = RunId::generate(NOW, &Counting);
        let sandbox = SandboxId::generate(NOW, &Counting);
        let at = minutes_ago;
        let revision = "5d1c0e".repeat(10);
        let succeeded =
            |minutes| RunState::Succeeded { revision: revision.clone(), at: at(minutes) };
        let by = self.user(1);
        let tests_fail = FailureReason::StepFailed { step: 2, exit_code: 101 };
        vec![
            self.task(
                12,
                "Refunds round to the wrong cent",
                Priority::Urgent,
                "bug, billing",
                TaskState::Review { run, since: at(14) },
                Some((3, succeeded(14))),
            ),
            self.task(
                15,
                "Retry webhooks with backoff instead of giving up after the first \
                timeout",
                Priority::High,
                "reliability",
                TaskState::Running { run, since: at(2) },
                Some((1, RunState::Running { sandbox, since: at(2) })),
            ),
            self.task(
                16,
                "Publish the OpenAPI document",
                Priority::None,
                "docs",
                TaskState::Running { run, since: at(0) },
                Some((1, RunState::Queued { since: at(0) })),
            ),
            self.task(
                9,
                "Idempotency keys expire too early",
                Priority::Medium,
                "bug",
                TaskState::Failed { run, cause: TaskFailure::RunFailed, since: at(64) },
                Some((2, RunState::Failed { reason: tests_fail, at: at(64) })),
            ),
            self.task(
                11,
                "Cache exchange rates for an hour",
                Priority::Medium,
                "performance",
                TaskState::Failed { run, cause: TaskFailure::GateNotPassed, since: at(190) },
                Some((1, succeeded(190))),
            ),
            self.task(
                8,
                "Move settlement batches off the request path",
                Priority::High,
                "",
                TaskState::ChangesRequested {
                    by,
                    reason: "Please keep the old endpoint until March.".to_owned(),
                    since: at(26 * 60),
                },
                Some((4, succeeded(27 * 60))),
            ),
            self.task(
                17,
                "Show the fee before the customer confirms",
                Priority::Medium,
                "ux",
                TaskState::Ready { since: at(55) },
                None,
            ),
            self.task(
                18,
                "Split the ledger migration into three steps",
                Priority::Low,
                "debt",
                TaskState::Backlog { since: at(3 * 24 * 60) },
                None,
            ),
            self.task(
                7,
                "Reject cards from closed accounts",
                Priority::High,
                "bug, risk",
                TaskState::Done { by, run, since: at(20 * 60) },
                Some((2, succeeded(21 * 60))),
            ),
            self.task(
                5,
                "Log the acquirer's reference",
                Priority::None,
                "",
                TaskState::Done { by, run, since: at(4 * 24 * 60) },
                Some((1, succeeded(4 * 24 * 60))),
            ),
            self.task(
                6,
                "Support Diners Club",
                Priority::None,
                "",
                TaskState::Cancelled { by, since: at(9 * 24 * 60) },
                None,
            ),
        ]
    }

    fn task(
        &self,
        number: i64,
        title: &str,
        priority: Priority,
        labels: &str,
        state: TaskState,
        run: Option<(i64, RunState)>,
    ) -> TaskSummary {
        TaskSummary {
            id: TaskId::generate(NOW, &Counting),
            key: TaskKey { project: self.payments.details.key.clone(), number },
            title: title.to_owned(),
            priority,
            labels: labels.split(", ").filter(|l| !l.is_empty()).map(str::to_owned).collect(),
            gate_changed: false,
            updated_at: state.since(),
            run: run.map(|(attempt, state)| RunGlance {
                id: RunId::generate(NOW, &Counting),
                attempt,
                queued_at: state.since(),
                state,
                cancel: None,
                started_by: self.user(0),
                is_retry: false,
            }),
            state,
        }
    }

    /// A whole task.
    pub fn whole_task(&self, state: TaskState) -> Task {
        Task {
            id: TaskId::generate(NOW, &Counting),
            workspace: self.workspace,
            project: self.payments.details.id,
            key: TaskKey { project: self.payments.details.key.clone(), number: 12 },
            content: self.content(),
            state,
            created_by: Actor::User(self.user(0)),
            created_at: Timestamp(NOW.0 - 2 * DAY),
            updated_at: minutes_ago(14),
            head: Head { version: 7, hash: Head::start().hash },
        }
    }

    pub fn content(&self) -> TaskContent {
        TaskContent {
            title: "Refunds round to the wrong cent".to_owned(),
            description: DESCRIPTION.to_owned(),
            priority: Priority::Urgent,
            labels: vec!["bug".to_owned(), "billing".to_owned()],
            agent: Some(self.agent.id),
            steps: vec![
                Step { command: "git apply fixes/rounding.patch".to_owned() },
                Step { command: "cargo test --locked --message-format=json".to_owned() },
            ],
            artifacts: vec!["reports/**/*.xml".to_owned()],
            steps_author: self.user(0),
        }
    }
}

/// A task's description.
pub const DESCRIPTION: &str = "\
Refunding **10.005** pays back 10.00: `round()` drops the half cent.

1. Round half up, as the acquirer does.
2. Keep the raw amount in the ledger.

> See the [acquirer's rules](https://example.org/rounding), section 4.

**Right when** `refund_rounds_half_up` passes.
";

fn requirement(id: &str, command: &str) -> Requirement {
    Requirement { id: id.to_owned(), rule: Rule::CommandSucceeded { command: command.to_owned() } }
}

fn project(
    workspace: WorkspaceId,
    key: &str,
    name: &str,
    source: Option<Source>,
    gate: Gate,
) -> Project {
    Project {
        details: ProjectDetails {
            id: ProjectId::generate(NOW, &Counting),
            key: ProjectKey::parse(key).unwrap(),
            name: name.to_owned(),
            repository_url: Some(format!("https://github.com/harborlane/{}", key.to_lowercase())),
        },
        workspace,
        source,
        gate,
        gate_version: 3,
        created_at: Timestamp(NOW.0 - 40 * DAY),
        head: Head { version: 5, hash: Head::start().hash },
    }
}
