//! Secrets in a job: who is given them, and where they are never seen. Needs bubblewrap.

mod support;

use std::path::Path;
use std::time::Duration;

use domain::sandbox::protocol::{Job, JobStep, Outcome, OutputPage, Secret, Variable};
use support::{LIMITS, Runner, check, outcome_of, step, text_of};

const VALUE: &str = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJydW5fMSJ9.c2lnbmF0dXJlLW9mLWl0";

fn job(steps: Vec<JobStep>) -> Job {
    let (name, value) = ("MONOTASK_RUN_TOKEN".to_owned(), VALUE.to_owned());
    let open = Variable { name: "MONOTASK_RUN".to_owned(), value: "run_1".to_owned() };
    Job {
        job_id: "job".to_owned(),
        steps,
        artifacts: vec!["kept".to_owned()],
        environment: vec![open],
        secrets: vec![Secret { name, value }],
        ..Job::default()
    }
}

fn run(runner: &Runner, id: &str, job: &Job) -> OutputPage {
    runner.ready(id, LIMITS);
    let answer = runner.call("POST", &format!("/v1/sandboxes/{id}/job"), job);
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    runner.follow(id, Duration::from_secs(15))
}

/// Every file below a directory that holds the text.
fn files_with(directory: &Path, text: &str) -> Vec<String> {
    let mut found = vec![];
    for entry in std::fs::read_dir(directory).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files_with(&path, text));
        } else if let Ok(bytes) = std::fs::read(&path)
            && bytes.windows(text.len()).any(|window| window == text.as_bytes())
        {
            found.push(path.display().to_string());
        }
    }
    found
}

#[test]
fn steps_have_them_checks_do_not_and_output_shows_them_masked() {
    let state = tempfile::tempdir().unwrap();
    let runner = Runner::start(state.path());
    let steps = vec![
        step("echo \"run $MONOTASK_RUN token $MONOTASK_RUN_TOKEN.\"; echo $MONOTASK_RUN_TOKEN >&2"),
        // In two writes with a pause between: in two reads.
        step(
            "t=$MONOTASK_RUN_TOKEN; printf %.20s $t; sleep 0.4; printf %s $t | tail -c +21; echo \
             end",
        ),
        step("printf %s user:$MONOTASK_RUN_TOKEN | base64"),
        step("head -c 16370 /dev/zero | tr '\\0' x; echo $MONOTASK_RUN_TOKEN"),
        step("printf %s $MONOTASK_RUN_TOKEN > told; printf %s $MONOTASK_RUN_TOKEN > kept"),
        check("env | grep MONOTASK; cat told; echo; exit 0"),
    ];
    let page = run(&runner, "s", &job(steps));
    assert_eq!(outcome_of(&page), Outcome::Succeeded, "{}", text_of(&page, None));
    let of = |step: u32| {
        let frames: Vec<_> =
            page.frames.iter().filter(|frame| frame.step == Some(step)).cloned().collect();
        text_of(&OutputPage { frames, ..page.clone() }, None)
    };
    assert_eq!(of(0), "run run_1 token ***.\n***\n");
    assert_eq!(of(1), "***end\n");
    assert!(of(2).contains("***") && of(2).len() < 24, "{}", of(2));
    assert_eq!(of(3).replace('\n', "").trim_start_matches('x'), "***");
    assert_eq!(of(5), "***\n", "no variable, and what a step left is masked too");
    let everything = serde_json::to_string(&page).unwrap();
    assert!(!everything.contains(&VALUE[..20]), "{everything}");
    let left = files_with(state.path(), VALUE);
    // The diff and the file: what is kept is kept as it is.
    assert!(left.len() == 2 && left.iter().all(|path| path.contains("/files/")), "{left:?}");
}

#[test]
fn what_could_not_be_masked_is_refused_and_the_refusal_does_not_tell_it() {
    let state = tempfile::tempdir().unwrap();
    let runner = Runner::start(state.path());
    runner.ready("r", LIMITS);
    for (name, value) in [("T", "1234567"), ("T", "two words"), ("PATH", VALUE), ("a b", VALUE)] {
        let mut job = job(vec![step("true")]);
        job.secrets[0] = Secret { name: name.to_owned(), value: value.to_owned() };
        let answer = runner.call("POST", "/v1/sandboxes/r/job", &job);
        assert_eq!((answer.status, answer.code().as_str()), (400, "invalid_request"), "{name}");
        assert!(!String::from_utf8_lossy(&answer.body).contains(value), "{name}");
    }
    // A job without them is what it was before there were any.
    let plain = serde_json::json!({
        "job_id": "j", "steps": [{ "name": "a", "role": "step", "command": "echo ok" }]
    });
    assert_eq!(runner.call("POST", "/v1/sandboxes/r/job", &plain).status, 200);
    assert_eq!(text_of(&runner.follow("r", Duration::from_secs(10)), None), "ok\n");
}

#[test]
fn a_runner_that_is_killed_and_started_again_has_them_nowhere() {
    let state = tempfile::tempdir().unwrap();
    let runner = Runner::start(state.path());
    runner.ready("k", LIMITS);
    let job = job(vec![step("echo begun $MONOTASK_RUN_TOKEN; sleep 60")]);
    assert_eq!(runner.call("POST", "/v1/sandboxes/k/job", &job).status, 200);
    while !text_of(&runner.page("k", 0, 500), None).contains("begun ***") {}
    assert_eq!(files_with(state.path(), &VALUE[..20]), Vec::<String>::new());
    runner.kill();
    let runner = Runner::start(state.path());
    assert_eq!(runner.call("POST", "/v1/sandboxes/k/job", &job).status, 200, "the same one again");
    assert_eq!(files_with(state.path(), &VALUE[..20]), Vec::<String>::new());
}
