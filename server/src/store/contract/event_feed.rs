//! The log as programs follow it.

use domain::Error;
use domain::actor::{Actor, Permission};
use domain::event::{Event, EventBody, Stream};
use domain::feed::{EventPage, MOST_BYTES};
use domain::run::{CapturedEvidence, EvidenceKind};
use domain::scope::Scope;
use domain::write_batch::{Row, WriteBatch};
use domain::{Context, ids::EvidenceId};

use super::evidence::program;
use super::world::World;
use super::{Bench, check, ok, same, some};

async fn page(ctx: &Context, after: i64, limit: u32) -> Result<EventPage, String> {
    Ok(ok(ctx.store.events_page(&ctx.caller, after, limit).await, "a page")?.data)
}

/// Everything that a cursor comes to, page after page.
async fn follow(ctx: &Context, limit: u32) -> Result<Vec<(i64, Event)>, String> {
    let (mut all, mut after) = (vec![], 0);
    for _ in 0..1_000 {
        let read = page(ctx, after, limit).await?;
        check(read.events.len() <= usize::try_from(limit).unwrap_or(0), "more than asked for")?;
        check(read.events.iter().all(|(seq, _)| *seq > after && *seq <= read.through), "a place")?;
        all.extend(read.events);
        if read.through == after {
            return Ok(all);
        }
        after = read.through;
    }
    Err("it doesn't end".to_owned())
}

pub(super) async fn a_cursor_misses_nothing_and_repeats_nothing(
    bench: &Bench,
) -> Result<(), String> {
    let world = World::open(bench).await?;
    world.review("Followed").await?;
    let ctx = world.as_(world.viewer);
    let whole = ok(bench.store.events_after(world.workspace, 0, 1_000).await, "the log")?;
    for limit in [1, 3, 7, 100] {
        same(follow(&ctx, limit).await?, whole.clone(), &format!("{limit} at once"))?;
    }
    let newest = some(whole.last(), "an event")?.0;
    for after in [newest, newest + 5, (1 << 53) - 1] {
        let read = page(&ctx, after, 10).await?;
        same((read.events.len(), read.through), (0, after), "past the newest")?;
    }
    world.write("And one more").await?;
    let read = page(&ctx, newest, 10).await?;
    same(read.events.first().map(|(seq, _)| *seq), Some(newest + 1), "what came since")?;
    let stranger = World::empty(bench).await?;
    let theirs = follow(&stranger.as_(stranger.owner), 100).await?;
    check(theirs.iter().all(|(_, event)| event.workspace == stranger.workspace), "another's")?;
    let nobody = world.at(domain::actor::Credential::Anonymous, 0);
    same(page(&nobody, 0, 10).await?, EventPage::default(), "somebody signed out")?;
    let key = program(&world, &[Scope::WriteTasks], None).await?;
    let read = ok(key.store.events_page(&key.caller, 0, 1).await, "a page")?;
    let refused = Err(Error::OutOfScope { missing: Permission::View.scope() });
    same(read.principal.require(Permission::View).map(|_| ()), refused, "a key that can't read")
}

pub(super) async fn a_key_of_one_project_reads_that_projects_events(
    bench: &Bench,
) -> Result<(), String> {
    let world = World::open(bench).await?;
    let held = world.review("Of this project").await?;
    let create = domain::project::CreateProject {
        key: "ELSE".to_owned(),
        name: "Else".to_owned(),
        ..Default::default()
    };
    let other = ok(domain::project::create(&world.as_(world.owner), create).await, "another")?;
    let input = domain::task::CreateTask {
        project: other.clone(),
        draft: world.draft("Of another"),
        ready: true,
    };
    let elsewhere = ok(domain::task::create(&world.as_(world.writer), input).await, "a task")?;
    let elsewhere = world.task(&elsewhere).await?;
    let scene = world.scene(held.run).await?;
    let own = scene.run.project;
    let ctx = program(&world, &[Scope::Read], Some(own.to_string())).await?;
    let streams = [
        Stream::Project(own),
        Stream::Task(scene.task.id),
        Stream::Run(held.run),
        Stream::Sandbox(held.sandbox),
    ];
    let whole = ok(bench.store.events_after(world.workspace, 0, 1_000).await, "the log")?;
    let mine: Vec<_> =
        whole.into_iter().filter(|(_, event)| streams.contains(&event.stream)).collect();
    check(mine.len() > 10, "too few to say anything")?;
    for limit in [1, 4, 100] {
        same(follow(&ctx, limit).await?, mine.clone(), &format!("{limit} at once"))?;
    }
    let ctx = program(&world, &[Scope::Read], Some(elsewhere.project.to_string())).await?;
    let theirs = follow(&ctx, 100).await?;
    let streams = [Stream::Project(elsewhere.project), Stream::Task(elsewhere.id)];
    same(theirs.len(), 2, "the other project's events")?;
    check(theirs.iter().all(|(_, event)| streams.contains(&event.stream)), "another project's")
}

pub(super) async fn a_page_holds_no_more_bytes_than_it_may(bench: &Bench) -> Result<(), String> {
    let world = World::open(bench).await?;
    let held = world.hold("Large").await?;
    let file = |n: usize| CapturedEvidence {
        id: EvidenceId::generate(bench.now, &*bench.random),
        kind: EvidenceKind::Artifact,
        name: format!("{n}-{}", "x".repeat(500)),
        media_type: "text/plain; charset=utf-8".to_owned(),
        size: 1,
        sha256: "a".repeat(64),
    };
    let ctx = world.system(1);
    for _ in 0..4 {
        let mut run = world.scene(held.run).await?.run;
        let mut batch = WriteBatch::new(world.workspace);
        let evidence = (0..500).map(file).collect();
        let body = EventBody::EvidenceCaptured { evidence, added: false };
        ok(run.record(&mut batch, Actor::Run(held.run), &ctx, body), "record")?;
        batch.rows.push(Row::Run(Box::new(run)));
        ok(bench.store.commit(batch).await, "commit")?;
    }
    let ctx = world.as_(world.viewer);
    let whole = ok(bench.store.events_after(world.workspace, 0, 1_000).await, "the log")?;
    same(follow(&ctx, 100).await?, whole, "the whole log, page by page")?;
    let mut after = 0;
    loop {
        let read = page(&ctx, after, 100).await?;
        let size = |event: &Event| serde_json::to_string(&event.body).map_or(0, |body| body.len());
        let bytes: usize = read.events.iter().map(|(_, event)| size(event)).sum();
        let is_bounded = i64::try_from(bytes).is_ok_and(|bytes| bytes <= MOST_BYTES);
        check(is_bounded || read.events.len() == 1, &format!("{bytes} bytes in one page"))?;
        if read.through == after {
            return Ok(());
        }
        after = read.through;
    }
}
