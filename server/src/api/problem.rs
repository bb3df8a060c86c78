//! What a request that isn't carried out gets: an RFC 9457 problem with a stable `code`.

use std::borrow::Cow;

use domain::Error;
use domain::audit::Missing;
use domain::error::{Field, Problem, Refusal};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::preconditions::IfMatch;

/// A field that isn't acceptable.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct FieldProblem {
    /// The field's path in the body: `labels[1]`; empty when the whole body is to blame.
    pub field: String,
    /// What is wrong with it: `missing`, `unknown`, `malformed`, `empty`, `too_long`, `taken`, …
    pub problem: String,
    /// The bound that isn't kept, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<u64>,
    /// The least that is needed, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<u64>,
}

impl FieldProblem {
    /// A field and what is wrong with it.
    pub fn new(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { field: field.into(), problem: problem.into(), max: None, min: None }
    }
}

/// Why a request isn't carried out.
#[derive(Clone, Debug, PartialEq)]
pub struct ApiError(Box<Fault>);

#[derive(Clone, Debug, PartialEq)]
struct Fault {
    status: u16,
    code: Cow<'static, str>,
    detail: Cow<'static, str>,
    errors: Vec<FieldProblem>,
    members: Map<String, Value>,
    retry_after_s: Option<u32>,
    allow: Option<String>,
    /// The size of the file that a range lies outside of.
    size: Option<u64>,
    /// What the caller lacks.
    missing: Option<Missing>,
}

impl ApiError {
    /// A problem with this status and this stable code; the detail is for people.
    pub fn new(
        status: u16,
        code: impl Into<Cow<'static, str>>,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self(Box::new(Fault {
            status,
            code: code.into(),
            detail: detail.into(),
            errors: vec![],
            members: Map::new(),
            retry_after_s: None,
            allow: None,
            size: None,
            missing: None,
        }))
    }

    /// 400: a parameter of the query.
    #[must_use]
    pub fn bad_query(code: &'static str, name: &str) -> Self {
        let mut error = Self::new(400, code, "A parameter of the query can't be used.");
        error.0.errors.push(FieldProblem::new(name.chars().take(100).collect::<String>(), code));
        error
    }

    /// 400: a header.
    #[must_use]
    pub fn bad_header(name: &'static str) -> Self {
        Self::new(400, "malformed_header", format!("The header {name} can't be read."))
    }

    /// 422: fields of the body.
    #[must_use]
    pub fn unprocessable(code: &'static str, errors: Vec<FieldProblem>) -> Self {
        let mut error = Self::new(422, code, "The request's content isn't acceptable.");
        error.0.errors = errors;
        error
    }

    /// 412: somebody changed it first.
    #[must_use]
    pub fn stale(current: i64) -> Self {
        Self::new(412, "precondition_failed", "It was changed since: read it again.")
            .with("current_version", current)
    }

    /// The problem with one more member.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.members.insert(name.to_owned(), value.into());
        self
    }

    /// The problem, worth another try after so many seconds.
    #[must_use]
    pub fn again_after(mut self, seconds: u32) -> Self {
        self.0.retry_after_s = Some(seconds.max(1));
        self
    }

    /// The problem of a path that is there for these methods only.
    #[must_use]
    pub fn allowing(mut self, methods: String) -> Self {
        self.0.allow = Some(methods);
        self
    }

    /// 416: a range outside of a file of this size.
    #[must_use]
    pub fn outside(size: u64) -> Self {
        let mut error = Self::new(416, "range_not_satisfiable", "The range lies outside the file.");
        error.0.size = Some(size);
        error
    }

    /// The size of the file that a range lies outside of.
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        self.0.size
    }

    /// What the caller lacks, if they are refused for it.
    #[must_use]
    pub fn missing(&self) -> Option<Missing> {
        self.0.missing
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.0.status
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.0.code
    }

    /// The fields that aren't acceptable.
    #[must_use]
    pub fn errors(&self) -> &[FieldProblem] {
        &self.0.errors
    }

    /// Seconds after which another try is worth it.
    #[must_use]
    pub fn retry_after_s(&self) -> Option<u32> {
        self.0.retry_after_s
    }

    /// The methods that the path is there for.
    #[must_use]
    pub fn allow(&self) -> Option<&str> {
        self.0.allow.as_deref()
    }

    /// The problem as JSON.
    #[must_use]
    pub fn body(&self, request_id: &str) -> String {
        let fault = &*self.0;
        let mut body = json!({
            "type": "about:blank",
            "title": title(fault.status),
            "status": fault.status,
            "detail": fault.detail,
            "code": fault.code,
            "request_id": request_id,
        });
        if let Value::Object(members) = &mut body {
            members.extend(fault.members.clone());
            if !fault.errors.is_empty() {
                members.insert("errors".to_owned(), json!(fault.errors));
            }
        }
        body.to_string()
    }
}

/// What a status is called.
fn title(status: u16) -> &'static str {
    match status {
        400 => "The request can't be understood",
        401 => "No credential that holds",
        403 => "Not allowed",
        404 => "Nothing here",
        405 => "Not for this method",
        409 => "Not in the present state",
        410 => "Gone",
        412 => "Changed since it was read",
        413 => "Too large",
        411 => "A length is needed",
        415 => "Of another type",
        416 => "Outside of the file",
        422 => "Not acceptable",
        428 => "A version is needed",
        429 => "Too many requests",
        503 => "Not available right now",
        _ => "A fault of ours",
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        let missing = Missing::of(&error);
        let mut told = Self::told(error);
        told.0.missing = missing;
        told
    }
}

