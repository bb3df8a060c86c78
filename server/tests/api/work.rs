//! Runs, validations and decisions.

use domain::scope::Scope;
use serde_json::{Value, json};

use crate::caller::Api;

#[test]
fn a_run_is_started_once_read_and_cancelled() {
    let api = Api::open();
    let key = api.key(api.world.writer, &[Scope::Read, Scope::WriteRuns]);
    let task = pollster::block_on(api.world.write("Run me")).unwrap();
    let start = || api.ask(key.clone(), "POST", "/tasks/MONO-1/runs").at(1).under("start-it-once");
    let started = start().send();
    assert_eq!(started.status, 201, "{started:?}");
    let again = start().send();
    assert_eq!((again.status, &again.text), (201, &started.text));
    let id = started.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(started.header("location"), format!("/api/v1/runs/{id}"));
    let run = api.get(key.clone(), &format!("/runs/{id}"));
    assert_eq!(
        (&run.json()["task"], &run.json()["state"]),
        (&json!(task.to_string()), &json!("queued"))
    );
    assert_eq!(run.version(), 1);
    let runs = api.get(key.clone(), "/tasks/MONO-1/runs").json();
    assert_eq!(runs["items"][0]["id"], json!(id));
    let cancel = || api.ask(key.clone(), "POST", &format!("/runs/{id}/cancel"));
    assert_eq!(cancel().send().status, 202);
    assert_eq!(cancel().send().refusal(), (409, "run_ended".to_owned()));
    assert_eq!(api.get(key, "/tasks/MONO-1").json()["stage"], "ready");
}

#[test]
fn a_lease_that_ran_out_is_no_version_of_the_run() {
    let api = Api::open();
    let owner = api.session(api.world.owner);
    let held = pollster::block_on(api.world.hold("Lose me")).unwrap();
    let address = format!("/runs/{}", held.run);
    let read = |later| {
        api.ask(owner.clone(), "GET", &address).header("if-none-match", "\"2\"").later(later)
    };
    assert_eq!(read(1_000).send().status, 304);
    let lost = read(3_600_000).send();
    assert_eq!((lost.status, &lost.json()["state"]), (200, &json!("lost")));
}

#[test]
fn a_revision_is_approved_by_somebody_else_alone() {
    let api = Api::open();
    let held = pollster::block_on(api.world.review("Judge me")).unwrap();
    let version = pollster::block_on(api.world.version(&held.task)).unwrap();
    let decide = |credential, body: Value| {
        let address = format!("/tasks/{}/decisions", held.task);
        api.ask(credential, "POST", &address).json(&body).at(version)
    };
    let approve = || json!({"decision": "approve"});
    let writes = api.key(api.world.decider, &[Scope::Read, Scope::WriteTasks]);
    let refused = decide(writes, approve()).send();
    assert_eq!(refused.json()["missing_scope"], "approvals:write");
    let producer = api.key(api.world.writer, &[Scope::WriteApprovals]);
    assert_eq!(
        decide(producer, approve()).send().refusal(),
        (409, "producer_cannot_approve".to_owned())
    );
    let decider = api.key(api.world.decider, &[Scope::Read, Scope::WriteApprovals]);
    let silent = decide(decider.clone(), json!({"decision": "reject"})).send();
    assert_eq!((silent.status, &silent.json()["errors"][0]["field"]), (422, &json!("reason")));
    let waiting = api.get(decider.clone(), &format!("/tasks/{}/validations", held.task)).json();
    assert_eq!(waiting["items"].as_array().map(Vec::len), Some(3));
    assert_eq!(waiting["items"][0]["task"], json!(held.task.to_string()));
    assert_eq!(decide(decider.clone(), approve()).send().status, 200);
    let done = api.get(decider.clone(), &format!("/tasks/{}", held.task)).json();
    assert_eq!(done["stage"], "done");
    let (mut all, mut address) = (vec![], "/validations?limit=1".to_owned());
    loop {
        let page = api.get(decider.clone(), &address).json();
        all.extend(page["items"].as_array().unwrap().clone());
        let Some(next) = page["next"].as_str() else { break };
        address = format!("/validations?limit=1&cursor={next}");
    }
    let states: Vec<_> =
        all.iter().map(|validation| validation["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["approved", "passed", "passed"]);
}
