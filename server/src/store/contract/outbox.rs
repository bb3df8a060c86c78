//! Work on its way to a queue, and messages that nobody could handle.

use domain::ids::OutboxId;
use domain::run::CancelRun;
use domain::write_batch::Job;

use super::world::World;
use super::{Bench, check, ok, same, some};
use crate::store::{DeadLetter, SqlStore};

pub(super) async fn messages_are_due_until_confirmed(bench: &Bench) -> Result<(), String> {
    let world = World::open(bench).await?;
    let (_, run) = world.start("Send me").await?;
    let first = some(mine(&world, 0).await?.first().cloned(), "the message")?;
    same(first.1.clone(), Job::ExecuteRun { run }, "the job")?;
    ok(bench.store.outbox_sent(&[first.0], world.time(30_000)).await, "sent")?;
    check(mine(&world, 29_999).await?.is_empty(), "due though it was just sent")?;
    same(mine(&world, 30_000).await?, vec![first.clone()], "due again, not being confirmed")?;
    ok(bench.store.confirm_outbox(first.0).await, "confirm")?;
    ok(bench.store.confirm_outbox(first.0).await, "confirm again")?;
    check(mine(&world, 99_999).await?.is_empty(), "due though it was confirmed")?;
    // Stopping a run in a sandbox is work for the queue as well.
    let held = world.hold("Stop me").await?;
    let cancel = CancelRun { run: held.run };
    ok(domain::run::cancel(&world.as_(world.writer), cancel).await, "cancel")?;
    let jobs: Vec<_> = mine(&world, 0).await?.into_iter().map(|(_, job)| job).collect();
    check(jobs.contains(&Job::CancelRun { run: held.run }), "nobody is told to stop")?;
    let ids: Vec<_> = mine(&world, 0).await?.into_iter().map(|(id, _)| id).collect();
    ok(bench.store.outbox_sent(&ids, world.time(30_000)).await, "sent together")?;
    ok(bench.store.outbox_sent(&[], world.time(0)).await, "nothing sent")?;
    check(mine(&world, 0).await?.is_empty(), "one of several is still due")
}

async fn mine(world: &World, after: i64) -> Result<Vec<(OutboxId, Job)>, String> {
    let due = ok(world.bench.store.due_outbox(world.time(after), 10_000).await, "due")?;
    let mine = due.into_iter().filter(|message| message.workspace == world.workspace);
    Ok(mine.map(|message| (message.id, message.job)).collect())
}

pub(super) async fn dead_letters_are_kept_once(bench: &Bench) -> Result<(), String> {
    let world = World::empty(bench).await?;
    let store = SqlStore::new(bench.database.clone());
    let letter = DeadLetter {
        queue: "agent-execution".to_owned(),
        message: world.workspace.to_string(),
        body: "{\"job\":\"from the future\"}".to_owned(),
        attempts: 6,
        reason: "unknown job".to_owned(),
        at: world.time(i64::from(u32::MAX)),
    };
    ok(store.keep_dead_letter(&letter).await, "keep")?;
    let again = DeadLetter { attempts: 7, ..letter.clone() };
    ok(store.keep_dead_letter(&again).await, "keep it again")?;
    let kept = ok(store.dead_letters(1_000).await, "dead letters")?;
    let kept: Vec<_> = kept.into_iter().filter(|kept| kept.message == letter.message).collect();
    same(kept, vec![letter], "what was kept")
}
