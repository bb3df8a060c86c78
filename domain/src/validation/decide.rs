//! A person's decision: approve, or send back.

use serde::Serialize;

use crate::actor::{Actor, Member, Permission};
use crate::context::Context;
use crate::error::{Error, Field, Refusal, Result};
use crate::event::EventBody;
use crate::idempotency::Asked;
use crate::ids::UserId;
use crate::project::Rule;
use crate::run::Run;
use crate::task::{ChangedTask, Task, TaskRef, TaskState};
use crate::text;
use crate::validation::{Validation, ValidationState, ValidationVerdict};
use crate::write_batch::{Guard, Row, WriteBatch};

/// What a decision reads.
#[derive(Clone, Debug)]
pub struct DecisionScene {
    /// The task.
    pub task: Task,
    /// The run whose revision is to be judged; none when nothing waits.
    pub run: Option<Run>,
    /// That run's validations, in the gate's order.
    pub validations: Vec<Validation>,
    /// The project's version at which its present gate was set.
    pub gate_version: i64,
    /// Everybody in the workspace whose role may decide.
    pub deciders: Vec<UserId>,
}

/// A request to approve.
#[derive(Clone, Debug, Serialize)]
pub struct Approve {
    /// The task.
    pub task: TaskRef,
    /// The version that the person saw.
    pub seen: i64,
}

/// A request to send back.
#[derive(Clone, Debug, Serialize)]
pub struct Reject {
    /// The task.
    pub task: TaskRef,
    /// The version that the person saw.
    pub seen: i64,
    /// Why.
    pub reason: String,
}

impl DecisionScene {
    fn waiting_run(&self) -> Option<&Run> {
        match self.task.state {
            TaskState::Review { run, .. } => self.run.as_ref().filter(|r| r.id == run),
            _ => None,
        }
    }

    /// Whether `user` produced the revision while somebody who didn't could decide instead.
    pub fn must_leave_it_to_others(&self, user: UserId) -> bool {
        self.waiting_run()
            .is_some_and(|run| run.producers.must_leave_it_to_others(user, &self.deciders))
    }

    /// Whether `user` produced the revision, and nobody else could decide.
    pub fn is_own_work_alone(&self, user: UserId) -> bool {
        let produced = self.waiting_run().is_some_and(|run| run.producers.include(user));
        produced && !self.must_leave_it_to_others(user)
    }
}

/// Whether the member may approve the task now.
///
/// # Errors
/// The reason why not.
pub fn check_approve(scene: &DecisionScene, member: &Member) -> Result<(), Refusal> {
    member.check(Permission::Decide)?;
    let run = scene.waiting_run().ok_or(Refusal::NothingToDecide)?;
    if run.plan.gate_version != scene.gate_version {
        return Err(Refusal::GateChanged);
    }
    let needs_approval =
        run.plan.gate.requirements.iter().any(|requirement| requirement.rule == Rule::Approval);
    if needs_approval && scene.must_leave_it_to_others(member.user) {
        return Err(Refusal::ProducerCannotApprove);
    }
    // Every requirement has its validation, and all but the approvals are met already.
    let met = scene
        .validations
        .iter()
        .filter(|v| v.state.is_met() || matches!(v.state, ValidationState::AwaitingReview { .. }))
        .count();
    let count = run.plan.gate.requirements.len().saturating_sub(met);
    if count > 0 { Err(Refusal::RequirementNotMet { count }) } else { Ok(()) }
}

/// Whether the member may send the task back now. A producer may send back their own work.
///
/// # Errors
/// The reason why not.
pub fn check_reject(scene: &DecisionScene, member: &Member) -> Result<(), Refusal> {
    member.check(Permission::Decide)?;
    scene.waiting_run().map(|_| ()).ok_or(Refusal::NothingToDecide)
}

/// Approves a task's revision: its approvals are given and the task is done.
///
/// # Errors
/// `SignedOut`, `Forbidden`, `NotFound`, `Refused`, `Conflict` with the present version.
pub async fn approve(ctx: &Context, input: Approve) -> Result<ChangedTask> {
    let asked = Asked::new("validation::approve", &input)?;
    let read = ctx.store.task_to_decide(&ctx.caller, &input.task).await?;
    let member = read.principal.member()?;
    let scene = read.data.ok_or(Error::NotFound)?;
    member.check(Permission::Decide)?;
    if let Some(version) = asked.first_version(read.answered.as_ref(), scene.task.head.version)? {
        return Ok(ChangedTask { key: scene.task.key, version });
    }
    if scene.task.head.version != input.seen {
        return Err(Error::Conflict { current: scene.task.head.version });
    }
    check_approve(&scene, member)?;
    decide(ctx, &asked, scene, member, None).await
}

/// Sends a task's revision back with a reason.
///
/// # Errors
/// `SignedOut`, `Forbidden`, `NotFound`, `Invalid`, `Refused`, `Conflict` with the present
/// version.
pub async fn reject(ctx: &Context, input: Reject) -> Result<ChangedTask> {
    let asked = Asked::new("validation::reject", &input)?;
    let read = ctx.store.task_to_decide(&ctx.caller, &input.task).await?;
    let member = read.principal.member()?;
    let scene = read.data.ok_or(Error::NotFound)?;
    member.check(Permission::Decide)?;
    if let Some(version) = asked.first_version(read.answered.as_ref(), scene.task.head.version)? {
        return Ok(ChangedTask { key: scene.task.key, version });
    }
    if input.reason.trim().is_empty() {
        return Err(Error::invalid(Field::Reason, crate::Problem::Empty));
    }
    let reason = text::block(Field::Reason, &input.reason, 4_000)?;
    if scene.task.head.version != input.seen {
        return Err(Error::Conflict { current: scene.task.head.version });
    }
    check_reject(&scene, member)?;
    decide(ctx, &asked, scene, member, Some(reason)).await
}

async fn decide(
    ctx: &Context,
    asked: &Asked,
    scene: DecisionScene,
    member: &Member,
    rejected_because: Option<String>,
) -> Result<ChangedTask> {
    let now = ctx.now();
    let by = member.user;
    let DecisionScene { mut task, run, validations, .. } = scene;
    let run = run.ok_or(Error::Internal)?;
    let mut batch = WriteBatch::new(task.workspace);
    for mut validation in validations {
        if !matches!(validation.state, ValidationState::AwaitingReview { .. }) {
            continue;
        }
        let verdict =
            ValidationVerdict { id: validation.id, rejected_because: rejected_because.clone() };
        task.record(&mut batch, Actor::User(by), now, EventBody::ValidationDecided { verdict })?;
        if let Some(event) = batch.events.last() {
            validation.apply(event);
        }
        batch.rows.push(Row::Validation(Box::new(validation)));
    }
    if rejected_because.is_none() {
        // The gate is in its project's stream: what was read of it must still hold.
        batch.guards.push(Guard::GateAt { project: task.project, version: run.plan.gate_version });
    }
    let to = match rejected_because {
        None => TaskState::Done { by, run: run.id, since: now },
        Some(reason) => TaskState::ChangesRequested { by, reason, since: now },
    };
    task.record_move(&mut batch, Actor::User(by), now, to)?;
    batch.rows.push(Row::Task(Box::new(task.clone())));
    let changed = ChangedTask::now(task);
    batch.answer(ctx, by, asked, &changed.answer());
    ctx.commit(batch).await?;
    Ok(changed)
}
