//! Sandboxes that no run uses, and their commands. Runs' sandboxes are read and stopped here too.

use domain::actor::Permission;
use domain::ids::{ExecutionId, SandboxId};
use domain::listing::SandboxCursor;
use domain::project::ProjectKey;
use domain::run::StopSandbox;
use domain::sandbox::protocol::{Frame, OutputStream};
use domain::sandbox::{
    self, Execute, Execution, ExecutionState, LogOf, ProvisionSandbox, Purpose, Sandbox,
};
use domain::{Error, Timestamp};
use serde::{Deserialize, Serialize};

use crate::api::{
    Admission, Answers, ApiAnswer, ApiError, BASE, BodyKind, Call, Endpoint, ListOf, Moment, PAGED,
    Parameter, ParameterKind, Shape, Tag,
};

/// The list.
pub const LIST: Endpoint = Endpoint {
    id: "list_sandboxes",
    summary: "Sandboxes, those alive first, newest first",
    about: "Runs' too. One that ends while its list is read may come twice.",
    query: PAGED,
    answers: Answers::Json(Shape::of::<ListOf<SandboxResource>>()),
    ..Endpoint::get("/sandboxes", Tag::Sandboxes)
};

/// One.
pub const READ: Endpoint = Endpoint {
    id: "read_sandbox",
    summary: "A sandbox",
    answers: Answers::Json(Shape::of::<SandboxResource>()),
    ..Endpoint::get("/sandboxes/{sandbox}", Tag::Sandboxes)
};

/// A new one.
pub const PROVISION: Endpoint = Endpoint {
    id: "provision_sandbox",
    summary: "Ask for a sandbox of a project",
    about: "The project's source is unpacked in it. It is made behind the answer, takes one command \
            after the other, and ends by itself. Only so many of a workspace are alive at once.",
    admits: Admission::Needs(Permission::OperateRuns),
    body: BodyKind::Json(Shape::of::<ProvisionBody>()),
    answers: Answers::Json(Shape::of::<SandboxMade>()),
    ..Endpoint::post("/projects/{project}/sandboxes", Tag::Sandboxes)
};

/// An end to one.
pub const STOP: Endpoint = Endpoint {
    id: "stop_sandbox",
    summary: "Stop a sandbox",
    about: "A run's is stopped by stopping its run. What executes is ended, what it printed is kept.",
    admits: Admission::Needs(Permission::OperateRuns),
    success: 202,
    ..Endpoint::post("/sandboxes/{sandbox}/stop", Tag::Sandboxes)
};

/// What one uses.
pub const METRICS: Endpoint = Endpoint {
    id: "read_sandbox_metrics",
    summary: "What a living sandbox uses",
    answers: Answers::Json(Shape::of::<MetricsResource>()),
    ..Endpoint::get("/sandboxes/{sandbox}/metrics", Tag::Sandboxes)
};

/// A command.
pub const EXECUTE: Endpoint = Endpoint {
    id: "execute_in_sandbox",
    summary: "Give a sandbox a command",
    about: "It is executed behind the answer, as soon as the sandbox is ready. A sandbox takes one at \
            a time.",
    admits: Admission::Needs(Permission::OperateRuns),
    body: BodyKind::Json(Shape::of::<ExecuteBody>()),
    answers: Answers::Json(Shape::of::<SandboxMade>()),
    ..Endpoint::post("/sandboxes/{sandbox}/executions", Tag::Sandboxes)
};

/// How a command stands.
pub const READ_EXECUTION: Endpoint = Endpoint {
    id: "read_execution",
    summary: "A command in a sandbox, and what it printed",
    about: "Ask again with `after` as `next` says, until it has ended and no line comes.",
    query: &[AFTER],
    answers: Answers::Json(Shape::of::<ExecutionResource>()),
    ..Endpoint::get("/sandboxes/{sandbox}/executions/{execution}", Tag::Sandboxes)
};

const AFTER: Parameter = Parameter {
    name: "after",
    about: "The number of the last line that isn't wanted any more.",
    kind: ParameterKind::Integer { least: 0, most: 9_007_199_254_740_991 },
};

/// What a sandbox is asked for with.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "SandboxRequest"))]
pub struct ProvisionBody {
    /// What it is for, in a few words.
    #[serde(default)]
    note: String,
    /// How long it lives, in milliseconds: 10 seconds to an hour, a quarter of an hour unless given.
    #[serde(default)]
    ttl_ms: Option<u64>,
}

/// A command.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "Command"))]
pub struct ExecuteBody {
    /// A shell command, may have several lines; at most 64 KiB.
    command: String,
    /// Longest time of it, in milliseconds; a minute unless given.
    #[serde(default)]
    timeout_ms: Option<u64>,
}

