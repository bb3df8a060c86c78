//! Writing tasks, changing them, moving them.

use domain::actor::Permission;
use domain::project::ProjectKey;
use domain::task::{
    self, AmendTask, CreateTask, MoveTask, MoveTo, Priority, TaskChanges, TaskDraft, amend,
    move_task,
};
use serde::{Deserialize, Deserializer, Serialize};

use super::tasks::{self, TaskChanged, TaskResource, href};
#[cfg(not(target_arch = "wasm32"))]
use crate::api::shape::words;
use crate::api::{
    Admission, Answers, ApiAnswer, ApiError, BodyKind, Call, Endpoint, FieldProblem, Shape, Tag,
    given,
};

/// A new one.
pub const CREATE: Endpoint = Endpoint {
    id: "create_task",
    summary: "Write a task",
    admits: Admission::Needs(Permission::EditTasks),
    body: BodyKind::Json(Shape::of::<NewTask>()),
    answers: Answers::Json(Shape::of::<TaskMade>()),
    ..Endpoint::post("/projects/{project}/tasks", Tag::Tasks)
};

/// Other content.
pub const CHANGE: Endpoint = Endpoint {
    id: "change_task",
    summary: "Change what a task says",
    about: "Fields that are left out stay as they are. Lists are replaced whole.",
    admits: Admission::Needs(Permission::EditTasks),
    success: 200,
    body: BodyKind::Json(Shape::of::<TaskPatch>()),
    answers: Answers::Json(Shape::of::<TaskResource>()),
    has_version: true,
    ..Endpoint::patch("/tasks/{task}", Tag::Tasks)
};

/// Another stage.
pub const MOVE: Endpoint = Endpoint {
    id: "move_task",
    summary: "Move a task by hand",
    about: "If-Match names the version of the task. Runs and decisions move a task by themselves.",
    admits: Admission::Needs(Permission::EditTasks),
    needs_version: true,
    success: 200,
    body: BodyKind::Json(Shape::of::<Transition>()),
    answers: Answers::Json(Shape::of::<TaskChanged>()),
    has_version: true,
    ..Endpoint::post("/tasks/{task}/transitions", Tag::Tasks)
};

/// A task to write.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct NewTask {
    /// 1 to 200 characters.
    title: String,
    /// Markdown, at most 20,000 characters.
    #[serde(default)]
    description: String,
    #[serde(default = "no_priority")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(schema_with = "words::priority"))]
    priority: String,
    /// At most 10, without commas.
    #[serde(default)]
    labels: Vec<String>,
    /// The id of the agent that is to run it.
    #[serde(default)]
    agent: Option<String>,
    /// What the agent runs: one command each, at most 50. A command goes on in the next line only
    /// behind a backslash.
    #[serde(default)]
    steps: Vec<String>,
    /// Which files of the work directory are kept, as glob patterns; at most 20.
    #[serde(default)]
    artifacts: Vec<String>,
    /// Whether it starts in `ready` rather than in `backlog`.
    #[serde(default)]
    ready: bool,
}

/// What changes in a task.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct TaskPatch {
    #[serde(default, deserialize_with = "given")]
    title: Option<String>,
    /// Markdown.
    #[serde(default, deserialize_with = "given")]
    description: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[cfg_attr(not(target_arch = "wasm32"), schemars(schema_with = "words::priority"))]
    priority: Option<String>,
    #[serde(default, deserialize_with = "given")]
    labels: Option<Vec<String>>,
    /// The id of the agent that is to run it; null for none.
    #[serde(default, deserialize_with = "nullable")]
    agent: Option<String>,
    #[serde(default, deserialize_with = "given")]
    steps: Option<Vec<String>>,
    #[serde(default, deserialize_with = "given")]
    artifacts: Option<Vec<String>>,
}

/// A move by hand.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Transition {
    to: Target,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
enum Target {
    Backlog,
    Ready,
    Cancelled,
}

/// A task that was written.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct TaskMade {
    key: String,
    href: String,
    /// Always 1.
    version: i64,
}

