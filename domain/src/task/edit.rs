//! Changing what a task says.

use serde::Serialize;

use crate::actor::{Actor, Member, Permission};
use crate::context::Context;
use crate::error::{Error, Refusal, Result};
use crate::event::EventBody;
use crate::idempotency::Asked;
use crate::task::{Task, TaskContent, TaskDraft, TaskKey, TaskRef, TaskStage};
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

/// A request to change some of a task's content and leave the rest as it is.
#[derive(Clone, Debug, Serialize)]
pub struct AmendTask {
    /// The task.
    pub task: TaskRef,
    /// The version that was seen.
    pub seen: i64,
    /// What changes.
    pub changes: TaskChanges,
}

/// Fields of a [`TaskDraft`]; those that are none stay.
#[derive(Clone, Debug, Default, Serialize)]
pub struct TaskChanges {
    /// See [`TaskDraft::title`].
    pub title: Option<String>,
    /// See [`TaskDraft::description`].
    pub description: Option<String>,
    /// See [`TaskDraft::priority`].
    pub priority: Option<String>,
    /// See [`TaskDraft::labels`].
    pub labels: Option<String>,
    /// See [`TaskDraft::agent`].
    pub agent: Option<String>,
    /// See [`TaskDraft::steps`].
    pub steps: Option<String>,
    /// See [`TaskDraft::artifacts`].
    pub artifacts: Option<String>,
}

impl TaskChanges {
    fn over(self, content: &TaskContent) -> TaskDraft {
        let before = TaskDraft::of(content);
        TaskDraft {
            title: self.title.unwrap_or(before.title),
            description: self.description.unwrap_or(before.description),
            priority: self.priority.unwrap_or(before.priority),
            labels: self.labels.unwrap_or(before.labels),
            agent: self.agent.unwrap_or(before.agent),
            steps: self.steps.unwrap_or(before.steps),
            artifacts: self.artifacts.unwrap_or(before.artifacts),
        }
    }
}

/// Changes a task's content.
///
/// # Errors
/// `SignedOut`, `Forbidden`, `NotFound`, `Invalid`, `Refused`, `Conflict` with the present
/// version.
pub async fn edit(ctx: &Context, input: EditTask) -> Result<TaskKey> {
    let asked = Asked::new("task::edit", &input)?;
    let EditTask { task, seen, draft } = input;
    change(ctx, &asked, &task, seen, |_| draft).await.map(|task| task.key)
}

/// Changes some of a task's content; gives the task after that.
///
/// # Errors
/// As [`edit`].
pub async fn amend(ctx: &Context, input: AmendTask) -> Result<Task> {
    let asked = Asked::new("task::amend", &input)?;
    let AmendTask { task, seen, changes } = input;
    change(ctx, &asked, &task, seen, |content| changes.over(content)).await
}

async fn change(
    ctx: &Context,
    asked: &Asked,
    task: &TaskRef,
    seen: i64,
    draft: impl FnOnce(&TaskContent) -> TaskDraft + Send,
) -> Result<Task> {
    let read = ctx.store.task(&ctx.caller, task).await?;
    let member = read.principal.member()?;
    let mut task = read.data.ok_or(Error::NotFound)?;
    member.check(Permission::EditTasks)?;
    if asked.first_answer(read.answered.as_ref())?.is_some() {
        return Ok(task);
    }
    let content = draft(&task.content).check(member.user, Some(&task.content))?;
    if task.head.version != seen {
        return Err(Error::Conflict { current: task.head.version });
    }
    check_edit(&task, member)?;
    if content == task.content {
        return Ok(task);
    }
    let mut batch = WriteBatch::new(task.workspace);
    let body = EventBody::TaskEdited { content: Box::new(content) };
    task.record(&mut batch, Actor::User(member.user), ctx.now(), body)?;
    batch.rows.push(Row::Task(Box::new(task.clone())));
    batch.answer(ctx, member.user, asked, &task.key.to_string());
    ctx.commit(batch).await?;
    Ok(task)
}
