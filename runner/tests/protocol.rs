//! The calls: who may, what repeats, what is refused, what a job's course looks like. Needs
//! bubblewrap.

mod support;

use std::time::{Duration, Instant};

use domain::sandbox::protocol::{
    Info, Isolation, Job, JobState, Limits, Outcome, OutputStream, Phase, SandboxList, SandboxView,
    StepExit,
};
use serde_json::json;
use support::{LIMITS, Runner, SECRET, check, code, outcome_of, step, tar, text_of};

#[test]
fn only_the_secret_opens_and_everything_else_is_a_typed_refusal() {
    let state = tempfile::tempdir().unwrap();
    let runner = Runner::start_with(state.path(), &["--max-sandboxes", "1"]);
    let health = runner.raw("GET", "/healthz", "", b"");
    assert_eq!(health.status, 200);
    assert!(String::from_utf8_lossy(&health.body).contains("\"isolation\":\"bubblewrap\""));
    for secret in ["", "wrong", &SECRET[1..], &format!("{SECRET}x")] {
        for path in ["/v1/info", "/v1/sandboxes", "/v1/nothing", "/"] {
            let answer = runner.raw("GET", path, secret, b"");
            assert_eq!((answer.status, answer.code().as_str()), (401, "unauthorized"), "{path}");
        }
    }
    let limits = json!({ "limits": LIMITS });
    let greedy = json!({ "limits": { "wall_ms": 1 } });
    let job =
        json!({ "job_id": "j", "steps": [{ "name": "a", "role": "step", "command": "true" }] });
    let no_steps = json!({ "job_id": "j", "steps": [] });
    assert_eq!(runner.call("PUT", "/v1/sandboxes/one", &limits).status, 200);
    for (method, path, body, status, code) in [
        ("GET", "/v1/nothing", &json!(null), 404, "unknown_call"),
        ("PATCH", "/v1/sandboxes/one", &json!(null), 404, "unknown_call"),
        ("GET", "/v1/sandboxes/two", &json!(null), 404, "unknown_sandbox"),
        ("GET", "/v1/sandboxes/..%2F..%2Fetc", &json!(null), 404, "unknown_sandbox"),
        ("PUT", "/v1/sandboxes/a%2Fb", &limits, 400, "invalid_request"),
        ("PUT", "/v1/sandboxes/two", &greedy, 400, "invalid_request"),
        ("PUT", "/v1/sandboxes/two", &limits, 503, "too_many_sandboxes"),
        ("POST", "/v1/sandboxes/one/job", &no_steps, 400, "invalid_request"),
        ("POST", "/v1/sandboxes/one/job", &json!("what"), 400, "invalid_request"),
        ("POST", "/v1/sandboxes/one/job", &job, 409, "source_not_ready"),
        ("GET", "/v1/sandboxes/one/results", &json!(null), 409, "job_unfinished"),
        ("GET", "/v1/sandboxes/one/output?after=x", &json!(null), 400, "invalid_request"),
        ("POST", "/v1/sandboxes/one/ack", &json!({ "through": 9 }), 400, "invalid_request"),
    ] {
        let answer = runner.call(method, path, body);
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{method} {path}");
    }
    let info: Info = runner.get("/v1/info");
    assert_eq!((info.max_sandboxes, info.isolation), (1, Isolation::Bubblewrap));
}

