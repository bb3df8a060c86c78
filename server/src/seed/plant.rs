//! Planting the demonstration.

use std::time::Duration;

use domain::account::{self, Admission, SetUp, SignIn};
use domain::actor::Credential;
use domain::context::{IdempotencyKey, RequestOrigin};
use domain::project::{self, CreateProject, EditGate, Gate, ProjectKey, UploadSource};
use domain::run::{self, StartRun};
use domain::task::{self, CreateTask, MoveTask, MoveTo, Task, TaskDraft, TaskRef, TaskStage};
use domain::validation::{self, Approve};
use domain::workspace::{self, AddMember};
use domain::{Context, Error, Field, Problem, Result};
use worker::{Delay, send::SendFuture};

use super::demo::{self, ADMIN, DemoTask, Goal, MEMBER, OWNER, Person, VIEWER};
use super::tar;
use crate::uploads::R2Sources;
use crate::{context, request_context, scope::RequestScope};

/// How often an approval looks whether its run has come to review, 500 ms apart.
const PATIENCE: u32 = 60;

/// Plants the demonstration and says how to sign in.
///
/// # Errors
/// As the use cases; what was planted until then stays, and planting again goes on there.
pub async fn plant(scope: &RequestScope) -> Result<String> {
    let system = context::for_system(scope.env())?;
    if !system.store.is_set_up().await? {
        let input = SetUp {
            name: OWNER.name.to_owned(),
            email: OWNER.email.to_owned(),
            password: demo::PASSWORD.to_owned(),
            workspace: demo::WORKSPACE.to_owned(),
            device: "demonstration".to_owned(),
            admission: Admission::OnThisMachine,
        };
        account::set_up(&system, &request_context::passwords(), input).await?;
    }
    let Some(owner) = enter(scope, &OWNER).await? else {
        return Ok("This workspace is somebody's already; nothing was planted.\n".to_owned());
    };
    join(&system, &owner).await?;
    let (Some(admin), Some(member)) = (enter(scope, &ADMIN).await?, enter(scope, &MEMBER).await?)
    else {
        return Err(Error::Internal);
    };
    let key = make_project(scope, &owner).await?;
    let mut approved = vec![];
    for (number, task) in demo::TASKS.iter().enumerate() {
        let written = write(&member, &key, number, task).await?;
        if task.goal == Goal::Approved {
            approved.push(written);
        }
    }
    for task in approved {
        approve(&admin, task).await?;
    }
    for visit in [owner, admin, member] {
        account::sign_out(&visit).await?;
    }
    Ok(sign_ins())
}

/// Signs a person in; none when there is no such person with the demonstration's password.
async fn enter(scope: &RequestScope, person: &Person) -> Result<Option<Context>> {
    let anonymous = as_caller(scope, Credential::Anonymous)?;
    let input = SignIn {
        email: person.email.to_owned(),
        password: demo::PASSWORD.to_owned(),
        network: "demonstration".to_owned(),
        device: "demonstration".to_owned(),
    };
    match account::sign_in(&anonymous, &request_context::passwords(), input).await {
        Ok(signed_in) => as_caller(scope, Credential::Session(signed_in.token.hash())).map(Some),
        Err((Error::Invalid { problem: Problem::WrongCredentials, .. }, _)) => Ok(None),
        Err((error, _)) => Err(error),
    }
}

fn as_caller(scope: &RequestScope, credential: Credential) -> Result<Context> {
    let (env, platform) = (scope.env(), scope.platform());
    Ok(context::for_request(
        env,
        scope.database()?,
        platform,
        credential,
        None,
        RequestOrigin::default(),
    ))
}

/// The same caller with an idempotency key: what was done under it isn't done again.
fn once(context: &Context, key: &str) -> Context {
    let mut context = context.clone();
    context.caller.idempotency_key = IdempotencyKey::parse(key);
    context
}

