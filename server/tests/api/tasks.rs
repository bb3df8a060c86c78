//! Tasks: written, changed, moved, listed.

use domain::scope::Scope;
use serde_json::{Value, json};

use crate::caller::{Api, Reply};

fn invalid(reply: &Reply) -> (String, String) {
    assert_eq!(reply.status, 422, "{reply:?}");
    let first = &reply.json()["errors"][0];
    let text = |name: &str| first[name].as_str().expect("text").to_owned();
    (text("field"), text("problem"))
}

#[test]
fn a_task_is_written_changed_and_moved_by_the_versions_that_were_seen() {
    let api = Api::open();
    let key = api.key(api.world.writer, &[Scope::Read, Scope::WriteTasks]);
    let body = json!({
        "title": "Do it", "labels": ["a", "b"], "steps": ["make", "cat <<X \\\n  y"],
        "agent": api.world.agent.to_string(), "priority": "high", "ready": true,
    });
    let made = api.ask(key.clone(), "POST", "/projects/mono/tasks").json(&body).send();
    assert_eq!((made.status, made.header("location")), (201, "/api/v1/tasks/MONO-1"), "{made:?}");
    let task = api.get(key.clone(), "/tasks/MONO-1");
    assert_eq!((task.version(), &task.json()["stage"]), (1, &json!("ready")));
    assert_eq!(task.json()["steps"], body["steps"]);
    let by_id = format!("/tasks/{}", task.json()["id"].as_str().unwrap());
    assert_eq!(api.get(key.clone(), &by_id).text, task.text);

    let patch = |body: Value| api.ask(key.clone(), "PATCH", "/tasks/MONO-1").json(&body);
    assert_eq!(
        patch(json!({"title": "x"})).send().refusal(),
        (428, "precondition_required".to_owned())
    );
    let changed = patch(json!({"title": "Done so", "agent": null})).at(1).send();
    assert_eq!((changed.status, changed.version()), (200, 2), "{changed:?}");
    assert_eq!(
        (&changed.json()["agent"], &changed.json()["labels"]),
        (&Value::Null, &json!(["a", "b"]))
    );
    let stale = patch(json!({"title": "late"})).at(1).send();
    assert_eq!(stale.refusal(), (412, "precondition_failed".to_owned()));
    assert_eq!(stale.json()["current_version"], 2);
    for (tags, status) in
        [("*", 200), ("\"7\", W/\"2\"", 200), ("\"7\",\"8\"", 412), ("\"x\"", 412), ("2", 400)]
    {
        let reply = patch(json!({"title": "Done so"})).header("if-match", tags).send();
        assert_eq!(reply.status, status, "{tags}");
    }

    let to = |to: &str| {
        api.ask(key.clone(), "POST", "/tasks/MONO-1/transitions").json(&json!({"to": to}))
    };
    let moved = to("backlog").at(2).under("a-key-of-mine").send();
    assert_eq!((moved.status, &moved.json()["key"]), (200, &json!("MONO-1")));
    let again = to("backlog").at(2).under("a-key-of-mine").send();
    assert_eq!(
        (again.text, again.headers.contains_key("idempotency-replayed")),
        (moved.text, true)
    );
    let other = to("cancelled").at(2).under("a-key-of-mine").send();
    assert_eq!(other.refusal(), (422, "key_reused".to_owned()));
    let unclear = to("ready").header("if-match", "*").under("another-key").send();
    assert_eq!(unclear.refusal(), (400, "version_unclear".to_owned()));
    assert_eq!(to("backlog").at(3).send().refusal(), (409, "wrong_task_stage".to_owned()));
    assert_eq!(invalid(&to("done").at(3).send()), ("to".to_owned(), "malformed".to_owned()));
}