/// What was made.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct SandboxMade {
    id: String,
    href: String,
}

/// A sandbox.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "Sandbox"))]
pub struct SandboxResource {
    id: String,
    /// The id of its project.
    project: String,
    /// `provisioning`, `ready`, `busy`, `stopping`, `stopped` or `failed`.
    state: &'static str,
    /// Since when it is so.
    since: Moment,
    /// Why it failed, if it did.
    failure: Option<String>,
    /// The id of the run that uses it, if one does.
    run: Option<String>,
    /// The id of who asked for it, if no run uses it.
    created_by: Option<String>,
    /// What it is for, if no run uses it.
    note: Option<String>,
    created_at: Moment,
    /// When it ends by itself, if no run uses it.
    expires_at: Option<Moment>,
    /// The id of the command that it has in hand.
    executing: Option<String>,
    /// How many commands it was given.
    executions: u32,
}

/// What a sandbox uses.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "SandboxMetrics"))]
pub struct MetricsResource {
    /// Processor time so far, in milliseconds.
    cpu_ms: u64,
    memory_bytes: u64,
    memory_peak_bytes: u64,
    /// Processes and threads.
    processes: u32,
    /// Bytes of its files; null where nothing isolates it.
    disk_bytes: Option<u64>,
    uptime_ms: u64,
}

/// A command in a sandbox.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "Execution"))]
pub struct ExecutionResource {
    id: String,
    /// Its number among those of its sandbox, from 1.
    number: u32,
    command: String,
    timeout_ms: u64,
    /// `queued`, `running`, `exited`, `timed_out` or `lost`.
    state: &'static str,
    /// Since when it is so.
    since: Moment,
    /// Its exit code, once it exited.
    exit_code: Option<i32>,
    /// Why it was ended, or what it ran out of, if either was so.
    reason: Option<String>,
    /// The id of who asked for it.
    asked_by: String,
    requested_at: Moment,
    /// Lines that it printed.
    lines: Vec<OutputLine>,
    /// What to ask `after` next.
    next: u64,
}

/// A line of output.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct OutputLine {
    n: u64,
    /// `stdout`, `stderr` or `system`.
    stream: &'static str,
    text: String,
    /// Whether the same line goes on in the stream's next entry.
    continues: bool,
}

impl From<Sandbox> for SandboxResource {
    fn from(sandbox: Sandbox) -> Self {
        resource(&sandbox)
    }
}

fn resource(sandbox: &Sandbox) -> SandboxResource {
    let purpose = &sandbox.request.purpose;
    let standalone = match purpose {
        Purpose::Standalone(standalone) => Some(standalone),
        Purpose::Run { .. } => None,
    };
    SandboxResource {
        id: sandbox.id().to_string(),
        project: sandbox.request.project.to_string(),
        state: sandbox.state.as_str(),
        since: sandbox.state.since().into(),
        failure: match &sandbox.state {
            sandbox::SandboxState::Failed { reason, .. } => Some(reason.clone()),
            _ => None,
        },
        run: purpose.run().map(|run| run.to_string()),
        created_by: standalone.map(|of| of.by.to_string()),
        note: standalone.map(|of| of.note.clone()),
        created_at: sandbox.created_at.into(),
        expires_at: standalone.map(|of| of.expires_at.into()),
        executing: sandbox.executing.map(|id| id.to_string()),
        executions: sandbox.executions,
    }
}

fn seen_at(execution: Execution, now: Timestamp, expires_at: Timestamp) -> ExecutionResource {
    let state = execution.state.seen_at(now, expires_at);
    let word = |value: serde_json::Value| value.as_str().map(str::to_owned);
    let (exit_code, reason) = match &state {
        ExecutionState::Exited { code, limit, .. } => {
            (Some(*code), limit.and_then(|it| serde_json::to_value(it).ok().and_then(word)))
        }
        ExecutionState::TimedOut { .. } => (None, Some("timeout".to_owned())),
        ExecutionState::Lost { reason, .. } => {
            (None, serde_json::to_value(reason).ok().and_then(word))
        }
        _ => (None, None),
    };
    ExecutionResource {
        id: execution.request.id.to_string(),
        number: execution.request.number,
        command: execution.request.command,
        timeout_ms: execution.request.timeout_ms,
        state: state.as_str(),
        since: state.since().into(),
        exit_code,
        reason,
        asked_by: execution.by.to_string(),
        requested_at: execution.requested_at.into(),
        lines: vec![],
        next: execution.output.after,
    }
}

