//! Keys for programs.

use core::str::FromStr;

use domain::actor::Permission;
use domain::api_key::{
    self, CreateKey, CreatedKey, KeyCursor, KeyFilter, KeySummary, RevokeKey, Whose,
};
use domain::error::{Field, Problem};
use domain::ids::ApiKeyId;
use domain::{Error, Timestamp};
use http::{HeaderValue, header};
use serde::{Deserialize, Serialize};

#[cfg(not(target_arch = "wasm32"))]
use crate::api::shape::words;
use crate::api::{
    Admission, Answers, ApiAnswer, ApiError, BASE, BodyKind, CURSOR, Call, Endpoint, LIMIT, ListOf,
    Moment, Parameter, ParameterKind, Shape, Tag, cursor, given,
};

const MINE: &str = "mine";
const EVERYBODYS: &str = "everybodys";

/// The list.
pub const LIST: Endpoint = Endpoint {
    id: "list_keys",
    summary: "Keys, newest first",
    about: "One's own, or everybody's for who manages members. A key that is for one project lists keys \
            for that project only.",
    query: &[
        LIMIT,
        CURSOR,
        Parameter {
            name: "whose",
            about: "Whose keys; one's own unless given.",
            kind: ParameterKind::Words(&[MINE, EVERYBODYS]),
        },
    ],
    answers: Answers::Json(Shape::of::<ListOf<KeyResource>>()),
    ..Endpoint::get("/keys", Tag::Keys)
};

/// One.
pub const READ: Endpoint = Endpoint {
    id: "read_key",
    summary: "A key, without its secret",
    answers: Answers::Json(Shape::of::<KeyResource>()),
    ..Endpoint::get("/keys/{key}", Tag::Keys)
};

/// A new one.
pub const CREATE: Endpoint = Endpoint {
    id: "create_key",
    summary: "Make a key of one's own",
    about: "The secret is in this answer only. A repeated request under the same Idempotency-Key makes no \
            second key and is answered with the first one's id, its secret null: whoever lost the answer \
            revokes that key and makes another. A key that is made by a key can do no more than that one, \
            reaches no other project, and ends no later; after that it stands by itself.",
    admits: Admission::Needs(Permission::ManageKeys),
    body: BodyKind::Json(Shape::of::<NewKey>()),
    answers: Answers::Json(Shape::of::<KeyMade>()),
    ..Endpoint::post("/keys", Tag::Keys)
};

/// The end of one.
pub const REVOKE: Endpoint = Endpoint {
    id: "revoke_key",
    summary: "Revoke a key",
    about: "One's own, or anybody's for who manages members. It is refused from its next request on, and \
            so is every token that was exchanged for it. Keys that it made are left as they are: each \
            tells what made it.",
    admits: Admission::Needs(Permission::RevokeKeys),
    ..Endpoint::delete("/keys/{key}", Tag::Keys)
};

/// A key.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "Key"))]
pub struct KeyResource {
    id: String,
    name: String,
    /// How its text begins.
    prefix: String,
    /// The id of the person in whose name it acts.
    owner: String,
    #[cfg_attr(not(target_arch = "wasm32"), schemars(schema_with = "words::key_state"))]
    state: &'static str,
    /// What it may do.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(schema_with = "words::scopes"))]
    scopes: Vec<&'static str>,
    /// The id of the only project that it reaches; null when it reaches all.
    project: Option<String>,
    /// The id of the key that made it; null when a person did in a browser.
    made_by: Option<String>,
    created_at: Moment,
    /// When it ends by itself; null for never.
    expires_at: Option<Moment>,
    revoked_at: Option<Moment>,
    /// When it was last used, within a minute.
    last_used_at: Option<Moment>,
}

/// A key to make.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct NewKey {
    /// What uses it: 1 to 80 characters.
    name: String,
    /// What it may do, all of which whoever makes it may do as well.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(schema_with = "words::scopes"))]
    scopes: Vec<String>,
    /// How many days it lasts.
    #[cfg_attr(not(target_arch = "wasm32"), schemars(schema_with = "words::lifetime"))]
    expires: String,
    /// The id of the only project that it is to reach; all when left out.
    #[serde(default, deserialize_with = "given")]
    project: Option<String>,
}

