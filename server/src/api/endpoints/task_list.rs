//! Tasks in lists.

use domain::listing::ListedTask;
use domain::project::ProjectKey;
use domain::task::TaskStage;
use domain::views::{TaskCursor, TaskFilter};
use domain::{Error, Timestamp};
use serde::Serialize;

#[cfg(not(target_arch = "wasm32"))]
use crate::api::shape::words;
use crate::api::{
    Answers, ApiAnswer, ApiError, CURSOR, Call, Endpoint, LIMIT, ListOf, Moment, Parameter,
    ParameterKind, Shape, Tag,
};

/// A project's.
pub const LIST: Endpoint = Endpoint {
    id: "list_tasks",
    summary: "Tasks of a project, newest change first",
    query: &[STAGE, LABEL, TEXT, LIMIT, CURSOR],
    answers: Answers::Json(Shape::of::<ListOf<TaskEntry>>()),
    ..Endpoint::get("/projects/{project}/tasks", Tag::Tasks)
};

const STAGE: Parameter = Parameter {
    name: "stage",
    about: "Only tasks that stand there.",
    kind: ParameterKind::Words(&[
        "backlog",
        "ready",
        "running",
        "validating",
        "review",
        "changes_requested",
        "failed",
        "done",
        "cancelled",
    ]),
};

const LABEL: Parameter =
    Parameter { name: "label", about: "Only tasks with this label.", kind: ParameterKind::Text };

const TEXT: Parameter = Parameter {
    name: "text",
    about: "Only tasks whose title holds this text, in any case.",
    kind: ParameterKind::Text,
};

/// A task in a list.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct TaskEntry {
    id: String,
    /// `MONO-12`.
    key: String,
    title: String,
    #[cfg_attr(not(target_arch = "wasm32"), schemars(schema_with = "words::priority"))]
    priority: &'static str,
    labels: Vec<String>,
    /// The id of the agent that would run it.
    agent: Option<String>,
    #[cfg_attr(not(target_arch = "wasm32"), schemars(schema_with = "words::stage"))]
    stage: &'static str,
    /// Since when it stands there.
    since: Moment,
    /// The id of the run that its stage is about.
    run: Option<String>,
    updated_at: Moment,
    version: i64,
}

impl From<ListedTask> for TaskEntry {
    fn from(task: ListedTask) -> Self {
        Self {
            id: task.id.to_string(),
            key: task.key.to_string(),
            title: task.title,
            priority: task.priority.as_str(),
            labels: task.labels,
            agent: task.agent.map(|agent| agent.to_string()),
            stage: task.state.stage().as_str(),
            since: task.state.since().into(),
            run: task.state.run().map(|run| run.to_string()),
            updated_at: task.updated_at.into(),
            version: task.version,
        }
    }
}

/// Answers [`LIST`].
///
/// # Errors
/// 400, 401, 403, 404.
pub async fn list(call: &Call<'_>) -> Result<ApiAnswer, ApiError> {
    let (page, project) = (call.page()?, call.named::<ProjectKey>("project")?);
    let text = |name: &str| call.query.get(name).filter(|text| !text.is_empty()).map(str::to_owned);
    let filter = TaskFilter {
        stage: call.query.get(STAGE.name).and_then(TaskStage::parse),
        label: text(LABEL.name),
        text: text(TEXT.name),
        after: page
            .after_pair()?
            .map(|(updated_at, id)| TaskCursor { updated_at: Timestamp(updated_at), id }),
    };
    let caller = &call.ctx.caller;
    let read = call.ctx.store.tasks(caller, &project, &filter, page.one_more()).await?;
    call.member(&read)?;
    let tasks = read.data.ok_or(Error::NotFound)?;
    let listed: ListOf<TaskEntry> = page.page(tasks, |task| {
        let TaskCursor { updated_at, id } = task.place();
        format!("{}:{id}", updated_at.0)
    });
    ApiAnswer::list(&listed)
}