/// The other people join the owner's workspace.
async fn join(system: &Context, owner: &Context) -> Result<()> {
    let asked = owner.store.principal(&owner.caller).await?;
    let workspace = asked.principal.member()?.workspace;
    for person in [ADMIN, MEMBER, VIEWER] {
        let input = AddMember {
            workspace,
            name: person.name.to_owned(),
            email: person.email.to_owned(),
            password: demo::PASSWORD.to_owned(),
            role: person.role,
        };
        match workspace::add_member(system, &request_context::passwords(), input).await {
            Ok(_) | Err(Error::Invalid { field: Field::Email, problem: Problem::Taken }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The project with its source and its gate.
async fn make_project(scope: &RequestScope, owner: &Context) -> Result<ProjectKey> {
    let input = CreateProject {
        key: demo::PROJECT_KEY.to_owned(),
        name: demo::PROJECT_NAME.to_owned(),
        repository_url: String::new(),
    };
    let key = project::create(&once(owner, "demo-project"), input).await?;
    let project = owner.store.project(&owner.caller, &key).await?.data.ok_or(Error::NotFound)?;
    if project.gate == Gate::approval_only() {
        let input = EditGate {
            project: key.to_string(),
            seen: project.head.version,
            commands: demo::GATE_COMMANDS.to_owned(),
            reports: demo::GATE_REPORTS.to_owned(),
            approval: true,
        };
        project::edit_gate(owner, input).await?;
    }
    let project = owner.store.project(&owner.caller, &key).await?.data.ok_or(Error::NotFound)?;
    if project.source.is_none() {
        let upload = UploadSource {
            project: key.clone(),
            seen: project.head.version,
            name: demo::SOURCE_NAME.to_owned(),
            bytes: tar::archive(&demo::SOURCE),
        };
        project::upload_source(owner, &R2Sources::new(scope), upload).await?;
    }
    Ok(key)
}

/// Writes a task and takes it as far as it goes without waiting.
async fn write(
    member: &Context,
    project: &ProjectKey,
    number: usize,
    demo: &DemoTask,
) -> Result<TaskRef> {
    let list = member.store.task_list(&member.caller, project, &Default::default()).await?;
    let agent = list.data.and_then(|list| list.agents.first().map(|agent| agent.id.to_string()));
    let draft = TaskDraft {
        title: demo.title.to_owned(),
        description: demo.description.to_owned(),
        priority: demo.priority.to_owned(),
        labels: demo.labels.to_owned(),
        agent: agent.filter(|_| !demo.steps.is_empty()).unwrap_or_default(),
        steps: demo.steps.to_owned(),
        artifacts: String::new(),
    };
    let is_ready = matches!(demo.goal, Goal::Ready | Goal::Started | Goal::Approved);
    let input = CreateTask { project: project.clone(), draft, ready: is_ready };
    let key = task::create(&once(member, &format!("demo-task-{number}")), input).await?;
    let task = TaskRef::Key(key);
    let now = read(member, &task).await?;
    match (demo.goal, now.state.stage()) {
        (Goal::Started | Goal::Approved, TaskStage::Ready) => {
            let start = StartRun { task: task.clone(), seen: now.head.version };
            run::start(member, start).await?;
        }
        (Goal::Cancelled, TaskStage::Backlog) => {
            let to = MoveTo::Cancelled;
            task::move_task(member, MoveTask { task: task.clone(), seen: now.head.version, to })
                .await?;
        }
        _ => {}
    }
    Ok(task)
}

/// Approves a task once its run has come to review. Without a runner it never does, and stays as it
/// is.
async fn approve(admin: &Context, task: TaskRef) -> Result<()> {
    for _ in 0..PATIENCE {
        let now = read(admin, &task).await?;
        match now.state.stage() {
            TaskStage::Review => {
                validation::approve(admin, Approve { task, seen: now.head.version }).await?;
                return Ok(());
            }
            TaskStage::Running | TaskStage::Validating => {
                SendFuture::new(Delay::from(Duration::from_millis(500))).await;
            }
            _ => return Ok(()),
        }
    }
    Ok(())
}

async fn read(context: &Context, task: &TaskRef) -> Result<Task> {
    context.store.task(&context.caller, task).await?.data.ok_or(Error::NotFound)
}

fn sign_ins() -> String {
    let mut told =
        format!("Sign in to \"{}\" with the password {}\n", demo::WORKSPACE, demo::PASSWORD);
    for person in [OWNER, ADMIN, MEMBER, VIEWER] {
        told.push_str(&format!(
            "  {:<22} {:<12} {}\n",
            person.email,
            person.name,
            person.role.as_str()
        ));
    }
    told
}
