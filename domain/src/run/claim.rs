//! Claiming a queued run: a lease, a slot and a sandbox to be made.

use crate::actor::Actor;
use crate::context::Context;
use crate::error::{Error, Refusal, Result};
use crate::event::{Event, EventBody, Head, Stream};
use crate::ids::{RunId, SandboxId};
use crate::run::{Lease, LeaseToken, Run, RunScene, RunState};
use crate::sandbox::{Purpose, Sandbox, SandboxRequested, SandboxState};
use crate::write_batch::{Guard, Row, WriteBatch};

/// What came of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// The run is in hand, from this claim or an earlier one: see that its sandbox is driven.
    InHand {
        /// The sandbox that executes it.
        sandbox: SandboxId,
    },
    /// Every slot is taken: try again later.
    NoSlot,
    /// It has ended, or its lease ran out: nothing to do.
    Over,
}

/// Claims a run for the `agent-execution` consumer. Repeating it is harmless.
///
/// # Errors
/// `NotFound` (no such run), `Conflict` (somebody claimed it at the same moment: try again).
pub async fn claim(ctx: &Context, run: RunId) -> Result<Claimed> {
    let read = ctx.store.run_scene(&ctx.caller, run).await?;
    read.principal.require_system()?;
    let scene = read.data.ok_or(Error::NotFound)?;
    match scene.run.state_at(ctx.now()) {
        RunState::Queued { .. } if scene.slots_taken >= ctx.settings.run_slots => {
            Ok(Claimed::NoSlot)
        }
        RunState::Queued { .. } => claim_queued(ctx, scene).await,
        RunState::Provisioning { sandbox, .. } | RunState::Running { sandbox, .. } => {
            Ok(Claimed::InHand { sandbox })
        }
        _ => Ok(Claimed::Over),
    }
}

async fn claim_queued(ctx: &Context, scene: RunScene) -> Result<Claimed> {
    let now = ctx.now();
    let mut run = scene.run;
    let id = SandboxId::generate(now, &*ctx.random);
    let mut batch = WriteBatch::new(run.workspace);
    // Claims of other runs are in other streams: only the count itself can tell.
    let limit = ctx.settings.run_slots;
    batch.guards.push(Guard::FreeSlot { workspace: run.workspace, now, limit });
    run.record(&mut batch, Actor::System, ctx, EventBody::RunClaimed { sandbox: id })?;
    let token = LeaseToken::generate(&*ctx.random);
    run.lease = Some(Lease { token, expires_at: now.plus_ms(ctx.settings.lease_ms) });
    let request = SandboxRequested {
        id,
        project: run.project,
        purpose: Purpose::Run { task: run.task, run: run.id },
        spec: run.plan.spec,
    };
    let body = EventBody::SandboxRequested(Box::new(request));
    let stream = Stream::Sandbox(id);
    let event = Event::next(&Head::start(), run.workspace, stream, Actor::System, now, body)?;
    let sandbox = Sandbox::begin(&event).ok_or(Error::Internal)?;
    batch.events.push(event);
    batch.rows.push(Row::Sandbox(sandbox));
    batch.rows.push(Row::Run(Box::new(run)));
    ctx.commit(batch).await?;
    Ok(Claimed::InHand { sandbox: id })
}

/// Records that the run's first step began. Repeating it is harmless.
///
/// # Errors
/// `NotFound`, `Refused(LeaseLost)`, `Conflict`.
pub async fn started(ctx: &Context, run: RunId, token: &LeaseToken) -> Result<()> {
    let read = ctx.store.run_scene(&ctx.caller, run).await?;
    read.principal.require_system()?;
    let RunScene { mut run, sandbox, .. } = read.data.ok_or(Error::NotFound)?;
    run.admit(ctx, token)?;
    if !matches!(run.state, RunState::Provisioning { .. }) {
        return Ok(());
    }
    let mut batch = WriteBatch::new(run.workspace);
    run.record(&mut batch, Actor::System, ctx, EventBody::RunStarted)?;
    batch.rows.push(Row::Run(Box::new(run)));
    if let Some(sandbox) = sandbox {
        let now = ctx.now();
        sandbox.record_move(&mut batch, now, SandboxState::Busy { since: now })?;
    }
    ctx.commit(batch).await?;
    Ok(())
}

impl Run {
    /// Appends an event to the run's stream and applies it, if the transition table has the state that
    /// it makes.
    ///
    /// # Errors
    /// `Internal` for a transition that the table doesn't have; as [`Event::next`].
    pub fn record(
        &mut self,
        batch: &mut WriteBatch,
        actor: Actor,
        ctx: &Context,
        body: EventBody,
    ) -> Result<()> {
        let mut head = self.head.clone();
        batch.append(&mut head, Stream::Run(self.id), actor, ctx.now(), body)?;
        let before = self.state.clone();
        if let Some(event) = batch.events.last() {
            self.apply(event);
        }
        // A batch that was refused is never committed.
        let is_allowed = self.state == before || before.may_become(&self.state);
        if is_allowed { Ok(()) } else { Err(Error::Internal) }
    }

    /// Refuses a writer that doesn't hold the run's lease.
    ///
    /// # Errors
    /// [`Refusal::LeaseLost`].
    pub fn admit(&self, ctx: &Context, token: &LeaseToken) -> Result<(), Refusal> {
        match &self.lease {
            Some(lease) if lease.admits(token, ctx.now()) => Ok(()),
            _ => Err(Refusal::LeaseLost),
        }
    }
}
