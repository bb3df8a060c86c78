//! What a credential doesn't reach answers as what isn't there, byte for byte.

use domain::actor::Credential;
use domain::scope::Scope;
use serde_json::json;
use server::api::{BodyKind, Operation, Routed, find};

use crate::caller::Api;
use crate::support;

/// The addresses of something, and of the same that isn't there.
fn addresses(api: &Api) -> Vec<(String, String)> {
    let held = pollster::block_on(api.world.review("Theirs")).unwrap();
    let (run, task) = (held.run, &held.task);
    let none = "run_01hv3v6k3e0123456789abcdef";
    let mut pairs = vec![
        (format!("/runs/{run}"), format!("/runs/{none}")),
        (format!("/runs/{run}/cancel"), format!("/runs/{none}/cancel")),
    ];
    for rest in ["", "/runs", "/validations", "/transitions", "/decisions"] {
        pairs.push((format!("/tasks/{task}{rest}"), format!("/tasks/MONO-999{rest}")));
    }
    for rest in ["", "/tasks", "/gate", "/source"] {
        pairs.push((format!("/projects/MONO{rest}"), format!("/projects/NONE{rest}")));
    }
    pairs
}

#[test]
fn what_a_key_of_another_project_does_not_reach_is_missing() {
    let api = Api::open();
    let pairs = addresses(&api);
    let owner = api.session(api.world.owner);
    let other = json!({"key": "OTHER", "name": "Other"});
    assert_eq!(api.ask(owner.clone(), "POST", "/projects").json(&other).send().status, 201);
    let project = api.get(owner, "/projects/OTHER").json()["id"].as_str().unwrap().parse().unwrap();
    let all: Vec<_> = Scope::ALL.to_vec();
    let narrow = api.key_for(api.world.owner, &all, Some(project));
    let wide = api.key(api.world.owner, &all);
    assert_eq!(missing(&api, &narrow, &pairs), 11, "every address was asked");
    assert_eq!(api.get(wide, &pairs[0].0).status, 200);
    let listed = api.get(narrow.clone(), "/projects").json();
    let keys: Vec<_> = listed["items"].as_array().unwrap().iter().map(|p| &p["key"]).collect();
    assert_eq!(keys, ["OTHER"]);
    assert_eq!(api.get(narrow, "/validations").json()["items"], json!([]));
}

#[test]
fn what_is_another_workspaces_is_missing() {
    let bench = support::bench(support::migrated());
    let (theirs, mine) = (Api::over(&bench), Api::over(&bench));
    let pairs = addresses(&theirs);
    // Mine has projects of the same keys: only ids tell the two apart.
    let by_id: Vec<_> = pairs.into_iter().filter(|pair| pair.0.starts_with("/runs/")).collect();
    let me = mine.session(mine.world.owner);
    assert_eq!(missing(&mine, &me, &by_id), 2);
    let member = format!("/members/{}", theirs.world.owner.user);
    let workspace = format!("/workspaces/{}", theirs.world.workspace);
    for address in [member, workspace] {
        assert_eq!(mine.get(me.clone(), &address).refusal(), (404, "not_found".to_owned()));
    }
    let mine_alone = mine.get(me, "/workspaces").json();
    assert_eq!(mine_alone["items"].as_array().map(Vec::len), Some(1));
}

/// Asks each pair by every method that is there; both must answer alike and as missing.
fn missing(api: &Api, credential: &Credential, pairs: &[(String, String)]) -> usize {
    let mut asked = std::collections::BTreeSet::new();
    for (there, nowhere) in pairs {
        for operation in Operation::ALL {
            let endpoint = operation.endpoint();
            let method = endpoint.method.as_str();
            let reply = |address: &str| {
                let ask = api.ask(credential.clone(), method, address).at(3);
                let ask = match endpoint.body {
                    BodyKind::Json(_) if address.ends_with("/decisions") => {
                        ask.json(&json!({"decision": "approve"}))
                    }
                    BodyKind::Json(_) if address.ends_with("/transitions") => {
                        ask.json(&json!({"to": "ready"}))
                    }
                    BodyKind::Json(_) if address.ends_with("/gate") => {
                        ask.json(&json!({"approval": true}))
                    }
                    BodyKind::Json(_) => ask.json(&json!({"title": "x"})),
                    BodyKind::Bytes { .. } => {
                        ask.text("application/octet-stream", &b"# v2 git bundle\n"[..])
                    }
                    _ => ask,
                };
                ask.send()
            };
            let Routed::To(routed, _) = find(method, there) else { continue };
            if routed != *operation {
                continue;
            }
            let (first, second) = (reply(there), reply(nowhere));
            assert_eq!(first.text, second.text, "{method} {there}");
            assert_eq!(first.refusal(), (404, "not_found".to_owned()), "{method} {there}");
            asked.insert(there.clone());
        }
    }
    asked.len()
}
