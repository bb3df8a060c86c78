//! Keys over the API: made and shown once, listed to whom they concern, revoked.

use domain::actor::Credential;
use domain::api_key::ApiKeySecret;
use domain::scope::Scope;
use serde_json::{Value, json};

use crate::caller::{Api, Ask, Reply};

const DAY: i64 = 86_400_000;

fn wanted(scopes: &[&str], expires: &str) -> Value {
    json!({ "name": "Deploy", "scopes": scopes, "expires": expires })
}

fn make<'a>(api: &'a Api, by: &Credential, body: &Value) -> Ask<'a> {
    api.ask(by.clone(), "POST", "/keys").json(body)
}

/// What a key that was made shows.
fn shown(made: &Reply) -> Credential {
    assert_eq!(made.status, 201, "{made:?}");
    let secret = ApiKeySecret::parse(made.json()["secret"].as_str().expect("a secret"));
    Credential::Key(secret.expect("a key").hash())
}

#[test]
fn a_key_is_shown_once_and_is_the_same_when_asked_again() {
    let api = Api::open();
    let writer = api.session(api.world.writer);
    let body = wanted(&["read", "tasks:write"], "90");
    let made = make(&api, &writer, &body).under("make-a-key-once").send();
    assert_eq!((made.status, made.header("cache-control")), (201, "no-store"));
    let (key, told) = (shown(&made), made.json());
    assert_eq!(made.header("location"), told["href"]);
    assert_eq!(api.get(key.clone(), "/me").json()["key"]["id"], told["id"]);
    assert_eq!(told["expires_at"], "2027-04-15T08:00:00.000Z");

    let again = make(&api, &writer, &body).under("make-a-key-once").send();
    assert_eq!((again.status, again.header("idempotency-replayed")), (201, "true"));
    let mut without = told.clone();
    without["secret"] = Value::Null;
    assert_eq!(again.json(), without, "the same key, without its secret");
    let other = wanted(&["read"], "90");
    let reused = make(&api, &writer, &other).under("make-a-key-once").send();
    assert_eq!(reused.refusal(), (422, "key_reused".to_owned()));

    let address = format!("/keys/{}", told["id"].as_str().unwrap());
    let read = api.get(key, &address);
    let text = told["secret"].as_str().unwrap();
    assert!(!read.text.contains(text) && text.starts_with(read.json()["prefix"].as_str().unwrap()));
    assert_eq!(read.json()["made_by"], Value::Null);
    assert_eq!(read.json()["scopes"], json!(["read", "tasks:write"]));
    let listed = api.get(writer, "/keys");
    assert!(!listed.text.contains(text));
    assert_eq!(listed.json()["items"], json!([read.json()]), "one key, not two");
}

#[test]
fn a_revoked_key_is_refused_and_stays_revoked() {
    let api = Api::open();
    let writer = api.session(api.world.writer);
    let made = make(&api, &writer, &wanted(&["read", "keys:delete"], "30")).send();
    let (key, id) = (shown(&made), made.json()["id"].as_str().unwrap().to_owned());
    let address = format!("/keys/{id}");
    let decider = api.session(api.world.decider);
    let revoke = |by: &Credential| api.ask(by.clone(), "DELETE", &address).send();
    for reply in [revoke(&decider), api.get(decider.clone(), &address)] {
        assert_eq!(reply.refusal(), (404, "not_found".to_owned()), "another member's");
    }
    assert_eq!(api.get(key.clone(), &address).json()["state"], "live");
    assert_eq!(revoke(&key).status, 204, "by itself");
    assert_eq!(revoke(&key).refusal(), (401, "signed_out".to_owned()));
    assert_eq!(api.get(key, "/me").status, 401);
    for by in [&writer, &api.session(api.world.owner)] {
        assert_eq!(revoke(by).status, 204, "again");
        let told = api.get(by.clone(), &address).json();
        assert_eq!((&told["state"], told["revoked_at"].is_string()), (&json!("revoked"), true));
    }
}

#[test]
fn a_key_makes_none_that_can_do_more_or_lasts_longer() {
    let api = Api::open();
    let writer = api.session(api.world.writer);
    let made = make(&api, &writer, &wanted(&["read", "keys:write"], "30")).send();
    let key = shown(&made);
    for scopes in [&["read", "tasks:write"], &["keys:write", "approvals:write"]] {
        let refused = make(&api, &key, &wanted(scopes, "30")).send();
        assert_eq!(refused.refusal(), (403, "out_of_scope".to_owned()), "{scopes:?}");
    }
    let child = make(&api, &key, &wanted(&["read"], "never")).later(DAY).send();
    assert_eq!(child.json()["expires_at"], made.json()["expires_at"]);
    let address = format!("/keys/{}", child.json()["id"].as_str().unwrap());
    assert_eq!(api.get(writer.clone(), &address).json()["made_by"], made.json()["id"]);
    let parent = format!("/keys/{}", made.json()["id"].as_str().unwrap());
    assert_eq!(api.ask(writer, "DELETE", &parent).send().status, 204);
    let child = shown(&child);
    assert_eq!(api.ask(child.clone(), "GET", "/me").later(2 * DAY).send().status, 200);
    assert_eq!(api.ask(child, "GET", "/me").later(30 * DAY).send().status, 401);
}

