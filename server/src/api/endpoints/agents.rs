//! Agents.

use domain::agent::{Agent, AgentKind};
use serde::Serialize;

use crate::api::{Answers, ApiAnswer, ApiError, Call, Endpoint, ListOf, PAGED, Shape, Tag};

/// The list.
pub const LIST: Endpoint = Endpoint {
    id: "list_agents",
    summary: "Agents that can run tasks, by id",
    query: PAGED,
    answers: Answers::Json(Shape::of::<ListOf<AgentResource>>()),
    ..Endpoint::get("/agents", Tag::Agents)
};

/// An agent.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "Agent"))]
pub struct AgentResource {
    id: String,
    name: String,
    /// How it works: `script` runs the task's own steps.
    kind: &'static str,
}

impl From<Agent> for AgentResource {
    fn from(agent: Agent) -> Self {
        let kind = match agent.kind {
            AgentKind::Script => "script",
        };
        Self { id: agent.id.to_string(), name: agent.name, kind }
    }
}

/// Answers [`LIST`].
///
/// # Errors
/// 400, 401, 403.
pub async fn list(call: &Call<'_>) -> Result<ApiAnswer, ApiError> {
    let page = call.page()?;
    let after = page.after_one()?;
    let read = call.ctx.store.agents(&call.ctx.caller, after, page.one_more()).await?;
    call.member(&read)?;
    let listed: ListOf<AgentResource> = page.page(read.data, |agent| agent.id.to_string());
    ApiAnswer::list(&listed)
}
