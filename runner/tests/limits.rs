//! What a job may use up is bounded, and the host stays usable. Needs bubblewrap.

mod support;

use std::time::{Duration, Instant};

use domain::sandbox::protocol::{Limit, Limits, Outcome, StepExit};
use support::{LIMITS, Runner, check, outcome_of, step, text_of};

fn ended_by(limit: Limit) -> StepExit {
    StepExit::Limit { limit }
}

#[test]
fn fork_bombs_are_bounded_and_the_host_goes_on() {
    let state = tempfile::tempdir().unwrap();
    let runner = Runner::start(state.path());
    let limits = Limits { wall_ms: 2_000, ..LIMITS };
    for (id, bomb) in [
        ("sh", "b(){ b|b& }; while :; do b; done 2>/dev/null; while :; do :; done"),
        ("perl", "perl -e 'while(1){fork}'"),
    ] {
        runner.ready(id, limits);
        runner.begin(id, vec![step(bomb)], &[]);
        std::thread::sleep(Duration::from_millis(1_000));
        let began = Instant::now();
        assert!(std::process::Command::new("true").status().unwrap().success());
        assert!(began.elapsed() < Duration::from_millis(500), "the host starts processes");
        let used: serde_json::Value = runner.get(&format!("/v1/sandboxes/{id}/metrics"));
        assert!(used["processes"].as_u64().unwrap() <= 67, "{used}");
        let page = runner.follow(id, Duration::from_secs(10));
        let results = runner.results(id);
        assert_ne!(outcome_of(&page), Outcome::Succeeded, "{id}");
        assert!(results.steps[0].limits_hit.contains(&Limit::Processes), "{:?}", results.steps);
        runner.delete(id);
    }
}

#[test]
fn time_is_limited_as_a_whole_by_step_and_by_processor() {
    let state = tempfile::tempdir().unwrap();
    let runner = Runner::start(state.path());
    let wall = Limits { wall_ms: 1_000, ..LIMITS };
    let (exit, _, results) = runner.one("wall", wall, "sleep 60");
    assert_eq!(exit, ended_by(Limit::Wall));
    assert_eq!(results.outcome, Outcome::TimedOut { step: 0, limit_ms: 1_000 });

    let cpu = Limits { cpu_ms: 1_000, ..LIMITS };
    let (exit, _, _) = runner.one("cpu", cpu, "for i in 1 2; do (while :; do :; done)& done; wait");
    assert_eq!(exit, ended_by(Limit::Cpu), "several processes share one budget");

    runner.ready("own", LIMITS);
    let mut slow = step("sleep 60");
    slow.timeout_ms = Some(300);
    runner.begin("own", vec![slow, step("true"), check("true")], &[]);
    let page = runner.follow("own", Duration::from_secs(10));
    assert_eq!(outcome_of(&page), Outcome::TimedOut { step: 0, limit_ms: 300 });
    let exits: Vec<_> = runner.results("own").steps.iter().map(|step| step.exit).collect();
    assert_eq!(exits, [StepExit::TimedOut, StepExit::Skipped, StepExit::Skipped]);
}

#[test]
fn memory_disk_and_files_are_limited() {
    let state = tempfile::tempdir().unwrap();
    let runner = Runner::start(state.path());
    let hog = "perl -e 'my @a; push @a, \"x\" x 10000000 while 1'";
    assert_eq!(runner.one("memory", LIMITS, hog).0, ended_by(Limit::Memory));

    let fill = "for i in 1 2 3 4 5; do head -c 10000000 /dev/zero > f$i || exit 9; done";
    let (exit, text, results) = runner.one("disk", LIMITS, fill);
    assert_eq!(exit, StepExit::Code { code: 9 }, "{text}");
    assert_eq!(results.steps[0].limits_hit, [Limit::Disk]);

    let large = "head -c 30000000 /dev/zero > large";
    assert_eq!(runner.one("file", LIMITS, large).0, ended_by(Limit::FileSize));

    let many = "perl -e 'for (1..2000000) { open(F, \">f$_\") or exit 7 }'";
    let (exit, _, _) = runner.one("many", Limits { wall_ms: 4_000, ..LIMITS }, many);
    assert_ne!(exit, StepExit::Code { code: 0 }, "a file costs memory even when it is empty");
}