#[test]
fn a_key_of_one_project_makes_and_sees_keys_of_that_project_only() {
    let api = Api::open();
    let owner = api.session(api.world.owner);
    let project = api.get(owner.clone(), "/projects/MONO").json()["id"].clone();
    let other = json!({ "key": "OTHER", "name": "Other" });
    assert_eq!(api.ask(owner.clone(), "POST", "/projects").json(&other).send().status, 201);
    let other = api.get(owner.clone(), "/projects/OTHER").json()["id"].clone();
    let of = |project: &Value| {
        let mut body = wanted(&["read", "keys:write", "keys:delete"], "30");
        body["project"] = project.clone();
        body
    };
    let wide = make(&api, &owner, &wanted(&["read"], "30")).send();
    let narrow = shown(&make(&api, &owner, &of(&project)).send());
    let confined = (409, "confined_to_project".to_owned());
    assert_eq!(make(&api, &narrow, &wanted(&["read"], "30")).send().refusal(), confined);
    assert_eq!(make(&api, &narrow, &of(&other)).send().refusal(), confined);
    assert_eq!(make(&api, &narrow, &of(&project)).send().status, 201);
    // Whoever may see everybody's may manage members, which no key of one project may.
    let everybodys = api.get(narrow.clone(), "/keys?whose=everybodys").refusal();
    assert_eq!(everybodys, (403, "out_of_scope".to_owned()));
    let listed = api.get(narrow.clone(), "/keys").json();
    let projects: Vec<_> =
        listed["items"].as_array().unwrap().iter().map(|key| &key["project"]).collect();
    assert_eq!(projects, [&project, &project]);
    let address = format!("/keys/{}", wide.json()["id"].as_str().unwrap());
    for method in ["GET", "DELETE"] {
        let reply = api.ask(narrow.clone(), method, &address).send();
        assert_eq!(reply.refusal(), (404, "not_found".to_owned()), "{method}");
    }
}

#[test]
fn keys_are_listed_in_pages_and_everybodys_to_who_manages_members() {
    let api = Api::open();
    let (owner, viewer) = (api.session(api.world.owner), api.session(api.world.viewer));
    let mut ids = vec![];
    for (at, by) in [&owner, &viewer, &viewer, &owner, &viewer].into_iter().enumerate() {
        let ask = make(&api, by, &wanted(&["read"], "never")).later(at as i64);
        ids.insert(0, ask.send().json()["id"].clone());
    }
    let mut seen = vec![];
    let mut address = "/keys?whose=everybodys&limit=2".to_owned();
    for _ in 0..3 {
        let reply = api.get(owner.clone(), &address);
        let page = reply.json();
        seen.extend(page["items"].as_array().unwrap().iter().map(|key| key["id"].clone()));
        let Some(next) = page["next"].as_str() else { break };
        address = format!("/keys?whose=everybodys&limit=2&cursor={next}");
        assert!(reply.header("link").contains(&format!("cursor={next}>; rel=\"next\"")));
    }
    assert_eq!(seen, ids);
    assert_eq!(api.get(viewer.clone(), "/keys").json()["items"].as_array().map(Vec::len), Some(3));
    let refused = api.get(viewer, "/keys?whose=everybodys");
    assert_eq!(refused.refusal(), (403, "forbidden".to_owned()));
    assert_eq!(refused.json()["missing_permission"], "manage_members");
    for bad in ["/keys?cursor=00", "/keys?cursor=313a6b65795f31", "/keys?whose=all", "/keys?of=me"]
    {
        assert_eq!(api.get(owner.clone(), bad).status, 400, "{bad}");
    }
}

#[test]
fn what_makes_no_key_is_refused() {
    let api = Api::open();
    let owner = api.session(api.world.owner);
    let good = || wanted(&["read"], "30");
    let with = |field: &str, value: Value| {
        let mut body = good();
        body[field] = value;
        body
    };
    for (body, code, field) in [
        (with("name", json!("")), "invalid", "name"),
        (with("name", json!("a\u{202e}b")), "invalid", "name"),
        (with("scopes", json!([])), "invalid", "scopes"),
        (with("scopes", json!(["*"])), "invalid", "scopes"),
        (with("scopes", json!("read")), "invalid", "scopes"),
        (with("scopes", Value::Null), "invalid", "scopes"),
        (with("expires", json!(30)), "invalid", "expires"),
        (with("expires", json!("31")), "invalid", "expires"),
        (with("project", json!("")), "invalid", "project"),
        (with("project", Value::Null), "invalid", "project"),
        (with("project", json!("MONO")), "invalid", "project"),
        (with("project", json!("prj_01hv3v6k3e0123456789abcdef")), "invalid", "project"),
        (with("secret", json!("mt_mine")), "unknown_field", "secret"),
        (json!({ "name": "x", "scopes": ["read"] }), "invalid", "expires"),
    ] {
        let refused = make(&api, &owner, &body).send();
        assert_eq!(refused.refusal(), (422, code.to_owned()), "{body}");
        assert_eq!(refused.json()["errors"][0]["field"], field, "{body}");
    }
    let run = api.key(api.world.owner, &[Scope::Read]);
    assert_eq!(make(&api, &run, &good()).send().refusal(), (403, "out_of_scope".to_owned()));
    assert_eq!(api.get(owner, "/keys").json()["items"].as_array().map(Vec::len), Some(1));
}
