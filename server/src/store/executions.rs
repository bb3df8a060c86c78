//! Sandboxes that no run uses, and their commands.

use async_trait::async_trait;
use domain::context::Caller;
use domain::ids::{ExecutionId, SandboxId};
use domain::ports::Read;
use domain::project::{Project, ProjectKey};
use domain::sandbox::{
    Execution, ExecutionRequested, OutputSpan, SandboxStore, Standing, StopScene,
};
use domain::{Result, Timestamp};

use crate::database::{DatabaseInconsistency, Row, Statement};
use crate::store::SqlStore;
use crate::store::fault::{fault, inconsistency};
use crate::store::reading::{Reading, nobody};
use crate::store::upsert::json;
use crate::store::{projects, runs, sandboxes};

#[async_trait]
impl SandboxStore for SqlStore {
    async fn project_for_sandbox(
        &self,
        caller: &Caller,
        key: &ProjectKey,
    ) -> Result<Read<Option<(Project, usize)>>> {
        let Some(mut reading) = Reading::begin(caller) else {
            return Ok(nobody());
        };
        projects::push_project(&mut reading, key);
        let workspace = reading.workspace();
        reading.push(
            format!(
                "SELECT COUNT(*) AS n FROM sandboxes b \
                 WHERE b.workspace_id = {workspace} AND b.alive = 1 AND b.run_id IS NULL"
            ),
            [],
        );
        let mut answer = reading.run(&*self.database).await?;
        let project = answer.one("projects", projects::project)?;
        let alive = usize::try_from(answer.count("sandboxes")?).unwrap_or(usize::MAX);
        Ok(answer.with(project.map(|project| (project, alive))))
    }

    async fn standing(&self, caller: &Caller, id: SandboxId) -> Result<Read<Option<Standing>>> {
        let Some(mut reading) = Reading::begin(caller) else {
            return Ok(nobody());
        };
        sandboxes::push_sandbox(&mut reading, id);
        let mine = reading.mine("x");
        reading.push(
            format!(
                "SELECT x.* FROM sandbox_executions x WHERE x.sandbox_id = ?3 \
                 AND x.state_name IN ('queued', 'running') AND {mine}"
            ),
            [id.to_string().into()],
        );
        let mut answer = reading.run(&*self.database).await?;
        let sandbox = answer.one("sandboxes", sandboxes::sandbox)?;
        let open = answer.one("sandbox_executions", execution)?;
        Ok(answer.with(sandbox.map(|sandbox| Standing { sandbox, open })))
    }

    async fn sandbox_to_stop(
        &self,
        caller: &Caller,
        id: SandboxId,
    ) -> Result<Read<Option<StopScene>>> {
        let Some(mut reading) = Reading::begin(caller) else {
            return Ok(nobody());
        };
        sandboxes::push_sandbox(&mut reading, id);
        runs::push_sandbox_scene(&mut reading, id);
        let mut answer = reading.run(&*self.database).await?;
        let sandbox = answer.one("sandboxes", sandboxes::sandbox)?;
        let scene = runs::take_scene(&mut answer)?;
        let scene = match (sandbox, scene) {
            (_, Some(scene)) => Some(StopScene::Run(Box::new(scene))),
            (Some(sandbox), None) if sandbox.request.purpose.run().is_none() => {
                Some(StopScene::Standalone(Box::new(sandbox)))
            }
            _ => None,
        };
        Ok(answer.with(scene))
    }

    async fn execution(
        &self,
        caller: &Caller,
        sandbox: SandboxId,
        id: ExecutionId,
    ) -> Result<Read<Option<(Execution, Timestamp)>>> {
        let Some(mut reading) = Reading::begin(caller) else {
            return Ok(nobody());
        };
        let mine = reading.mine("x");
        reading.push(
            format!(
                "SELECT x.*, b.expires_at FROM sandbox_executions x \
                 JOIN sandboxes b ON b.id = x.sandbox_id \
                 WHERE x.id = ?3 AND x.sandbox_id = ?4 AND {mine}"
            ),
            [id.to_string().into(), sandbox.to_string().into()],
        );
        let mut answer = reading.run(&*self.database).await?;
        let execution = answer
            .one("sandbox_executions", |row| Ok((execution(row)?, row.time("expires_at")?)))?;
        Ok(answer.with(execution))
    }

    async fn standalone_alive(&self, limit: u32) -> Result<Vec<SandboxId>> {
        let statement = Statement::new(
            "SELECT b.id FROM sandboxes b WHERE b.alive = 1 AND b.run_id IS NULL \
             ORDER BY b.expires_at, b.id LIMIT ?1",
            [limit.into()],
        );
        let rows = self.database.query(statement).await.map_err(|error| fault(&error))?;
        let ids: Result<Vec<_>, _> = rows.0.iter().map(|row| row.parse("id")).collect();
        ids.map_err(|wrong| inconsistency("sandboxes", &wrong))
    }
}

/// A row of `sandbox_executions`.
pub(super) fn execution(row: &Row) -> Result<Execution, DatabaseInconsistency> {
    Ok(Execution {
        request: ExecutionRequested {
            id: row.parse("id")?,
            number: row.number("number")?,
            command: row.string("command")?,
            timeout_ms: row.number("timeout_ms")?,
        },
        sandbox: row.parse("sandbox_id")?,
        project: row.parse("project_id")?,
        workspace: row.parse("workspace_id")?,
        by: row.parse("asked_by")?,
        state: row.json("state")?,
        output: OutputSpan {
            after: row.number("output_after")?,
            through: if row.is_null("output_through")? {
                None
            } else {
                Some(row.number("output_through")?)
            },
        },
        requested_at: row.time("requested_at")?,
    })
}

pub(super) fn upsert(execution: &Execution) -> Result<Statement> {
    let request = &execution.request;
    let whole = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    Ok(Statement::new(
        "INSERT INTO sandbox_executions (id, workspace_id, project_id, sandbox_id, number, \
         command, timeout_ms, asked_by, state, output_after, output_through, requested_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) \
         ON CONFLICT (id) DO UPDATE SET state = excluded.state, \
         output_after = excluded.output_after, output_through = excluded.output_through",
        [
            request.id.to_string().into(),
            execution.workspace.to_string().into(),
            execution.project.to_string().into(),
            execution.sandbox.to_string().into(),
            request.number.into(),
            request.command.as_str().into(),
            whole(request.timeout_ms).into(),
            execution.by.to_string().into(),
            json(&execution.state)?.into(),
            whole(execution.output.after).into(),
            execution.output.through.map(whole).into(),
            execution.requested_at.0.into(),
        ],
    ))
}
