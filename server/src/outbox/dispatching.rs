//! A store whose every commit is followed by its dispatch, so that no use case knows of queues.

use std::sync::Arc;

use async_trait::async_trait;
use domain::Timestamp;
use domain::account::{Email, Session, SetUpScene, SignInScene};
use domain::context::Caller;
use domain::error::Result;
use domain::event::{Event, EventBody, Stream};
use domain::ids::{EvidenceId, OutboxId, RunId, SandboxId, WorkspaceId};
use domain::ports::{LeaseRenewal, Read, Store};
use domain::project::{Project, ProjectKey};
use domain::run::{Evidence, LeaseToken, RunScene, StartScene};
use domain::sandbox::Sandbox;
use domain::task::{Task, TaskRef};
use domain::validation::DecisionScene;
use domain::views::{
    MyWork, PageRead, PageStore, ProjectSettings, RunDetail, SandboxSummary, TaskDetail,
    TaskFilter, TaskList, ValidationList,
};
use domain::write_batch::{OutboxMessage, WriteBatch};
use worker::Env;
use worker::send::SendFuture;

use super::{Committed, dispatch};
use crate::durable::room;
use crate::fault;

/// When a commit's dispatch happens.
#[derive(Clone)]
pub enum After {
    /// After the answer to the request, which doesn't wait for it.
    TheAnswer(Arc<worker::Context>),
    /// Before the commit returns: in queue, cron and alarm handlers.
    Now,
}

/// A store with dispatch.
pub struct Dispatching {
    inner: Arc<dyn Store>,
    env: Env,
    after: After,
}

impl Dispatching {
    /// Over a store.
    pub fn new(inner: Arc<dyn Store>, env: Env, after: After) -> Self {
        Self { inner, env, after }
    }

    async fn commit_and_dispatch(&self, batch: WriteBatch) -> Result<()> {
        let point = point_of(&batch);
        let committed = Committed {
            point,
            workspace: batch.workspace,
            outbox: batch.outbox.clone(),
            frees_slot: batch
                .events
                .iter()
                .any(|event| matches!(event.body, EventBody::RunEnded { .. })),
        };
        SendFuture::new(fault::point(&format!("before_commit_{point}"))).await;
        self.inner.commit(batch).await?;
        let (env, store) = (self.env.clone(), Arc::clone(&self.inner));
        let work = async move { dispatch(&env, &*store, committed).await };
        SendFuture::new(self.afterwards(work)).await;
        Ok(())
    }

    /// Ends a session, and has its workspace's room close the sockets that it opened.
    async fn revoke_and_tell(&self, caller: &Caller) -> Result<Option<WorkspaceId>> {
        let revoked = self.inner.revoke_session(caller).await?;
        if let Some(workspace) = revoked {
            let env = self.env.clone();
            let work = async move { room::nudge(&env, workspace).await };
            SendFuture::new(self.afterwards(work)).await;
        }
        Ok(revoked)
    }

    async fn afterwards(&self, work: impl Future<Output = ()> + 'static) {
        match &self.after {
            After::TheAnswer(context) => context.wait_until(work),
            After::Now => work.await,
        }
    }
}

/// What a commit is called among the points at which a test may break it off: the most telling of
/// its events.
fn point_of(batch: &WriteBatch) -> &'static str {
    let has = |name: &&str| batch.events.iter().any(|event| event.body.name() == *name);
    [
        "run_cancel_requested",
        "run_ended",
        "run_started",
        "run_claimed",
        "run_queued",
        "sandbox_moved",
    ]
    .into_iter()
    .find(has)
    .unwrap_or("other")
}

/// Methods that only pass on.
macro_rules! passing_on {
    (
        store { $($s:ident($($sa:ident: $st:ty),*) -> $sr:ty;)* }
        pages { $($p:ident($($pa:ident: $pt:ty),*) -> $pr:ty;)* }
    ) => {
        #[async_trait]
        impl Store for Dispatching {
            async fn commit(&self, batch: WriteBatch) -> Result<()> {
                self.commit_and_dispatch(batch).await
            }
            async fn revoke_session(&self, caller: &Caller) -> Result<Option<WorkspaceId>> {
                self.revoke_and_tell(caller).await
            }
            $(async fn $s(&self, $($sa: $st),*) -> $sr {
                self.inner.$s($($sa),*).await
            })*
        }

        #[async_trait]
        impl PageStore for Dispatching {
            $(async fn $p(&self, $($pa: $pt),*) -> $pr {
                self.inner.$p($($pa),*).await
            })*
        }
    };
}

passing_on! {
    store {
    principal(caller: &Caller) -> Result<Read<()>>;
    is_set_up() -> Result<bool>;
    begin_set_up(network: Option<&str>, now: Timestamp) -> Result<SetUpScene>;
    begin_sign_in(email: &Email, network: &str, now: Timestamp) -> Result<SignInScene>;
    open_session(session: Session, email: &Email, network: &str) -> Result<()>;
    project(caller: &Caller, key: &ProjectKey) -> Result<Read<Option<Project>>>;
    project_for_new_task(caller: &Caller, key: &ProjectKey)
        -> Result<Read<Option<(Project, i64)>>>;
    task(caller: &Caller, task: &TaskRef) -> Result<Read<Option<Task>>>;
    task_to_start(caller: &Caller, task: &TaskRef) -> Result<Read<Option<StartScene>>>;
    task_to_decide(caller: &Caller, task: &TaskRef) -> Result<Read<Option<DecisionScene>>>;
    run_scene(caller: &Caller, run: RunId) -> Result<Read<Option<RunScene>>>;
    sandbox_scene(caller: &Caller, sandbox: SandboxId) -> Result<Read<Option<RunScene>>>;
    renew_lease(run: RunId, token: &LeaseToken, now: Timestamp, until: Timestamp)
        -> Result<LeaseRenewal>;
    expired_runs(now: Timestamp, limit: u32) -> Result<Vec<RunId>>;
    sandbox(caller: &Caller, id: SandboxId) -> Result<Read<Option<Sandbox>>>;
    leftover_sandboxes(limit: u32) -> Result<Vec<Sandbox>>;
    evidence(caller: &Caller, id: EvidenceId) -> Result<Read<Option<Evidence>>>;
    due_outbox(now: Timestamp, limit: u32) -> Result<Vec<OutboxMessage>>;
    outbox_sent(ids: &[OutboxId], again_at: Timestamp) -> Result<()>;
    confirm_outbox(id: OutboxId) -> Result<()>;
    stream(stream: Stream) -> Result<Vec<Event>>;
    events_after(workspace: WorkspaceId, after: i64, limit: u32) -> Result<Vec<(i64, Event)>>;
    }
    pages {
    my_work(caller: &Caller) -> Result<PageRead<MyWork>>;
    task_list(caller: &Caller, project: &ProjectKey, filter: &TaskFilter)
        -> Result<PageRead<TaskList>>;
    task_detail(caller: &Caller, task: &TaskRef) -> Result<PageRead<TaskDetail>>;
    run_detail(caller: &Caller, run: RunId) -> Result<PageRead<RunDetail>>;
    sandbox_list(caller: &Caller) -> Result<PageRead<Vec<SandboxSummary>>>;
    sandbox_detail(caller: &Caller, sandbox: SandboxId) -> Result<PageRead<SandboxSummary>>;
    validation_list(caller: &Caller) -> Result<PageRead<ValidationList>>;
    project_settings(caller: &Caller, project: &ProjectKey) -> Result<PageRead<ProjectSettings>>;
    frame(caller: &Caller) -> Result<PageRead<()>>;
    }
}
