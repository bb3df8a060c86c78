//! Creating a project.

use serde::Serialize;

use crate::actor::{Actor, Permission};
use crate::context::Context;
use crate::error::{Error, Field, Problem, Refusal, Result};
use crate::event::{Event, EventBody, Head, Stream};
use crate::idempotency::Asked;
use crate::ids::ProjectId;
use crate::project::{Gate, Project, ProjectDetails, ProjectKey};
use crate::scope::Scope;
use crate::text;
use crate::write_batch::{Row, WriteBatch};

/// A request to create a project, as typed.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CreateProject {
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// A link to its repository; empty is none.
    pub repository_url: String,
}

/// Creates a project whose gate is one approval.
///
/// # Errors
/// `SignedOut`, `Forbidden`, `OutOfScope`, `Invalid` (a taken key among them).
pub async fn create(ctx: &Context, input: CreateProject) -> Result<ProjectKey> {
    let asked = Asked::new("project::create", &input)?;
    let read = ctx.store.principal(&ctx.caller).await?;
    let member = read.principal.require(Permission::ManageProjects)?;
    if member.grant().is_some_and(|grant| grant.project.is_some()) {
        // A key for one project reaches no other, a new one neither.
        return Err(Refusal::MissingScope(Scope::WriteProjects).into());
    }
    if let Some(answer) = asked.first_answer(read.answered.as_ref())? {
        return ProjectKey::parse(answer).map_err(|_| Error::Internal);
    }
    let key = ProjectKey::parse(&input.key)?;
    let details = ProjectDetails {
        id: ProjectId::generate(ctx.now(), &*ctx.random),
        key: key.clone(),
        name: text::line(Field::ProjectName, &input.name, 1, 80)?,
        repository_url: parse_url(&input.repository_url)?,
    };
    let stream = Stream::Project(details.id);
    let body = EventBody::ProjectCreated { details, gate: Gate::approval_only() };
    let actor = Actor::User(member.user);
    let event = Event::next(&Head::start(), member.workspace, stream, actor, ctx.now(), body)?;
    let project = Project::begin(&event).ok_or(Error::Internal)?;
    let mut batch = WriteBatch::new(member.workspace);
    batch.events.push(event);
    batch.rows.push(Row::Project(Box::new(project)));
    batch.answer(ctx, member.user, &asked, key.as_str());
    ctx.commit(batch).await?;
    Ok(key)
}

// `https` only: the link is rendered as one, and other schemes could carry script.
fn parse_url(raw: &str) -> Result<Option<String>> {
    let url = text::line(Field::RepositoryUrl, raw, 0, 300)?;
    if url.is_empty() {
        return Ok(None);
    }
    let rest = url.strip_prefix("https://").unwrap_or_default();
    if rest.is_empty() || rest.starts_with('/') || url.contains(char::is_whitespace) {
        return Err(Error::invalid(Field::RepositoryUrl, Problem::Malformed));
    }
    Ok(Some(url))
}
