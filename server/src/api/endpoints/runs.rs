//! Runs.

use domain::Error;
use domain::Timestamp;
use domain::actor::Permission;
use domain::ids::RunId;
use domain::listing::OfTask;
use domain::run::{self, CancelRun, Run, RunState, StartRun};
use serde::Serialize;
use serde_json::Value;

#[cfg(not(target_arch = "wasm32"))]
use crate::api::shape::words;
use crate::api::{
    Admission, Answers, ApiAnswer, ApiError, BASE, Call, Endpoint, ListOf, Moment, PAGED, Shape,
    Tag,
};

use super::tasks;

/// A task's.
pub const LIST: Endpoint = Endpoint {
    id: "list_runs",
    summary: "Runs of a task, newest first",
    query: PAGED,
    answers: Answers::Json(Shape::of::<ListOf<RunResource>>()),
    ..Endpoint::get("/tasks/{task}/runs", Tag::Runs)
};

/// One.
pub const READ: Endpoint = Endpoint {
    id: "read_run",
    summary: "A run",
    about: "A run whose lease expired is shown as lost, whether or not anybody has written that down.",
    answers: Answers::Json(Shape::of::<RunResource>()),
    has_version: true,
    ..Endpoint::get("/runs/{run}", Tag::Runs)
};

/// A new one.
pub const START: Endpoint = Endpoint {
    id: "start_run",
    summary: "Start a run of a task",
    about: "If-Match names the version of the task.",
    admits: Admission::Needs(Permission::OperateRuns),
    needs_version: true,
    answers: Answers::Json(Shape::of::<RunMade>()),
    ..Endpoint::post("/tasks/{task}/runs", Tag::Runs)
};

/// An end to one.
pub const CANCEL: Endpoint = Endpoint {
    id: "cancel_run",
    summary: "Stop a run",
    about: "One that waits ends at once; one in a sandbox ends when its processes are gone and what \
            they left is kept.",
    admits: Admission::Needs(Permission::OperateRuns),
    success: 202,
    ..Endpoint::post("/runs/{run}/cancel", Tag::Runs)
};

/// A run.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "Run"))]
pub struct RunResource {
    id: String,
    /// The key of its task.
    task: String,
    /// The id of its project.
    project: String,
    /// Which attempt at the task, from 1.
    attempt: i64,
    #[cfg_attr(not(target_arch = "wasm32"), schemars(schema_with = "words::run_state"))]
    state: &'static str,
    /// Since when it is so, or when it ended.
    since: Moment,
    /// The hash of what it produced, once it succeeded.
    revision: Option<String>,
    /// Why it failed, if it did.
    failure: Option<RunFailure>,
    /// The id of who started it.
    started_by: String,
    queued_at: Moment,
    /// Whether it waits to be stopped, or was.
    cancel_requested: bool,
    /// The id of its sandbox, once it had one.
    sandbox: Option<String>,
    /// The id of the run that it repeats by itself.
    retry_of: Option<String>,
    /// The commands that it runs, as they were when it was started.
    steps: Vec<String>,
    /// SHA-256 of the source that it works on, hexadecimal.
    source_sha256: String,
    version: i64,
}

/// Why a run failed.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct RunFailure {
    /// `step_failed`, `limit_exceeded`, `source_rejected`, …
    reason: String,
    /// The step, from 1, where it was one.
    step: Option<i64>,
    /// Its exit code.
    exit_code: Option<i64>,
    /// The limit that was exceeded.
    limit: Option<String>,
    /// A short sentence of the sandbox's host.
    detail: Option<String>,
}

/// A run that was started.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct RunMade {
    id: String,
    href: String,
}

impl RunFailure {
    fn of(state: &RunState) -> Option<Self> {
        let RunState::Failed { reason, .. } = state else { return None };
        let told = serde_json::to_value(reason).unwrap_or_default();
        let text = |name: &str| told.get(name).and_then(Value::as_str).map(str::to_owned);
        let number = |name: &str| told.get(name).and_then(Value::as_i64);
        Some(Self {
            reason: text("reason")?,
            step: number("step"),
            exit_code: number("exit_code"),
            limit: text("limit"),
            detail: text("detail"),
        })
    }
}

/// The run as a reader may see it now.
fn seen_at(run: OfTask<Run>, now: Timestamp) -> RunResource {
    let OfTask { task, of: run } = run;
    let state = run.state_at(now);
    RunResource {
        id: run.id.to_string(),
        task: task.to_string(),
        project: run.project.to_string(),
        attempt: run.attempt,
        state: state.as_str(),
        since: state.since().into(),
        revision: match &state {
            RunState::Succeeded { revision, .. } => Some(revision.clone()),
            _ => None,
        },
        failure: RunFailure::of(&state),
        started_by: run.producers.started_by.to_string(),
        queued_at: run.queued_at.into(),
        cancel_requested: run.cancel.is_some(),
        sandbox: run.sandbox.map(|sandbox| sandbox.to_string()),
        retry_of: run.retry_of.map(|run| run.to_string()),
        steps: run.plan.steps.into_iter().map(|step| step.command).collect(),
        source_sha256: run.plan.source.sha256,
        version: run.head.version,
    }
}

/// Answers [`LIST`].
///
/// # Errors
/// 400, 401, 403, 404.
pub async fn list(call: &Call<'_>) -> Result<ApiAnswer, ApiError> {
    let (page, task) = (call.page()?, tasks::named(call)?);
    let (caller, before) = (&call.ctx.caller, page.after_one()?);
    let read = call.ctx.store.runs_of_task(caller, &task, before, page.one_more()).await?;
    call.member(&read)?;
    let runs = read.data.ok_or(Error::NotFound)?;
    let ListOf { items, next } =
        page.page::<_, OfTask<Run>>(runs, |run| run.of.attempt.to_string());
    let items = items.into_iter().map(|run| seen_at(run, call.ctx.now())).collect();
    ApiAnswer::list(&ListOf { items, next })
}

/// Answers [`READ`].
///
/// # Errors
/// 401, 403, 404.
pub async fn read(call: &Call<'_>) -> Result<ApiAnswer, ApiError> {
    let id: RunId = call.named("run")?;
    let read = call.ctx.store.run(&call.ctx.caller, id).await?;
    call.member(&read)?;
    let run = read.data.ok_or(Error::NotFound)?;
    let (version, now) = (run.of.head.version, call.ctx.now());
    let is_written = run.of.state == run.of.state_at(now);
    let answer = ApiAnswer::json(&seen_at(run, now))?;
    // A lease that ran out changes what is shown before anybody has written it down.
    Ok(if is_written { answer.at(version) } else { answer.about(version) })
}

/// Answers [`START`].
///
/// # Errors
/// 401, 403, 404, 409, 412, 422, 428.
pub async fn start(call: &Call<'_>) -> Result<ApiAnswer, ApiError> {
    let task = tasks::named(call)?;
    let seen = call.seen(tasks::version(call, &task)).await?;
    let run = run::start(call.ctx, StartRun { task, seen }).await?;
    let href = format!("{BASE}/runs/{run}");
    ApiAnswer::made(href.clone(), &RunMade { id: run.to_string(), href })
}

/// Answers [`CANCEL`].
///
/// # Errors
/// 401, 403, 404, 409.
pub async fn cancel(call: &Call<'_>) -> Result<ApiAnswer, ApiError> {
    run::cancel(call.ctx, CancelRun { run: call.named("run")? }).await?;
    Ok(ApiAnswer::nothing())
}