#[test]
fn a_gigabyte_of_output_is_counted_and_dropped() {
    let state = tempfile::tempdir().unwrap();
    let runner = Runner::start(state.path());
    runner.ready("flood", LIMITS);
    runner.begin("flood", vec![step("yes 123456789 | head -c 1000000000; exit 3")], &[]);
    let page = runner.follow("flood", Duration::from_secs(40));
    let results = runner.results("flood");
    assert_eq!(results.steps[0].exit, StepExit::Code { code: 3 }, "{:?}", results.steps);
    assert_eq!(results.steps[0].limits_hit, [Limit::Output]);
    let kept = text_of(&page, None).len() as u64;
    // A line that was open when the limit was passed counts an end of its own.
    let counted = kept + results.output_dropped_bytes;
    assert!((1_000_000_000..=1_000_000_001).contains(&counted), "every byte counts: {counted}");
    assert!(page.frames.iter().zip(1..).all(|(frame, seq)| frame.seq == seq), "dense");
}

#[test]
fn a_gigabyte_of_empty_lines_is_bounded_in_frames_and_pages() {
    let state = tempfile::tempdir().unwrap();
    let runner = Runner::start(state.path());
    runner.ready("lines", LIMITS);
    let command = "head -c 1000000000 /dev/zero | tr '\\0' '\\n'; exit 3";
    runner.begin("lines", vec![step(command)], &[]);
    let page = runner.follow("lines", Duration::from_secs(40));
    let results = runner.results("lines");
    assert_eq!(results.steps[0].exit, StepExit::Code { code: 3 }, "{:?}", results.steps);
    let kept = page.frames.iter().filter(|frame| frame.text.is_empty()).count() as u64;
    assert_eq!(kept, LIMITS.output_bytes / 32, "a line counts 32 bytes at least");
    assert_eq!(kept + results.output_dropped_bytes, 1_000_000_000, "every byte counts");
    let answer = runner.raw(
        "GET",
        "/v1/sandboxes/lines/output?after=0&max_bytes=262144",
        support::SECRET,
        b"",
    );
    assert!(answer.body.len() < 1 << 20, "a page is {} bytes", answer.body.len());
    let none = format!("/v1/sandboxes/lines/output?after={}", u64::MAX);
    assert_eq!(runner.raw("GET", &none, support::SECRET, b"").status, 200, "no such line yet");
}

/// As whoever isn't root, where the kernel lets ordinary users make namespaces.
#[test]
fn an_ordinary_user_s_runner_bounds_a_fork_bomb_too() {
    let state = tempfile::tempdir().unwrap();
    let Some(runner) = Runner::start_as_nobody(state.path()) else {
        println!("skipped: this kernel lets ordinary users make no namespaces");
        return;
    };
    let limits = Limits { wall_ms: 3_000, ..LIMITS };
    runner.ready("bomb", limits);
    runner.begin("bomb", vec![step("perl -e 'while(1){fork}'")], &[]);
    std::thread::sleep(Duration::from_millis(1_000));
    let began = Instant::now();
    assert!(std::process::Command::new("true").status().unwrap().success());
    assert!(began.elapsed() < Duration::from_millis(500), "the host starts processes");
    let used: serde_json::Value = runner.get("/v1/sandboxes/bomb/metrics");
    assert!(used["processes"].as_u64().unwrap() <= 67, "{used}");
    let page = runner.follow("bomb", Duration::from_secs(15));
    assert_ne!(outcome_of(&page), Outcome::Succeeded);
    runner.delete("bomb");
    assert_eq!(runner.one("after", LIMITS, "true").0, StepExit::Code { code: 0 });
}
