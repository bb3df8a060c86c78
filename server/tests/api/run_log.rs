//! A run's log, and following it.

use domain::run::JobEnd;
use domain::sandbox::protocol::{Frame, OutputStream};
use serde_json::{Value, json};
use server::store::contract::world::{Held, World};

use crate::caller::{Api, Reply};

fn frame(seq: u64) -> Frame {
    Frame {
        seq,
        at_ms: 1_800_000_000_000 + seq,
        stream: if seq.is_multiple_of(2) { OutputStream::Stderr } else { OutputStream::Stdout },
        step: Some(0),
        text: format!("line \"{seq}\"\u{1b}[0m"),
        continues: false,
    }
}

fn held(api: &Api) -> Held {
    pollster::block_on(api.world.hold("Read my log")).expect("a run")
}

fn lines(reply: &Reply) -> Vec<Value> {
    assert_eq!((reply.status, reply.header("content-type")), (200, "application/x-ndjson"));
    reply.text.lines().map(|line| serde_json::from_str(line).expect("an object a line")).collect()
}

fn numbers(reply: &Reply) -> Vec<u64> {
    lines(reply).iter().map(|line| line["seq"].as_u64().expect("a number")).collect()
}

#[test]
fn a_log_is_read_from_wherever_one_is() {
    let api = Api::open();
    let held = held(&api);
    *api.lines.lines.lock().unwrap() = (1..=8).map(frame).collect();
    let read = |query: &str| {
        api.get(api.session(api.world.viewer), &format!("/runs/{}/log{query}", held.run))
    };
    let whole = read("");
    assert_eq!(numbers(&whole), [1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(whole.header("run-state"), "provisioning");
    let first = json!({
        "seq": 1, "at": "2027-01-15T08:00:00.001Z", "stream": "stdout", "step": 1,
        "text": "line \"1\"\u{1b}[0m",
    });
    assert_eq!(lines(&whole)[0], first);
    for after in 0..=8 {
        let wanted: Vec<_> = (after + 1..=8).collect();
        assert_eq!(numbers(&read(&format!("?after={after}"))), wanted);
    }
    assert_eq!(numbers(&read("?after=9007199254740991")), [0_u64; 0]);
    for query in ["?after=-1", "?after=x", "?after=9007199254740992", "?follow=yes", "?n=1"] {
        assert_eq!(read(query).status, 400, "{query}");
    }
}

#[test]
fn whoever_follows_gets_new_lines_as_they_come() {
    let api = Api::open();
    let held = held(&api);
    *api.lines.lines.lock().unwrap() = (1..=2).map(frame).collect();
    *api.lines.grows_after.lock().unwrap() = Some((4, (3..=4).map(frame).collect()));
    let read = |query: &str| {
        api.get(api.session(api.world.viewer), &format!("/runs/{}/log{query}", held.run))
    };
    assert_eq!(numbers(&read("?after=0&follow=true")), [1, 2], "what is there comes at once");
    assert_eq!(numbers(&read("?after=2&follow=true")), [3, 4], "what isn't there is waited for");
    let looks = *api.lines.looks.lock().unwrap();
    assert_eq!(numbers(&read("?after=4&follow=true")), [0_u64; 0], "not for ever");
    let looked = *api.lines.looks.lock().unwrap() - looks;
    assert_eq!(looked, 26, "once a second");
    let report = api.world.report(&held, JobEnd::Completed, 0);
    pollster::block_on(domain::run::finish(&api.world.system(5), report)).expect("an end");
    let ended = read("?after=4&follow=true");
    assert_eq!((numbers(&ended).len(), ended.header("run-state")), (0, "succeeded"));
    let looked = *api.lines.looks.lock().unwrap() - looks - looked;
    assert_eq!(looked, 1, "nothing follows an end");
}

#[test]
fn another_workspaces_log_answers_as_a_missing_one() {
    let api = Api::open();
    let held = held(&api);
    *api.lines.lines.lock().unwrap() = vec![frame(1)];
    let stranger = pollster::block_on(World::empty(&api.world.bench)).expect("another workspace");
    let foreign = api.get(api.session(stranger.owner), &format!("/runs/{}/log", held.run));
    assert_eq!(foreign.refusal(), (404, "not_found".to_owned()));
    let missing = "/runs/run_01hv3v6k3e0123456789abcdef/log?follow=true";
    assert_eq!(api.get(api.session(stranger.owner), missing).text, foreign.text);
}