fn no_priority() -> String {
    Priority::default().as_str().to_owned()
}

/// Reads a field that is left out (none), null (nothing) or given.
fn nullable<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Option::<String>::deserialize(deserializer).map(|value| Some(value.unwrap_or_default()))
}

/// Answers [`CREATE`].
///
/// # Errors
/// 401, 403, 404, 422.
pub async fn create(call: &Call<'_>) -> Result<ApiAnswer, ApiError> {
    let project: ProjectKey = call.named("project")?;
    let new: NewTask = call.body()?;
    let draft = TaskDraft {
        title: new.title,
        description: new.description,
        priority: new.priority,
        labels: labels(&new.labels)?,
        agent: new.agent.unwrap_or_default(),
        steps: steps(&new.steps)?,
        artifacts: artifacts(&new.artifacts)?,
    };
    let key = task::create(call.ctx, CreateTask { project, draft, ready: new.ready }).await?;
    let href = href(&key);
    ApiAnswer::made(href.clone(), &TaskMade { key: key.to_string(), href, version: 1 })
}

/// Answers [`CHANGE`].
///
/// # Errors
/// 401, 403, 404, 409, 412, 422, 428.
pub async fn change(call: &Call<'_>) -> Result<ApiAnswer, ApiError> {
    let task = tasks::named(call)?;
    let patch: TaskPatch = call.body()?;
    let changes = TaskChanges {
        title: patch.title,
        description: patch.description,
        priority: patch.priority,
        labels: patch.labels.as_deref().map(labels).transpose()?,
        agent: patch.agent,
        steps: patch.steps.as_deref().map(steps).transpose()?,
        artifacts: patch.artifacts.as_deref().map(artifacts).transpose()?,
    };
    let seen = call.seen(tasks::version(call, &task)).await?;
    let task = amend(call.ctx, AmendTask { task, seen, changes }).await?;
    let version = task.head.version;
    Ok(ApiAnswer::json(&TaskResource::from(task))?.at(version))
}

/// Answers [`MOVE`].
///
/// # Errors
/// 401, 403, 404, 409, 412, 422, 428.
pub async fn move_by_hand(call: &Call<'_>) -> Result<ApiAnswer, ApiError> {
    let task = tasks::named(call)?;
    let Transition { to } = call.body()?;
    let to = match to {
        Target::Backlog => MoveTo::Backlog,
        Target::Ready => MoveTo::Ready,
        Target::Cancelled => MoveTo::Cancelled,
    };
    let seen = call.seen(tasks::version(call, &task)).await?;
    tasks::changed(&move_task(call.ctx, MoveTask { task, seen, to }).await?)
}

fn labels(entries: &[String]) -> Result<String, ApiError> {
    joined("labels", entries, ", ", |label| !label.contains(','))
}

/// Each step is one command: the lines but its last end in a backslash.
fn steps(entries: &[String]) -> Result<String, ApiError> {
    joined("steps", entries, "\n", |step| {
        let goes_on: Vec<bool> = step.lines().map(|line| line.ends_with('\\')).collect();
        goes_on.split_last().is_some_and(|(last, before)| !last && before.iter().all(|on| *on))
    })
}

fn artifacts(entries: &[String]) -> Result<String, ApiError> {
    joined("artifacts", entries, "\n", |pattern| !pattern.contains(['\n', '\r']))
}

/// The entries as a form would hold them, if each is one entry there.
pub(super) fn joined(
    field: &str,
    entries: &[String],
    joint: &str,
    is_one: impl Fn(&str) -> bool,
) -> Result<String, ApiError> {
    let wrong = |at: usize, problem: &str| {
        let problem = FieldProblem::new(format!("{field}[{at}]"), problem);
        ApiError::unprocessable("invalid", vec![problem])
    };
    for (at, entry) in entries.iter().enumerate() {
        if entry.trim().is_empty() {
            return Err(wrong(at, "empty"));
        }
        if !is_one(entry) {
            return Err(wrong(at, "malformed"));
        }
    }
    Ok(entries.join(joint))
}
