//! The reads about sandboxes, in memory.

use async_trait::async_trait;
use domain::context::Caller;
use domain::ids::{ExecutionId, SandboxId};
use domain::ports::{Read, Store};
use domain::project::{Project, ProjectKey};
use domain::sandbox::{Execution, SandboxStore, Standing, StopScene};
use domain::{Error, Result, Timestamp};

use super::MemoryStore;

#[async_trait]
impl SandboxStore for MemoryStore {
    async fn project_for_sandbox(
        &self,
        caller: &Caller,
        key: &ProjectKey,
    ) -> Result<Read<Option<(Project, usize)>>> {
        Ok(self.read(caller, |state| {
            let project = state.project(key)?.clone();
            let alive = state.standalone(project.workspace);
            Some((project, alive))
        }))
    }

    async fn standing(&self, caller: &Caller, id: SandboxId) -> Result<Read<Option<Standing>>> {
        Ok(self.read(caller, |state| {
            let sandbox = state.sandboxes.get(&id)?.clone();
            let is_open = |row: &&Execution| row.sandbox == id && row.state.is_open();
            Some(Standing { open: state.executions.values().find(is_open).cloned(), sandbox })
        }))
    }

    async fn sandbox_to_stop(
        &self,
        caller: &Caller,
        id: SandboxId,
    ) -> Result<Read<Option<StopScene>>> {
        let sandbox = self.state().sandboxes.get(&id).cloned();
        let run = sandbox.as_ref().and_then(|sandbox| sandbox.request.purpose.run());
        if let Some(run) = run {
            let Read { principal, answered, data } = self.run_scene(caller, run).await?;
            let data = data.map(|scene| StopScene::Run(Box::new(scene)));
            return Ok(Read { principal, answered, data });
        }
        Ok(self.read(caller, |_| sandbox.map(|it| StopScene::Standalone(Box::new(it)))))
    }

    async fn execution(
        &self,
        caller: &Caller,
        sandbox: SandboxId,
        id: ExecutionId,
    ) -> Result<Read<Option<(Execution, Timestamp)>>> {
        Ok(self.read(caller, |state| {
            let expires_at = state.sandboxes.get(&sandbox)?.expires_at()?;
            let row = state.executions.get(&id).filter(|row| row.sandbox == sandbox)?;
            Some((row.clone(), expires_at))
        }))
    }

    async fn standalone_alive(&self, _: u32) -> Result<Vec<SandboxId>> {
        Err(Error::Internal)
    }
}
