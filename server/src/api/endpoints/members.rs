//! Members.

use domain::Error;
use domain::actor::{Member, Permission};
use domain::ids::UserId;
use domain::listing::ListedMember;
use domain::workspace::MemberEntry;
use serde::Serialize;

#[cfg(not(target_arch = "wasm32"))]
use crate::api::shape::words;
use crate::api::{Answers, ApiAnswer, ApiError, Call, Endpoint, ListOf, Moment, PAGED, Shape, Tag};

/// The list.
pub const LIST: Endpoint = Endpoint {
    id: "list_members",
    summary: "Members of the workspace, by id",
    query: PAGED,
    answers: Answers::Json(Shape::of::<ListOf<MemberResource>>()),
    ..Endpoint::get("/members", Tag::Members)
};

/// One.
pub const READ: Endpoint = Endpoint {
    id: "read_member",
    summary: "A member",
    answers: Answers::Json(Shape::of::<MemberResource>()),
    has_version: true,
    ..Endpoint::get("/members/{user}", Tag::Members)
};

/// A member.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "Member"))]
pub struct MemberResource {
    /// The person's id.
    id: String,
    name: String,
    /// Told to who manages members, and to the person; null to everybody else.
    email: Option<String>,
    #[cfg_attr(not(target_arch = "wasm32"), schemars(schema_with = "words::role"))]
    role: &'static str,
    joined_at: Moment,
    version: i64,
}

impl MemberResource {
    /// A member, seen by whoever manages members.
    pub(super) fn of_entry(entry: MemberEntry) -> Self {
        let MemberEntry { membership, name, email, .. } = entry;
        Self {
            id: membership.user.to_string(),
            name,
            email: Some(email),
            role: membership.role.as_str(),
            joined_at: membership.joined_at.into(),
            version: membership.version,
        }
    }
}

/// The member as this one may see them.
fn seen_by(viewer: &Member, member: ListedMember) -> MemberResource {
    let is_told = viewer.check(Permission::ManageMembers).is_ok() || viewer.user == member.user;
    MemberResource {
        id: member.user.to_string(),
        name: member.name,
        email: is_told.then_some(member.email),
        role: member.role.as_str(),
        joined_at: member.joined_at.into(),
        version: member.version,
    }
}

/// Answers [`LIST`].
///
/// # Errors
/// 400, 401, 403.
pub async fn list(call: &Call<'_>) -> Result<ApiAnswer, ApiError> {
    let page = call.page()?;
    let after = page.after_one()?;
    let read = call.ctx.store.listed_members(&call.ctx.caller, after, page.one_more()).await?;
    let viewer = call.member(&read)?.clone();
    let ListOf { items, next } =
        page.page::<_, ListedMember>(read.data, |member| member.user.to_string());
    let items = items.into_iter().map(|member| seen_by(&viewer, member)).collect();
    ApiAnswer::list(&ListOf { items, next })
}

/// Answers [`READ`].
///
/// # Errors
/// 401, 403, 404.
pub async fn read(call: &Call<'_>) -> Result<ApiAnswer, ApiError> {
    let user: UserId = call.named("user")?;
    let read = call.ctx.store.listed_member(&call.ctx.caller, user).await?;
    let viewer = call.member(&read)?.clone();
    let member = read.data.ok_or(Error::NotFound)?;
    let version = member.version;
    // Their name changes without it.
    Ok(ApiAnswer::json(&seen_by(&viewer, member))?.about(version))
}
