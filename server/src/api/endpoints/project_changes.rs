//! Changing a project's gate and its source.

use domain::Error;
use domain::actor::Permission;
use domain::project::{EditGate, ProjectKey, UploadSource, edit_gate, upload_source};
use domain::sandbox::protocol::MAX_SOURCE_BYTES;
use serde::Deserialize;

use super::task_changes::joined;
use crate::api::{
    Admission, ApiAnswer, ApiError, BodyKind, Call, Endpoint, LimitClass, Parameter, ParameterKind,
    Shape, Tag,
};

/// Another gate.
pub const SET_GATE: Endpoint = Endpoint {
    id: "set_gate",
    summary: "Set what tasks of a project must meet",
    about: "Revisions that the old gate judged can't be approved any more until they run again.",
    admits: Admission::Needs(Permission::ManageProjects),
    body: BodyKind::Json(Shape::of::<GateBody>()),
    has_version: true,
    ..Endpoint::put("/projects/{project}/gate", Tag::Projects)
};

/// Another source.
pub const SET_SOURCE: Endpoint = Endpoint {
    id: "set_source",
    summary: "Upload what runs of a project work on",
    about: "A git bundle or a tar archive, plain or gzip, of at most 25 MB.",
    admits: Admission::Needs(Permission::ManageProjects),
    limit: LimitClass::Upload,
    query: &[NAME],
    body: BodyKind::Bytes { most: MOST },
    has_version: true,
    ..Endpoint::put("/projects/{project}/source", Tag::Projects)
};

const NAME: Parameter = Parameter {
    name: "name",
    about: "The file's name; `source` unless given.",
    kind: ParameterKind::Text,
};

#[expect(clippy::cast_possible_truncation, reason = "25 MB, also where addresses have 32 bits")]
const MOST: usize = MAX_SOURCE_BYTES as usize;

/// A gate.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "Gate"))]
pub struct GateBody {
    /// Commands that must succeed after the task's steps; at most 10.
    #[serde(default)]
    commands: Vec<String>,
    /// Glob patterns, each of which must match a test report without failures; at most 10.
    #[serde(default)]
    reports: Vec<String>,
    /// Whether a person who isn't a producer must approve.
    #[serde(default)]
    approval: bool,
}

/// Answers [`SET_GATE`].
///
/// # Errors
/// 401, 403, 404, 412, 422, 428.
pub async fn set_gate(call: &Call<'_>) -> Result<ApiAnswer, ApiError> {
    let key: ProjectKey = call.named("project")?;
    let GateBody { commands, reports, approval } = call.body()?;
    let is_line = |entry: &str| !entry.contains(['\n', '\r']);
    let commands = joined("commands", &commands, "\n", is_line)?;
    let reports = joined("reports", &reports, "\n", is_line)?;
    let seen = call.seen(version(call, &key)).await?;
    let project = key.to_string();
    let gate = EditGate { project, seen, commands, reports, approval };
    Ok(ApiAnswer::nothing().about(edit_gate(call.ctx, gate).await?))
}

/// Answers [`SET_SOURCE`].
///
/// # Errors
/// 401, 403, 404, 412, 422, 428.
pub async fn set_source(call: &Call<'_>) -> Result<ApiAnswer, ApiError> {
    let project: ProjectKey = call.named("project")?;
    let seen = call.seen(version(call, &project)).await?;
    // The use case settles its own races, so its bytes are asked for once.
    let bytes = call.take_bytes().ok_or(Error::Conflict { current: 0 })?;
    let name = call.query.get(NAME.name).unwrap_or("source").to_owned();
    let upload = UploadSource { project, seen, name, bytes };
    let version = upload_source(call.ctx, &*call.services.sources, upload).await?;
    Ok(ApiAnswer::nothing().about(version))
}

async fn version(call: &Call<'_>, key: &ProjectKey) -> domain::Result<Option<i64>> {
    let read = call.ctx.store.project(&call.ctx.caller, key).await?;
    read.principal.member()?;
    Ok(read.data.map(|project| project.head.version))
}
