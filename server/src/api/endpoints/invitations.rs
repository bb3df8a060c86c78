//! Invitations.

use domain::Error;
use domain::actor::Permission;
use domain::ids::InvitationId;
use domain::invitation::{self, InvitationEnd, InvitationEntry, Invite};
use serde::{Deserialize, Serialize};

#[cfg(not(target_arch = "wasm32"))]
use crate::api::shape::words;
use crate::api::{
    Admission, Answers, ApiAnswer, ApiError, BASE, BodyKind, Call, Endpoint, ListOf, Moment, PAGED,
    Shape, Tag,
};

const NEEDED: Admission = Admission::Needs(Permission::ManageMembers);

/// Those that wait.
pub const LIST: Endpoint = Endpoint {
    id: "list_invitations",
    summary: "Invitations that nobody has accepted, newest first",
    about: "Those that were taken back aren't listed; those whose time is over are, for another 30 days.",
    admits: NEEDED,
    query: PAGED,
    answers: Answers::Json(Shape::of::<ListOf<InvitationResource>>()),
    ..Endpoint::get("/invitations", Tag::Members)
};

/// A new one.
pub const CREATE: Endpoint = Endpoint {
    id: "create_invitation",
    summary: "Invite somebody",
    about: "The answer has a link that lets one person in within 7 days. It is told this once: a \
            repeated request under the same Idempotency-Key is told everything but the link. Nobody \
            invites to a higher role than their own.",
    admits: NEEDED,
    body: BodyKind::Json(Shape::of::<NewInvitation>()),
    answers: Answers::Json(Shape::of::<InvitationMade>()),
    ..Endpoint::post("/invitations", Tag::Members)
};

/// One.
pub const READ: Endpoint = Endpoint {
    id: "read_invitation",
    summary: "An invitation",
    admits: NEEDED,
    answers: Answers::Json(Shape::of::<InvitationResource>()),
    ..Endpoint::get("/invitations/{invitation}", Tag::Members)
};

/// An end to one.
pub const REVOKE: Endpoint = Endpoint {
    id: "revoke_invitation",
    summary: "Take an invitation back",
    about: "Its link lets nobody in any more. One that was taken back stays so.",
    admits: Admission::Needs(Permission::RemoveMembers),
    ..Endpoint::delete("/invitations/{invitation}", Tag::Members)
};

/// Whom to invite.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct NewInvitation {
    /// The role that they get.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(schema_with = "words::role"))]
    role: String,
    /// The only email address whose person the link lets in; whoever has it unless given.
    #[serde(default)]
    email: Option<String>,
}

/// An invitation that was made.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct InvitationMade {
    id: String,
    href: String,
    /// The address to open, told this once; null where the request was answered before.
    link: Option<String>,
}

/// An invitation. Its link is told by no read.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "Invitation"))]
pub struct InvitationResource {
    id: String,
    #[cfg_attr(not(target_arch = "wasm32"), schemars(schema_with = "words::role"))]
    role: &'static str,
    /// The only email address whose person it lets in; null for whoever has the link.
    email: Option<String>,
    /// `withdrawn` lets nobody in either: whoever made it couldn't make it now.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(schema_with = "words::standing"))]
    state: &'static str,
    /// The id of who made it.
    invited_by: String,
    /// The id of who joined by it.
    accepted_by: Option<String>,
    created_at: Moment,
    expires_at: Moment,
}

impl From<InvitationEntry> for InvitationResource {
    fn from(entry: InvitationEntry) -> Self {
        let InvitationEntry { invitation, standing, .. } = entry;
        Self {
            id: invitation.id.to_string(),
            role: invitation.role.as_str(),
            email: invitation.email.map(|email| email.as_str().to_owned()),
            state: standing.as_str(),
            invited_by: invitation.invited_by.to_string(),
            accepted_by: match invitation.end {
                Some(InvitationEnd::Accepted { by, .. }) => Some(by.to_string()),
                _ => None,
            },
            created_at: invitation.created_at.into(),
            expires_at: invitation.expires_at.into(),
        }
    }
}

/// Answers [`LIST`].
///
/// # Errors
/// 400, 401, 403.
pub async fn list(call: &Call<'_>) -> Result<ApiAnswer, ApiError> {
    let page = call.page()?;
    let after = page.after_one::<InvitationId>()?;
    let read = call.ctx.store.invitations(&call.ctx.caller, after, page.one_more()).await?;
    call.member(&read)?;
    let listed: ListOf<InvitationResource> =
        page.page(read.data, |entry| entry.invitation.id.to_string());
    ApiAnswer::list(&listed)
}

/// Answers [`CREATE`].
///
/// # Errors
/// 401, 403, 409, 422.
pub async fn create(call: &Call<'_>) -> Result<ApiAnswer, ApiError> {
    let NewInvitation { role, email } = call.body()?;
    let input = Invite { role, email: email.unwrap_or_default() };
    let invited = invitation::invite(call.ctx, &*call.services.mailer, input).await?;
    let href = format!("{BASE}/invitations/{}", invited.id);
    let link =
        |token: invitation::LinkToken| format!("{}/join/{}", call.services.origin, token.expose());
    let made = InvitationMade {
        id: invited.id.to_string(),
        href: href.clone(),
        link: invited.token.map(link),
    };
    ApiAnswer::made(href, &made)
}

/// Answers [`READ`].
///
/// # Errors
/// 401, 403, 404.
pub async fn read(call: &Call<'_>) -> Result<ApiAnswer, ApiError> {
    let id: InvitationId = call.named("invitation")?;
    let read = call.ctx.store.invitation(&call.ctx.caller, id).await?;
    call.member(&read)?;
    let scene = read.data.ok_or(Error::NotFound)?;
    ApiAnswer::json(&InvitationResource::from(scene.entry))
}

/// Answers [`REVOKE`].
///
/// # Errors
/// 401, 403, 404, 409.
pub async fn revoke(call: &Call<'_>) -> Result<ApiAnswer, ApiError> {
    invitation::revoke(call.ctx, call.named("invitation")?).await?;
    Ok(ApiAnswer::nothing())
}