#[test]
fn every_call_may_be_repeated() {
    let state = tempfile::tempdir().unwrap();
    let runner = Runner::start(state.path());
    runner.ready("r", LIMITS);
    runner.provision("r", LIMITS);
    let mut others = LIMITS;
    others.wall_ms += 1;
    let answer = runner.call("PUT", "/v1/sandboxes/r", &json!({ "limits": others }));
    assert_eq!(answer.code(), "spec_conflict");
    runner.begin("r", vec![step("echo once >> log; cat log")], &[]);
    runner.begin("r", vec![step("echo once >> log; cat log")], &[]);
    let page = runner.follow("r", Duration::from_secs(10));
    assert_eq!(text_of(&page, None), "once\n");
    runner.begin("r", vec![step("echo once")], &[]);
    let steps = vec![step("true")];
    let other = Job { job_id: "other".to_owned(), steps, artifacts: vec![], ..Job::default() };
    assert_eq!(runner.call("POST", "/v1/sandboxes/r/job", &other).code(), "job_exists");
    assert_eq!(runner.results("r"), runner.results("r"));
    let through = json!({ "through": page.last });
    for _ in 0..2 {
        assert_eq!(runner.call("POST", "/v1/sandboxes/r/ack", &through).status, 200);
    }
    runner.delete("r");
    runner.delete("r");
    let list: SandboxList = runner.get("/v1/sandboxes");
    assert!(list.sandboxes.is_empty());
    assert_eq!(std::fs::read_dir(state.path().join("sandboxes")).unwrap().count(), 0);
}

#[test]
fn steps_run_in_order_share_their_files_and_checks_follow_only_success() {
    let state = tempfile::tempdir().unwrap();
    let runner = Runner::start(state.path());
    runner.ready("good", LIMITS);
    let steps = vec![
        step("echo out; echo err >&2; echo 1 > f"),
        step("cat f README"),
        check("exit 3"),
        check("kill -11 $$"),
        check("true"),
    ];
    runner.begin("good", steps, &[]);
    let page = runner.follow("good", Duration::from_secs(10));
    assert_eq!(outcome_of(&page), Outcome::Succeeded, "checks don't decide");
    assert_eq!(text_of(&page, Some(OutputStream::Stderr)), "err\n");
    assert_eq!(text_of(&page, Some(OutputStream::Stdout)), "out\n1\nhello\n");
    let exits: Vec<_> = runner.results("good").steps.iter().map(|step| step.exit).collect();
    assert_eq!(exits, [code(0), code(0), code(3), StepExit::Signal { signal: 11 }, code(0)]);

    runner.ready("bad", LIMITS);
    runner.begin("bad", vec![step("exit 7"), step("true"), check("true")], &[]);
    let page = runner.follow("bad", Duration::from_secs(10));
    assert_eq!(outcome_of(&page), Outcome::Failed { step: 0 });
    let exits: Vec<_> = runner.results("bad").steps.iter().map(|step| step.exit).collect();
    assert_eq!(exits, [code(7), StepExit::Skipped, StepExit::Skipped]);
}

#[test]
fn output_that_is_no_text_arrives_as_text_and_waits_are_answered() {
    let state = tempfile::tempdir().unwrap();
    let runner = Runner::start(state.path());
    runner.ready("o", LIMITS);
    let began = Instant::now();
    assert_eq!(runner.page("o", 99, 300).frames.len(), 0);
    assert!(began.elapsed() >= Duration::from_millis(290), "it waited");
    let command = "printf 'a\\377b\\000c\\n'; printf '\\033[31mred\\033[0m\\007\\n' >&2; head -c 40000 /dev/zero | tr '\\0' x; echo; sleep 1";
    runner.begin("o", vec![step(command)], &[]);
    let page = runner.follow("o", Duration::from_secs(10));
    let lines: Vec<_> = page.frames.iter().filter(|f| f.stream == OutputStream::Stdout).collect();
    assert_eq!(lines[0].text, "a\u{fffd}bc");
    let red = text_of(&page, Some(OutputStream::Stderr));
    assert_eq!(red, "\u{1b}[31mred\u{1b}[0m\n", "colours come through, other controls don't");
    let flags: Vec<bool> = lines[1..].iter().map(|frame| frame.continues).collect();
    assert_eq!(flags, [true, true, false]);
    assert_eq!(lines[1..].iter().map(|frame| frame.text.len()).sum::<usize>(), 40_000);
}

