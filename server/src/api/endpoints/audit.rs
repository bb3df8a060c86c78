//! Who did what: the audit log, page by page.

use core::str::FromStr;

use domain::Timestamp;
use domain::actor::{Actor, Permission};
use domain::audit::{self, AuditCursor, AuditFilter, AuditLine, AuditName, Outcome, Proof};
use serde::Serialize;
use serde_json::Value;

#[cfg(not(target_arch = "wasm32"))]
use crate::api::shape::words;
use crate::api::{
    Admission, Answers, ApiAnswer, ApiError, CURSOR, Call, Endpoint, LIMIT, ListOf, Moment,
    Parameter, ParameterKind, Shape, Tag, cursor,
};

const PERSON: Parameter = Parameter {
    name: "person",
    about: "Only what this person, or a program of theirs, did: an id.",
    kind: ParameterKind::Text,
};
const ACTION: Parameter = Parameter {
    name: "action",
    about: "Only this action: `task_created`.",
    kind: ParameterKind::Text,
};
const OUTCOME: Parameter = Parameter {
    name: "outcome",
    about: "Only what was done, or what was refused.",
    kind: ParameterKind::Words(&["done", "refused"]),
};
const TARGET: Parameter = Parameter {
    name: "target",
    about: "Only what was done to this: an id.",
    kind: ParameterKind::Text,
};
const FROM: Parameter = Parameter {
    name: "from",
    about: "Only from this moment on: a day, or a moment of RFC 3339 in UTC.",
    kind: ParameterKind::Text,
};
const UNTIL: Parameter = Parameter {
    name: "until",
    about: "Only before this moment: a day, or a moment of RFC 3339 in UTC.",
    kind: ParameterKind::Text,
};
/// Of an export.
pub(super) const FORMAT: Parameter = Parameter {
    name: "format",
    about: "How it is written; ndjson unless given.",
    kind: ParameterKind::Words(&["ndjson", "csv"]),
};

/// The log.
pub const LIST: Endpoint = Endpoint {
    id: "list_audit",
    summary: "Who did what, newest first",
    about: "What was done is written in the same transaction as the deed; nothing here is ever changed. \
            A key that is for one project is refused: the log is the whole workspace's.",
    admits: Admission::Needs(Permission::ReadAudit),
    query: &[LIMIT, CURSOR, PERSON, ACTION, OUTCOME, TARGET, FROM, UNTIL],
    answers: Answers::Json(Shape::of::<ListOf<AuditResource>>()),
    ..Endpoint::get("/audit", Tag::Audit)
};

/// The parameters of an export.
pub(super) const EXPORTED: &[Parameter] =
    &[FORMAT, CURSOR, PERSON, ACTION, OUTCOME, TARGET, FROM, UNTIL];

/// An entry.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "AuditEntry"))]
pub struct AuditResource {
    pub(super) id: String,
    pub(super) at: Moment,
    pub(super) actor: AuditParty,
    /// What proved who it was.
    pub(super) proof: AuditParty,
    /// What was done, or tried: `task_created`.
    pub(super) action: String,
    /// To what.
    pub(super) target: AuditParty,
    #[cfg_attr(not(target_arch = "wasm32"), schemars(schema_with = "words::outcome"))]
    pub(super) outcome: &'static str,
    /// Why it was refused: the permission or the scope that was missing, or another code; null for what
    /// was done.
    pub(super) reason: Option<String>,
    /// What else is known of it, such as the role that was given. Further fields may be added.
    pub(super) particulars: Option<Value>,
    /// The address that the request came from, as the platform's edge saw it.
    pub(super) network: String,
    /// The program that sent it, as it named itself.
    pub(super) agent: String,
    pub(super) request_id: String,
}

