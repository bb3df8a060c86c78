//! Writing a task.

use serde::Serialize;

use crate::actor::{Actor, Permission};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::event::{Event, EventBody, Head, Stream};
use crate::idempotency::Asked;
use crate::ids::TaskId;
use crate::project::ProjectKey;
use crate::task::{Task, TaskCreated, TaskDraft, TaskKey, TaskState};
use crate::write_batch::{Row, WriteBatch};

/// A request to write a task.
#[derive(Clone, Debug, Serialize)]
pub struct CreateTask {
    /// The project that it joins.
    pub project: ProjectKey,
    /// What was typed.
    pub draft: TaskDraft,
    /// Whether it starts in `ready` rather than in `backlog`.
    pub ready: bool,
}

/// Writes a task and gives its key.
///
/// # Errors
/// `SignedOut`, `Forbidden`, `NotFound` (no such project), `Invalid`, `Conflict` (another task
/// took the number at the same moment: try again).
pub async fn create(ctx: &Context, input: CreateTask) -> Result<TaskKey> {
    let asked = Asked::new("task::create", &input)?;
    let read = ctx.store.project_for_new_task(&ctx.caller, &input.project).await?;
    let member = read.principal.require(Permission::EditTasks)?;
    if let Some(answer) = asked.first_answer(read.answered.as_ref())? {
        return answer.parse().map_err(|_| Error::Internal);
    }
    let (project, number) = read.data.ok_or(Error::NotFound)?;
    let content = input.draft.check(member.user, None)?;
    let now = ctx.now();
    let id = TaskId::generate(now, &*ctx.random);
    let state = if input.ready {
        TaskState::Ready { since: now }
    } else {
        TaskState::Backlog { since: now }
    };
    let key = TaskKey { project: project.details.key.clone(), number };
    let body = EventBody::TaskCreated(Box::new(TaskCreated {
        id,
        project: project.details.id,
        project_key: project.details.key.clone(),
        number,
        content,
        state,
    }));
    let mut batch = WriteBatch::new(member.workspace);
    let event = Event::next(
        &Head::start(),
        member.workspace,
        Stream::Task(id),
        Actor::User(member.user),
        now,
        body,
    )?;
    let task = Task::begin(&event).ok_or(Error::Internal)?;
    batch.events.push(event);
    batch.rows.push(Row::Task(Box::new(task)));
    batch.answer(ctx, member.user, &asked, &key.to_string());
    ctx.commit(batch).await?;
    Ok(key)
}
