//! The API's description: complete, the released one, and no break of it.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};
use server::api::description::{breaks, document, text};
use server::api::{Answers, Operation};

fn released() -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/api/openapi-v1.json");
    std::fs::read_to_string(file).expect("docs/api/openapi-v1.json")
}

#[test]
fn the_released_description_is_what_the_table_makes_and_breaks_nothing() {
    let old: Value = serde_json::from_str(&released()).expect("JSON");
    let found = breaks(&old, &document());
    assert!(found.is_empty(), "programs written for the released API would break: {found:#?}");
    assert!(released() == text(), "the table changed: cargo xtask openapi");
}

#[test]
fn every_operation_is_described_once() {
    let ids: BTreeSet<_> = Operation::ALL.iter().map(|one| one.endpoint().id).collect();
    assert_eq!(ids.len(), Operation::ALL.len(), "two operations have one id");
    let document = document();
    let described: usize = document["paths"]
        .as_object()
        .unwrap()
        .values()
        .map(|path| path.as_object().unwrap().len())
        .sum();
    assert_eq!(described, Operation::ALL.len());
    for operation in Operation::ALL {
        let endpoint = operation.endpoint();
        assert!(!endpoint.id.is_empty() && !endpoint.summary.is_empty(), "{operation:?}");
        let says_nothing = matches!(endpoint.answers, Answers::Nothing);
        assert_eq!(says_nothing, matches!(endpoint.success, 202 | 204), "{operation:?}");
    }
}

#[test]
fn every_reference_refers_to_something() {
    let document = document();
    let mut waiting = vec![&document];
    let mut seen = 0;
    while let Some(value) = waiting.pop() {
        if let Some(target) = value.get("$ref").and_then(Value::as_str) {
            let target = target.strip_prefix('#').expect("a reference into the document");
            assert!(document.pointer(target).is_some(), "{target}");
            seen += 1;
        }
        match value {
            Value::Array(all) => waiting.extend(all),
            Value::Object(all) => waiting.extend(all.values()),
            _ => {}
        }
    }
    assert!(seen > 100, "{seen}");
}

/// The document with one value replaced, or taken away.
fn with(pointer: &str, value: Option<Value>) -> Value {
    let mut changed = document();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let name = name.replace("~1", "/");
    let parent = changed.pointer_mut(parent).unwrap_or_else(|| panic!("{parent}"));
    match (value, parent) {
        (Some(value), Value::Object(all)) => {
            all.insert(name, value);
        }
        (None, Value::Object(all)) => {
            all.remove(&name).unwrap_or_else(|| panic!("{pointer}"));
        }
        (Some(value), Value::Array(all)) if name == "-" => all.push(value),
        (Some(value), Value::Array(all)) => all[name.parse::<usize>().unwrap()] = value,
        (None, Value::Array(all)) => {
            all.remove(name.parse::<usize>().unwrap());
        }
        _ => panic!("{pointer}"),
    }
    changed
}

#[test]
fn every_kind_of_break_is_found() {
    const TASK: &str = "/components/schemas/Task";
    const NEW: &str = "/components/schemas/NewTask";
    const LIST: &str = "/paths/~1projects~1{project}~1tasks";
    let needed =
        json!({"name": "x", "in": "query", "required": true, "schema": {"type": "string"}});
    let cases = [
        (LIST.to_owned(), None),
        (format!("{LIST}/post"), None),
        (format!("{LIST}/get/operationId"), Some(json!("other"))),
        (format!("{LIST}/get/x-scope"), Some(json!("tasks:write"))),
        (format!("{LIST}/get/parameters/1"), None),
        (format!("{LIST}/get/parameters/-"), Some(needed)),
        (format!("{LIST}/get/parameters/1/schema/enum/0"), None),
        (format!("{LIST}/get/parameters/4/schema/maximum"), Some(json!(50))),
        (format!("{LIST}/get/responses/200"), None),
        (format!("{LIST}/get/responses/200/headers/Link"), None),
        (format!("{LIST}/post/requestBody/content/application~1json"), None),
        (format!("{TASK}/properties/title"), None),
        (format!("{TASK}/properties/title/type"), Some(json!("integer"))),
        (format!("{TASK}/properties/title/type"), Some(json!(["string", "null"]))),
        (format!("{TASK}/required/0"), None),
        (format!("{NEW}/required/-"), Some(json!("labels"))),
        (format!("{NEW}/properties/labels"), None),
        (format!("{NEW}/properties/labels/items/type"), Some(json!("integer"))),
        (format!("{NEW}/properties/priority/enum/0"), None),
        (format!("{NEW}/properties/title/enum"), Some(json!(["a"]))),
        (format!("{NEW}/properties/agent/type"), Some(json!("string"))),
    ];
    for (pointer, value) in cases {
        let found = breaks(&document(), &with(&pointer, value.clone()));
        assert!(!found.is_empty(), "{pointer} {value:?}");
    }
}

#[test]
fn what_programs_do_not_notice_is_no_break() {
    let optional =
        json!({"name": "x", "in": "query", "required": false, "schema": {"type": "string"}});
    let word = |name: &str| format!("/components/schemas/{name}");
    for (pointer, value) in [
        ("/paths/~1new".to_owned(), json!({"get": {}})),
        ("/paths/~1tasks~1{task}/get/parameters/-".to_owned(), optional),
        (format!("{}/properties/more", word("Task")), json!({"type": "string"})),
        (format!("{}/properties/stage/enum/-", word("Task")), json!("paused")),
        (format!("{}/properties/more", word("NewTask")), json!({"type": "string"})),
        (format!("{}/properties/title/type", word("NewTask")), json!(["string", "null"])),
        ("/paths/~1me/get/summary".to_owned(), json!("Who")),
    ] {
        let found = breaks(&document(), &with(&pointer, Some(value)));
        assert_eq!(found, Vec::<String>::new(), "{pointer}");
    }
}
