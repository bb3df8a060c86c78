//! Workspaces.

use domain::Error;
use domain::ids::WorkspaceId;
use domain::listing::ListedWorkspace;
use serde::Serialize;

#[cfg(not(target_arch = "wasm32"))]
use crate::api::shape::words;
use crate::api::{
    Admission, Answers, ApiAnswer, ApiError, Call, Endpoint, ListOf, Moment, PAGED, Shape, Tag,
};

/// Mine.
pub const LIST: Endpoint = Endpoint {
    id: "list_workspaces",
    summary: "Workspaces of whoever asks, by id",
    about: "A key is for one workspace and lists that one.",
    query: PAGED,
    answers: Answers::Json(Shape::of::<ListOf<WorkspaceResource>>()),
    ..Endpoint::get("/workspaces", Tag::Workspaces)
};

/// One of mine.
pub const READ: Endpoint = Endpoint {
    id: "read_workspace",
    summary: "A workspace",
    admits: Admission::Needs(domain::actor::Permission::View),
    answers: Answers::Json(Shape::of::<WorkspaceResource>()),
    has_version: true,
    ..Endpoint::get("/workspaces/{workspace}", Tag::Workspaces)
};

/// A workspace.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "Workspace"))]
pub struct WorkspaceResource {
    id: String,
    name: String,
    /// The role there of whoever asks.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(schema_with = "words::role"))]
    role: &'static str,
    /// Whether it is the one that the credential acts in.
    current: bool,
    /// The origins of other sites whose pages may use its API.
    allowed_origins: Vec<String>,
    created_at: Moment,
    /// Of its settings: name and allowed origins.
    version: i64,
}

impl From<ListedWorkspace> for WorkspaceResource {
    fn from(workspace: ListedWorkspace) -> Self {
        Self {
            id: workspace.id.to_string(),
            name: workspace.name,
            role: workspace.role.as_str(),
            current: workspace.is_current,
            allowed_origins: workspace.origins,
            created_at: workspace.created_at.into(),
            version: workspace.version,
        }
    }
}

/// Answers [`LIST`].
///
/// # Errors
/// 400, 401, 403.
pub async fn list(call: &Call<'_>) -> Result<ApiAnswer, ApiError> {
    let page = call.page()?;
    let after = page.after_one()?;
    let read = call.ctx.store.listed_workspaces(&call.ctx.caller, after, page.one_more()).await?;
    call.member(&read)?;
    let listed: ListOf<WorkspaceResource> =
        page.page(read.data, |workspace| workspace.id.to_string());
    ApiAnswer::list(&listed)
}

/// Answers [`READ`].
///
/// # Errors
/// 401, 403, 404.
pub async fn read(call: &Call<'_>) -> Result<ApiAnswer, ApiError> {
    let id: WorkspaceId = call.named("workspace")?;
    let read = call.ctx.store.listed_workspace(&call.ctx.caller, id).await?;
    call.member(&read)?;
    let workspace = read.data.ok_or(Error::NotFound)?;
    let version = workspace.version;
    // Whether it is current, and the role, change without it.
    Ok(ApiAnswer::json(&WorkspaceResource::from(workspace))?.about(version))
}
