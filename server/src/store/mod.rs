//! The truth: `domain`'s `Store` over a [`Database`], written once for D1 and for SQLite.
//!
//! Each file keeps one aggregate's SQL beside the function that reads its rows. Who asks is read in
//! the same batch as what they ask for, and every statement of a person's read is confined to the
//! workspace of their session by the database itself ([`reading`]).

use std::sync::Arc;

use async_trait::async_trait;
use domain::account::{Email, Opening, SetUpScene, SignInScene};
use domain::context::Caller;
use domain::event::{Event, Stream};
use domain::ids::{AuditId, EvidenceId, OutboxId, RunId, SandboxId, WorkspaceId};
use domain::ports::{LeaseRenewal, Read, Store};
use domain::project::{Project, ProjectKey};
use domain::run::{Evidence, LeaseToken, RunScene, StartScene};
use domain::sandbox::Sandbox;
use domain::task::{Task, TaskRef};
use domain::validation::DecisionScene;
use domain::write_batch::{OutboxMessage, WriteBatch};
use domain::{Result, Timestamp};

use crate::database::Database;

mod account_deeds;
mod accounts;
mod anchors;
mod answers;
mod api_keys;
mod audit;
mod audit_log;
mod commit;
pub mod contract;
mod dead_letters;
mod event_feed;
mod events;
mod evidence;
mod executions;
mod fault;
mod feed;
mod guards;
mod invitations;
mod limits;
mod listing;
mod outbox;
mod pages;
mod principal;
mod projects;
mod reading;
mod resets;
mod runs;
mod sandboxes;
mod scope;
mod sign_in;
mod tasks;
mod upsert;
mod validations;
mod workspaces;

pub use dead_letters::DeadLetter;
pub use feed::{Feed, FeedEvent};
pub use outbox::QueueCounts;

/// Hears of every commit, so that no use case knows of queues and sockets.
#[async_trait]
pub trait CommitWatch: Send + Sync {
    /// A batch is about to be committed.
    async fn before(&self, batch: &WriteBatch);
    /// It was.
    async fn after(&self, batch: &WriteBatch);
    /// Sessions of this workspace were ended, without an event that says so.
    async fn sessions_ended(&self, workspace: WorkspaceId);
}

/// The store over a database.
pub struct SqlStore {
    database: Arc<dyn Database>,
    watch: Option<Arc<dyn CommitWatch>>,
}

impl SqlStore {
    /// Over `database`, which has every migration.
    pub fn new(database: Arc<dyn Database>) -> Self {
        Self { database, watch: None }
    }

    /// As [`SqlStore::new`], with somebody who hears of every commit.
    pub fn watched(database: Arc<dyn Database>, watch: Arc<dyn CommitWatch>) -> Self {
        Self { database, watch: Some(watch) }
    }
}

#[async_trait]
impl Store for SqlStore {
    async fn commit(&self, batch: WriteBatch) -> Result<()> {
        let Some(watch) = &self.watch else {
            return self.write(&batch).await;
        };
        watch.before(&batch).await;
        self.write(&batch).await?;
        watch.after(&batch).await;
        Ok(())
    }

    async fn principal(&self, caller: &Caller) -> Result<Read<()>> {
        self.read_principal(caller).await
    }

    async fn is_set_up(&self) -> Result<bool> {
        self.has_setup_event().await
    }

    async fn begin_sign_in(
        &self,
        email: &Email,
        network: &str,
        now: Timestamp,
    ) -> Result<SignInScene> {
        self.count_attempt(email, network, now).await
    }

    async fn begin_set_up(&self, network: Option<&str>, now: Timestamp) -> Result<SetUpScene> {
        self.count_guess(network, now).await
    }

    async fn open_session(&self, opening: Opening<'_>) -> Result<()> {
        self.insert_session(&opening).await
    }

    async fn revoke_session(&self, caller: &Caller, entry: AuditId) -> Result<Option<WorkspaceId>> {
        let ended = self.end_session(caller, entry).await?;
        if let (Some(watch), Some(workspace)) = (&self.watch, ended) {
            watch.sessions_ended(workspace).await;
        }
        Ok(ended)
    }

    async fn project(&self, caller: &Caller, key: &ProjectKey) -> Result<Read<Option<Project>>> {
        self.read_project(caller, key).await
    }

    async fn project_for_new_task(
        &self,
        caller: &Caller,
        key: &ProjectKey,
    ) -> Result<Read<Option<(Project, i64)>>> {
        self.read_project_for_new_task(caller, key).await
    }

    async fn task(&self, caller: &Caller, task: &TaskRef) -> Result<Read<Option<Task>>> {
        self.read_task(caller, task).await
    }

    async fn task_to_start(
        &self,
        caller: &Caller,
        task: &TaskRef,
    ) -> Result<Read<Option<StartScene>>> {
        self.read_task_to_start(caller, task).await
    }

    async fn task_to_decide(
        &self,
        caller: &Caller,
        task: &TaskRef,
    ) -> Result<Read<Option<DecisionScene>>> {
        self.read_task_to_decide(caller, task).await
    }

    async fn run_scene(&self, caller: &Caller, run: RunId) -> Result<Read<Option<RunScene>>> {
        self.read_run_scene(caller, run).await
    }

    async fn renew_lease(
        &self,
        run: RunId,
        token: &LeaseToken,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<LeaseRenewal> {
        self.move_lease(run, token, now, until).await
    }

    async fn expired_runs(&self, now: Timestamp, limit: u32) -> Result<Vec<RunId>> {
        self.runs_past_lease(now, limit).await
    }

    async fn sandbox(&self, caller: &Caller, id: SandboxId) -> Result<Read<Option<Sandbox>>> {
        self.read_sandbox(caller, id).await
    }

    async fn leftover_sandboxes(&self, limit: u32) -> Result<Vec<Sandbox>> {
        self.sandboxes_without_run(limit).await
    }

    async fn evidence(&self, caller: &Caller, id: EvidenceId) -> Result<Read<Option<Evidence>>> {
        self.read_evidence(caller, id).await
    }

    async fn due_outbox(&self, now: Timestamp, limit: u32) -> Result<Vec<OutboxMessage>> {
        self.messages_due(now, limit).await
    }

    async fn outbox_sent(&self, ids: &[OutboxId], again_at: Timestamp) -> Result<()> {
        self.note_sent(ids, again_at).await
    }

    async fn confirm_outbox(&self, id: OutboxId) -> Result<()> {
        self.forget_message(id).await
    }

    async fn stream(&self, stream: Stream) -> Result<Vec<Event>> {
        self.events_of(stream).await
    }

    async fn events_after(
        &self,
        workspace: WorkspaceId,
        after: i64,
        limit: u32,
    ) -> Result<Vec<(i64, Event)>> {
        self.log_after(workspace, after, limit).await
    }
}
