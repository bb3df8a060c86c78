//! Changing what a task says.

use serde::Serialize;

use crate::actor::{Actor, Member, Permission};
use crate::context::Context;
use crate::error::{Error, Refusal, Result};
use crate::event::EventBody;
use crate::idempotency::Asked;
use crate::task::{Task, TaskDraft, TaskKey, TaskRef, TaskStage};
use crate::write_batch::{Row, WriteBatch};

/// A request to change a task's content.
#[derive(Clone, Debug, Serialize)]
pub struct EditTask {
    /// The task.
    pub task: TaskRef,
    /// The version that the form was made from.
    pub seen: i64,
    /// What was typed.
    pub draft: TaskDraft,
}

/// Whether the member may change the task now.
///
/// # Errors
/// The reason why not.
pub fn check_edit(task: &Task, member: &Member) -> Result<(), Refusal> {
    member.check(Permission::EditTasks)?;
    match task.state.stage() {
        stage @ (TaskStage::Running | TaskStage::Validating) => {
            Err(Refusal::WrongTaskStage { stage })
        }
        _ => Ok(()),
    }
}

/// Changes a task's content.
///
/// # Errors
/// `SignedOut`, `Forbidden`, `NotFound`, `Invalid`, `Refused`, `Conflict` with the present
/// version.
pub async fn edit(ctx: &Context, input: EditTask) -> Result<TaskKey> {
    let asked = Asked::new("task::edit", &input)?;
    let read = ctx.store.task(&ctx.caller, &input.task).await?;
    let member = read.principal.member()?;
    let mut task = read.data.ok_or(Error::NotFound)?;
    member.check(Permission::EditTasks)?;
    if asked.first_answer(read.answered.as_ref())?.is_some() {
        return Ok(task.key);
    }
    let content = input.draft.check(member.user, Some(&task.content))?;
    if task.head.version != input.seen {
        return Err(Error::Conflict { current: task.head.version });
    }
    check_edit(&task, member)?;
    if content == task.content {
        return Ok(task.key);
    }
    let mut batch = WriteBatch::new(task.workspace);
    let body = EventBody::TaskEdited { content: Box::new(content) };
    task.record(&mut batch, Actor::User(member.user), ctx.now(), body)?;
    batch.rows.push(Row::Task(Box::new(task.clone())));
    batch.answer(ctx, member.user, &asked, &task.key.to_string());
    ctx.commit(batch).await?;
    Ok(task.key)
}
