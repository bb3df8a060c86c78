//! What the model has no part in: reads behind pages and lists.

use async_trait::async_trait;
use domain::agent::Agent;
use domain::context::Caller;
use domain::ids::{AgentId, RunId, SandboxId, UserId, ValidationId, WorkspaceId};
use domain::listing::{
    ListedMember, ListedTask, ListedWorkspace, ListingStore, OfTask, SandboxCursor,
    ValidationCursor,
};
use domain::ports::Read;
use domain::project::{Project, ProjectKey};
use domain::run::Run;
use domain::sandbox::Sandbox;
use domain::task::TaskRef;
use domain::validation::Validation;
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
    async fn listed_workspaces(
        &self,
        _: &Caller,
        _: Option<WorkspaceId>,
        _: u32,
    ) -> Result<Read<Vec<ListedWorkspace>>> {
        Err(Error::Internal)
    }
    async fn listed_workspace(
        &self,
        _: &Caller,
        _: WorkspaceId,
    ) -> Result<Read<Option<ListedWorkspace>>> {
        Err(Error::Internal)
    }
    async fn listed_members(
        &self,
        _: &Caller,
        _: Option<UserId>,
        _: u32,
    ) -> Result<Read<Vec<ListedMember>>> {
        Err(Error::Internal)
    }
    async fn listed_member(&self, _: &Caller, _: UserId) -> Result<Read<Option<ListedMember>>> {
        Err(Error::Internal)
    }
    async fn validation(
        &self,
        _: &Caller,
        _: ValidationId,
    ) -> Result<Read<Option<OfTask<Validation>>>> {
        Err(Error::Internal)
    }
    async fn sandboxes(
        &self,
        _: &Caller,
        _: Option<SandboxCursor>,
        _: u32,
    ) -> Result<Read<Vec<Sandbox>>> {
        Err(Error::Internal)
    }
    async fn agents(&self, _: &Caller, _: Option<AgentId>, _: u32) -> Result<Read<Vec<Agent>>> {
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
    async fn tasks(
        &self,
        _: &Caller,
        _: &ProjectKey,
        _: &TaskFilter,
        _: u32,
    ) -> Result<Read<Option<Vec<ListedTask>>>> {
        Err(Error::Internal)
    }
    async fn runs_of_task(
        &self,
        _: &Caller,
        _: &TaskRef,
        _: Option<i64>,
        _: u32,
    ) -> Result<Read<Option<Vec<OfTask<Run>>>>> {
        Err(Error::Internal)
    }
    async fn run(&self, _: &Caller, _: RunId) -> Result<Read<Option<OfTask<Run>>>> {
        Err(Error::Internal)
    }
    async fn validations_of_task(
        &self,
        _: &Caller,
        _: &TaskRef,
        _: Option<ValidationId>,
        _: u32,
    ) -> Result<Read<Option<Vec<OfTask<Validation>>>>> {
        Err(Error::Internal)
    }
    async fn validations(
        &self,
        _: &Caller,
        _: Option<ValidationCursor>,
        _: u32,
    ) -> Result<Read<Vec<OfTask<Validation>>>> {
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
