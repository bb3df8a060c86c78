//! Sandboxes.

use domain::Result;
use domain::context::Caller;
use domain::ids::SandboxId;
use domain::ports::Read;
use domain::sandbox::protocol::Isolation;
use domain::sandbox::{Purpose, Sandbox, SandboxRequested, SandboxState, Standalone};
use serde::{Deserialize, Serialize};

use crate::database::{DatabaseInconsistency, Row, Statement};
use crate::store::SqlStore;
use crate::store::fault::{fault, inconsistency};
use crate::store::projects;
use crate::store::reading::{Reading, nobody};
use crate::store::upsert::{json, optional_json};

impl SqlStore {
    pub(super) async fn read_sandbox(
        &self,
        caller: &Caller,
        id: SandboxId,
    ) -> Result<Read<Option<Sandbox>>> {
        let Some(mut reading) = Reading::begin(caller) else {
            return Ok(nobody());
        };
        push_sandbox(&mut reading, id);
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

/// Adds the read of a sandbox.
pub(super) fn push_sandbox(reading: &mut Reading, id: SandboxId) {
    let mine = reading.mine("b");
    reading.push(
        format!("SELECT b.* FROM sandboxes b WHERE b.id = ?3 AND {mine}"),
        [id.to_string().into()],
    );
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
            purpose: purpose(row)?,
            spec: row.json("spec")?,
        },
        workspace: row.parse("workspace_id")?,
        state: row.json("state")?,
        isolation: row.json::<Isolated>("state")?.isolation,
        executions: row.number("executions")?,
        executing: row.optional_parse("executing")?,
        created_at: row.time("created_at")?,
        head: projects::head(row)?,
    })
}

fn purpose(row: &Row) -> Result<Purpose, DatabaseInconsistency> {
    if let Some(run) = row.optional_parse("run_id")? {
        return Ok(Purpose::Run { task: row.parse("task_id")?, run });
    }
    Ok(Purpose::Standalone(Box::new(Standalone {
        by: row.parse("created_by")?,
        note: row.string("note")?,
        source: row.json("source")?,
        expires_at: row.time("expires_at")?,
    })))
}

pub(super) fn upsert(sandbox: &Sandbox) -> Result<Statement> {
    let request = &sandbox.request;
    let state =
        Stored { state: &sandbox.state, isolated: Isolated { isolation: sandbox.isolation } };
    let standalone = request.purpose.standalone();
    Ok(Statement::new(
        "INSERT INTO sandboxes (id, workspace_id, project_id, task_id, run_id, spec, state, \
         created_at, version, hash, created_by, note, source, expires_at, executions, executing) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16) \
         ON CONFLICT (id) DO UPDATE SET state = excluded.state, version = excluded.version, \
         executions = excluded.executions, executing = excluded.executing, \
         hash = excluded.hash",
        [
            request.id.to_string().into(),
            sandbox.workspace.to_string().into(),
            request.project.to_string().into(),
            request.purpose.task().map(|id| id.to_string()).into(),
            request.purpose.run().map(|id| id.to_string()).into(),
            json(&request.spec)?.into(),
            json(&state)?.into(),
            sandbox.created_at.0.into(),
            sandbox.head.version.into(),
            sandbox.head.hash.0.as_str().into(),
            standalone.map(|of| of.by.to_string()).into(),
            standalone.map(|of| of.note.as_str()).into(),
            optional_json(standalone.map(|of| &of.source))?.into(),
            standalone.map(|of| of.expires_at.0).into(),
            sandbox.executions.into(),
            sandbox.executing.map(|id| id.to_string()).into(),
        ],
    ))
}
