//! Single commands in a sandbox that does no job. Needs bubblewrap.

mod support;

use std::time::{Duration, Instant};

use domain::sandbox::protocol::{
    ExecState, Frame, JailLoss, Limit, Limits, Metrics, OutputPage, Phase, SandboxView, StepExit,
};
use serde_json::json;
use support::{Answer, LIMITS, Runner, code, step, text_of};

fn send(runner: &Runner, id: &str, exec_id: &str, command: &str, timeout_ms: u64) -> Answer {
    let exec = json!({ "exec_id": exec_id, "command": command, "timeout_ms": timeout_ms });
    runner.call("POST", &format!("/v1/sandboxes/{id}/exec"), &exec)
}

/// Waits until the command that was sent last has ended; everything above `after`.
fn follow(runner: &Runner, id: &str, after: u64) -> (ExecState, OutputPage) {
    let began = Instant::now();
    let mut all = runner.page(id, after, 0);
    loop {
        let page = runner.page(id, all.next, 500);
        let more: Vec<Frame> = page.frames;
        all.frames.extend(more);
        (all.next, all.last) = (page.next, page.last);
        let state = page.exec.expect("a command").state;
        if state != ExecState::Running && all.next == all.last {
            return (state, all);
        }
        assert!(began.elapsed() < Duration::from_secs(20), "it goes on");
    }
}

/// Sends a command, and waits for its end.
fn one(runner: &Runner, id: &str, exec_id: &str, command: &str) -> (ExecState, String) {
    let view: SandboxView = runner.get(&format!("/v1/sandboxes/{id}"));
    let answer = send(runner, id, exec_id, command, 10_000);
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    let (state, page) = follow(runner, id, view.output_last);
    (state, text_of(&page, None))
}

fn exit_of(state: &ExecState) -> StepExit {
    match state {
        ExecState::Ended { exit, .. } => *exit,
        other => panic!("{other:?}"),
    }
}

#[test]
fn commands_follow_each_other_in_one_jail_and_share_its_files() {
    let state = tempfile::tempdir().unwrap();
    let runner = Runner::start(state.path());
    runner.ready("e", LIMITS);
    let (end, text) = one(&runner, "e", "exe_1", "cat README; echo 1 > f; (sleep 60 &) ; echo out");
    assert_eq!((exit_of(&end), text.as_str()), (code(0), "hello\nout\n"));
    let (end, text) = one(&runner, "e", "exe_2", "cat f; ps ax | grep -c [s]leep; exit 7");
    assert_eq!((exit_of(&end), text.as_str()), (code(7), "1\n0\n"), "nothing outlives its command");
    // The newest one again is that one: it isn't executed a second time.
    let view: SandboxView = send(&runner, "e", "exe_2", "echo again", 1_000).json();
    assert_eq!((view.phase, view.exec.as_ref().map(|exec| exec.index)), (Phase::Ready, Some(1)));
    let page = runner.page("e", 0, 0);
    assert!(!text_of(&page, None).contains("again"));
    let steps: Vec<_> = page.frames.iter().filter_map(|frame| frame.step).collect();
    assert!(steps.is_sorted() && steps.last() == Some(&1), "frames say whose they are: {steps:?}");
    let numbers: Vec<u64> = page.frames.iter().map(|frame| frame.seq).collect();
    assert!(numbers.iter().zip(1..).all(|(seq, n)| *seq == n), "{numbers:?}");
    // Neither becomes the other.
    let job =
        json!({ "job_id": "j", "steps": [{ "name": "a", "role": "step", "command": "true" }] });
    assert_eq!(runner.call("POST", "/v1/sandboxes/e/job", &job).code(), "job_exists");
    runner.ready("j", LIMITS);
    runner.begin("j", vec![step("true")], &[]);
    assert_eq!(send(&runner, "j", "exe_1", "true", 1_000).code(), "job_exists");
}

#[test]
fn one_at_a_time_and_what_makes_no_sense_is_refused() {
    let state = tempfile::tempdir().unwrap();
    let runner = Runner::start(state.path());
    runner.provision("n", LIMITS);
    assert_eq!(send(&runner, "n", "exe_1", "true", 1_000).code(), "source_not_ready");
    assert_eq!(send(&runner, "nobody", "exe_1", "true", 1_000).code(), "unknown_sandbox");
    runner.ready("b", LIMITS);
    for (exec_id, command, timeout_ms) in
        [("", "true", 1), ("a/b", "true", 1), ("a", " ", 1), ("a", "a\0b", 1), ("a", "true", 0)]
    {
        assert_eq!(send(&runner, "b", exec_id, command, timeout_ms).code(), "invalid_request");
    }
    let long = "x".repeat(1 << 20);
    assert_eq!(send(&runner, "b", "a", &long, 1_000).code(), "invalid_request", "a megabyte");
    assert_eq!(send(&runner, "b", "exe_1", "sleep 30", 20_000).status, 200);
    let answer = send(&runner, "b", "exe_2", "true", 1_000);
    assert_eq!((answer.status, answer.code().as_str()), (409, "exec_unfinished"));
}

