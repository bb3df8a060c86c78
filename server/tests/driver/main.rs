//! A run's drive over its ports: whatever the host, the store and the memory do, the run ends in
//! bounded time and its lease is never lost by a drive that is alive.

mod fakes;
mod standalone;
#[path = "../support/mod.rs"]
mod support;
mod world;

use std::sync::atomic::Ordering;

use domain::run::{FailureReason, RunState};
use domain::sandbox::SandboxState;
use domain::sandbox::protocol::{
    CapturedFile, FileKind, Isolation, MAX_FILE_BYTES, MAX_FILES, Outcome, Results, Revision,
};
use domain::task::TaskStage;
use fakes::Tokens;
use server::sandboxes::{Drive, Phase, SLACK_MS};
use sha2::{Digest, Sha256};
use world::{LEASE_MS, World};

const DIFF: &[u8] = b"diff";

fn hash(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn file(kind: FileKind, path: &str, bytes: &[u8]) -> CapturedFile {
    let size = u64::try_from(bytes.len()).unwrap();
    CapturedFile { kind, path: path.to_owned(), size, sha256: hash(bytes) }
}

fn results(files: Vec<CapturedFile>) -> Results {
    Results {
        job_id: "job".to_owned(),
        outcome: Outcome::Succeeded,
        steps: vec![],
        revision: Revision::Produced {
            base_commit: "b".to_owned(),
            tree: "t".to_owned(),
            diff_sha256: hash(DIFF),
            diff_bytes: 4,
        },
        files,
        skipped_files: vec![],
        skipped_more: 0,
        capture_incomplete: false,
        output_last: 0,
        output_dropped_bytes: 0,
        started_at_ms: 0,
        finished_at_ms: 0,
    }
}

/// A world whose job is done and left a diff and these files.
fn finished(files: &[(&str, &[u8])]) -> World {
    let mut world = World::claimed();
    let mut captured = vec![file(FileKind::Diff, "changes.diff", DIFF)];
    world.script.files.insert(hash(DIFF), DIFF.to_vec());
    for (path, bytes) in files {
        captured.push(file(FileKind::Artifact, path, bytes));
        world.script.files.insert(hash(bytes), bytes.to_vec());
    }
    world.script.results = Some(results(captured));
    world
}

fn failure(world: &mut World) -> FailureReason {
    match world.end().run.state {
        RunState::Failed { reason, .. } => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_run_goes_its_way_and_its_sandbox_says_how_it_is_isolated() {
    let mut world = finished(&[("a.xml", b"<testsuite><testcase name='a'/></testsuite>")]);
    let scene = world.end();
    assert!(matches!(scene.run.state, RunState::Succeeded { .. }), "{:?}", scene.run.state);
    assert_eq!(scene.task.state.stage(), TaskStage::Review);
    let sandbox = scene.sandbox.unwrap();
    assert!(matches!(sandbox.state, SandboxState::Stopped { .. }));
    assert_eq!(sandbox.isolation, Some(Isolation::Unsafe));
    assert_eq!(world.script.cleanups, 1);
}

#[test]
fn a_full_host_is_waited_for_under_the_lease_and_not_for_ever() {
    let mut world = finished(&[]);
    world.script.is_full = true;
    world.go(60, |_| false);
    assert!(world.passed_ms() > 90_000, "far longer than a silence is waited out");
    let run = world.scene().run;
    let now = domain::clock::Clock::now(&*world.clock);
    assert!(matches!(run.state_at(now), RunState::Provisioning { .. }), "{:?}", run.state_at(now));
    world.script.is_full = false;
    assert_eq!(failure_or_success(&mut world), None);

    let mut world = finished(&[]);
    world.script.is_full = true;
    assert_eq!(failure(&mut world), FailureReason::SandboxUnavailable);
    assert!(world.passed_ms() < 15 * 60_000, "{} ms", world.passed_ms());
}

fn failure_or_success(world: &mut World) -> Option<FailureReason> {
    match world.end().run.state {
        RunState::Succeeded { .. } => None,
        RunState::Failed { reason, .. } => Some(reason),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_host_that_is_gone_ends_the_run_before_its_lease_does() {
    let mut world = World::claimed();
    world.go(20, |drive| matches!(drive.phase, Phase::Execute));
    world.script.is_gone = true;
    world.go(1_000, |drive| matches!(drive.phase, Phase::Cleanup { .. }));
    let state = world.scene().run.state;
    let reason = FailureReason::SandboxUnavailable;
    assert!(matches!(&state, RunState::Failed { reason: r, .. } if *r == reason), "{state:?}");
    assert!(world.go(100_000, |_| false), "and taking the sandbox down is given up at last");
}

#[test]
fn two_calls_that_are_lost_are_no_silence_however_long_they_took() {
    let mut world = finished(&[]);
    world.go(20, |drive| matches!(drive.phase, Phase::Execute));
    (world.script.lost_calls, world.script.call_ms) = (2, LEASE_MS / 2 + 1_000);
    world.go(2, |_| false);
    assert_eq!(world.script.lost_calls, 0);
    assert!(world.passed_ms() > LEASE_MS / 2);
    world.script.call_ms = 0;
    assert_eq!(failure_or_success(&mut world), None);
}

#[test]
fn a_rejected_source_fails_with_the_host_s_reason() {
    let mut world = World::claimed();
    world.script.is_source_bad = true;
    let detail = "the path ../up is absolute or holds ..".to_owned();
    assert_eq!(failure(&mut world), FailureReason::SourceRejected { detail });
}

#[test]
fn output_that_keeps_coming_slowly_loses_no_lease() {
    let mut world = World::claimed();
    world.go(20, |drive| matches!(drive.phase, Phase::Execute));
    (world.script.is_endless, world.script.call_ms) = (true, 1_000);
    for _ in 0..20 {
        let before = world.passed_ms();
        world.go(1, |_| false);
        let now = domain::clock::Clock::now(&*world.clock);
        let state = world.scene().run.state_at(now);
        assert!(matches!(state, RunState::Running { .. }), "{state:?}");
        assert!(world.passed_ms() - before < LEASE_MS, "a step is bounded by time");
    }
}

#[test]
fn a_job_that_never_ends_is_ended_with_its_time_and_slack() {
    let mut world = World::claimed();
    assert_eq!(failure(&mut world), FailureReason::SandboxUnavailable);
    let wall = i64::try_from(world.scene().run.plan.spec.wall_ms).unwrap();
    assert!(world.passed_ms() <= wall + SLACK_MS + 60_000, "{} ms", world.passed_ms());
}

#[test]
fn a_drive_that_cannot_be_remembered_ends_its_run() {
    let mut world = finished(&[("a.xml", b"x")]);
    world.memory.most = 1_000;
    assert!(world.go(1_000, |_| false), "{:?}", world.drive.phase);
    let state = world.scene().run.state;
    let reason = FailureReason::ReportInvalid;
    assert!(matches!(&state, RunState::Failed { reason: r, .. } if *r == reason), "{state:?}");
}

#[test]
fn the_most_and_longest_that_a_host_may_give_is_remembered() {
    let failures: String = (0..12)
        .map(|n| format!("<testcase name='{}{n}'><failure/></testcase>", "ü".repeat(900)))
        .collect();
    let mut world = finished(&[]);
    let bytes = format!("<testsuite>{failures}</testsuite>").into_bytes();
    let files = world.script.results.as_mut().map(|results| &mut results.files).unwrap();
    for number in 0..2 * MAX_FILES {
        let path = format!("{number:04}{}.xml", "\"".repeat(504));
        files.push(file(FileKind::Artifact, &path, &bytes));
    }
    files.push(file(FileKind::Artifact, &"y".repeat(4_000), &bytes));
    world.script.files.insert(hash(&bytes), bytes);
    let scene = world.end();
    assert!(matches!(scene.run.state, RunState::Succeeded { .. }), "{:?}", scene.run.state);
    assert_eq!(scene.evidence.len(), MAX_FILES + 1);
    let largest = *world.memory.largest.lock().unwrap();
    assert!(largest < 1_900_000, "{largest} bytes");
}

#[test]
fn faults_that_stay_are_met_ever_more_slowly() {
    let mut world = World::claimed();
    world.go(20, |drive| matches!(drive.phase, Phase::Execute));
    world.clock.forward(LEASE_MS);
    world.is_database_out.store(true, Ordering::Relaxed);
    world.waits.clear();
    world.go(12, |_| false);
    assert!(world.waits.is_sorted() && world.waits.last() == Some(&15_000), "{:?}", world.waits);
    world.is_database_out.store(false, Ordering::Relaxed);
    assert!(matches!(world.end().run.state, RunState::Lost { .. }));
}

#[test]
fn a_lease_that_somebody_else_holds_makes_no_busy_loop() {
    let mut world = finished(&[]);
    world.go(50, |drive| matches!(drive.phase, Phase::Finish(_)));
    world.drive.token = Some(domain::run::LeaseToken("another".to_owned()));
    world.waits.clear();
    world.go(6, |drive| matches!(drive.phase, Phase::Cleanup { .. }));
    let soon = world.waits.iter().filter(|wait| **wait < 700).count();
    assert!(soon <= 1, "all but the step that ends it: {:?}", world.waits);
    assert!(world.go(1_000, |_| false), "it ends all the same");
    assert!(matches!(world.scene().run.state, RunState::Lost { .. }));
}

#[test]
fn a_cancel_ends_a_run_wherever_it_is() {
    // While it waits for a place, while its source is taken in, and while its files are kept.
    let mut world = World::claimed();
    world.script.is_full = true;
    world.go(3, |_| false);
    world.cancel();
    assert!(matches!(world.end().run.state, RunState::Cancelled { .. }));

    let mut world = World::claimed();
    world.script.is_ended_during_source = true;
    world.cancel();
    assert!(matches!(world.end().run.state, RunState::Cancelled { .. }));

    let contents: Vec<String> = (0..40).map(|n| n.to_string()).collect();
    let paths: Vec<String> = contents.iter().map(|n| format!("f{n}")).collect();
    let files: Vec<(&str, &[u8])> =
        paths.iter().zip(&contents).map(|(p, c)| (p.as_str(), c.as_bytes())).collect();
    let mut world = finished(&files);
    world.go(50, |drive| matches!(drive.phase, Phase::Collect(_)));
    world.script.call_ms = 400;
    world.cancel();
    let before = world.passed_ms();
    let scene = world.end();
    assert!(matches!(scene.run.state, RunState::Cancelled { .. }), "{:?}", scene.run.state);
    assert!(world.passed_ms() - before < 5_000, "{} ms", world.passed_ms() - before);
    assert!(!scene.evidence.is_empty(), "what was captured is kept");
}

#[test]
fn a_cancel_is_passed_on_and_what_the_job_left_is_kept() {
    let mut world = World::claimed();
    world.go(20, |drive| matches!(drive.phase, Phase::Execute));
    world.cancel();
    world.go(1, |_| false);
    assert_eq!(world.script.cancels, 1);
    world.script.files.insert(hash(DIFF), DIFF.to_vec());
    let left = results(vec![file(FileKind::Diff, "changes.diff", DIFF)]);
    world.script.results = Some(Results { outcome: Outcome::Cancelled, ..left });
    let scene = world.end();
    assert!(matches!(scene.run.state, RunState::Cancelled { .. }), "{:?}", scene.run.state);
    assert_eq!(scene.evidence.len(), 1);
}

#[test]
fn nothing_comes_to_review_without_its_change() {
    let mut world = finished(&[]);
    let large = Revision::Produced {
        base_commit: "b".to_owned(),
        tree: "t".to_owned(),
        diff_sha256: hash(b"large"),
        diff_bytes: MAX_FILE_BYTES + 1,
    };
    world.script.results = Some(Results { revision: large, ..results(vec![]) });
    let reason = FailureReason::ChangeTooLarge { bytes: MAX_FILE_BYTES + 1 };
    assert_eq!(failure(&mut world), reason);

    let mut world = finished(&[]);
    world.script.results = Some(results(vec![]));
    let detail = "the runner lost it".to_owned();
    assert_eq!(failure(&mut world), FailureReason::ChangeUnknown { detail });

    let mut world = finished(&[]);
    let revision = Revision::Unavailable { detail: "the work directory\u{7} is gone".to_owned() };
    world.script.results = Some(Results { revision, ..results(vec![]) });
    let detail = "the work directory is gone".to_owned();
    assert_eq!(failure(&mut world), FailureReason::ChangeUnknown { detail });
}

#[test]
fn a_drive_of_another_version_is_not_read() {
    let world = World::claimed();
    let mut text = serde_json::to_value(&world.drive).unwrap();
    assert!(Drive::recalled(&text.to_string()).is_some());
    text["version"] = 1.into();
    assert!(Drive::recalled(&text.to_string()).is_none());
    assert!(Drive::recalled("{\"run\":\"of an older shape\"}").is_none());
}

#[test]
fn a_run_is_given_its_own_token_and_it_is_kept_nowhere() {
    let mut world = finished(&[]);
    world.go(20, |drive| matches!(drive.phase, Phase::Execute));
    let lease = world.scene().run.lease.unwrap().token;
    let run = world.drive.run.to_string();
    let [job] = &world.script.jobs[..] else { panic!("{:?}", world.script.jobs) };
    let open: Vec<_> =
        job.environment.iter().map(|v| (v.name.as_str(), v.value.as_str())).collect();
    assert_eq!(open, [("MONOTASK_RUN", run.as_str()), ("MONOTASK_URL", "https://mono.example")]);
    let [secret] = &job.secrets[..] else { panic!("{:?}", job.secrets) };
    let until = world.drive.ends_by.0;
    assert_eq!(secret.name, "MONOTASK_RUN_TOKEN");
    assert_eq!(secret.value, format!("{run}|{}|{until}", lease.0));
    assert!(!format!("{job:?}").contains(&lease.0), "{job:?}");
    let remembered = serde_json::to_string(&world.drive).unwrap();
    assert!(!remembered.contains(&secret.value), "{remembered}");
    assert_eq!(failure_or_success(&mut world), None);
}

#[test]
fn a_run_without_a_token_runs_all_the_same() {
    for tokens in [Tokens::NoKeys, Tokens::Broken] {
        let mut world = finished(&[]);
        world.tokens = tokens;
        assert_eq!(failure_or_success(&mut world), None);
        let [job] = &world.script.jobs[..] else { panic!("{:?}", world.script.jobs) };
        assert!(job.secrets.is_empty());
        assert_eq!(job.environment.len(), 1, "neither is an address of use without it");
    }
}
