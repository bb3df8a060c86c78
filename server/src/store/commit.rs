//! One write batch, committed whole or not at all.
//!
//! The events come first: `UNIQUE(stream, version)` is the guard, and a lost race undoes the batch.
//! `seq` is a scalar subquery of the insert, so a workspace's log is dense without a counter.

use domain::agent::Agent;
use domain::event::{Event, Head, Stream};
use domain::invitation::Invitation;
use domain::workspace::Membership;
use domain::write_batch::{OutboxMessage, Row, WriteBatch};
use domain::{Error, Field, Problem, Result};

use crate::database::{DatabaseError, Statement};
use crate::store::fault::{bug, fault};
use crate::store::upsert::{cleared, upsert};
use crate::store::{SqlStore, answers, audit, guards};

/// How often a batch is tried again that lost nothing but its place in the log.
const PLACE_RETRIES: u32 = 3;

impl SqlStore {
    pub(super) async fn write(&self, batch: &WriteBatch) -> Result<()> {
        check_guarded(batch)?;
        let mut transaction = self.database.transaction();
        for event in &batch.events {
            transaction.push(insert_event(event)?);
        }
        for guard in batch.holder.iter().filter_map(guards::holder) {
            transaction.push(guard);
        }
        for guard in &batch.guards {
            transaction.push(guards::statement(guard));
        }
        // Before the rows: a request sent twice at once must meet its own answer, not a project key
        // that it has taken itself.
        for statement in batch.idempotency.iter().flat_map(answers::insert) {
            transaction.push(statement);
        }
        for row in &batch.rows {
            if let Some(statement) = cleared(row) {
                transaction.push(statement);
            }
            transaction.push(upsert(row)?);
        }
        for message in &batch.outbox {
            transaction.push(insert_message(message)?);
        }
        if let Some(entry) = &batch.audit {
            transaction.push(audit::insert(entry)?);
        }
        let mut outcome = transaction.commit().await;
        for _ in 0..PLACE_RETRIES {
            match &outcome {
                Err(error) if error.is_unique("events.workspace_id, events.seq") => {
                    outcome = transaction.commit().await;
                }
                _ => break,
            }
        }
        outcome.map(|_| ()).map_err(|error| meaning(&error))
    }
}

/// What a failed commit means to the caller.
pub(super) fn meaning(error: &DatabaseError) -> Error {
    let columns = match error {
        DatabaseError::Unique { columns } => columns.as_str(),
        DatabaseError::NotNull { column } => column.as_str(),
        _ => return fault(error),
    };
    match columns {
        "events.workspace_id, events.seq" => Error::Unavailable,
        "users.email" => Error::invalid(Field::Email, Problem::Taken),
        "projects.workspace_id, projects.key" => Error::invalid(Field::ProjectKey, Problem::Taken),
        "events.stream, events.version"
        | "tasks.project_id, tasks.number"
        | "runs.task_id, runs.attempt"
        | "sandboxes.run_id"
        | "sandbox_executions.sandbox_id"
        | "sandbox_executions.sandbox_id, sandbox_executions.number"
        | "idempotency.user_id, idempotency.key"
        // The guard of a run's lease, in its upsert, and those that look across streams.
        | "runs.version"
        | "guards.slot"
        | "guards.gate"
        | "guards.project"
        | "guards.task"
        | "guards.account" => Error::Conflict { current: 0 },
        _ => fault(error),
    }
}

/// Refuses a batch whose rows aren't what its events make: a row without an event of its stream
/// would be written without a guard.
fn check_guarded(batch: &WriteBatch) -> Result<()> {
    if batch.events.is_empty() {
        return Err(bug("a write batch without events"));
    }
    if batch.events.iter().any(|event| event.workspace != batch.workspace) {
        return Err(bug("an event of another workspace"));
    }
    let newest = |stream: Stream| batch.events.iter().rev().find(|e| e.stream == stream);
    let is_at =
        |stream: Stream, head: &Head| newest(stream).map(Event::head).as_ref() == Some(head);
    for row in &batch.rows {
        let is_guarded = match row {
            Row::Workspace(workspace) => is_at(Stream::Workspace(workspace.id), &workspace.head),
            Row::Project(project) => is_at(Stream::Project(project.details.id), &project.head),
            Row::Task(task) => is_at(Stream::Task(task.id), &task.head),
            Row::Run(run) => is_at(Stream::Run(run.id), &run.head),
            Row::Sandbox(sandbox) => is_at(Stream::Sandbox(sandbox.id()), &sandbox.head),
            Row::Execution(execution) => newest(execution.stream()).is_some(),
            Row::Validation(validation) => newest(Stream::Task(validation.task)).is_some(),
            Row::Evidence(evidence) => newest(Stream::Run(evidence.run)).is_some(),
            Row::Membership(Membership { workspace, .. })
            | Row::MembershipEnded { workspace, .. }
            | Row::SessionsEnded { workspace, .. }
            | Row::KeysEnded { workspace, .. }
            | Row::AllowedOrigins { workspace, .. }
            | Row::NewInvitation { invitation: Invitation { workspace, .. }, .. }
            | Row::Invitation(Invitation { workspace, .. })
            | Row::Agent(Agent { workspace, .. }) => {
                newest(Stream::Workspace(*workspace)).is_some()
            }
            Row::NewApiKey { key, .. } => newest(Stream::Workspace(key.workspace)).is_some(),
            Row::ApiKey(key) => newest(Stream::Workspace(key.workspace)).is_some(),
            Row::PasswordReset(reset) => newest(Stream::Workspace(reset.workspace)).is_some(),
            Row::User(_) | Row::Session(_) | Row::SessionsMoved { .. } => true,
        };
        if !is_guarded {
            return Err(bug("a row that isn't what the batch's events make"));
        }
    }
    Ok(())
}

fn insert_event(event: &Event) -> Result<Statement> {
    let actor = serde_json::to_string(&event.actor).map_err(|_| bug("an actor without JSON"))?;
    let body = serde_json::to_string(&event.body).map_err(|_| bug("an event without JSON"))?;
    Ok(Statement::new(
        "INSERT INTO events (workspace_id, seq, stream, version, name, actor, at, body, \
         prev_hash, hash) \
         VALUES (?1, (SELECT COALESCE(MAX(e.seq), 0) + 1 FROM events e WHERE e.workspace_id = ?1), \
         ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        [
            event.workspace.to_string().into(),
            event.stream.to_string().into(),
            event.version.into(),
            event.body.name().into(),
            actor.into(),
            event.at.0.into(),
            body.into(),
            event.prev_hash.0.as_str().into(),
            event.hash.0.as_str().into(),
        ],
    ))
}

fn insert_message(message: &OutboxMessage) -> Result<Statement> {
    let job = serde_json::to_string(&message.job).map_err(|_| bug("a job without JSON"))?;
    Ok(Statement::new(
        "INSERT INTO outbox (id, workspace_id, job, not_before, created_at, again_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?4)",
        [
            message.id.to_string().into(),
            message.workspace.to_string().into(),
            job.into(),
            message.not_before.0.into(),
            message.created_at.0.into(),
        ],
    ))
}
