//! Sandboxes.

use domain::Result;
use domain::context::Caller;
use domain::ids::SandboxId;
use domain::ports::Read;
use domain::sandbox::protocol::Isolation;
use domain::sandbox::{Sandbox, SandboxRequested, SandboxState};
use serde::{Deserialize, Serialize};

use crate::database::{DatabaseInconsistency, Row, Statement};
use crate::store::SqlStore;
use crate::store::fault::{fault, inconsistency};
use crate::store::projects;
use crate::store::reading::{Reading, nobody};
use crate::store::upsert::json;

impl SqlStore {
    pub(super) async fn read_sandbox(
        &self,
        caller: &Caller,
        id: SandboxId,
    ) -> Result<Read<Option<Sandbox>>> {
        let Some(mut reading) = Reading::begin(caller) else {
            return Ok(nobody());
        };
        let mine = reading.mine("b");
        reading.push(
            format!("SELECT b.* FROM sandboxes b WHERE b.id = ?3 AND {mine}"),
            [id.to_string().into()],
        );
        let mut answer = reading.run(&*self.database).await?;
        let sandbox = answer.one("sandboxes", self::sandbox)?;
        Ok(answer.with(sandbox))
    }

    pub(super) async fn sandboxes_without_run(&self, limit: u32) -> Result<Vec<Sandbox>> {
        let statement = Statement::new(
            "SELECT b.* FROM sandboxes b JOIN runs r ON r.id = b.run_id \
             WHERE b.alive = 1 AND r.lease_token IS NULL \
             ORDER BY b.created_at LIMIT ?1",
            [limit.into()],
        );
        let rows = self.database.query(statement).await.map_err(|error| fault(&error))?;
        // One that can't be read must not keep the others alive.
        let readable = |row| sandbox(row).map_err(|wrong| inconsistency("sandboxes", &wrong)).ok();
        Ok(rows.0.iter().filter_map(readable).collect())
    }
}

/// What the column `state` holds beside the state.
#[derive(Serialize, Deserialize)]
struct Isolated {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    isolation: Option<Isolation>,
}

#[derive(Serialize)]
struct Stored<'a> {
    #[serde(flatten)]
    state: &'a SandboxState,
    #[serde(flatten)]
    isolated: Isolated,
}

/// A row of `sandboxes`.
pub(super) fn sandbox(row: &Row) -> Result<Sandbox, DatabaseInconsistency> {
    Ok(Sandbox {
        request: SandboxRequested {
            id: row.parse("id")?,
            project: row.parse("project_id")?,
            task: row.parse("task_id")?,
            run: row.parse("run_id")?,
            spec: row.json("spec")?,
        },
        workspace: row.parse("workspace_id")?,
        state: row.json("state")?,
        isolation: row.json::<Isolated>("state")?.isolation,
        created_at: row.time("created_at")?,
        head: projects::head(row)?,
    })
}

pub(super) fn upsert(sandbox: &Sandbox) -> Result<Statement> {
    let request = &sandbox.request;
    let state =
        Stored { state: &sandbox.state, isolated: Isolated { isolation: sandbox.isolation } };
    Ok(Statement::new(
        "INSERT INTO sandboxes (id, workspace_id, project_id, task_id, run_id, spec, state, \
         created_at, version, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) \
         ON CONFLICT (id) DO UPDATE SET state = excluded.state, version = excluded.version, \
         hash = excluded.hash",
        [
            request.id.to_string().into(),
            sandbox.workspace.to_string().into(),
            request.project.to_string().into(),
            request.task.to_string().into(),
            request.run.to_string().into(),
            json(&request.spec)?.into(),
            json(&state)?.into(),
            sandbox.created_at.0.into(),
            sandbox.head.version.into(),
            sandbox.head.hash.0.as_str().into(),
        ],
    ))
}
