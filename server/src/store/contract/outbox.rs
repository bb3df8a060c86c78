//! Work on its way to a queue, and messages that nobody could handle.

use std::collections::BTreeSet;

use domain::ids::{OutboxId, SessionId};
use domain::run::CancelRun;
use domain::write_batch::Job;

use super::world::World;
use super::{Bench, check, ok, same, some};
use crate::database::Statement;
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
    let letter = DeadLetter { attempts: 13, ..letter };
    let kept = ok(store.dead_letters(1_000).await, "dead letters")?;
    let kept: Vec<_> = kept.into_iter().filter(|kept| kept.message == letter.message).collect();
    // Whole, so that a version that knows the job can read it.
    same(kept, vec![letter.clone()], "what was kept")?;
    while ok(store.drop_dead_letters(letter.at, 100).await, "drop")? > 0 {}
    let kept = ok(store.dead_letters(1_000).await, "dead letters")?;
    check(!kept.iter().any(|kept| kept.message == letter.message), "an old one is kept")
}

pub(super) async fn a_message_of_another_version_waits_for_its_reader(
    bench: &Bench,
) -> Result<(), String> {
    let world = World::open(bench).await?;
    let (_, first) = world.start("Written by a newer version").await?;
    let (_, second) = world.start("Written by this one").await?;
    let is_first = |message: &(OutboxId, Job)| message.1 == Job::ExecuteRun { run: first };
    let parked = some(mine(&world, 0).await?.into_iter().find(is_first), "the message")?;
    let write = |job: String| {
        let id = parked.0.to_string();
        Statement::new("UPDATE outbox SET job = ?2 WHERE id = ?1", [id.into(), job.into()])
    };
    let newer = format!("{{\"job\":\"execute_run_twice\",\"run\":\"{first}\",\"times\":2}}");
    ok(bench.database.execute(write(newer)).await, "what a newer version writes")?;
    let jobs: Vec<_> = mine(&world, 1).await?.into_iter().map(|(_, job)| job).collect();
    same(jobs, vec![Job::ExecuteRun { run: second }], "what is due beside it")?;
    // The newer version is back and knows it.
    let older = ok(serde_json::to_string(&parked.1), "json")?;
    ok(bench.database.execute(write(older)).await, "what this version reads")?;
    let due = mine(&world, 299_999).await?;
    check(!due.contains(&parked), "it isn't put off")?;
    check(mine(&world, 300_001).await?.contains(&parked), "it is gone")
}

pub(super) async fn a_queue_is_counted_past_what_nobody_can_read(
    bench: &Bench,
) -> Result<(), String> {
    let world = World::open(bench).await?;
    let store = SqlStore::new(bench.database.clone());
    let queue = "agent-execution";
    let before = ok(store.queue_counts(queue).await, "counts")?;
    world.start("Count me").await?;
    world.start("And not me").await?;
    let (unread, _) = some(mine(&world, 0).await?.first().cloned(), "a message")?;
    let job = Statement::new(
        "UPDATE outbox SET job = '{\"job\":\"of another version\"}' WHERE id = ?1",
        [unread.to_string().into()],
    );
    ok(bench.database.execute(job).await, "bend it")?;
    let after = ok(store.queue_counts(queue).await, "counts")?;
    same(after.unconfirmed, before.unconfirmed + 1, "unconfirmed")?;
    same(after.dead_letters, before.dead_letters, "dead letters")?;
    ok(bench.store.confirm_outbox(unread).await, "confirm")
}

pub(super) async fn a_feed_tells_what_is_new_and_who_may_hear_it(
    bench: &Bench,
) -> Result<(), String> {
    let world = World::open(bench).await?;
    let ctx = world.as_(world.viewer);
    let member = ok(ctx.store.principal(&ctx.caller).await, "principal")?;
    let session = ok(member.principal.member(), "a member")?.session();
    let session = some(session, "a session")?;
    let stranger = SessionId::generate(bench.now, &*bench.random);
    let store = SqlStore::new(bench.database.clone());
    let sessions = [session, stranger];
    let read = |after| store.feed(world.workspace, after, 2, &sessions, bench.now);
    let feed = ok(read(1).await, "the feed")?;
    let seqs: Vec<_> = feed.events.iter().map(|event| event.seq).collect();
    same(seqs, vec![2, 3], "the places")?;
    same(feed.valid, BTreeSet::from([session]), "who may hear it")?;
    let log = ok(bench.store.events_after(world.workspace, 0, 1_000).await, "the log")?;
    same(Some(feed.newest), log.last().map(|(seq, _)| *seq), "the newest")?;
    ok(ctx.store.revoke_session(&ctx.caller, World::entry(&ctx)).await, "sign out")?;
    check(ok(read(feed.newest).await, "the feed")?.valid.is_empty(), "a revoked session hears")?;
    let lively = ok(store.lively_workspaces(world.time(-1), 10_000).await, "lively")?;
    check(lively.contains(&world.workspace), "a workspace with events isn't lively")?;
    let lively = ok(store.lively_workspaces(world.time(0), 10_000).await, "lively")?;
    check(!lively.contains(&world.workspace), "one without new events is")
}
