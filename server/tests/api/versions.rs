//! What a change answers: the version that it came to, the same whenever the request is repeated.

use serde_json::json;

use crate::caller::{Api, Ask, Reply};

/// Status, text and version of an answer.
fn told(reply: &Reply) -> (u16, String, i64) {
    (reply.status, reply.text.clone(), reply.version())
}

#[test]
fn a_move_tells_its_version_and_a_repeated_one_the_same() {
    let api = Api::open();
    let writer = api.session(api.world.writer);
    pollster::block_on(api.world.write("Move me")).unwrap();
    let moving = |to: &str, version: i64, key: &'static str| -> Ask<'_> {
        let ask = api.ask(writer.clone(), "POST", "/tasks/MONO-1/transitions");
        ask.json(&json!({ "to": to })).at(version).under(key)
    };
    let first = moving("backlog", 1, "to-the-backlog").send();
    assert_eq!((first.status, first.version()), (200, 2), "{first:?}");
    assert_eq!(first.json()["version"], 2);
    assert_eq!(api.get(writer.clone(), "/tasks/MONO-1").version(), 2);
    let second = moving("ready", first.version(), "to-be-started").send();
    assert_eq!(second.version(), 3, "without reading in between");
    let again = moving("backlog", 1, "to-the-backlog").send();
    assert_eq!(told(&again), told(&first), "byte for byte, though the task went on");
    assert_eq!(again.header("idempotency-replayed"), "true");
    let refused = moving("backlog", 1, "to-the-backlog-2").send();
    assert_eq!((refused.status, &refused.json()["current_version"]), (412, &json!(3)));
}

#[test]
fn a_decision_tells_the_tasks_version() {
    let api = Api::open();
    let held = pollster::block_on(api.world.review("Judge me")).unwrap();
    let seen = pollster::block_on(api.world.version(&held.task)).unwrap();
    let decider = api.session(api.world.decider);
    let address = format!("/tasks/{}", held.task);
    let decide = || {
        let ask = api.ask(decider.clone(), "POST", &format!("{address}/decisions"));
        ask.json(&json!({ "decision": "approve" })).at(seen).under("approve-it-once")
    };
    let first = decide().send();
    assert_eq!(first.status, 200, "{first:?}");
    let read = api.get(decider.clone(), &address);
    assert_eq!(
        (first.version(), &first.json()["version"]),
        (read.version(), &json!(read.version()))
    );
    let reopened = api.ask(decider.clone(), "POST", &format!("{address}/transitions"));
    let reopened = reopened.json(&json!({ "to": "ready" })).at(first.version()).send();
    assert!(reopened.version() > first.version(), "{reopened:?}");
    assert_eq!(told(&decide().send()), told(&first));
}

#[test]
fn a_gate_and_a_source_tell_the_projects_version() {
    let api = Api::open();
    let owner = api.session(api.world.owner);
    let mut version = api.get(owner.clone(), "/projects/MONO").version();
    for commands in [["make"], ["make check"]] {
        let ask = api.ask(owner.clone(), "PUT", "/projects/MONO/gate").at(version);
        let changed = ask.json(&json!({ "commands": commands })).send();
        assert_eq!((changed.status, changed.version()), (204, version + 1), "{changed:?}");
        version = changed.version();
    }
    let ask = api.ask(owner.clone(), "PUT", "/projects/MONO/gate").at(version);
    let same = ask.json(&json!({ "commands": ["make check"] })).send();
    assert_eq!((same.status, same.version()), (204, version), "what was there already");
    let ask = api.ask(owner.clone(), "PUT", "/projects/MONO/source?name=a.bundle").at(version);
    let source = ask.text("application/octet-stream", &b"# v2 git bundle\nabc"[..]).send();
    assert_eq!((source.status, source.version()), (204, version + 1), "{source:?}");
    assert_eq!(api.get(owner, "/projects/MONO").version(), source.version());
}

#[test]
fn one_validation_is_read_by_its_id() {
    let api = Api::open();
    pollster::block_on(api.world.review("Judge me")).unwrap();
    let owner = api.session(api.world.owner);
    let listed = api.get(owner.clone(), "/validations").json()["items"][0].clone();
    let read = api.get(owner.clone(), &format!("/validations/{}", listed["id"].as_str().unwrap()));
    assert_eq!((read.status, read.json()), (200, listed));
    for none in ["val_01hv3v6k3e0123456789abcdef", "1", "tsk_01hv3v6k3e0123456789abcdef"] {
        let missing = api.get(owner.clone(), &format!("/validations/{none}"));
        assert_eq!(missing.refusal(), (404, "not_found".to_owned()), "{none}");
    }
}

#[test]
fn sandboxes_are_listed_in_pages() {
    let api = Api::open();
    pollster::block_on(api.world.hold("Mine")).unwrap();
    let owner = api.session(api.world.owner);
    for (at, note) in ["one", "two"].into_iter().enumerate() {
        let ask = api.ask(owner.clone(), "POST", "/projects/MONO/sandboxes");
        let made = ask.json(&json!({ "note": note })).later(at as i64 + 1).send();
        assert_eq!(made.status, 201, "{made:?}");
    }
    let (mut notes, mut address) = (vec![], "/sandboxes?limit=1".to_owned());
    loop {
        let page = api.get(owner.clone(), &address).json();
        notes.push(page["items"][0]["note"].clone());
        let Some(next) = page["next"].as_str() else { break };
        address = format!("/sandboxes?limit=1&cursor={next}");
    }
    assert_eq!(json!(notes), json!(["two", "one", null]));
    for bad in ["/sandboxes?cursor=00", "/sandboxes?cursor=313a313a31", "/sandboxes?alive=true"] {
        assert_eq!(api.get(owner.clone(), bad).status, 400, "{bad}");
    }
}