/// Somebody or something that an entry names.
#[derive(Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct AuditParty {
    /// An actor is a `user`, a `run` or `system`; a proof a `session`, a `key`, a `run` or a `secret`
    /// (a password or a link); what something was done to is told by its id, and this is null.
    pub(super) kind: Option<&'static str>,
    pub(super) id: Option<String>,
    /// What it is called now; null for what has no name.
    pub(super) name: Option<String>,
    /// Of a run, which attempt at the task that is the name.
    pub(super) attempt: Option<i64>,
}

impl AuditParty {
    fn new(kind: Option<&'static str>, id: Option<String>, name: Option<AuditName>) -> Self {
        let (name, attempt) = match name {
            Some(AuditName::Text(name)) => (Some(name), None),
            Some(AuditName::Run(run)) => (Some(run.task), Some(run.attempt)),
            None => (None, None),
        };
        Self { kind, id, name, attempt }
    }

    fn actor(actor: Actor, name: Option<AuditName>) -> Self {
        match actor {
            Actor::User(user) => Self::new(Some("user"), Some(user.to_string()), name),
            Actor::Run(run) => Self::new(Some("run"), Some(run.to_string()), name),
            Actor::System => Self::new(Some("system"), None, name),
        }
    }

    fn proof(proof: Proof, key: Option<String>) -> Self {
        let (kind, id) = match proof {
            Proof::Session(session) => ("session", Some(session.to_string())),
            Proof::Key(key) => ("key", Some(key.to_string())),
            Proof::Run(run) => ("run", Some(run.to_string())),
            Proof::Secret => ("secret", None),
        };
        Self::new(Some(kind), id, key.map(AuditName::Text))
    }
}

impl From<AuditLine> for AuditResource {
    fn from(line: AuditLine) -> Self {
        let AuditLine { entry, by, key, target } = line;
        Self {
            id: entry.id.to_string(),
            at: entry.at.into(),
            actor: AuditParty::actor(entry.actor, by),
            proof: AuditParty::proof(entry.proof, key),
            action: entry.action,
            target: AuditParty::new(None, Some(entry.target), target),
            outcome: entry.outcome.as_str(),
            reason: entry.detail,
            particulars: entry.particulars.and_then(|told| serde_json::to_value(told).ok()),
            network: entry.origin.network,
            agent: entry.origin.agent,
            request_id: entry.origin.request_id,
        }
    }
}

/// A place in the log, as a cursor's text has it.
struct Place(AuditCursor);

impl FromStr for Place {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        AuditCursor::parse(text).map(Self).ok_or(())
    }
}

/// The cursor of an address.
pub(super) fn cursor_of(place: &AuditCursor) -> String {
    cursor(&place.encode())
}

/// Which entries the query asks for.
pub(super) fn filter(call: &Call<'_>) -> Result<AuditFilter, ApiError> {
    let bad = |name: &str| ApiError::bad_query("malformed_parameter", name);
    let text = |parameter: Parameter| call.query.get(parameter.name).map(str::to_owned);
    let moment = |parameter: Parameter| match call.query.get(parameter.name) {
        Some(text) => Timestamp::parse(text).map(Some).ok_or_else(|| bad(parameter.name)),
        None => Ok(None),
    };
    let person = call.query.get(PERSON.name).map(str::parse).transpose();
    let page = call.page()?;
    Ok(AuditFilter {
        person: person.map_err(|_| bad(PERSON.name))?,
        action: text(ACTION),
        outcome: call.query.get(OUTCOME.name).and_then(Outcome::parse),
        target: text(TARGET),
        from: moment(FROM)?,
        until: moment(UNTIL)?,
        after: page.after_one::<Place>()?.map(|place| place.0),
        limit: page.limit,
        skip: 0,
    })
}

/// Answers [`LIST`].
///
/// # Errors
/// 400, 401, 403.
pub async fn list(call: &Call<'_>) -> Result<ApiAnswer, ApiError> {
    let list = audit::entries(call.ctx, &filter(call)?).await?;
    let items = list.lines.into_iter().map(AuditResource::from).collect();
    ApiAnswer::list(&ListOf { items, next: list.next.as_ref().map(cursor_of) })
}
