//! One operation of the document.

use serde_json::{Map, Value, json};

use super::Shapes;
use super::parts::PROBLEMS;
use crate::api::Parameter;
use crate::api::endpoint::{Admission, Answers, BodyKind, Endpoint, Method, ParameterKind};

/// The operation of a row.
pub(super) fn describe(endpoint: &Endpoint, shapes: &mut Shapes) -> Value {
    let mut operation = json!({
        "operationId": endpoint.id,
        "summary": endpoint.summary,
        "tags": [endpoint.tag.as_str()],
        "responses": responses(endpoint, shapes),
    });
    if !endpoint.about.is_empty() {
        operation["description"] = endpoint.about.into();
    }
    let parameters = parameters(endpoint);
    if !parameters.is_empty() {
        operation["parameters"] = parameters.into();
    }
    if let Some(body) = body(endpoint, shapes) {
        operation["requestBody"] = body;
    }
    match endpoint.admits {
        Admission::Anybody => operation["security"] = json!([]),
        // What is no key itself is refused by its answer; no scheme can say it.
        Admission::Anyone | Admission::KeyItself => {}
        Admission::Needs(permission) => {
            operation["x-scope"] = permission.scope().as_str().into();
            operation["x-least-role"] = permission.least_role().as_str().into();
        }
    }
    if endpoint.only_in_browser {
        operation["security"] = json!([{ "session": [] }]);
    }
    operation["x-run-token"] = endpoint.by_run.into();
    operation
}

fn parameters(endpoint: &Endpoint) -> Vec<Value> {
    let placeholders = endpoint.path.split('/').filter_map(|segment| {
        let name = segment.strip_prefix('{')?.strip_suffix('}')?;
        Some(json!({
            "name": name,
            "in": "path",
            "required": true,
            "schema": { "type": "string", "minLength": 1 },
        }))
    });
    let mut all: Vec<_> = placeholders.collect();
    all.extend(endpoint.query.iter().map(query_parameter));
    let shared = [
        (endpoint.needs_version, "IfMatch"),
        (endpoint.method == Method::Get && endpoint.has_version, "IfNoneMatch"),
        (endpoint.takes_key(), "IdempotencyKey"),
    ];
    let named = shared.iter().filter(|(applies, _)| *applies);
    all.extend(named.map(|(_, name)| json!({ "$ref": format!("#/components/parameters/{name}") })));
    all
}

fn query_parameter(parameter: &Parameter) -> Value {
    let schema = match parameter.kind {
        ParameterKind::Text => json!({ "type": "string", "maxLength": 500 }),
        ParameterKind::Integer { least, most } => {
            json!({ "type": "integer", "minimum": least, "maximum": most })
        }
        ParameterKind::Words(words) => json!({ "type": "string", "enum": words }),
    };
    json!({
        "name": parameter.name,
        "in": "query",
        "required": false,
        "description": parameter.about,
        "schema": schema,
    })
}

fn body(endpoint: &Endpoint, shapes: &mut Shapes) -> Option<Value> {
    let content = match endpoint.body {
        BodyKind::None => return None,
        BodyKind::Json(shape) => {
            let schema = json!({ "schema": shapes.body(shape) });
            match endpoint.method {
                Method::Patch => json!({
                    "application/json": schema,
                    "application/merge-patch+json": schema,
                }),
                _ => json!({ "application/json": schema }),
            }
        }
        BodyKind::Bytes { .. } => json!({ "application/octet-stream": {} }),
        BodyKind::Stream { types, .. } => {
            Value::Object(types.iter().map(|name| ((*name).to_owned(), json!({}))).collect())
        }
    };
    Some(json!({ "required": !endpoint.body_optional, "content": content }))
}

fn responses(endpoint: &Endpoint, shapes: &mut Shapes) -> Value {
    let mut all = Map::new();
    all.insert(endpoint.success.to_string(), success(endpoint, shapes));
    if endpoint.method == Method::Get && endpoint.has_version {
        let about = "It is still at the version that If-None-Match names.";
        all.insert("304".to_owned(), json!({ "description": about }));
    }
    for (status, name, _) in PROBLEMS.iter().filter(|(status, ..)| can_be(endpoint, *status)) {
        let reference = json!({ "$ref": format!("#/components/responses/{name}") });
        all.insert(status.to_string(), reference);
    }
    Value::Object(all)
}

fn success(endpoint: &Endpoint, shapes: &mut Shapes) -> Value {
    let (about, content) = match endpoint.answers {
        Answers::Nothing => ("Done.", None),
        Answers::Json(shape) => {
            let schema = json!({ "application/json": { "schema": shapes.answer(shape) } });
            (if endpoint.success == 201 { "Made." } else { "The answer." }, Some(schema))
        }
        Answers::File(media_type) => ("The file.", Some(json!({ (media_type): {} }))),
        Answers::OneOf(types) => {
            let content = types.iter().map(|name| ((*name).to_owned(), json!({}))).collect();
            ("The file.", Some(Value::Object(content)))
        }
    };
    let mut response = json!({ "description": about });
    if let Some(content) = content {
        response["content"] = content;
    }
    let is_list = endpoint.query.iter().any(|parameter| parameter.name == "cursor");
    let headers = [
        (endpoint.has_version, "ETag", "ETag"),
        (endpoint.success == 201, "Location", "Location"),
        (is_list, "Link", "Link"),
        (endpoint.takes_key(), "Idempotency-Replayed", "IdempotencyReplayed"),
    ];
    let named: Map<String, Value> = headers
        .iter()
        .filter(|(applies, ..)| *applies)
        .map(|(_, header, name)| {
            let reference = json!({ "$ref": format!("#/components/headers/{name}") });
            ((*header).to_owned(), reference)
        })
        .collect();
    if !named.is_empty() {
        response["headers"] = Value::Object(named);
    }
    response
}

/// Whether a problem of this status can come of the endpoint.
fn can_be(endpoint: &Endpoint, status: u16) -> bool {
    let has_body = endpoint.body.limit().is_some();
    let changes = endpoint.method != Method::Get;
    match status {
        401 | 403 => endpoint.admits != Admission::Anybody,
        404 => endpoint.path.contains('{'),
        409 => changes,
        412 | 428 => endpoint.needs_version,
        413 | 415 => has_body,
        422 => has_body || endpoint.takes_key(),
        _ => true,
    }
}