impl ApiError {
    fn told(error: Error) -> Self {
        match error {
            Error::SignedOut => Self::new(
                401,
                "signed_out",
                "Send a key or a token as a bearer; what came doesn't hold.",
            ),
            Error::Forbidden { missing } => {
                Self::new(403, "forbidden", "The role doesn't have this permission.")
                    .with("missing_permission", json!(missing))
            }
            Error::OutOfScope { missing } => {
                Self::new(403, "out_of_scope", "The key doesn't have this scope.")
                    .with("missing_scope", missing.as_str())
            }
            Error::NotFound => {
                Self::new(404, "not_found", "There is nothing of this name for this credential.")
            }
            Error::Conflict { current: 0 } => {
                Self::new(409, "conflict", "Somebody else changed it at the same moment.")
                    .again_after(1)
            }
            Error::Conflict { current } => Self::stale(current),
            Error::Invalid { field, problem } => invalid(field, &problem),
            Error::Refused(refusal) => refused(&refusal),
            Error::TooMany { retry_after_s } => {
                Self::new(429, "too_many", "Too many requests: wait.").again_after(retry_after_s)
            }
            Error::Unavailable => {
                Self::new(503, "unavailable", "A part that is needed doesn't answer.")
                    .again_after(2)
            }
            Error::Internal => {
                Self::new(500, "internal", "The cause is in our log under the request's id.")
            }
        }
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        Error::from(refusal).into()
    }
}

fn invalid(field: Field, problem: &Problem) -> ApiError {
    if *problem == Problem::KeyReused {
        let detail = "The Idempotency-Key belongs to an earlier request with other content.";
        return ApiError::new(422, "key_reused", detail);
    }
    let told = serde_json::to_value(problem).unwrap_or_default();
    let bound = |name: &str| told.get(name).and_then(Value::as_u64);
    let word = told.get("problem").and_then(Value::as_str).unwrap_or("malformed");
    let entry = FieldProblem {
        max: bound("max"),
        min: bound("min"),
        ..FieldProblem::new(field_name(field), word)
    };
    ApiError::unprocessable("invalid", vec![entry])
}

/// The name of a field in bodies.
fn field_name(field: Field) -> String {
    match field {
        Field::Form => String::new(),
        Field::ProjectKey => "key".to_owned(),
        Field::ProjectName | Field::WorkspaceName => "name".to_owned(),
        Field::Expiry => "expires".to_owned(),
        other => {
            let word = serde_json::to_value(other).unwrap_or_default();
            word.as_str().unwrap_or_default().to_owned()
        }
    }
}

fn refused(refusal: &Refusal) -> ApiError {
    let told = serde_json::to_value(refusal).unwrap_or_default();
    let code = told.get("refusal").and_then(Value::as_str).unwrap_or("refused").to_owned();
    let is_of_credential = matches!(refusal, Refusal::KeyNeeded | Refusal::OnlyInBrowser);
    let status = if is_of_credential { 403 } else { 409 };
    let error = ApiError::new(status, code, why(refusal));
    match refusal {
        Refusal::WrongTaskStage { stage } | Refusal::EvidenceSettled { stage } => {
            error.with("stage", stage.as_str())
        }
        Refusal::RunEnded { state } => error.with("state", state.as_str()),
        Refusal::RequirementNotMet { count } => error.with("count", *count),
        Refusal::TooManyKeys { max } => error.with("max", *max),
        _ => error,
    }
}

/// The reason in words. Programs go by the code.
fn why(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::WrongTaskStage { .. } => "The task's stage doesn't allow it.",
        Refusal::RunEnded { .. } => "The run has ended.",
        Refusal::LeaseLost => "The run's lease belongs to somebody else or has expired.",
        Refusal::AlreadyStopping => "The run already waits to be stopped.",
        Refusal::NoAgent => "The task names no agent.",
        Refusal::NoSteps => "The task has no steps.",
        Refusal::NoSource => "The project has no source to work on.",
        Refusal::ProducerCannotApprove => {
            "Whoever produced the revision can't approve it while somebody else could."
        }
        Refusal::GateChanged => "The gate changed after this revision was judged: run it again.",
        Refusal::RequirementNotMet { .. } => "A requirement of the gate isn't met.",
        Refusal::NothingToDecide => "Nothing waits for a decision.",
        Refusal::KeyNeeded => "Send a key itself: neither a session nor a token can do this.",
        Refusal::ConfinedToProject => {
            "A key that is for one project makes keys for that project only: name it."
        }
        Refusal::TooManyKeys { .. } => "There are as many live keys as one may have: revoke some.",
        Refusal::OnlyInBrowser => {
            "Only a person's own session can do this: it reaches their account, which no key does."
        }
        Refusal::LastOwner => "The workspace would have no owner left.",
        Refusal::AboveOwnRole => {
            "The person, or the role that is to be given, is above the role of whoever asks."
        }
        Refusal::AlreadyMember => "The person is a member already.",
        Refusal::LinkOver => "Somebody has joined by the invitation.",
        Refusal::TooManyInvitations { .. } => "As many invitations wait as there may.",
        Refusal::TooManyWorkspaces { .. } => "The person is in as many workspaces as one may be.",
        Refusal::OwnReset => "Nobody hands themselves a link that resets their password.",
        Refusal::HigherRole => "The member has a higher role than whoever asks.",
        Refusal::InOtherWorkspaces => {
            "The member belongs to other workspaces too, which the link would open."
        }
        Refusal::EvidenceSettled { .. } => {
            "The run has ended and its task doesn't wait for a decision on it."
        }
        _ => "The rules don't allow it in the present state.",
    }
}

/// A version that was seen, held against the one that is there.
pub(super) fn resolve(wanted: &IfMatch, current: i64) -> Result<i64, ApiError> {
    if wanted.allows(current) { Ok(current) } else { Err(ApiError::stale(current)) }
}
