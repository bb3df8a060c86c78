//! Tasks.

use domain::Error;
use domain::actor::{Actor, Principal};
use domain::task::{ChangedTask, Task, TaskKey, TaskRef, TaskState};
use serde::Serialize;

#[cfg(not(target_arch = "wasm32"))]
use crate::api::shape::words;
use crate::api::{Answers, ApiAnswer, ApiError, BASE, Call, Endpoint, Moment, Shape, Tag};

/// One.
pub const READ: Endpoint = Endpoint {
    id: "read_task",
    summary: "A task",
    about: "By its key (`MONO-12`) or its id. A run's own token reads its task alone.",
    by_run: true,
    answers: Answers::Json(Shape::of::<TaskResource>()),
    has_version: true,
    ..Endpoint::get("/tasks/{task}", Tag::Tasks)
};

/// A task.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "Task"))]
pub struct TaskResource {
    id: String,
    /// `MONO-12`.
    key: String,
    /// The id of its project.
    project: String,
    title: String,
    /// Markdown.
    description: String,
    #[cfg_attr(not(target_arch = "wasm32"), schemars(schema_with = "words::priority"))]
    priority: &'static str,
    labels: Vec<String>,
    /// The id of the agent that would run it.
    agent: Option<String>,
    /// The commands that the agent runs.
    steps: Vec<String>,
    /// Which files of the work directory are kept, as glob patterns.
    artifacts: Vec<String>,
    /// Where it stands.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(schema_with = "words::stage"))]
    stage: &'static str,
    /// Since when it stands there.
    since: Moment,
    /// The run that its stage is about.
    run: Option<String>,
    /// Why it was sent back, where it was.
    reason: Option<String>,
    /// The id of the person or the run that wrote it.
    created_by: Option<String>,
    created_at: Moment,
    updated_at: Moment,
    version: i64,
}

impl From<Task> for TaskResource {
    fn from(task: Task) -> Self {
        let (stage, since, run) = (task.state.stage(), task.state.since(), task.state.run());
        let reason = match task.state {
            TaskState::ChangesRequested { reason, .. } => Some(reason),
            _ => None,
        };
        let content = task.content;
        Self {
            id: task.id.to_string(),
            key: task.key.to_string(),
            project: task.project.to_string(),
            title: content.title,
            description: content.description,
            priority: content.priority.as_str(),
            labels: content.labels,
            agent: content.agent.map(|agent| agent.to_string()),
            steps: content.steps.into_iter().map(|step| step.command).collect(),
            artifacts: content.artifacts,
            stage: stage.as_str(),
            since: since.into(),
            run: run.map(|run| run.to_string()),
            reason,
            created_by: match task.created_by {
                Actor::User(user) => Some(user.to_string()),
                Actor::Run(run) => Some(run.to_string()),
                Actor::System => None,
            },
            created_at: task.created_at.into(),
            updated_at: task.updated_at.into(),
            version: task.head.version,
        }
    }
}

/// A task that was changed. What it became is read at its `href`.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct TaskChanged {
    key: String,
    href: String,
    /// The version that the change brought it to; a repeated request is told the same.
    version: i64,
}

/// The answer to a change.
pub(super) fn changed(task: &ChangedTask) -> Result<ApiAnswer, ApiError> {
    let (key, href) = (task.key.to_string(), href(&task.key));
    let version = task.version;
    Ok(ApiAnswer::json(&TaskChanged { key, href, version })?.about(version))
}

/// Where a task is.
pub(super) fn href(key: &TaskKey) -> String {
    format!("{BASE}/tasks/{key}")
}

/// The task that a path names, by key or by id.
///
/// # Errors
/// 404.
pub(super) fn named(call: &Call<'_>) -> Result<TaskRef, ApiError> {
    match call.named::<TaskKey>("task") {
        Ok(key) => Ok(TaskRef::Key(key)),
        Err(_) => call.named("task").map(TaskRef::Id),
    }
}

/// The task's present version, if there is one.
///
/// # Errors
/// Those of the store.
pub(super) async fn version(call: &Call<'_>, task: &TaskRef) -> domain::Result<Option<i64>> {
    let read = call.ctx.store.task(&call.ctx.caller, task).await?;
    read.principal.member()?;
    Ok(read.data.map(|task| task.head.version))
}

/// Answers [`READ`].
///
/// # Errors
/// 401, 403, 404.
pub async fn read(call: &Call<'_>) -> Result<ApiAnswer, ApiError> {
    let read = call.ctx.store.task(&call.ctx.caller, &named(call)?).await?;
    let own = match &read.principal {
        Principal::Run(reporter) => Some(reporter.task),
        _ => call.member(&read).map(|_| None)?,
    };
    let task = read.data.filter(|task| own.is_none_or(|own| task.id == own));
    let task = task.ok_or(Error::NotFound)?;
    let version = task.head.version;
    Ok(ApiAnswer::json(&TaskResource::from(task))?.at(version))
}
