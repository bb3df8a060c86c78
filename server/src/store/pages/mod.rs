//! The reads behind pages: one batch each, with the session and the frame around the page.

use async_trait::async_trait;
use domain::Result;
use domain::actor::Principal;
use domain::context::Caller;
use domain::ids::{RunId, SandboxId};
use domain::project::ProjectKey;
use domain::task::TaskRef;
use domain::views::{
    Frame, MyWork, PageRead, PageStore, ProjectSettings, RunDetail, SandboxSummary, TaskDetail,
    TaskFilter, TaskList, ValidationList,
};

use crate::store::SqlStore;
use crate::store::reading::Answer;

pub(super) mod frame;
mod glance;
mod my_work;
mod project_settings;
mod run_detail;
mod sandboxes;
mod task_detail;
mod task_list;
mod validations;

pub(super) use task_detail::push_people;
pub(super) use task_list::filtered;

/// The page's read with this data; for a caller who turned out to be signed out, without any.
pub(super) fn page<T>(answer: Answer, frame: Frame, data: Option<T>) -> PageRead<T> {
    match answer.principal {
        Principal::SignedOut => nobody(),
        principal => PageRead { principal, frame, data },
    }
}

/// What somebody who isn't signed in sees.
pub(super) fn nobody<T>() -> PageRead<T> {
    PageRead { principal: Principal::SignedOut, frame: Frame::default(), data: None }
}

#[async_trait]
impl PageStore for SqlStore {
    async fn my_work(&self, caller: &Caller) -> Result<PageRead<MyWork>> {
        self.my_work_page(caller).await
    }

    async fn task_list(
        &self,
        caller: &Caller,
        project: &ProjectKey,
        filter: &TaskFilter,
    ) -> Result<PageRead<TaskList>> {
        self.task_list_page(caller, project, filter).await
    }

    async fn task_detail(&self, caller: &Caller, task: &TaskRef) -> Result<PageRead<TaskDetail>> {
        self.task_detail_page(caller, task).await
    }

    async fn run_detail(&self, caller: &Caller, run: RunId) -> Result<PageRead<RunDetail>> {
        self.run_detail_page(caller, run).await
    }

    async fn sandbox_list(&self, caller: &Caller) -> Result<PageRead<Vec<SandboxSummary>>> {
        self.sandbox_list_page(caller).await
    }

    async fn sandbox_detail(
        &self,
        caller: &Caller,
        sandbox: SandboxId,
    ) -> Result<PageRead<SandboxSummary>> {
        self.sandbox_detail_page(caller, sandbox).await
    }

    async fn validation_list(&self, caller: &Caller) -> Result<PageRead<ValidationList>> {
        self.validation_list_page(caller).await
    }

    async fn project_settings(
        &self,
        caller: &Caller,
        project: &ProjectKey,
    ) -> Result<PageRead<ProjectSettings>> {
        self.project_settings_page(caller, project).await
    }

    async fn frame(&self, caller: &Caller) -> Result<PageRead<()>> {
        self.frame_alone(caller).await
    }
}
