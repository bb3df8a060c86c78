//! Changing what members may do, removing them, and links that let them choose a new password.

use domain::account::{OfferReset, offer_reset};
use domain::actor::Permission;
use domain::ids::UserId;
use domain::workspace::{ChangeRole, RemoveMember, change_role, remove_member};
use serde::{Deserialize, Serialize};

use super::members::MemberResource;
#[cfg(not(target_arch = "wasm32"))]
use crate::api::shape::words;
use crate::api::{
    Admission, Answers, ApiAnswer, ApiError, BodyKind, Call, Endpoint, Moment, Shape, Tag,
};

/// Another role.
pub const CHANGE: Endpoint = Endpoint {
    id: "change_member",
    summary: "Give a member another role",
    about: "It holds from their next request on. Nobody gives or takes a role above their own, and a \
            workspace keeps an owner.",
    admits: Admission::Needs(Permission::ManageMembers),
    success: 200,
    body: BodyKind::Json(Shape::of::<MemberPatch>()),
    answers: Answers::Json(Shape::of::<MemberResource>()),
    has_version: true,
    ..Endpoint::patch("/members/{user}", Tag::Members)
};

/// Without them.
pub const REMOVE: Endpoint = Endpoint {
    id: "remove_member",
    summary: "Remove a member, or leave",
    about: "At once they read nothing here any more, and their keys end. Whoever names themselves leaves: \
            that takes no role, but a key needs its scope. A workspace keeps an owner.",
    admits: Admission::Needs(Permission::RemoveMembers),
    needs_version: true,
    ..Endpoint::delete("/members/{user}", Tag::Members)
};

/// A link for somebody who forgot their password.
pub const OFFER_RESET: Endpoint = Endpoint {
    id: "offer_password_reset",
    summary: "Make a link by which a member chooses a new password",
    about: "It works once, for a day, and voids earlier ones; all of the person's sessions end then. It is \
            told this once: a repeated request under the same Idempotency-Key is told everything but the \
            link. No key makes one: whoever has the link is that person, with everything they may do.",
    admits: Admission::Needs(Permission::ManageMembers),
    only_in_browser: true,
    success: 200,
    answers: Answers::Json(Shape::of::<ResetOffered>()),
    ..Endpoint::post("/members/{user}/password-reset", Tag::Members)
};

/// What changes of a member.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct MemberPatch {
    #[cfg_attr(not(target_arch = "wasm32"), schemars(schema_with = "words::role"))]
    role: String,
}

/// A link that was made.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct ResetOffered {
    /// The address to open, told this once; null where the request was answered before.
    link: Option<String>,
    expires_at: Moment,
}

/// Answers [`CHANGE`].
///
/// # Errors
/// 401, 403, 404, 409, 412, 422, 428.
pub async fn change(call: &Call<'_>) -> Result<ApiAnswer, ApiError> {
    let user: UserId = call.named("user")?;
    let MemberPatch { role } = call.body()?;
    let seen = call.seen(version(call, user)).await?;
    let entry = change_role(call.ctx, ChangeRole { user, role, seen }).await?;
    let version = entry.membership.version;
    Ok(ApiAnswer::json(&MemberResource::of_entry(entry))?.about(version))
}

/// Answers [`REMOVE`].
///
/// # Errors
/// 401, 403, 404, 409, 412, 428.
pub async fn remove(call: &Call<'_>) -> Result<ApiAnswer, ApiError> {
    let user: UserId = call.named("user")?;
    let seen = call.seen(version(call, user)).await?;
    remove_member(call.ctx, RemoveMember { user, seen }).await?;
    Ok(ApiAnswer::nothing())
}

/// Answers [`OFFER_RESET`].
///
/// # Errors
/// 401, 403, 404, 409.
pub async fn offer(call: &Call<'_>) -> Result<ApiAnswer, ApiError> {
    let user: UserId = call.named("user")?;
    let offered = offer_reset(call.ctx, OfferReset { user }).await?;
    let link =
        offered.token.map(|token| format!("{}/reset/{}", call.services.origin, token.expose()));
    ApiAnswer::json(&ResetOffered { link, expires_at: offered.expires_at.into() })
}

/// The version of a member's place, if there is such a member.
async fn version(call: &Call<'_>, user: UserId) -> Result<Option<i64>, domain::Error> {
    let read = call.ctx.store.listed_member(&call.ctx.caller, user).await?;
    read.principal.member()?;
    Ok(read.data.map(|member| member.version))
}
