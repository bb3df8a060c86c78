//! What a runner that was killed leaves, and what the next one makes of it. Needs bubblewrap.

mod support;

use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use domain::sandbox::protocol::{Info, JailLoss, JobState, Outcome, Phase, SandboxView};
use support::{LIMITS, Runner, SECRET, code, outcome_of, step, text_of};

/// Whether a process has this word in its command line.
fn is_anyone_running(word: &str) -> bool {
    std::fs::read_dir("/proc").unwrap().flatten().any(|entry| {
        let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).contains(word)
    })
}

#[test]
fn a_killed_runner_takes_its_jails_along_and_the_next_one_serves_what_was_printed() {
    let state = tempfile::tempdir().unwrap();
    let runner = Runner::start(state.path());
    let mark = format!("mark-{}", runner.pid());
    runner.ready("done", LIMITS);
    runner.begin("done", vec![step("echo done; echo x > f.txt")], &["f.txt"]);
    runner.follow("done", Duration::from_secs(10));
    let results = runner.results("done");
    runner.ready("idle", LIMITS);
    runner.ready("busy", LIMITS);
    let command = format!("echo begun; setsid sh -c 'sleep 98 # {mark}' & sleep 99");
    runner.begin("busy", vec![step(&command)], &["*"]);
    while !text_of(&runner.page("busy", 0, 500), None).contains("begun") {}
    assert!(is_anyone_running(&mark));
    let before = runner.page("busy", 0, 0);
    runner.kill();
    let gone = (0..50).any(|_| {
        sleep(Duration::from_millis(100));
        !is_anyone_running(&mark)
    });
    assert!(gone, "the jail outlived its runner");

    let runner = Runner::start(state.path());
    let reason = JailLoss::RunnerRestarted;
    let view: SandboxView = runner.get("/v1/sandboxes/busy");
    assert_eq!(view.phase, Phase::Failed { reason: reason.clone() });
    assert_eq!(view.job, JobState::Interrupted { reason: reason.clone() });
    let after = runner.page("busy", 0, 0);
    assert_eq!(after.frames[..before.frames.len()], before.frames, "no line lost or renumbered");
    let answer = runner.raw("GET", "/v1/sandboxes/busy/results", SECRET, b"");
    assert_eq!((answer.status, answer.code().as_str()), (409, "job_interrupted"));
    let idle: SandboxView = runner.get("/v1/sandboxes/idle");
    assert_eq!(idle.phase, Phase::Failed { reason });
    assert_eq!(runner.results("done"), results, "what had finished stays");
    let file = &results.files[1].sha256;
    let answer = runner.raw("GET", &format!("/v1/sandboxes/done/files/{file}"), SECRET, b"");
    assert_eq!(answer.body, b"x\n");
    for id in ["busy", "idle", "done"] {
        runner.delete(id);
    }
    assert_eq!(runner.one("fresh", LIMITS, "true").0, code(0), "and it works");
}

#[test]
fn two_runners_do_not_share_a_state_and_an_ended_one_leaves_nothing() {
    let state = tempfile::tempdir().unwrap();
    let runner = Runner::start(state.path());
    let second = refused(state.path(), &[], Some(SECRET), "/usr/bin:/bin");
    assert!(second.contains("another runner uses"), "{second}");
    let id = format!("left-{}", runner.pid());
    runner.ready(&id, LIMITS);
    let groups = || {
        let find = ["/sys/fs/cgroup", "-type", "d", "-name", &id];
        let output = Command::new("find").args(find).output().unwrap();
        String::from_utf8_lossy(&output.stdout).lines().count()
    };
    let info: Info = runner.get("/v1/info");
    assert_eq!(groups() > 0, !info.cgroups.is_empty());
    drop(runner);
    assert_eq!(groups(), 0);
}

