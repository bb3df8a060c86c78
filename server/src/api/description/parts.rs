//! What all operations share: problems, headers, credentials.

use serde::Serialize;
use serde_json::{Value, json};

use crate::api::FieldProblem;

/// What the document says about itself.
pub(super) const ABOUT: &str = "What a program can do in MonoTask. \
    Answers are JSON; problems are RFC 9457 with a stable `code`. Take fields and words that you don't \
    know: new ones are no breaking change.";

/// A problem: why a request wasn't carried out.
#[derive(Serialize, schemars::JsonSchema)]
pub(super) struct Problem {
    /// Always `about:blank`.
    r#type: String,
    /// What the status means.
    title: String,
    status: u16,
    /// What happened, for people.
    detail: String,
    /// What happened, for programs: stable.
    code: String,
    /// Names the request in our log.
    request_id: String,
    /// Fields that aren't acceptable.
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<Vec<FieldProblem>>,
    /// The version that is there, where another was named.
    #[serde(skip_serializing_if = "Option::is_none")]
    current_version: Option<i64>,
    /// The scope that the key lacks.
    #[serde(skip_serializing_if = "Option::is_none")]
    missing_scope: Option<String>,
    /// The permission that the role lacks.
    #[serde(skip_serializing_if = "Option::is_none")]
    missing_permission: Option<String>,
}

/// The statuses of problems, and what each means.
pub(super) const PROBLEMS: [(u16, &str, &str); 13] = [
    (400, "Malformed", "A header, a parameter or the JSON can't be read."),
    (401, "SignedOut", "There is no credential that holds."),
    (403, "Forbidden", "The role lacks the permission, or the key the scope."),
    (404, "NotFound", "There is no such thing for this credential."),
    (409, "Refused", "The rules don't allow it in the present state; `code` says which."),
    (412, "Stale", "It was changed since the version that If-Match names."),
    (413, "TooLarge", "The body is larger than this takes."),
    (415, "UnsupportedType", "The body is of another media type."),
    (
        422,
        "Unprocessable",
        "A field isn't acceptable, or the Idempotency-Key is another request's.",
    ),
    (428, "VersionNeeded", "If-Match is missing."),
    (429, "TooMany", "The limit is reached; `Retry-After` says for how long."),
    (500, "Fault", "A fault of ours; the cause is in our log under the request's id."),
    (503, "Unavailable", "A part that is needed doesn't answer right now."),
];

/// Everything that operations refer to, all but the shapes.
pub(super) fn components(problem: &Value) -> Value {
    let responses: serde_json::Map<String, Value> = PROBLEMS
        .iter()
        .map(|(status, name, about)| ((*name).to_owned(), response(*status, about, problem)))
        .collect();
    json!({
        "securitySchemes": {
            "bearer": {
                "type": "http",
                "scheme": "bearer",
                "description": "An API key (`mt_…`), or a token that was exchanged for one.",
            },
            "session": {
                "type": "apiKey",
                "in": "cookie",
                "name": "__Host-session",
                "description": "A signed-in browser, from pages of this site only.",
            },
        },
        "parameters": {
            "IfMatch": {
                "name": "If-Match",
                "in": "header",
                "required": true,
                "description": "The version that was seen: the `ETag` of what is changed.",
                "schema": { "type": "string", "examples": ["\"3\""] },
            },
            "IfNoneMatch": {
                "name": "If-None-Match",
                "in": "header",
                "required": false,
                "description": "The version that is there already: answered with 304 while it holds.",
                "schema": { "type": "string", "examples": ["\"3\""] },
            },
            "IdempotencyKey": {
                "name": "Idempotency-Key",
                "in": "header",
                "required": false,
                "description": "8 to 64 visible ASCII characters, new for each thing to do. The same \
                    request under the same key gets the first answer for 24 hours.",
                "schema": {
                    "type": "string",
                    "minLength": 8,
                    "maxLength": 64,
                    "pattern": "^[!-~]{8,64}$",
                },
            },
        },
        "headers": {
            "ETag": text("The version, to be named in If-Match."),
            "Location": text("Where what was made is."),
            "Link": text("The next page, as `rel=\"next\"`; absent on the last."),
            "IdempotencyReplayed": text("`true` when this is the first answer again."),
            "RetryAfter": {
                "description": "Seconds to wait.",
                "schema": { "type": "integer", "minimum": 1 },
            },
        },
        "responses": responses,
    })
}

fn text(about: &str) -> Value {
    json!({ "description": about, "schema": { "type": "string" } })
}

fn response(status: u16, about: &str, problem: &Value) -> Value {
    let mut response = json!({
        "description": about,
        "content": { "application/problem+json": { "schema": problem } },
    });
    if matches!(status, 429 | 503) {
        response["headers"] = json!({
            "Retry-After": { "$ref": "#/components/headers/RetryAfter" },
        });
    }
    response
}
