//! The browsers that a person is signed in with.

use domain::account::{
    RevokeSession, SessionSummary, check_browser, revoke_other_sessions, revoke_session,
};
use domain::ids::SessionId;
use serde::Serialize;

use crate::api::{
    Admission, Answers, ApiAnswer, ApiError, Call, Endpoint, ListOf, Moment, PAGED, Shape, Tag,
};

/// Mine.
pub const LIST: Endpoint = Endpoint {
    id: "list_my_sessions",
    summary: "One's own sessions in all workspaces, newest first",
    about: "Sessions are the person's, not a workspace's: no key reads or ends them.",
    admits: Admission::Anyone,
    only_in_browser: true,
    query: PAGED,
    answers: Answers::Json(Shape::of::<ListOf<SessionResource>>()),
    ..Endpoint::get("/me/sessions", Tag::Identity)
};

/// An end to one of mine.
pub const REVOKE: Endpoint = Endpoint {
    id: "revoke_my_session",
    summary: "End one of one's own sessions",
    about: "It may be the one that asks. One that has ended is missing.",
    admits: Admission::Anyone,
    only_in_browser: true,
    ..Endpoint::delete("/me/sessions/{session}", Tag::Identity)
};

/// An end to all others.
pub const REVOKE_OTHERS: Endpoint = Endpoint {
    id: "revoke_my_other_sessions",
    summary: "End all of one's own sessions but the one that asks",
    admits: Admission::Anyone,
    only_in_browser: true,
    ..Endpoint::delete("/me/sessions", Tag::Identity)
};

/// A signed-in browser.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "Session"))]
pub struct SessionResource {
    id: String,
    /// As the browser named itself.
    device: String,
    /// The network that it signed in from; null where nobody noted it.
    network: Option<String>,
    /// The id of the workspace that it has open.
    workspace: String,
    /// Whether it is the one that asks.
    current: bool,
    created_at: Moment,
    /// When it ends by itself.
    expires_at: Moment,
}

impl From<SessionSummary> for SessionResource {
    fn from(session: SessionSummary) -> Self {
        Self {
            id: session.id.to_string(),
            device: session.device,
            network: Some(session.network).filter(|network| !network.is_empty()),
            workspace: session.workspace.to_string(),
            current: session.is_this,
            created_at: session.created_at.into(),
            expires_at: session.expires_at.into(),
        }
    }
}

/// Answers [`LIST`].
///
/// # Errors
/// 400, 401, 403.
pub async fn list(call: &Call<'_>) -> Result<ApiAnswer, ApiError> {
    let page = call.page()?;
    let after = page.after_one::<SessionId>()?;
    let read = call.ctx.store.sessions(&call.ctx.caller, after, page.one_more()).await?;
    check_browser(call.member(&read)?)?;
    let listed: ListOf<SessionResource> = page.page(read.data, |session| session.id.to_string());
    ApiAnswer::list(&listed)
}

/// Answers [`REVOKE`].
///
/// # Errors
/// 401, 403, 404.
pub async fn revoke(call: &Call<'_>) -> Result<ApiAnswer, ApiError> {
    revoke_session(call.ctx, RevokeSession { session: call.named("session")? }).await?;
    Ok(ApiAnswer::nothing())
}

/// Answers [`REVOKE_OTHERS`].
///
/// # Errors
/// 401, 403.
pub async fn revoke_others(call: &Call<'_>) -> Result<ApiAnswer, ApiError> {
    revoke_other_sessions(call.ctx).await?;
    Ok(ApiAnswer::nothing())
}
