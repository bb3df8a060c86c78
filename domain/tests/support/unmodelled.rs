//! What the model has no part in: reads behind pages and lists.

use async_trait::async_trait;
use domain::context::Caller;
use domain::ids::{RunId, SandboxId};
use domain::listing::ListingStore;
use domain::ports::Read;
use domain::project::{Project, ProjectKey};
use domain::task::TaskRef;
use domain::views::{
    MyWork, PageRead, PageStore, ProjectSettings, RunDetail, SandboxSummary, TaskDetail,
    TaskFilter, TaskList, ValidationList,
};
use domain::{Error, Result};

use super::MemoryStore;

#[async_trait]
impl ListingStore for MemoryStore {
    async fn origin_is_allowed(&self, _: &str) -> Result<bool> {
        Err(Error::Internal)
    }
    async fn projects(
        &self,
        _: &Caller,
        _: Option<&ProjectKey>,
        _: u32,
    ) -> Result<Read<Vec<Project>>> {
        Err(Error::Internal)
    }
}

#[async_trait]
impl PageStore for MemoryStore {
    async fn my_work(&self, _: &Caller) -> Result<PageRead<MyWork>> {
        Err(Error::Internal)
    }
    async fn task_list(
        &self,
        _: &Caller,
        _: &ProjectKey,
        _: &TaskFilter,
    ) -> Result<PageRead<TaskList>> {
        Err(Error::Internal)
    }
    async fn task_detail(&self, _: &Caller, _: &TaskRef) -> Result<PageRead<TaskDetail>> {
        Err(Error::Internal)
    }
    async fn run_detail(&self, _: &Caller, _: RunId) -> Result<PageRead<RunDetail>> {
        Err(Error::Internal)
    }
    async fn sandbox_list(&self, _: &Caller) -> Result<PageRead<Vec<SandboxSummary>>> {
        Err(Error::Internal)
    }
    async fn sandbox_detail(&self, _: &Caller, _: SandboxId) -> Result<PageRead<SandboxSummary>> {
        Err(Error::Internal)
    }
    async fn validation_list(&self, _: &Caller) -> Result<PageRead<ValidationList>> {
        Err(Error::Internal)
    }
    async fn project_settings(
        &self,
        _: &Caller,
        _: &ProjectKey,
    ) -> Result<PageRead<ProjectSettings>> {
        Err(Error::Internal)
    }
    async fn frame(&self, _: &Caller) -> Result<PageRead<()>> {
        Err(Error::Internal)
    }
}