/// A key that was made.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct KeyMade {
    id: String,
    href: String,
    /// What to send as `Authorization: Bearer …`; null in the answer to a repeated request.
    secret: Option<String>,
    /// When it ends by itself, which may be sooner than was asked; null for never.
    expires_at: Option<Moment>,
}

/// A place in the list as a cursor's text has it.
struct Place(KeyCursor);

impl FromStr for Place {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (at, id) = text.split_once(':').ok_or(())?;
        let created_at = Timestamp(at.parse().map_err(|_| ())?);
        Ok(Self(KeyCursor { created_at, id: id.parse().map_err(|_| ())? }))
    }
}

fn seen_at(summary: KeySummary, now: Timestamp) -> KeyResource {
    let state = summary.state(now).as_str();
    let KeySummary { key, last_used_at, .. } = summary;
    KeyResource {
        id: key.id.to_string(),
        name: key.name,
        prefix: key.prefix,
        owner: key.user.to_string(),
        state,
        scopes: key.scopes.iter().map(|scope| scope.as_str()).collect(),
        project: key.project.map(|project| project.to_string()),
        made_by: key.made_by.map(|key| key.to_string()),
        created_at: key.created_at.into(),
        expires_at: key.expires_at.map(Moment),
        revoked_at: key.revoked_at.map(Moment),
        last_used_at: last_used_at.map(Moment),
    }
}

/// Answers [`LIST`].
///
/// # Errors
/// 400, 401, 403.
pub async fn list(call: &Call<'_>) -> Result<ApiAnswer, ApiError> {
    let page = call.page()?;
    let after = page.after_one::<Place>()?.map(|place| place.0);
    let whose = match call.query.get("whose") {
        Some(EVERYBODYS) => Whose::Everybodys,
        _ => Whose::Mine,
    };
    let filter = KeyFilter { whose, after, limit: page.limit };
    let read = call.ctx.store.api_keys(&call.ctx.caller, &filter).await?;
    let member = read.principal.require(Permission::View)?;
    if whose == Whose::Everybodys {
        member.check(Permission::ManageMembers)?;
    }
    let keys = read.data.unwrap_or_default();
    let next = keys.next.map(|next| cursor(&format!("{}:{}", next.created_at.0, next.id)));
    let items = keys.keys.into_iter().map(|key| seen_at(key, call.ctx.now())).collect();
    ApiAnswer::list(&ListOf { items, next })
}

/// Answers [`READ`].
///
/// # Errors
/// 401, 403, 404.
pub async fn read(call: &Call<'_>) -> Result<ApiAnswer, ApiError> {
    let read = call.ctx.store.api_key(&call.ctx.caller, call.named("key")?).await?;
    call.member(&read)?;
    let summary = read.data.ok_or(Error::NotFound)?;
    ApiAnswer::json(&seen_at(summary, call.ctx.now()))
}

/// Answers [`CREATE`].
///
/// # Errors
/// 401, 403, 409, 422.
pub async fn create(call: &Call<'_>) -> Result<ApiAnswer, ApiError> {
    let NewKey { name, scopes, expires, project } = call.body()?;
    if project.as_deref() == Some("") {
        // Nothing where an id was meant must not become all projects.
        return Err(Error::invalid(Field::Project, Problem::Empty).into());
    }
    let input = CreateKey { name, scopes, expires, project: project.unwrap_or_default() };
    let CreatedKey { id, secret, expires_at } = api_key::create(call.ctx, input).await?;
    let href = format!("{BASE}/keys/{id}");
    let made = KeyMade {
        id: id.to_string(),
        href: href.clone(),
        secret: secret.map(|secret| secret.expose().to_owned()),
        expires_at: expires_at.map(Moment),
    };
    let answer = ApiAnswer::made(href, &made)?;
    Ok(answer.header(header::CACHE_CONTROL, HeaderValue::from_static("no-store")))
}

/// Answers [`REVOKE`].
///
/// # Errors
/// 401, 403, 404.
pub async fn revoke(call: &Call<'_>) -> Result<ApiAnswer, ApiError> {
    let key: ApiKeyId = call.named("key")?;
    api_key::revoke(call.ctx, RevokeKey { key }).await?;
    Ok(ApiAnswer::nothing())
}
