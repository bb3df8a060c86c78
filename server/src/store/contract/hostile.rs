//! What strange input and a strange clock do to a store: nothing.

use domain::actor::{Actor, Credential};
use domain::event::EventBody;
use domain::run::{CancelRun, Claimed, JobEnd, LeaseToken, RunOutcome};
use domain::task::{EditTask, MoveTask, MoveTo, TaskRef, TaskStage, edit, move_task};
use domain::validation::{Approve, approve};
use domain::views::{TaskCursor, TaskFilter};
use domain::{Error, Refusal};
use futures_util::future::join_all;

use super::world::World;
use super::{Bench, check, ok, same, some};

const DAY_MS: i64 = 24 * 3_600_000;

pub(super) async fn every_filter_of_a_list_is_answered(bench: &Bench) -> Result<(), String> {
    let world = World::open(bench).await?;
    let title = "NEAR(\"a\" * OR 'b' -- 100%_\u{1F980}";
    let key = world.write(title).await?;
    let task = world.task(&key).await?;
    let ctx = world.as_(world.viewer);
    let count = async |filter: TaskFilter| {
        let read = ctx.store.task_list(&ctx.caller, &world.project, &filter).await;
        ok(read, &format!("{filter:?}"))?.data.map(|list| list.tasks.len()).ok_or(String::new())
    };
    let after = TaskCursor { updated_at: task.updated_at.plus_ms(1), id: task.id };
    for n in 0..16u8 {
        let has = |bit: u8| n & bit != 0;
        let filter = TaskFilter {
            stage: has(1).then_some(TaskStage::Ready),
            label: has(2).then(|| "bug".to_owned()),
            text: has(4).then(|| "near(".to_owned()),
            after: has(8).then_some(after),
        };
        same(count(filter).await?, 1, &format!("combination {n}"))?;
    }
    let texts = ["near(\"a\" *", "' -- ", "%_", "\u{1F980}"];
    for (text, found) in texts.map(|text| (text, 1)).into_iter().chain([
        ("\u{0}", 0),
        ("a\u{0}b", 0),
        ("NEAR(a b, 5)", 0),
        ("\"", 1),
        ("*", 1),
        ("'); DROP TABLE tasks; --", 0),
    ]) {
        let text = Some(text.to_owned());
        let got = count(TaskFilter { text: text.clone(), ..TaskFilter::default() }).await?;
        same(got, found, &format!("{text:?}"))?;
        let label = TaskFilter { label: text.clone(), ..TaskFilter::default() };
        same(count(label).await?, 0, &format!("the label {text:?}"))?;
    }
    Ok(())
}

pub(super) async fn of_fifty_edits_one_wins_and_the_others_learn_the_version(
    bench: &Bench,
) -> Result<(), String> {
    let world = World::open(bench).await?;
    let key = world.write("Edit me").await?;
    let ctx = world.as_(world.writer);
    let input = |n: usize| EditTask {
        task: TaskRef::Key(key.clone()),
        seen: 1,
        draft: world.draft(&format!("Edit {n}")),
    };
    let outcomes = join_all((0..50).map(|n| edit(&ctx, input(n)))).await;
    same(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "winners")?;
    for (n, outcome) in outcomes.iter().enumerate().filter(|(_, outcome)| outcome.is_err()) {
        let is_conflict =
            matches!(outcome, Err(Error::Conflict { current }) if [0, 2].contains(current));
        check(is_conflict, &format!("a loser got {outcome:?}"))?;
        // The store can't tell a version; whoever lost the race reads it, as the page does.
        let again = edit(&ctx, input(n)).await;
        same(again.err(), Some(Error::Conflict { current: 2 }), "a loser, tried again")?;
    }
    same(world.version(&key).await?, 2, "the version")
}

pub(super) async fn a_clock_that_goes_back_a_day_changes_no_order(
    bench: &Bench,
) -> Result<(), String> {
    let world = World::open(bench).await?;
    let key = world.write("Written tomorrow").await?;
    let system = world.system(-DAY_MS);
    let mut task = world.task(&key).await?;
    let mut batch = domain::write_batch::WriteBatch::new(world.workspace);
    let now = system.now();
    let to = domain::task::TaskState::Backlog { since: now };
    ok(task.record_move(&mut batch, domain::actor::Actor::System, now, to), "record")?;
    batch.rows.push(domain::write_batch::Row::Task(Box::new(task)));
    ok(bench.store.commit(batch).await, "a commit of yesterday")?;
    let log = ok(bench.store.events_after(world.workspace, 0, 1_000).await, "the log")?;
    let (before, last) = some(log.iter().rev().nth(1).zip(log.last()), "two events")?;
    check(last.1.at < before.1.at && last.0 == before.0 + 1, "the log is in the clock's order")?;
    let ctx = world.as_(world.viewer);
    let detail = ok(ctx.store.task_detail(&ctx.caller, &TaskRef::Key(key)).await, "task")?;
    let detail = some(detail.data, "the task")?;
    let versions: Vec<_> = detail.timeline.iter().map(|event| event.version).collect();
    same(versions, vec![2, 1], "the timeline")?;
    same(detail.task.updated_at.ms_since(detail.task.created_at), 0, "a duration")?;
    // Sessions: one of "tomorrow" doesn't hold, so going back prolongs none.
    let read = |after| {
        let ctx = world.at(Credential::Session(world.viewer.session), after);
        async move { ok(ctx.store.principal(&ctx.caller).await, "principal") }
    };
    check(read(-DAY_MS).await?.principal.member().is_err(), "a session of tomorrow holds")?;
    check(read(-200_000).await?.principal.member().is_ok(), "a clock may be off by minutes")
}

