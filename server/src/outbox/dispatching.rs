//! Every commit is followed by its dispatch, so that no use case knows of queues.

use std::sync::Arc;

use async_trait::async_trait;
use domain::event::EventBody;
use domain::ids::WorkspaceId;
use domain::write_batch::{Row, WriteBatch};
use worker::Env;
use worker::send::SendFuture;

use super::{Committed, dispatch};
use crate::database::Database;
use crate::durable::room;
use crate::fault;
use crate::store::{CommitWatch, SqlStore};

/// When a commit's dispatch happens.
#[derive(Clone)]
pub enum After {
    /// After the answer to the request, which doesn't wait for it.
    TheAnswer(Arc<worker::Context>),
    /// Before the commit returns: in queue, cron and alarm handlers.
    Now,
}

/// Dispatches what commits leave to be done.
pub struct Dispatching {
    env: Env,
    database: Arc<dyn Database>,
    after: After,
}

impl Dispatching {
    /// What commits to this database leave.
    pub fn new(env: Env, database: Arc<dyn Database>, after: After) -> Self {
        Self { env, database, after }
    }

    async fn afterwards(&self, work: impl Future<Output = ()> + 'static) {
        match &self.after {
            After::TheAnswer(context) => context.wait_until(work),
            After::Now => SendFuture::new(work).await,
        }
    }
}

#[async_trait]
impl CommitWatch for Dispatching {
    async fn before(&self, batch: &WriteBatch) {
        SendFuture::new(fault::point(&format!("before_commit_{}", point_of(batch)))).await;
    }

    async fn after(&self, batch: &WriteBatch) {
        let committed = Committed {
            point: point_of(batch),
            left: left_by(batch),
            workspace: batch.workspace,
            outbox: batch.outbox.clone(),
            frees_slot: batch
                .events
                .iter()
                .any(|event| matches!(event.body, EventBody::RunEnded { .. })),
        };
        let (env, store) = (self.env.clone(), SqlStore::new(Arc::clone(&self.database)));
        let work = async move { dispatch(&env, &store, committed).await };
        SendFuture::new(self.afterwards(work)).await;
    }

    async fn sessions_ended(&self, workspace: WorkspaceId) {
        let env = self.env.clone();
        let work = async move { room::nudge(&env, workspace).await };
        SendFuture::new(self.afterwards(work)).await;
    }
}

/// The workspaces that sessions don't have open any more.
fn left_by(batch: &WriteBatch) -> Vec<WorkspaceId> {
    let left = batch.rows.iter().filter_map(|row| match row {
        Row::SessionsMoved { from, .. } => Some(*from),
        _ => None,
    });
    left.filter(|from| *from != batch.workspace).collect()
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
