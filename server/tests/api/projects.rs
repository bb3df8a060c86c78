//! Projects.

use serde_json::json;

use crate::caller::Api;

#[test]
fn a_project_is_created_once_and_read_with_its_version() {
    let api = Api::open();
    let owner = api.session(api.world.owner);
    let body = json!({"key": "new", "name": "New"});
    let create = || api.ask(owner.clone(), "POST", "/projects").json(&body).under("create-new-1");
    let made = create().send();
    assert_eq!((made.status, made.header("location")), (201, "/api/v1/projects/NEW"));
    let again = create().later(60_000).send();
    assert_eq!((again.status, &again.text), (201, &made.text), "byte for byte");
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(made.header("idempotency-replayed"), "");
    let read = api.get(owner.clone(), "/projects/NEW");
    assert_eq!((read.version(), &read.json()["gate"][0]["rule"]), (1, &json!("approval")));
    let known = api.ask(owner.clone(), "GET", "/projects/NEW").header("if-none-match", "\"1\"");
    assert_eq!(known.send().status, 304);
    let listed = api.get(owner, "/projects?limit=1").json();
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(1));
    assert!(listed["next"].is_string());
}
