//! What must hold across streams: slots, gates and sources that change while somebody else commits.

use domain::actor::Role;
use domain::event::EventBody;
use domain::project::{self, EditGate, Gate, SetSource, Source, SourceKind};
use domain::run::{Claimed, StartRun};
use domain::task::{TaskRef, TaskState};
use domain::validation::{Approve, approve};
use domain::write_batch::{Guard, WriteBatch};
use domain::{Context, Error, Refusal};
use futures_util::future::{join, join_all};

use super::people::promote;
use super::world::World;
use super::{Bench, check, ok, same, some};

const SLOTS: usize = 2;

pub(super) async fn claims_at_once_never_exceed_the_slots(bench: &Bench) -> Result<(), String> {
    let world = World::open(bench).await?;
    let mut runs = vec![];
    for n in 0..6 {
        runs.push(world.start(&format!("Claim {n}")).await?.1);
    }
    let mut ctx = world.system(0);
    ctx.settings.run_slots = SLOTS;
    // The consumer tries a conflict again; so does this, until nothing moves any more.
    for _ in 0..4 {
        let outcomes = join_all(runs.iter().map(|run| domain::run::claim(&ctx, *run))).await;
        let expected = |outcome: &Result<Claimed, Error>| {
            matches!(
                outcome,
                Ok(Claimed::InHand { .. } | Claimed::NoSlot) | Err(Error::Conflict { .. })
            )
        };
        check(outcomes.iter().all(expected), &format!("another answer: {outcomes:?}"))?;
    }
    let mut held = 0;
    for run in &runs {
        held += usize::from(world.scene(*run).await?.run.lease.is_some());
    }
    same(held, SLOTS, "runs that hold a lease")?;
    let waiting =
        ok(domain::run::claim(&ctx, some(runs.last().copied(), "a run")?).await, "claim")?;
    check(matches!(waiting, Claimed::NoSlot | Claimed::InHand { .. }), "at last")
}

pub(super) async fn a_guard_that_does_not_hold_leaves_nothing(bench: &Bench) -> Result<(), String> {
    let world = World::open(bench).await?;
    let ctx = world.as_(world.owner);
    let read = ok(ctx.store.project(&ctx.caller, &world.project).await, "project")?;
    let project = some(read.data, "the project")?;
    let (id, workspace) = (project.details.id, world.workspace);
    let stale = [
        Guard::ProjectAt { project: id, version: project.head.version - 1 },
        Guard::GateAt { project: id, version: project.gate_version - 1 },
        Guard::FreeSlot { workspace, now: bench.now, limit: 0 },
    ];
    let holding = [
        Guard::ProjectAt { project: id, version: project.head.version },
        Guard::GateAt { project: id, version: project.gate_version },
        Guard::FreeSlot { workspace, now: bench.now, limit: usize::MAX },
    ];
    let key = world.write("Guarded").await?;
    let other = world.task(&world.write("Looked at").await?).await?;
    let task_at = |version| Guard::TaskAt { task: other.id, version };
    for (guard, expected) in stale
        .map(|guard| (guard, Err(Error::Conflict { current: 0 })))
        .into_iter()
        .chain(holding.map(|guard| (guard, Ok(()))))
        .chain([(task_at(9), Err(Error::Conflict { current: 0 })), (task_at(1), Ok(()))])
    {
        let mut task = world.task(&key).await?;
        let before = task.head.version;
        let mut batch = WriteBatch::new(workspace);
        let to = TaskState::Ready { since: bench.now };
        let body = EventBody::TaskMoved { to };
        ok(task.record(&mut batch, domain::actor::Actor::System, bench.now, body), "record")?;
        batch.guards.push(guard.clone());
        batch.rows.push(domain::write_batch::Row::Task(Box::new(task)));
        let grew = i64::from(expected.is_ok());
        same(bench.store.commit(batch).await, expected, &format!("{guard:?}"))?;
        same(world.version(&key).await?, before + grew, "the version")?;
    }
    Ok(())
}

fn gate(world: &World, seen: i64) -> EditGate {
    EditGate {
        project: world.project.to_string(),
        seen,
        commands: "cargo clippy".to_owned(),
        approval: true,
        ..EditGate::default()
    }
}