#[test]
fn what_takes_too_much_is_ended_and_the_next_one_goes_on() {
    let state = tempfile::tempdir().unwrap();
    let runner = Runner::start(state.path());
    runner.ready("l", Limits { output_bytes: 10_000, cpu_ms: 1_500, ..LIMITS });
    assert_eq!(send(&runner, "l", "exe_1", "trap '' TERM; echo on; sleep 30", 500).status, 200);
    let (end, page) = follow(&runner, "l", 0);
    assert_eq!(exit_of(&end), StepExit::TimedOut);
    assert!(text_of(&page, None).contains("on\n"));
    let (end, text) = one(&runner, "l", "exe_2", "yes | head -c 5000000; echo flood");
    let ExecState::Ended { exit, limits_hit, .. } = &end else { panic!("{end:?}") };
    assert_eq!((*exit, &limits_hit[..]), (code(0), &[Limit::Output][..]));
    assert!(text.len() < 11_000, "{} bytes", text.len());
    let (end, text) = one(&runner, "l", "exe_3", "echo heard");
    assert_eq!((exit_of(&end), text.as_str()), (code(0), "heard\n"), "each has its own allowance");
    let (end, _) = one(&runner, "l", "exe_4", "while :; do :; done");
    assert_eq!(exit_of(&end), StepExit::Limit { limit: Limit::Cpu });
    let (end, _) = one(&runner, "l", "exe_5", "true");
    assert_eq!(exit_of(&end), code(0), "of processor time too");
}

#[test]
fn its_use_is_told_while_and_after_a_command_runs() {
    let state = tempfile::tempdir().unwrap();
    let runner = Runner::start(state.path());
    runner.ready("m", LIMITS);
    let metrics = || runner.get::<Metrics>("/v1/sandboxes/m/metrics");
    let before = metrics();
    let command = "head -c 4000000 /dev/zero > f; x=$(head -c 9000000 /dev/zero | tr '\\0' x); \
                   i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; sleep 30";
    assert_eq!(send(&runner, "m", "exe_1", command, 20_000).status, 200);
    let began = Instant::now();
    loop {
        let now = metrics();
        let disk = now.disk_bytes.unwrap_or(0) - before.disk_bytes.unwrap_or(0);
        let is_seen = now.processes >= 1
            && now.memory_bytes > 9_000_000
            && now.memory_peak_bytes >= now.memory_bytes
            && now.cpu_ms > before.cpu_ms
            && disk >= 4_000_000;
        if is_seen {
            assert!(now.uptime_ms > before.uptime_ms && disk < 5_000_000, "{now:?}");
            break;
        }
        assert!(began.elapsed() < Duration::from_secs(10), "{before:?} {now:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
    runner.call("POST", "/v1/sandboxes/m/cancel", &json!(null));
    let after = metrics();
    assert_eq!((after.processes, after.memory_bytes, after.disk_bytes), (0, 0, Some(0)));
    assert!(after.memory_peak_bytes > 9_000_000 || after.cpu_ms > before.cpu_ms, "{after:?}");
}

#[test]
fn a_stop_in_the_middle_ends_it_and_its_output_is_still_there() {
    let state = tempfile::tempdir().unwrap();
    let runner = Runner::start(state.path());
    runner.ready("s", LIMITS);
    send(&runner, "s", "exe_1", "echo begun; trap '' TERM; while :; do sleep 0.1; done", 20_000);
    while !text_of(&runner.page("s", 0, 500), None).contains("begun") {}
    let began = Instant::now();
    let view: SandboxView = runner.call("POST", "/v1/sandboxes/s/cancel", &json!(null)).json();
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert!(matches!(view.phase, Phase::Failed { reason: JailLoss::Cancelled }), "{view:?}");
    assert_eq!(exit_of(&view.exec.unwrap().state), StepExit::Cancelled);
    assert!(text_of(&runner.page("s", 0, 0), None).contains("begun"));
    assert_eq!(send(&runner, "s", "exe_2", "true", 1_000).code(), "sandbox_gone");
}

#[test]
fn a_killed_runner_s_next_one_says_that_it_was_interrupted() {
    let state = tempfile::tempdir().unwrap();
    let runner = Runner::start(state.path());
    runner.ready("k", LIMITS);
    one(&runner, "k", "exe_1", "echo first");
    send(&runner, "k", "exe_2", "echo begun; sleep 60", 20_000);
    while !text_of(&runner.page("k", 0, 500), None).contains("begun") {}
    runner.kill();
    let runner = Runner::start(state.path());
    let reason = JailLoss::RunnerRestarted;
    let view: SandboxView = runner.get("/v1/sandboxes/k");
    assert_eq!(view.phase, Phase::Failed { reason: reason.clone() });
    let exec = view.exec.unwrap();
    assert_eq!((exec.index, exec.state), (1, ExecState::Interrupted { reason }));
    assert!(text_of(&runner.page("k", 0, 0), None).contains("first\nbegun\n"));
    let view: SandboxView = send(&runner, "k", "exe_2", "true", 1_000).json();
    assert!(view.exec.is_some(), "again is no error");
    assert_eq!(send(&runner, "k", "exe_3", "true", 1_000).code(), "sandbox_gone");
}
