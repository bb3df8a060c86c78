//! Moves that a person makes by hand. Starting, judging and deciding have use cases of their own.

use serde::Serialize;

use crate::actor::{Actor, Member, Permission};
use crate::clock::Timestamp;
use crate::context::Context;
use crate::error::{Error, Refusal, Result};
use crate::event::{EventBody, Stream};
use crate::idempotency::{Asked, at_version};
use crate::task::{Task, TaskKey, TaskRef, TaskState};
use crate::write_batch::{Row, WriteBatch};

/// Where a person may move a task to by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MoveTo {
    /// Not yet.
    Backlog,
    /// May be started. From `done` this reopens it.
    Ready,
    /// Given up.
    Cancelled,
}

impl MoveTo {
    /// The move of this word of a form.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "backlog" => Some(Self::Backlog),
            "ready" => Some(Self::Ready),
            "cancelled" => Some(Self::Cancelled),
            _ => None,
        }
    }

    fn state(self, member: &Member, since: Timestamp) -> TaskState {
        match self {
            Self::Backlog => TaskState::Backlog { since },
            Self::Ready => TaskState::Ready { since },
            Self::Cancelled => TaskState::Cancelled { by: member.user, since },
        }
    }
}

/// A request to move a task.
#[derive(Clone, Debug, Serialize)]
pub struct MoveTask {
    /// The task.
    pub task: TaskRef,
    /// The version that the person saw.
    pub seen: i64,
    /// Where to.
    pub to: MoveTo,
}

/// Whether the member may move the task there now.
///
/// # Errors
/// The reason why not.
pub fn check_move(task: &Task, member: &Member, to: MoveTo) -> Result<(), Refusal> {
    member.check(Permission::EditTasks)?;
    let stage = task.state.stage();
    // While a run works, only the run's end moves its task: stop the run instead.
    let by_hand = !matches!(task.state, TaskState::Running { .. } | TaskState::Validating { .. });
    let next = to.state(member, Timestamp(0)).stage();
    if by_hand && stage.may_become(next) { Ok(()) } else { Err(Refusal::WrongTaskStage { stage }) }
}

impl Task {
    /// Appends an event to the task's stream and applies it.
    ///
    /// # Errors
    /// As [`crate::event::Event::next`].
    pub fn record(
        &mut self,
        batch: &mut WriteBatch,
        actor: Actor,
        at: Timestamp,
        body: EventBody,
    ) -> Result<()> {
        let mut head = self.head.clone();
        batch.append(&mut head, Stream::Task(self.id), actor, at, body)?;
        if let Some(event) = batch.events.last() {
            self.apply(event);
        }
        Ok(())
    }

    /// Appends a move, if the transition table has it.
    ///
    /// # Errors
    /// [`Refusal::WrongTaskStage`] as [`Error::Refused`].
    pub fn record_move(
        &mut self,
        batch: &mut WriteBatch,
        actor: Actor,
        at: Timestamp,
        to: TaskState,
    ) -> Result<()> {
        let stage = self.state.stage();
        if !stage.may_become(to.stage()) {
            return Err(Error::Refused(Refusal::WrongTaskStage { stage }));
        }
        self.record(batch, actor, at, EventBody::TaskMoved { to })
    }
}

/// A task that was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedTask {
    /// Its key.
    pub key: TaskKey,
    /// The version that the change brought it to, which a later one may have passed by now.
    pub version: i64,
}

impl ChangedTask {
    /// The task as it stands after the change.
    pub fn now(task: Task) -> Self {
        Self { version: task.head.version, key: task.key }
    }

    /// What is stored of it as the answer.
    pub fn answer(&self) -> String {
        at_version(&self.key.to_string(), self.version)
    }
}

/// Moves a task by hand.
///
/// # Errors
/// `SignedOut`, `Forbidden`, `NotFound`, `Refused`, `Conflict` with the present version.
pub async fn move_task(ctx: &Context, input: MoveTask) -> Result<ChangedTask> {
    let asked = Asked::new("task::move", &input)?;
    let read = ctx.store.task(&ctx.caller, &input.task).await?;
    let member = read.principal.member()?;
    let mut task = read.data.ok_or(Error::NotFound)?;
    member.check(Permission::EditTasks)?;
    if let Some(version) = asked.first_version(read.answered.as_ref(), task.head.version)? {
        return Ok(ChangedTask { key: task.key, version });
    }
    if task.head.version != input.seen {
        return Err(Error::Conflict { current: task.head.version });
    }
    check_move(&task, member, input.to)?;
    let now = ctx.now();
    let mut batch = WriteBatch::new(task.workspace);
    task.record_move(&mut batch, Actor::User(member.user), now, input.to.state(member, now))?;
    batch.rows.push(Row::Task(Box::new(task.clone())));
    let changed = ChangedTask::now(task);
    batch.answer(ctx, member.user, &asked, &changed.answer());
    ctx.commit(batch).await?;
    Ok(changed)
}
