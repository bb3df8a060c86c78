//! The log, page after page and as it grows.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use domain::Context;
use domain::ids::WorkspaceId;
use domain::scope::Scope;
use domain::task::CreateTask;
use serde_json::Value;
use server::api::Nudges;

use crate::caller::{Api, Reply};

fn follow(api: &Api, credential: &domain::actor::Credential, limit: u32) -> Vec<Value> {
    let (mut all, mut after) = (vec![], 0);
    loop {
        let address = format!("/events?after={after}&limit={limit}");
        let page = api.get(credential.clone(), &address).json();
        let items = page["items"].as_array().expect("items").clone();
        let next = page["next"].as_i64().expect("a cursor");
        if items.is_empty() && next == after {
            return all;
        }
        all.extend(items);
        after = next;
    }
}

#[test]
fn events_come_in_order_without_gap_or_double() {
    let api = Api::open();
    pollster::block_on(api.world.review("Followed")).expect("a review");
    let viewer = api.session(api.world.viewer);
    let whole = follow(&api, &viewer, 100);
    assert!(whole.len() > 15);
    for limit in [1, 7] {
        assert_eq!(follow(&api, &viewer, limit), whole);
    }
    let places: Vec<_> = whole.iter().map(|event| event["seq"].as_i64().unwrap()).collect();
    let dense: Vec<_> = (1..).take(whole.len()).collect();
    assert_eq!(places, dense);
    let moved = whole.iter().find(|event| event["name"] == "task_moved").expect("a move");
    assert_eq!(
        (&moved["body"]["to"]["stage"], moved["body"].get("type")),
        (&"running".into(), None)
    );
}

/// A workspace in which a task is written during one of the waits.
struct Happening {
    writer: Context,
    task: CreateTask,
    /// During which wait; never where there is no such.
    at: usize,
    /// The place and the time of each wait.
    waits: Mutex<Vec<(i64, u64)>>,
}

#[async_trait]
impl Nudges for Happening {
    async fn past(&self, _: WorkspaceId, place: i64, ms: u64) -> u64 {
        let waits = {
            let mut waits = self.waits.lock().expect("a lock");
            waits.push((place, ms));
            waits.len()
        };
        if waits != self.at {
            return ms;
        }
        domain::task::create(&self.writer, self.task.clone()).await.expect("a task");
        1
    }
}

/// What a reader is told who waits 25 seconds, and when they looked.
fn waited(at: usize) -> (Reply, i64, Vec<(i64, u64)>) {
    let mut api = Api::open();
    let viewer = api.session(api.world.viewer);
    let newest = follow(&api, &viewer, 100).len();
    let project = api.world.project.clone();
    let happening = Arc::new(Happening {
        writer: api.world.as_(api.world.writer),
        task: CreateTask { project, draft: api.world.draft("Written meanwhile"), ready: true },
        at,
        waits: Mutex::default(),
    });
    api.nudges = happening.clone();
    let reply = api.get(viewer, &format!("/events?after={newest}&wait=25"));
    let waits = happening.waits.lock().expect("a lock").clone();
    (reply, newest as i64, waits)
}

#[test]
fn a_reader_who_waits_is_told_at_the_next_nudge() {
    let (reply, newest, waits) = waited(2);
    assert_eq!(reply.json()["items"][0]["name"], "task_created");
    assert_eq!(waits, [(newest, 10_000), (newest, 10_000)]);
}

#[test]
fn without_a_nudge_they_look_by_themselves_until_their_time_is_over() {
    let (reply, newest, waits) = waited(usize::MAX);
    assert_eq!(reply.json()["items"], Value::Array(vec![]));
    assert_eq!(waits, [(newest, 10_000), (newest, 10_000), (newest, 5_000)]);
}

#[test]
fn waiting_ends_with_its_time() {
    let api = Api::open();
    let viewer = api.session(api.world.viewer);
    let newest = follow(&api, &viewer, 100).len();
    let waited = api.get(viewer.clone(), &format!("/events?after={newest}&wait=25"));
    assert_eq!((waited.status, &waited.json()["items"]), (200, &Value::Array(vec![])));
    assert_eq!(waited.json()["next"], newest);
    for query in
        ["wait=26", "wait=-1", "limit=0", "limit=101", "after=-1", "after=9007199254740992"]
    {
        assert_eq!(api.get(viewer.clone(), &format!("/events?{query}")).status, 400, "{query}");
    }
}

#[test]
fn a_key_of_one_project_is_told_of_that_project_alone() {
    let api = Api::open();
    let held = pollster::block_on(api.world.review("Of this project")).expect("a review");
    let scene = pollster::block_on(api.world.scene(held.run)).expect("a scene");
    let key = api.key_for(api.world.owner, &[Scope::Read], Some(scene.run.project));
    let told = follow(&api, &key, 5);
    assert!(told.len() > 10);
    let workspace = api.world.workspace.to_string();
    assert!(told.iter().all(|event| event["stream"] != workspace.as_str()), "its people");
    let blind = api.key(api.world.owner, &[Scope::WriteTasks]);
    assert_eq!(api.get(blind, "/events").refusal(), (403, "out_of_scope".to_owned()));
}
