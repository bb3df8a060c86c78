//! Making a sandbox for commands of one's own.

use serde::Serialize;

use super::{Purpose, Sandbox, SandboxRequested, Standalone};
use crate::actor::{Actor, Member, Permission};
use crate::context::Context;
use crate::error::{Error, Field, Problem, Refusal, Result};
use crate::event::{Event, EventBody, Head, Stream};
use crate::idempotency::Asked;
use crate::ids::SandboxId;
use crate::project::{Project, ProjectKey};
use crate::text;
use crate::write_batch::{Guard, Job, Row, WriteBatch};

/// How long such a sandbox lives unless asked otherwise, in milliseconds.
pub const DEFAULT_TTL_MS: u64 = 15 * 60_000;
/// Longest time that one lives, in milliseconds.
pub const MAX_TTL_MS: u64 = 60 * 60_000;
/// Shortest time that one may be asked for, in milliseconds.
pub const LEAST_TTL_MS: u64 = 10_000;
/// Longest note, in characters.
const MAX_NOTE_CHARS: usize = 200;
/// Most output kept of one of its commands, in bytes.
const OUTPUT_BYTES: u64 = 1 << 20;

/// A request to make a sandbox that no run uses.
#[derive(Clone, Debug, Serialize)]
pub struct ProvisionSandbox {
    /// The project whose source is unpacked in it.
    pub project: ProjectKey,
    /// What it is for, in a few words; may be empty.
    pub note: String,
    /// How long it lives, in milliseconds; [`DEFAULT_TTL_MS`] when it isn't said.
    pub ttl_ms: Option<u64>,
}

/// Whether the member may have another sandbox of the project now, `alive` of the workspace being
/// there.
///
/// # Errors
/// The reason why not.
pub fn check_provision(
    project: &Project,
    alive: usize,
    slots: usize,
    member: &Member,
) -> Result<(), Refusal> {
    member.check(Permission::OperateRuns)?;
    if project.source.is_none() {
        return Err(Refusal::NoSource);
    }
    if alive >= slots {
        return Err(Refusal::NoSandboxSlot { limit: slots });
    }
    Ok(())
}

/// Asks for a sandbox and gives its id. It is made behind the answer, and ends by itself.
///
/// # Errors
/// `SignedOut`, `Forbidden`, `OutOfScope`, `NotFound`, `Invalid`, `Refused`, `Conflict`.
pub async fn provision(ctx: &Context, input: ProvisionSandbox) -> Result<SandboxId> {
    let asked = Asked::new("sandbox::provision", &input)?;
    let read = ctx.store.project_for_sandbox(&ctx.caller, &input.project).await?;
    let member = read.principal.member()?;
    let (project, alive) = read.data.ok_or(Error::NotFound)?;
    member.check(Permission::OperateRuns)?;
    if let Some(answer) = asked.first_answer(read.answered.as_ref())? {
        return answer.parse().map_err(|_| Error::Internal);
    }
    let ttl_ms = input.ttl_ms.unwrap_or(DEFAULT_TTL_MS);
    if !(LEAST_TTL_MS..=MAX_TTL_MS).contains(&ttl_ms) {
        let problem = Problem::OutOfRange { min: LEAST_TTL_MS, max: MAX_TTL_MS };
        return Err(Error::invalid(Field::TimeToLive, problem));
    }
    let note = text::line(Field::Note, &input.note, 0, MAX_NOTE_CHARS)?;
    let slots = ctx.settings.sandbox_slots;
    check_provision(&project, alive, slots, member)?;
    let now = ctx.now();
    let id = SandboxId::generate(now, &*ctx.random);
    let expires_at = now.plus_ms(i64::try_from(ttl_ms).unwrap_or(i64::MAX));
    let source = project.source.clone().ok_or(Error::Internal)?;
    let standalone = Standalone { by: member.user, note, source, expires_at };
    let mut spec = ctx.settings.sandbox;
    spec.output_bytes = spec.output_bytes.min(OUTPUT_BYTES);
    let purpose = Purpose::Standalone(Box::new(standalone));
    let request = SandboxRequested { id, project: project.details.id, purpose, spec };
    let body = EventBody::SandboxRequested(Box::new(request));
    let (workspace, actor) = (project.workspace, Actor::User(member.user));
    let event = Event::next(&Head::start(), workspace, Stream::Sandbox(id), actor, now, body)?;
    let sandbox = Sandbox::begin(&event).ok_or(Error::Internal)?;
    let mut batch = WriteBatch::new(workspace);
    // Others' sandboxes are in other streams: only the count itself can tell.
    batch.guards.push(Guard::FreeSandboxSlot { workspace, limit: slots });
    batch
        .guards
        .push(Guard::ProjectAt { project: project.details.id, version: project.head.version });
    batch.events.push(event);
    batch.rows.push(Row::Sandbox(sandbox));
    batch.enqueue(ctx, Job::ServeSandbox { sandbox: id }, now);
    batch.answer(ctx, member.user, &asked, &id.to_string());
    ctx.commit(batch).await?;
    Ok(id)
}
