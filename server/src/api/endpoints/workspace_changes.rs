//! Founding workspaces and changing their settings.

use domain::actor::Permission;
use domain::ids::WorkspaceId;
use domain::workspace::{ChangeSettings, CreateWorkspace, change_settings, create as found};
use serde::{Deserialize, Serialize};

use super::workspaces::WorkspaceResource;
use crate::api::{
    Admission, Answers, ApiAnswer, ApiError, BASE, BodyKind, Call, Endpoint, FieldProblem, Shape,
    Tag, given,
};

/// A new one.
pub const CREATE: Endpoint = Endpoint {
    id: "create_workspace",
    summary: "Found a workspace",
    about: "Whoever asks is its owner, and their session has it open then. A key is for one workspace and \
            founds no other.",
    admits: Admission::Anyone,
    only_in_browser: true,
    body: BodyKind::Json(Shape::of::<NewWorkspace>()),
    answers: Answers::Json(Shape::of::<WorkspaceMade>()),
    ..Endpoint::post("/workspaces", Tag::Workspaces)
};

/// Other settings.
pub const CHANGE: Endpoint = Endpoint {
    id: "change_workspace",
    summary: "Change a workspace's name, or which sites may use its API",
    about: "Only the workspace that the credential acts in is changed. Fields that are left out stay as \
            they are; `allowed_origins` is replaced whole.",
    admits: Admission::Needs(Permission::ManageWorkspace),
    success: 200,
    body: BodyKind::Json(Shape::of::<WorkspacePatch>()),
    answers: Answers::Json(Shape::of::<WorkspaceResource>()),
    has_version: true,
    ..Endpoint::patch("/workspaces/{workspace}", Tag::Workspaces)
};

/// A workspace to found.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct NewWorkspace {
    /// 1 to 80 characters.
    name: String,
}

/// What changes of a workspace.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct WorkspacePatch {
    /// 1 to 80 characters.
    #[serde(default, deserialize_with = "given")]
    name: Option<String>,
    /// Origins as browsers write them, such as `https://app.example.org`; at most 20. There are no
    /// wildcards.
    #[serde(default, deserialize_with = "given")]
    allowed_origins: Option<Vec<String>>,
}

/// A workspace that was founded.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct WorkspaceMade {
    id: String,
    href: String,
}

/// Answers [`CREATE`].
///
/// # Errors
/// 401, 403, 409, 422.
pub async fn create(call: &Call<'_>) -> Result<ApiAnswer, ApiError> {
    let NewWorkspace { name } = call.body()?;
    let id = found(call.ctx, CreateWorkspace { name }).await?;
    let href = format!("{BASE}/workspaces/{id}");
    ApiAnswer::made(href.clone(), &WorkspaceMade { id: id.to_string(), href })
}

/// Answers [`CHANGE`].
///
/// # Errors
/// 401, 403, 404, 409, 412, 422, 428.
pub async fn change(call: &Call<'_>) -> Result<ApiAnswer, ApiError> {
    let id: WorkspaceId = call.named("workspace")?;
    let WorkspacePatch { name, allowed_origins } = call.body()?;
    let origins = allowed_origins.map(named).transpose()?;
    let seen = call.seen(version(call, id)).await?;
    let input = ChangeSettings { workspace: Some(id), name, origins, seen };
    let workspace = change_settings(call.ctx, input).await?;
    let version = workspace.version;
    Ok(ApiAnswer::json(&WorkspaceResource::from(workspace))?.about(version))
}

/// The origins, none of which may be blank: a form's blank line is nothing, an entry is something.
fn named(origins: Vec<String>) -> Result<Vec<String>, ApiError> {
    match origins.iter().position(|origin| origin.trim().is_empty()) {
        Some(at) => {
            let problem = FieldProblem::new(format!("allowed_origins[{at}]"), "empty");
            Err(ApiError::unprocessable("invalid", vec![problem]))
        }
        None => Ok(origins),
    }
}

/// The version of a workspace's settings, if it is one of whoever asks.
async fn version(call: &Call<'_>, id: WorkspaceId) -> Result<Option<i64>, domain::Error> {
    let read = call.ctx.store.listed_workspace(&call.ctx.caller, id).await?;
    read.principal.member()?;
    Ok(read.data.map(|workspace| workspace.version))
}