/// Answers [`LIST`].
///
/// # Errors
/// 400, 401, 403.
pub async fn list(call: &Call<'_>) -> Result<ApiAnswer, ApiError> {
    let page = call.page()?;
    let after = page.after_three()?.map(|(alive, created_at, id)| SandboxCursor {
        alive,
        created_at: Timestamp(created_at),
        id,
    });
    let read = call.ctx.store.sandboxes(&call.ctx.caller, after, page.one_more()).await?;
    call.member(&read)?;
    let listed: ListOf<SandboxResource> = page.page(read.data, |sandbox| {
        let SandboxCursor { alive, created_at, id } = SandboxCursor::of(sandbox);
        format!("{alive}:{}:{id}", created_at.0)
    });
    ApiAnswer::list(&listed)
}

/// Answers [`READ`].
///
/// # Errors
/// 401, 403, 404.
pub async fn read(call: &Call<'_>) -> Result<ApiAnswer, ApiError> {
    let id: SandboxId = call.named("sandbox")?;
    let read = call.ctx.store.sandbox(&call.ctx.caller, id).await?;
    call.member(&read)?;
    ApiAnswer::json(&resource(&read.data.ok_or(Error::NotFound)?))
}

/// Answers [`PROVISION`].
///
/// # Errors
/// 401, 403, 404, 409, 422.
pub async fn provision(call: &Call<'_>) -> Result<ApiAnswer, ApiError> {
    let project: ProjectKey = call.named("project")?;
    let ProvisionBody { note, ttl_ms } = call.body()?;
    let id = sandbox::provision(call.ctx, ProvisionSandbox { project, note, ttl_ms }).await?;
    let href = format!("{BASE}/sandboxes/{id}");
    ApiAnswer::made(href.clone(), &SandboxMade { id: id.to_string(), href })
}

/// Answers [`STOP`].
///
/// # Errors
/// 401, 403, 404, 409.
pub async fn stop(call: &Call<'_>) -> Result<ApiAnswer, ApiError> {
    sandbox::stop(call.ctx, StopSandbox { sandbox: call.named("sandbox")? }).await?;
    Ok(ApiAnswer::nothing())
}

/// Answers [`METRICS`].
///
/// # Errors
/// 401, 403, 404, 409, 503.
pub async fn metrics(call: &Call<'_>) -> Result<ApiAnswer, ApiError> {
    let id: SandboxId = call.named("sandbox")?;
    let used = sandbox::metrics(call.ctx, &*call.services.sandboxes, id).await?;
    ApiAnswer::json(&MetricsResource {
        cpu_ms: used.cpu_ms,
        memory_bytes: used.memory_bytes,
        memory_peak_bytes: used.memory_peak_bytes,
        processes: used.processes,
        disk_bytes: used.disk_bytes,
        uptime_ms: used.uptime_ms,
    })
}

/// Answers [`EXECUTE`].
///
/// # Errors
/// 401, 403, 404, 409, 422.
pub async fn execute(call: &Call<'_>) -> Result<ApiAnswer, ApiError> {
    let sandbox: SandboxId = call.named("sandbox")?;
    let ExecuteBody { command, timeout_ms } = call.body()?;
    let id = sandbox::execute(call.ctx, Execute { sandbox, command, timeout_ms }).await?;
    let href = format!("{BASE}/sandboxes/{sandbox}/executions/{id}");
    ApiAnswer::made(href.clone(), &SandboxMade { id: id.to_string(), href })
}

/// Answers [`READ_EXECUTION`].
///
/// # Errors
/// 401, 403, 404, 503.
pub async fn read_execution(call: &Call<'_>) -> Result<ApiAnswer, ApiError> {
    let (id, of): (ExecutionId, SandboxId) = (call.named("execution")?, call.named("sandbox")?);
    let read = call.ctx.store.execution(&call.ctx.caller, of, id).await?;
    call.member(&read)?;
    let (execution, expires_at) = read.data.ok_or(Error::NotFound)?;
    let span = execution.output;
    let mut resource = seen_at(execution, call.ctx.now(), expires_at);
    if resource.state == "queued" {
        return ApiAnswer::json(&resource);
    }
    let asked = call.query.integer(AFTER.name).and_then(|after| u64::try_from(after).ok());
    let after = asked.unwrap_or(0).max(span.after);
    let through = span.through.unwrap_or(u64::MAX);
    resource.next = after;
    for line in call.services.output.after(LogOf::Sandbox(of), after).await? {
        if line.seq > through {
            break;
        }
        resource.next = line.seq;
        let stream = match line.stream {
            OutputStream::Stdout => "stdout",
            OutputStream::Stderr => "stderr",
            OutputStream::System => "system",
        };
        let Frame { seq: n, text, continues, .. } = line;
        resource.lines.push(OutputLine { n, stream, text, continues });
    }
    ApiAnswer::json(&resource)
}
