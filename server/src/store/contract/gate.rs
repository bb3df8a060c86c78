//! What a gate doesn't let pass.

use domain::ids::EvidenceId;
use domain::run::{FailureReason, JobEnd, RunState, Uncaptured};
use domain::sandbox::protocol::{MAX_FILES, MAX_PATH_BYTES, SkipReason, SkippedFile};
use domain::task::{TaskFailure, TaskState};
use domain::validation::{Finding, ValidationState};

use super::world::{Held, World};
use super::{Bench, ok, same, some};

async fn finding(world: &World, held: &Held) -> Result<Option<Finding>, String> {
    let ctx = world.as_(world.viewer);
    let detail = ok(ctx.store.run_detail(&ctx.caller, held.run).await, "run detail")?;
    let validations = some(detail.data, "the run")?.validations;
    Ok(validations.into_iter().find_map(|validation| match validation.state {
        ValidationState::Failed { finding, .. } => Some(finding),
        _ => None,
    }))
}

pub(super) async fn a_report_that_was_not_kept_fails_its_gate(bench: &Bench) -> Result<(), String> {
    let world = World::open(bench).await?;
    let reason = SkipReason::TooLarge;
    let skipped = |path: &str| SkippedFile { path: path.to_owned(), reason };
    // Cut off before its name was over.
    let long = "x".repeat(MAX_PATH_BYTES);
    let cases = [
        (Uncaptured { files: vec![skipped("out/huge.bin")], is_partial: false }, None),
        (
            Uncaptured { files: vec![skipped("b/junit.xml")], is_partial: false },
            Some(Finding::ReportNotKept { path: "b/junit.xml".to_owned(), reason }),
        ),
        (
            Uncaptured { files: vec![skipped(&long)], is_partial: false },
            Some(Finding::ReportNotKept { path: long.clone(), reason }),
        ),
        (
            Uncaptured { files: vec![skipped("out/huge.bin")], is_partial: true },
            Some(Finding::CaptureIncomplete),
        ),
    ];
    for (uncaptured, expected) in cases {
        let held = world.hold("Leave a report").await?;
        // Another report matches and passes: the one that isn't there may still have failed.
        let mut report = world.report(&held, JobEnd::Completed, 0);
        report.uncaptured = uncaptured;
        ok(domain::run::finish(&world.system(3), report).await, "finish")?;
        same(&finding(&world, &held).await?, &expected, "the finding")?;
        let state = world.task(&held.task).await?.state;
        let is_failed =
            matches!(state, TaskState::Failed { cause: TaskFailure::GateNotPassed, .. });
        same(is_failed, expected.is_some(), "whether it failed")?;
    }
    Ok(())
}

pub(super) async fn a_report_beyond_its_bounds_is_none(bench: &Bench) -> Result<(), String> {
    let world = World::open(bench).await?;
    for (files, name, fits) in [
        (MAX_FILES + 1, MAX_PATH_BYTES, true),
        (MAX_FILES + 2, 10, false),
        (1, MAX_PATH_BYTES + 1, false),
    ] {
        let held = world.hold("Leave much").await?;
        let mut report = world.report(&held, JobEnd::Completed, 0);
        let mut file = some(report.evidence.first().cloned(), "a file")?;
        file.name = "\u{1}".repeat(name);
        report.evidence = (0..files)
            .map(|_| {
                let id = EvidenceId::generate(bench.now, &*bench.random);
                domain::run::CapturedEvidence { id, ..file.clone() }
            })
            .collect();
        ok(domain::run::finish(&world.system(3), report).await, "finish")?;
        let scene = world.scene(held.run).await?;
        let invalid = RunState::Failed { reason: FailureReason::ReportInvalid, at: world.time(3) };
        same(scene.run.state == invalid, !fits, "whether it is invalid")?;
        let kept = if fits { files } else { 0 };
        same(scene.evidence.len(), kept, "kept files")?;
    }
    Ok(())
}
