//! Giving a sandbox a command.

use serde::Serialize;

use super::protocol::MAX_COMMAND_BYTES;
use super::{Execution, ExecutionRequested, Sandbox, SandboxState};
use crate::actor::{Actor, Member, Permission};
use crate::clock::Timestamp;
use crate::context::Context;
use crate::error::{Error, Field, Problem, Refusal, Result};
use crate::event::EventBody;
use crate::idempotency::Asked;
use crate::ids::{ExecutionId, SandboxId};
use crate::write_batch::{Job, Row, WriteBatch};

/// Longest time of a command unless asked otherwise, in milliseconds.
pub const DEFAULT_TIMEOUT_MS: u64 = 60_000;
/// Shortest time that one may be asked for, in milliseconds.
pub const LEAST_TIMEOUT_MS: u64 = 100;
/// Most commands of one sandbox: what each printed is kept.
pub const MAX_EXECUTIONS: u32 = 500;

/// A request to execute a command.
#[derive(Clone, Debug, Serialize)]
pub struct Execute {
    /// The sandbox.
    pub sandbox: SandboxId,
    /// A shell command, may have several lines.
    pub command: String,
    /// Longest time of it, in milliseconds; [`DEFAULT_TIMEOUT_MS`] when it isn't said.
    pub timeout_ms: Option<u64>,
}

/// Whether the member may give the sandbox a command now.
///
/// # Errors
/// The reason why not.
pub fn check_execute(sandbox: &Sandbox, member: &Member, now: Timestamp) -> Result<(), Refusal> {
    member.check(Permission::OperateRuns)?;
    let Some(expires_at) = sandbox.expires_at() else {
        return Err(Refusal::SandboxOfRun);
    };
    let is_ending = matches!(sandbox.state, SandboxState::Stopping { .. });
    if is_ending || !sandbox.state.is_alive() || expires_at <= now {
        return Err(Refusal::SandboxEnded);
    }
    if sandbox.executing.is_some() {
        return Err(Refusal::CommandUnfinished);
    }
    if sandbox.executions >= MAX_EXECUTIONS {
        return Err(Refusal::NoCommandsLeft { limit: MAX_EXECUTIONS });
    }
    Ok(())
}

/// Gives a sandbox a command and gives the execution's id. It is executed behind the answer, as soon
/// as the sandbox is ready.
///
/// # Errors
/// `SignedOut`, `Forbidden`, `OutOfScope`, `NotFound`, `Invalid`, `Refused`, `Conflict`.
pub async fn execute(ctx: &Context, input: Execute) -> Result<ExecutionId> {
    let asked = Asked::new("sandbox::execute", &input)?;
    let read = ctx.store.standing(&ctx.caller, input.sandbox).await?;
    let member = read.principal.member()?;
    let mut sandbox = read.data.ok_or(Error::NotFound)?.sandbox;
    member.check(Permission::OperateRuns)?;
    if let Some(answer) = asked.first_answer(read.answered.as_ref())? {
        return answer.parse().map_err(|_| Error::Internal);
    }
    check_command(&input.command)?;
    let timeout_ms =
        input.timeout_ms.unwrap_or(DEFAULT_TIMEOUT_MS.min(sandbox.request.spec.wall_ms));
    let max = sandbox.request.spec.wall_ms;
    if !(LEAST_TIMEOUT_MS..=max).contains(&timeout_ms) {
        let problem = Problem::OutOfRange { min: LEAST_TIMEOUT_MS, max };
        return Err(Error::invalid(Field::Timeout, problem));
    }
    let now = ctx.now();
    check_execute(&sandbox, member, now)?;
    let request = ExecutionRequested {
        id: ExecutionId::generate(now, &*ctx.random),
        number: sandbox.executions.saturating_add(1),
        command: input.command,
        timeout_ms,
    };
    let id = request.id;
    let mut batch = WriteBatch::new(sandbox.workspace);
    let body = EventBody::CommandRequested(Box::new(request));
    sandbox.record(&mut batch, Actor::User(member.user), now, body)?;
    let made = batch.events.last().and_then(|event| Execution::begin(&sandbox, event));
    batch.rows.push(Row::Execution(Box::new(made.ok_or(Error::Internal)?)));
    batch.enqueue(ctx, Job::ServeSandbox { sandbox: sandbox.id() }, now);
    batch.rows.push(Row::Sandbox(sandbox));
    batch.answer(ctx, member.user, &asked, &id.to_string());
    ctx.commit(batch).await?;
    Ok(id)
}

fn check_command(command: &str) -> Result<()> {
    let problem = if command.trim().is_empty() {
        Problem::Empty
    } else if command.len() > MAX_COMMAND_BYTES {
        Problem::TooLarge { max: MAX_COMMAND_BYTES as u64 }
    } else if command.contains('\0') {
        Problem::ControlCharacters
    } else {
        return Ok(());
    };
    Err(Error::invalid(Field::Command, problem))
}
