//! What programs list and read: leaner than what pages show, in pages of their own size. Each read is
//! one round trip and gives only what the caller's credential reaches.

use async_trait::async_trait;

use crate::context::Caller;
use crate::error::Result;
use crate::ports::Read;
use crate::project::{Project, ProjectKey};

/// The reads behind the API. A list gives at most `limit` entries, those after `after` in its order.
#[async_trait]
pub trait ListingStore {
    /// Whether any workspace lets pages of this origin use its API.
    async fn origin_is_allowed(&self, origin: &str) -> Result<bool>;
    /// Projects, by key.
    async fn projects(
        &self,
        caller: &Caller,
        after: Option<&ProjectKey>,
        limit: u32,
    ) -> Result<Read<Vec<Project>>>;
}