#[test]
fn a_cancel_ends_everything_within_five_seconds_and_keeps_what_there_is() {
    let state = tempfile::tempdir().unwrap();
    let runner = Runner::start(state.path());
    runner.ready("c", LIMITS);
    let stubborn = "echo begun; echo kept > r.txt; trap '' TERM; (trap '' TERM; sleep 99)& \
                    while :; do sleep 0.1; done";
    runner.begin("c", vec![step(stubborn), step("true")], &["*.txt"]);
    while !text_of(&runner.page("c", 0, 500), None).contains("begun") {}
    std::thread::sleep(Duration::from_millis(200));
    let began = Instant::now();
    let view: SandboxView = runner.call("POST", "/v1/sandboxes/c/cancel", &json!(null)).json();
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert_eq!(view.job, JobState::Finished { outcome: Outcome::Cancelled });
    assert_eq!(view.phase, Phase::Stopped);
    let results = runner.results("c");
    let exits: Vec<_> = results.steps.iter().map(|step| step.exit).collect();
    assert_eq!(exits, [StepExit::Cancelled, StepExit::Skipped]);
    let paths: Vec<_> = results.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["changes.diff", "r.txt"]);
    assert_eq!(runner.call("POST", "/v1/sandboxes/c/cancel", &json!(null)).status, 200, "again");

    runner.ready("early", LIMITS);
    runner.call("POST", "/v1/sandboxes/early/cancel", &json!(null));
    let answer = runner.send_source("early", "tar", &tar(&[("README", "hello\n")]));
    assert_eq!(answer.status, 200, "the same source again is no error");
    let job =
        json!({ "job_id": "j", "steps": [{ "name": "a", "role": "step", "command": "true" }] });
    assert_eq!(runner.call("POST", "/v1/sandboxes/early/job", &job).code(), "sandbox_gone");
}

#[test]
fn a_cancel_ends_unpacking_and_checks_within_five_seconds_too() {
    let state = tempfile::tempdir().unwrap();
    let runner = Runner::start(state.path());
    let cancel = |id: &str| {
        let began = Instant::now();
        let path = format!("/v1/sandboxes/{id}/cancel");
        let view: SandboxView = runner.call("POST", &path, &json!(null)).json();
        assert!(began.elapsed() < Duration::from_secs(5), "{id}: {:?}", began.elapsed());
        view
    };
    // An archive that takes long to unpack: it is sent beside, and the call that sends it ends too.
    let names: Vec<String> = (0..60_000).map(|n| format!("d{}/f{n}", n % 200)).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "")).collect();
    let archive = tar(&files);
    let archive = &archive[..archive.len().min(24 << 20)];
    let roomy = Limits { memory_bytes: 512 << 20, disk_bytes: 512 << 20, ..LIMITS };
    runner.provision("unpacking", roomy);
    std::thread::scope(|scope| {
        scope.spawn(|| runner.send_source("unpacking", "tar", archive));
        let is_unpacking = || {
            let view: SandboxView = runner.get("/v1/sandboxes/unpacking");
            view.phase == Phase::Busy
        };
        while !is_unpacking() {
            std::thread::sleep(Duration::from_millis(5));
        }
        let view = cancel("unpacking");
        assert!(matches!(view.phase, Phase::Failed { .. }), "{view:?}");
    });

    runner.ready("checking", LIMITS);
    let slow = check("echo checking; trap '' TERM; while :; do sleep 0.1; done");
    runner.begin("checking", vec![step("echo x > y"), slow], &["y"]);
    while !text_of(&runner.page("checking", 0, 500), None).contains("checking") {}
    let view = cancel("checking");
    assert_eq!(view.job, JobState::Finished { outcome: Outcome::Cancelled });
    let paths: Vec<_> = runner.results("checking").files.into_iter().map(|f| f.path).collect();
    assert_eq!(paths, ["changes.diff", "y"]);
}
