//! Validations, and decisions on them.

use domain::actor::Permission;
use domain::ids::ValidationId;
use domain::listing::{OfTask, ValidationCursor};
use domain::validation::{
    self, Approve, Finding, Reject, Validation, ValidationState, approve, reject,
};
use domain::{Error, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::projects::RequirementResource;
use super::tasks::{self, TaskChanged};
#[cfg(not(target_arch = "wasm32"))]
use crate::api::shape::words;
use crate::api::{
    Admission, Answers, ApiAnswer, ApiError, BodyKind, Call, Endpoint, ListOf, Moment, PAGED,
    Shape, Tag,
};

/// The workspace's.
pub const LIST: Endpoint = Endpoint {
    id: "list_validations",
    summary: "Validations, newest first",
    query: PAGED,
    answers: Answers::Json(Shape::of::<ListOf<ValidationResource>>()),
    ..Endpoint::get("/validations", Tag::Validations)
};

/// A task's.
pub const LIST_OF_TASK: Endpoint = Endpoint {
    id: "list_validations_of_task",
    summary: "Validations of a task, newest first",
    query: PAGED,
    answers: Answers::Json(Shape::of::<ListOf<ValidationResource>>()),
    ..Endpoint::get("/tasks/{task}/validations", Tag::Validations)
};

/// One.
pub const READ: Endpoint = Endpoint {
    id: "read_validation",
    summary: "A validation",
    answers: Answers::Json(Shape::of::<ValidationResource>()),
    ..Endpoint::get("/validations/{validation}", Tag::Validations)
};

/// A person's decision.
pub const DECIDE: Endpoint = Endpoint {
    id: "decide",
    summary: "Approve a task's revision, or send it back",
    about: "If-Match names the version of the task. Whoever produced the revision can't approve it \
            while somebody else could.",
    admits: Admission::Needs(Permission::Decide),
    needs_version: true,
    success: 200,
    body: BodyKind::Json(Shape::of::<Decision>()),
    answers: Answers::Json(Shape::of::<TaskChanged>()),
    has_version: true,
    ..Endpoint::post("/tasks/{task}/decisions", Tag::Validations)
};

/// The verdict on one requirement of the gate for one revision.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "Validation"))]
pub struct ValidationResource {
    id: String,
    /// The key of its task.
    task: String,
    /// The id of the run that produced the revision.
    run: String,
    revision: String,
    requirement: RequirementResource,
    /// Its place in the gate, from 0.
    position: u32,
    #[cfg_attr(not(target_arch = "wasm32"), schemars(schema_with = "words::validation_state"))]
    state: &'static str,
    /// Why the requirement isn't met, if that was found.
    finding: Option<FindingResource>,
    /// The id of the person who decided.
    decided_by: Option<String>,
    decided_at: Option<Moment>,
    /// Why it was sent back.
    reason: Option<String>,
    /// Ids of the kept files that it rests on.
    evidence: Vec<String>,
    opened_at: Moment,
}

/// Why a requirement isn't met.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "Finding"))]
pub struct FindingResource {
    /// `command_failed`, `report_missing`, `tests_failed`, …
    code: String,
    exit_code: Option<i64>,
    /// The file that it is about.
    path: Option<String>,
    /// How many tests failed.
    failed: Option<i64>,
    /// Of how many.
    total: Option<i64>,
}

/// A decision.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Decision {
    decision: Verdict,
    /// Why it is sent back; needed for `reject`.
    #[serde(default)]
    reason: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
enum Verdict {
    Approve,
    Reject,
}

impl From<&Finding> for FindingResource {
    fn from(finding: &Finding) -> Self {
        let told = serde_json::to_value(finding).unwrap_or_default();
        let text = |name: &str| told.get(name).and_then(Value::as_str).map(str::to_owned);
        let number = |name: &str| told.get(name).and_then(Value::as_i64);
        Self {
            code: text("finding").unwrap_or_default(),
            exit_code: number("exit_code"),
            path: text("path"),
            failed: number("failed"),
            total: number("total"),
        }
    }
}

impl From<OfTask<Validation>> for ValidationResource {
    fn from(listed: OfTask<Validation>) -> Self {
        let OfTask { task, of: validation } = listed;
        let (by, at, reason): (_, Option<Timestamp>, _) = match &validation.state {
            ValidationState::Approved { by, at } => (Some(by.to_string()), Some(*at), None),
            ValidationState::Rejected { by, at, reason } => {
                (Some(by.to_string()), Some(*at), Some(reason.clone()))
            }
            _ => (None, None, None),
        };
        Self {
            id: validation.id.to_string(),
            task: task.to_string(),
            run: validation.run.to_string(),
            revision: validation.revision,
            requirement: validation.requirement.into(),
            position: validation.position,
            state: validation.state.as_str(),
            finding: match &validation.state {
                ValidationState::Failed { finding, .. } => Some(finding.into()),
                _ => None,
            },
            decided_by: by,
            decided_at: at.map(Moment),
            reason,
            evidence: validation.evidence.iter().map(ToString::to_string).collect(),
            opened_at: validation.opened_at.into(),
        }
    }
}

/// Answers [`LIST`].
///
/// # Errors
/// 400, 401, 403.
pub async fn list(call: &Call<'_>) -> Result<ApiAnswer, ApiError> {
    let page = call.page()?;
    let after = page.after_three()?.map(|(opened_at, position, id)| ValidationCursor {
        opened_at: Timestamp(opened_at),
        position,
        id,
    });
    let read = call.ctx.store.validations(&call.ctx.caller, after, page.one_more()).await?;
    call.member(&read)?;
    let listed: ListOf<ValidationResource> = page.page(read.data, |listed| {
        let validation::Validation { opened_at, position, id, .. } = &listed.of;
        format!("{}:{position}:{id}", opened_at.0)
    });
    ApiAnswer::list(&listed)
}

/// Answers [`LIST_OF_TASK`].
///
/// # Errors
/// 400, 401, 403, 404.
pub async fn list_of_task(call: &Call<'_>) -> Result<ApiAnswer, ApiError> {
    let (page, task) = (call.page()?, tasks::named(call)?);
    let (caller, before) = (&call.ctx.caller, page.after_one()?);
    let read = call.ctx.store.validations_of_task(caller, &task, before, page.one_more()).await?;
    call.member(&read)?;
    let validations = read.data.ok_or(Error::NotFound)?;
    let listed: ListOf<ValidationResource> =
        page.page(validations, |listed| listed.of.id.to_string());
    ApiAnswer::list(&listed)
}

/// Answers [`READ`].
///
/// # Errors
/// 401, 403, 404.
pub async fn read(call: &Call<'_>) -> Result<ApiAnswer, ApiError> {
    let id: ValidationId = call.named("validation")?;
    let read = call.ctx.store.validation(&call.ctx.caller, id).await?;
    call.member(&read)?;
    ApiAnswer::json(&ValidationResource::from(read.data.ok_or(Error::NotFound)?))
}

/// Answers [`DECIDE`].
///
/// # Errors
/// 401, 403, 404, 409, 412, 422, 428.
pub async fn decide(call: &Call<'_>) -> Result<ApiAnswer, ApiError> {
    let task = tasks::named(call)?;
    let Decision { decision, reason } = call.body()?;
    let seen = call.seen(tasks::version(call, &task)).await?;
    let task = match decision {
        Verdict::Approve => approve(call.ctx, Approve { task, seen }).await?,
        Verdict::Reject => {
            let reason = reason.unwrap_or_default();
            reject(call.ctx, Reject { task, seen, reason }).await?
        }
    };
    tasks::changed(&task)
}