fn refused(state: &Path, more: &[&str], secret: Option<&str>, path: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_runner"));
    command.args(["--listen", "127.0.0.1:0", "--state"]).arg(state).args(more);
    command.env_clear().env("PATH", path).stdin(Stdio::null());
    if let Some(secret) = secret {
        command.env("RUNNER_SECRET", secret);
    }
    let output = command.output().unwrap();
    assert!(!output.status.success(), "it started");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn without_bubblewrap_or_a_secret_it_refuses_in_plain_words() {
    let state = tempfile::tempdir().unwrap();
    let said = refused(state.path(), &[], Some(SECRET), "/nowhere");
    assert!(said.contains("bubblewrap isn't installed"), "{said}");
    assert!(said.contains("--unsafe-no-isolation"), "{said}");
    assert!(refused(state.path(), &[], None, "/usr/bin").contains("RUNNER_SECRET"));
    assert!(refused(state.path(), &[], Some("short"), "/usr/bin").contains("32 characters"));
}

#[test]
fn without_isolation_it_says_so_and_still_ends_what_a_step_left() {
    let state = tempfile::tempdir().unwrap();
    let runner = Runner::start_with(state.path(), &["--unsafe-no-isolation"]);
    let health = runner.raw("GET", "/healthz", "", b"");
    assert!(String::from_utf8_lossy(&health.body).contains("\"isolation\":\"unsafe\""));
    let mark = format!("unsafe-{}", runner.pid());
    runner.ready("u", LIMITS);
    let command = format!("echo y > f; setsid sh -c 'sleep 97 # {mark}' & sleep 0.2; echo $HOME");
    runner.begin("u", vec![step(&command)], &["f"]);
    let page = runner.follow("u", Duration::from_secs(10));
    assert_eq!(outcome_of(&page), Outcome::Succeeded, "{}", text_of(&page, None));
    assert_eq!(runner.results("u").files.len(), 2);
    assert!(!is_anyone_running(&mark), "it outlived its step");
}

#[test]
fn a_line_without_an_end_is_told_when_its_jail_dies() {
    let state = tempfile::tempdir().unwrap();
    let runner = Runner::start(state.path());
    runner.ready("dying", LIMITS);
    let mark = format!("dying-{}", runner.pid());
    runner.begin(
        "dying",
        vec![step(&format!("echo begun; printf 'last words'; sleep 30 # {mark}"))],
        &[],
    );
    while !text_of(&runner.page("dying", 0, 500), None).contains("begun") {}
    std::thread::sleep(Duration::from_millis(200));
    // The jail's first process, found from outside by what it was started with.
    let init = std::fs::read_dir("/proc").unwrap().flatten().find(|entry| {
        let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let parent = std::fs::read_to_string(entry.path().join("status")).unwrap_or_default();
        String::from_utf8_lossy(&line).contains("jail-init\0")
            && has_ancestor(&parent, runner.pid())
            && !String::from_utf8_lossy(&line).starts_with("bwrap")
    });
    let pid = init.expect("a jail").file_name();
    Command::new("kill").arg("-9").arg(pid).status().unwrap();
    let page = runner.follow("dying", Duration::from_secs(10));
    assert!(matches!(page.job, JobState::Interrupted { .. }), "{:?}", page.job);
    assert_eq!(text_of(&page, None), "begun\nlast words\n");
}

fn has_ancestor(status: &str, wanted: u32) -> bool {
    let Some(parent) = status.lines().find_map(|line| line.strip_prefix("PPid:\t")) else {
        return false;
    };
    if parent.trim() == wanted.to_string() {
        return true;
    }
    let next = std::fs::read_to_string(format!("/proc/{}/status", parent.trim()));
    parent.trim() != "0" && next.is_ok_and(|status| has_ancestor(&status, wanted))
}

#[test]
fn results_that_cannot_be_written_lose_the_job_with_a_reason() {
    let state = tempfile::tempdir().unwrap();
    let runner = Runner::start(state.path());
    runner.ready("full", LIMITS);
    runner.begin("full", vec![step("sleep 0.5")], &[]);
    // A directory in its place: the file can't be made, as on a full disk.
    std::fs::create_dir(state.path().join("sandboxes/full/results.json.new")).unwrap();
    let page = runner.follow("full", Duration::from_secs(10));
    let JobState::Interrupted { reason: JailLoss::JailDied { detail } } = &page.job else {
        panic!("{:?}", page.job)
    };
    assert!(detail.contains("couldn't be written"), "{detail}");
    assert!(page.frames.iter().any(|frame| frame.text.contains(detail)), "the log says it too");
}

#[test]
fn a_job_that_cannot_be_written_down_is_not_begun() {
    let state = tempfile::tempdir().unwrap();
    let runner = Runner::start(state.path());
    runner.ready("unsaved", LIMITS);
    let block = state.path().join("sandboxes/unsaved/sandbox.json.new");
    std::fs::create_dir(&block).unwrap();
    let job = serde_json::json!({
        "job_id": "job", "steps": [{ "name": "a", "role": "step", "command": "echo once" }]
    });
    let refused = runner.call("POST", "/v1/sandboxes/unsaved/job", &job);
    assert_eq!((refused.status, refused.code().as_str()), (500, "internal"));
    std::fs::remove_dir(block).unwrap();
    assert_eq!(runner.call("POST", "/v1/sandboxes/unsaved/job", &job).status, 200);
    let page = runner.follow("unsaved", Duration::from_secs(10));
    assert_eq!(text_of(&page, None), "once\n");
}
