//! The reads behind the API: one round trip each, only what the caller's credential reaches.

use async_trait::async_trait;
use domain::Result;
use domain::context::Caller;
use domain::listing::ListingStore;
use domain::ports::Read;
use domain::project::{Project, ProjectKey};

use crate::database::Statement;
use crate::store::SqlStore;
use crate::store::fault::fault;

mod projects;

#[async_trait]
impl ListingStore for SqlStore {
    async fn origin_is_allowed(&self, origin: &str) -> Result<bool> {
        let statement = Statement::new(
            "SELECT o.workspace_id FROM allowed_origins o WHERE o.origin = ?1 LIMIT 1",
            [origin.into()],
        );
        let rows = self.database.query(statement).await.map_err(|error| fault(&error))?;
        Ok(!rows.0.is_empty())
    }

    async fn projects(
        &self,
        caller: &Caller,
        after: Option<&ProjectKey>,
        limit: u32,
    ) -> Result<Read<Vec<Project>>> {
        self.list_projects(caller, after, limit).await
    }
}
