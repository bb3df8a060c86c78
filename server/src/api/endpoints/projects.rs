//! Projects, their sources and their gates.

use domain::Error;
use domain::actor::Permission;
use domain::project::{self, CreateProject, Project, ProjectKey, Rule, SourceKind};
use serde::{Deserialize, Serialize};

use crate::api::{
    Admission, Answers, ApiAnswer, ApiError, BASE, BodyKind, Call, Endpoint, ListOf, Moment, PAGED,
    Shape, Tag,
};

/// The list.
pub const LIST: Endpoint = Endpoint {
    id: "list_projects",
    summary: "Projects, by key",
    query: PAGED,
    answers: Answers::Json(Shape::of::<ListOf<ProjectResource>>()),
    ..Endpoint::get("/projects", Tag::Projects)
};

/// One.
pub const READ: Endpoint = Endpoint {
    id: "read_project",
    summary: "A project",
    answers: Answers::Json(Shape::of::<ProjectResource>()),
    has_version: true,
    ..Endpoint::get("/projects/{project}", Tag::Projects)
};

/// A new one.
pub const CREATE: Endpoint = Endpoint {
    id: "create_project",
    summary: "Create a project",
    about: "Its gate is one approval until it is changed.",
    admits: Admission::Needs(Permission::ManageProjects),
    body: BodyKind::Json(Shape::of::<NewProject>()),
    answers: Answers::Json(Shape::of::<ProjectMade>()),
    ..Endpoint::post("/projects", Tag::Projects)
};

/// A project.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "Project"))]
pub struct ProjectResource {
    id: String,
    /// `MONO` in `MONO-12`.
    key: String,
    name: String,
    /// A link to its repository.
    repository_url: Option<String>,
    /// What its runs work on; null until one was uploaded.
    source: Option<SourceResource>,
    /// What a task's revision must meet.
    gate: Vec<RequirementResource>,
    version: i64,
    created_at: Moment,
}

#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "Source"))]
struct SourceResource {
    /// `bundle` or `tar`.
    kind: &'static str,
    name: String,
    /// SHA-256, hexadecimal.
    sha256: String,
    /// Bytes.
    size: u64,
    uploaded_by: String,
    uploaded_at: Moment,
}

/// One thing that a revision must meet.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "Requirement"))]
pub struct RequirementResource {
    id: String,
    /// `command_succeeded`, `test_report` or `approval`.
    rule: &'static str,
    /// The command or the pattern; null for an approval.
    of: Option<String>,
}

/// A project to create.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct NewProject {
    /// 2 to 8 capital letters and digits, a letter first.
    key: String,
    /// 1 to 80 characters.
    name: String,
    /// A link to its repository, `https` only.
    #[serde(default)]
    repository_url: Option<String>,
}

/// A project that was created.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct ProjectMade {
    key: String,
    href: String,
    /// Always 1.
    version: i64,
}

impl From<Project> for ProjectResource {
    fn from(project: Project) -> Self {
        let Project { details, source, gate, created_at, head, .. } = project;
        Self {
            id: details.id.to_string(),
            key: details.key.into(),
            name: details.name,
            repository_url: details.repository_url,
            source: source.map(|source| SourceResource {
                kind: match source.kind {
                    SourceKind::Bundle => "bundle",
                    SourceKind::Tar => "tar",
                },
                name: source.name,
                sha256: source.sha256,
                size: source.size,
                uploaded_by: source.by.to_string(),
                uploaded_at: source.at.into(),
            }),
            gate: gate.requirements.into_iter().map(RequirementResource::from).collect(),
            version: head.version,
            created_at: created_at.into(),
        }
    }
}

impl From<project::Requirement> for RequirementResource {
    fn from(requirement: project::Requirement) -> Self {
        let (rule, of) = match requirement.rule {
            Rule::CommandSucceeded { command } => ("command_succeeded", Some(command)),
            Rule::TestReport { pattern } => ("test_report", Some(pattern)),
            Rule::Approval => ("approval", None),
        };
        Self { id: requirement.id, rule, of }
    }
}

/// Where a project is.
pub(super) fn href(key: &ProjectKey) -> String {
    format!("{BASE}/projects/{key}")
}

/// Answers [`LIST`].
///
/// # Errors
/// 400, 401, 403.
pub async fn list(call: &Call<'_>) -> Result<ApiAnswer, ApiError> {
    let page = call.page()?;
    let after = page.after_one::<ProjectKey>()?;
    let read = call.ctx.store.projects(&call.ctx.caller, after.as_ref(), page.one_more()).await?;
    call.member(&read)?;
    let listed: ListOf<ProjectResource> =
        page.page(read.data, |project| project.details.key.to_string());
    ApiAnswer::list(&listed)
}

/// Answers [`READ`].
///
/// # Errors
/// 401, 403, 404.
pub async fn read(call: &Call<'_>) -> Result<ApiAnswer, ApiError> {
    let key: ProjectKey = call.named("project")?;
    let read = call.ctx.store.project(&call.ctx.caller, &key).await?;
    call.member(&read)?;
    let project = read.data.ok_or(Error::NotFound)?;
    let version = project.head.version;
    Ok(ApiAnswer::json(&ProjectResource::from(project))?.at(version))
}

/// Answers [`CREATE`].
///
/// # Errors
/// 401, 403, 422.
pub async fn create(call: &Call<'_>) -> Result<ApiAnswer, ApiError> {
    let NewProject { key, name, repository_url } = call.body()?;
    let repository_url = repository_url.unwrap_or_default();
    let key = project::create(call.ctx, CreateProject { key, name, repository_url }).await?;
    let href = href(&key);
    ApiAnswer::made(href.clone(), &ProjectMade { key: key.into(), href, version: 1 })
}