pub(super) async fn a_zombies_report_changes_nothing(bench: &Bench) -> Result<(), String> {
    let world = World::open(bench).await?;
    let held = world.hold("Mine").await?;
    let foreign = LeaseToken("f".repeat(32));
    let before = world.scene(held.run).await?.run;
    let started = domain::run::started(&world.system(1), held.run, &foreign).await;
    same(started.err(), Some(Error::Refused(Refusal::LeaseLost)), "started")?;
    let mut report = world.report(&held, JobEnd::Completed, 0);
    report.token = foreign;
    let finished = domain::run::finish(&world.system(2), report).await;
    same(finished.err(), Some(Error::Refused(Refusal::LeaseLost)), "finish")?;
    same(world.scene(held.run).await?.run, before, "the run")?;
    same(world.scene(held.run).await?.evidence.len(), 0, "kept files")
}

pub(super) async fn a_run_in_hand_is_claimed_once_however_often_its_message_comes(
    bench: &Bench,
) -> Result<(), String> {
    let world = World::open(bench).await?;
    let held = world.hold("Five messages").await?;
    let ctx = world.system(3);
    let before = world.scene(held.run).await?.run;
    // Finished before started: the late word changes nothing.
    for claimed in join_all((0..5).map(|_| domain::run::claim(&ctx, held.run))).await {
        same(ok(claimed, "claim")?, Claimed::InHand { sandbox: held.sandbox }, "a repeat")?;
    }
    same(world.scene(held.run).await?.run, before, "the run")?;
    let report = world.report(&held, JobEnd::Completed, 0);
    ok(domain::run::finish(&world.system(4), report).await, "finish, without a start")?;
    let ended = world.scene(held.run).await?.run;
    let mut bent = ended.clone();
    let mut batch = domain::write_batch::WriteBatch::new(world.workspace);
    let body = EventBody::RunEnded { outcome: RunOutcome::Lost };
    let again = bent.record(&mut batch, Actor::System, &world.system(5), body);
    same(again.err(), Some(Error::Internal), "a second end, past the transition table")?;
    let late = domain::run::started(&world.system(5), held.run, &held.token).await;
    same(late.err(), Some(Error::Refused(Refusal::LeaseLost)), "started after the end")?;
    // A message replayed from the dead letters.
    same(ok(domain::run::claim(&ctx, held.run).await, "claim")?, Claimed::Over, "a replay")?;
    same(world.scene(held.run).await?.run, ended, "the run at the end")
}

pub(super) async fn a_verdict_of_an_old_revision_passes_nothing(
    bench: &Bench,
) -> Result<(), String> {
    let world = World::open(bench).await?;
    let old = world.hold("Twice").await?;
    // Its lease runs out; the run that replaces it fails the gate, then the old report comes.
    ok(domain::run::expire(&world.system(60_001), old.run).await, "expire")?;
    let retry = some(world.task(&old.task).await?.state.run(), "the retry")?;
    check(retry != old.run, "it wasn't tried again")?;
    let report = world.report(&old, JobEnd::Completed, 0);
    ok(domain::run::finish(&world.system(60_002), report).await, "a late report")?;
    let task = world.task(&old.task).await?;
    same(task.state.stage(), TaskStage::Running, "the stage")?;
    let input = Approve { task: TaskRef::Id(task.id), seen: task.head.version };
    let approved = approve(&world.as_(world.decider), input).await;
    same(approved.err(), Some(Error::Refused(Refusal::NothingToDecide)), "approving")?;
    check(world.scene(old.run).await?.run.late.is_some(), "it isn't stored")
}

pub(super) async fn a_running_task_is_not_given_up_past_its_run(
    bench: &Bench,
) -> Result<(), String> {
    let world = World::open(bench).await?;
    let held = world.hold("Stop me first").await?;
    let task = world.task(&held.task).await?;
    let ctx = world.as_(world.writer);
    let seen = task.head.version;
    let input = MoveTask { task: TaskRef::Id(task.id), seen, to: MoveTo::Cancelled };
    let stage = TaskStage::Running;
    let refused = Error::Refused(Refusal::WrongTaskStage { stage });
    same(move_task(&ctx, input.clone()).await.err(), Some(refused), "giving up a running task")?;
    ok(domain::run::cancel(&ctx, CancelRun { run: held.run }).await, "stop it")?;
    // Nobody heard of its end: it was stopped all the same, and didn't fail.
    ok(domain::run::expire(&world.system(60_001), held.run).await, "expire")?;
    let task = world.task(&held.task).await?;
    same(task.state.stage(), TaskStage::Ready, "the stage of a stopped and lost run's task")?;
    let input = MoveTask { seen: task.head.version, ..input };
    ok(move_task(&ctx, input).await, "giving it up")?;
    same(world.task(&held.task).await?.state.stage(), TaskStage::Cancelled, "the stage")
}