pub(super) async fn an_approval_never_follows_a_gate_it_did_not_see(
    bench: &Bench,
) -> Result<(), String> {
    let world = World::open(bench).await?;
    let held = world.review("Judged by the old gate").await?;
    let seen = world.version(&held.task).await?;
    let (owner, decider) = (world.as_(world.owner), world.as_(world.decider));
    let input = Approve { task: TaskRef::Key(held.task.clone()), seen };
    let changing = project::edit_gate(&owner, gate(&world, 3));
    let (changed, approved) = join(changing, approve(&decider, input)).await;
    ok(changed, "the change")?;
    match approved {
        Ok(_) => {}
        Err(Error::Conflict { .. } | Error::Refused(Refusal::GateChanged)) => {}
        Err(other) => return Err(format!("the approval got {other:?}")),
    }
    let log = ok(bench.store.events_after(world.workspace, 0, 1_000).await, "the log")?;
    let place = |is_it: fn(&EventBody) -> bool| log.iter().rposition(|(_, e)| is_it(&e.body));
    let changed = place(|body| matches!(body, EventBody::GateChanged { .. }));
    let done = place(|body| matches!(body, EventBody::TaskMoved { to: TaskState::Done { .. } }));
    check(done.is_none_or(|done| Some(done) < changed), "it was approved after the change")
}

pub(super) async fn a_plan_holds_what_the_project_had_when_it_was_made(
    bench: &Bench,
) -> Result<(), String> {
    let world = World::open(bench).await?;
    let task = world.write("Start while the source changes").await?;
    let other = world.write("Start while the gate changes").await?;
    let (owner, writer) = (world.as_(world.owner), world.as_(world.writer));
    let source = SetSource {
        project: world.project.clone(),
        seen: 3,
        name: "newer.tar".to_owned(),
        kind: SourceKind::Tar,
        sha256: "d".repeat(64),
        size: 11,
    };
    let start = |task| domain::run::start(&writer, StartRun { task: TaskRef::Key(task), seen: 1 });
    let (set, _) = join(project::set_source(&owner, source), start(task)).await;
    ok(set, "the source")?;
    let (set, _) = join(project::edit_gate(&owner, gate(&world, 4)), start(other)).await;
    ok(set, "the gate")?;
    let log = ok(bench.store.events_after(world.workspace, 0, 1_000).await, "the log")?;
    let (mut source, mut gate): (Option<Source>, Option<Gate>) = (None, None);
    for (_, event) in log {
        match event.body {
            EventBody::SourceUploaded { source: newer } => source = Some(newer),
            EventBody::GateChanged { gate: newer } => gate = Some(newer),
            EventBody::RunQueued(queued) => {
                same(Some(&queued.plan.source), source.as_ref(), "the plan's source")?;
                same(Some(&queued.plan.gate), gate.as_ref(), "the plan's gate")?;
            }
            _ => {}
        }
    }
    Ok(())
}

pub(super) async fn whoever_is_let_in_no_longer_writes_nothing(
    bench: &Bench,
) -> Result<(), String> {
    let world = World::open(bench).await?;
    let key = world.write("Decided before").await?;
    let moved = async |ctx: &Context| {
        let mut task = world.task(&key).await?;
        let mut batch = WriteBatch::new(world.workspace);
        let body = EventBody::TaskMoved { to: TaskState::Ready { since: ctx.now() } };
        let actor = domain::actor::Actor::User(world.writer.user);
        ok(task.record(&mut batch, actor, ctx.now(), body), "record")?;
        batch.rows.push(domain::write_batch::Row::Task(Box::new(task)));
        Ok::<_, String>(ctx.commit(batch).await)
    };
    // Who they are is known from the read that the decision rests on.
    let read =
        async |ctx: Context| ok(ctx.store.principal(&ctx.caller).await, "the read").map(|_| ctx);
    let lost = Err(Error::Conflict { current: 0 });
    let role = read(world.as_(world.writer)).await?;
    same(moved(&role).await?, Ok(()), "as they are")?;
    promote(&world, world.writer, Role::Viewer).await?;
    same(moved(&role).await?, lost.clone(), "with another role by now")?;
    promote(&world, world.writer, Role::Member).await?;
    same(moved(&role).await?, Ok(()), "with the same role again")?;
    let session = read(world.as_(world.writer)).await?;
    ok(domain::account::sign_out(&world.as_(world.writer)).await, "sign out")?;
    same(moved(&session).await?, lost, "signed out by now")
}
