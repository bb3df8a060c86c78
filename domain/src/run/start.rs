//! Handing a task to its agent.

use serde::Serialize;

use crate::actor::{Actor, Member, Permission};
use crate::agent::Agent;
use crate::context::Context;
use crate::error::{Error, Refusal, Result};
use crate::event::{Event, EventBody, Head, Stream};
use crate::idempotency::Asked;
use crate::ids::RunId;
use crate::project::Project;
use crate::run::{Producers, Run, RunPlan, RunQueued};
use crate::task::{Task, TaskRef, TaskState};
use crate::validation::{Validation, stale_all};
use crate::write_batch::{Guard, Job, Row, WriteBatch};

/// A request to start a task.
#[derive(Clone, Debug, Serialize)]
pub struct StartRun {
    /// The task.
    pub task: TaskRef,
    /// The version that the person saw.
    pub seen: i64,
}

/// What starting reads.
#[derive(Clone, Debug)]
pub struct StartScene {
    /// The task.
    pub task: Task,
    /// Its project.
    pub project: Project,
    /// The agent that it names, if that exists.
    pub agent: Option<Agent>,
    /// Its validations that aren't stale.
    pub validations: Vec<Validation>,
    /// How many runs it had.
    pub attempts: i64,
}

/// Whether the member may start the task now.
///
/// # Errors
/// The reason why not.
pub fn check_start(
    task: &Task,
    project: &Project,
    agent: Option<&Agent>,
    member: &Member,
) -> Result<(), Refusal> {
    member.check(Permission::OperateRuns)?;
    let stage = task.state.stage();
    if !stage.can_start() {
        return Err(Refusal::WrongTaskStage { stage });
    }
    if agent.is_none() {
        return Err(Refusal::NoAgent);
    }
    if task.content.steps.is_empty() {
        return Err(Refusal::NoSteps);
    }
    if project.source.is_none() {
        return Err(Refusal::NoSource);
    }
    Ok(())
}

/// Queues a run of the task and gives its id. A second start of the same version conflicts.
///
/// # Errors
/// `SignedOut`, `Forbidden`, `NotFound`, `Refused`, `Conflict` with the present version.
pub async fn start(ctx: &Context, input: StartRun) -> Result<RunId> {
    let asked = Asked::new("run::start", &input)?;
    let read = ctx.store.task_to_start(&ctx.caller, &input.task).await?;
    let member = read.principal.member()?;
    let scene = read.data.ok_or(Error::NotFound)?;
    member.check(Permission::OperateRuns)?;
    if let Some(answer) = asked.first_answer(read.answered.as_ref())? {
        return answer.parse().map_err(|_| Error::Internal);
    }
    let StartScene { mut task, project, agent, validations, attempts } = scene;
    if task.head.version != input.seen {
        return Err(Error::Conflict { current: task.head.version });
    }
    let at = Guard::ProjectAt { project: project.details.id, version: project.head.version };
    check_start(&task, &project, agent.as_ref(), member)?;
    let (Some(source), Some(agent)) = (project.source, agent) else {
        return Err(Error::Internal);
    };
    let plan = RunPlan {
        source,
        steps: task.content.steps.clone(),
        artifacts: task.content.artifacts.clone(),
        gate: project.gate,
        gate_version: project.gate_version,
        spec: ctx.settings.sandbox,
    };
    let producers = Producers {
        agent: agent.id,
        steps_author: task.content.steps_author,
        started_by: member.user,
    };
    let actor = Actor::User(member.user);
    let mut batch = WriteBatch::new(task.workspace);
    // The plan must not hold a source or a gate that was replaced while it was made.
    batch.guards.push(at);
    let next = NextRun { attempt: attempts.saturating_add(1), plan, producers, retry_of: None };
    let run = next.queue(ctx, &mut batch, &mut task, actor, validations)?;
    batch.rows.push(Row::Task(Box::new(task)));
    batch.answer(ctx, member.user, &asked, &run.to_string());
    ctx.commit(batch).await?;
    Ok(run)
}

/// A run that is about to be queued, by a person or by a retry.
pub(super) struct NextRun {
    pub attempt: i64,
    pub plan: RunPlan,
    pub producers: Producers,
    pub retry_of: Option<RunId>,
}

impl NextRun {
    /// Adds the run, the task's move to `running` and the job to the batch. The caller adds the
    /// task's row.
    pub fn queue(
        self,
        ctx: &Context,
        batch: &mut WriteBatch,
        task: &mut Task,
        actor: Actor,
        validations: Vec<Validation>,
    ) -> Result<RunId> {
        let now = ctx.now();
        let id = RunId::generate(now, &*ctx.random);
        let queued = RunQueued {
            id,
            task: task.id,
            project: task.project,
            attempt: self.attempt,
            plan: self.plan,
            producers: self.producers,
            retry_of: self.retry_of,
        };
        let body = EventBody::RunQueued(Box::new(queued));
        let event = Event::next(&Head::start(), task.workspace, Stream::Run(id), actor, now, body)?;
        let run = Run::begin(&event).ok_or(Error::Internal)?;
        batch.events.push(event);
        batch.rows.push(Row::Run(Box::new(run)));
        stale_all(ctx, batch, task, id, validations)?;
        task.record_move(batch, actor, now, TaskState::Running { run: id, since: now })?;
        batch.enqueue(ctx, Job::ExecuteRun { run: id }, now);
        Ok(id)
    }
}