#[test]
fn what_no_task_can_be_is_refused_with_its_field() {
    let api = Api::open();
    let writer = api.session(api.world.writer);
    let write =
        |body: &Value| api.ask(writer.clone(), "POST", "/projects/MONO/tasks").json(body).send();
    for (body, field, problem) in [
        (json!({}), "title", "missing"),
        (json!({"title": ""}), "title", "empty"),
        (json!({"title": "x".repeat(201)}), "title", "too_long"),
        (json!({"title": "x", "priority": "soon"}), "priority", "malformed"),
        (json!({"title": "x", "labels": ["a", "b,c"]}), "labels[1]", "malformed"),
        (json!({"title": "x", "labels": [" "]}), "labels[0]", "empty"),
        (json!({"title": "x", "labels": "a"}), "labels", "malformed"),
        (json!({"title": "x", "steps": ["a\nb"]}), "steps[0]", "malformed"),
        (json!({"title": "x", "steps": ["a\\"]}), "steps[0]", "malformed"),
        (json!({"title": "x", "steps": vec!["a"; 51]}), "steps", "too_many"),
        (json!({"title": "x", "artifacts": ["../x"]}), "artifacts", "malformed"),
        (json!({"title": "x", "agent": "usr_1"}), "agent", "malformed"),
        (json!({"title": "x", "__proto__": {"ready": true}}), "__proto__", "unknown"),
        (json!({"title": "x", "ready": 1}), "ready", "malformed"),
    ] {
        assert_eq!(invalid(&write(&body)), (field.to_owned(), problem.to_owned()), "{body}");
    }
    let listed = api.get(writer, "/projects/MONO/tasks").json();
    assert_eq!(listed["items"], json!([]), "nothing was written");
}

#[test]
fn tasks_are_listed_in_pages_and_filtered() {
    let api = Api::open();
    let key = api.key(api.world.writer, &[Scope::Read, Scope::WriteTasks]);
    for n in 0..5 {
        let body = json!({"title": format!("Task {n}"), "labels": ["x y"], "ready": n % 2 == 0});
        let made = api.ask(key.clone(), "POST", "/projects/MONO/tasks").json(&body).later(n).send();
        assert_eq!(made.status, 201);
    }
    let (mut seen, mut address) = (vec![], "/projects/MONO/tasks?limit=2&label=x%20y".to_owned());
    loop {
        let page = api.get(key.clone(), &address);
        let items = page.json()["items"].as_array().unwrap().clone();
        seen.extend(items.iter().map(|task| task["key"].as_str().unwrap().to_owned()));
        let link = page.header("link").to_owned();
        let Some(next) = link.strip_prefix("</api/v1").and_then(|rest| rest.split_once('>')) else {
            assert_eq!(page.json()["next"], Value::Null);
            break;
        };
        assert!(link.contains("rel=\"next\"") && next.0.contains("label=x%20y"), "{link}");
        address = next.0.to_owned();
    }
    assert_eq!(seen, ["MONO-5", "MONO-4", "MONO-3", "MONO-2", "MONO-1"]);
    let keys = |query: &str| {
        let page = api.get(key.clone(), &format!("/projects/MONO/tasks?{query}")).json();
        page["items"].as_array().unwrap().len()
    };
    assert_eq!((keys("stage=ready"), keys("text=TASK+3"), keys("label=nope")), (3, 1, 0));
    let huge = |number: &str| {
        let place = format!("{number}:tsk_01hv3v6k3e0123456789abcdef");
        format!("cursor={}", hex::encode(place))
    };
    let [huge, signed] = [huge("9223372036854775807"), huge("+9223372036854775807")];
    for (query, code) in [
        ("limit=0", "malformed_parameter"),
        ("limit=101", "malformed_parameter"),
        ("limit=+5", "malformed_parameter"),
        ("limit=1&limit=2", "repeated_parameter"),
        ("stage=nowhere", "malformed_parameter"),
        ("order=asc", "unknown_parameter"),
        ("cursor=xyz", "malformed_cursor"),
        ("cursor=61", "malformed_cursor"),
        // 9223372036854775807:tsk_…, which no number of ours is.
        (&huge, "malformed_cursor"),
        (&signed, "malformed_cursor"),
        ("text=%ff", "malformed_parameter"),
    ] {
        let refused = api.get(key.clone(), &format!("/projects/MONO/tasks?{query}"));
        assert_eq!(refused.refusal(), (400, code.to_owned()), "{query}");
    }
}
