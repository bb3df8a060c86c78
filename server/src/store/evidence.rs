//! Records of kept files. The bytes are in R2 under their hash.

use async_trait::async_trait;
use domain::Result;
use domain::context::Caller;
use domain::ids::{EvidenceId, RunId};
use domain::ports::Read;
use domain::run::{CapturedEvidence, Evidence, EvidenceKind, EvidenceScene, EvidenceStore};

use crate::database::{DatabaseInconsistency, MAX_INTEGER, Row, Statement};
use crate::store::SqlStore;
use crate::store::reading::{Reading, nobody};
use crate::store::upsert::optional_json;
use crate::store::{runs, tasks};

impl SqlStore {
    pub(super) async fn read_evidence(
        &self,
        caller: &Caller,
        id: EvidenceId,
    ) -> Result<Read<Option<Evidence>>> {
        let Some(mut reading) = Reading::begin(caller) else {
            return Ok(nobody());
        };
        let mine = reading.mine("e");
        reading.push(
            format!("SELECT e.* FROM evidence e WHERE e.id = ?3 AND {mine}"),
            [id.to_string().into()],
        );
        let mut answer = reading.run(&*self.database).await?;
        let file = answer.one("evidence", evidence)?;
        Ok(answer.with(file))
    }
}

#[async_trait]
impl EvidenceStore for SqlStore {
    async fn evidence_of_run(
        &self,
        caller: &Caller,
        run: RunId,
    ) -> Result<Read<Option<EvidenceScene>>> {
        let Some(mut reading) = Reading::begin(caller) else {
            return Ok(nobody());
        };
        let named = format!("r.id = ?3 AND {}", reading.mine("r"));
        let id = run.to_string();
        let mut push = |sql: String| reading.push(sql, [id.as_str().into()]);
        push(format!("SELECT r.* FROM runs r WHERE {named}"));
        push(format!(
            "SELECT t.* FROM tasks t WHERE t.id = (SELECT r.task_id FROM runs r WHERE {named})"
        ));
        push(format!(
            "SELECT e.* FROM evidence e WHERE e.run_id = (SELECT r.id FROM runs r WHERE {named}) \
             ORDER BY e.name, e.id"
        ));
        let mut answer = reading.run(&*self.database).await?;
        let run = answer.one("runs", runs::run)?;
        let task = answer.one("tasks", tasks::task)?;
        let evidence = answer.all("evidence", self::evidence)?;
        let scene = run.zip(task).map(|(run, task)| EvidenceScene { run, task, evidence });
        Ok(answer.with(scene))
    }
}

/// A row of `evidence`.
pub(super) fn evidence(row: &Row) -> Result<Evidence, DatabaseInconsistency> {
    Ok(Evidence {
        file: CapturedEvidence {
            id: row.parse("id")?,
            kind: row.word("kind", EvidenceKind::parse)?,
            name: row.string("name")?,
            media_type: row.string("media_type")?,
            size: row.number("size")?,
            sha256: row.string("sha256")?,
        },
        workspace: row.parse("workspace_id")?,
        project: row.parse("project_id")?,
        task: row.parse("task_id")?,
        run: row.parse("run_id")?,
        at: row.time("at")?,
        added_by: row.optional_json("added_by")?,
    })
}

/// Writes a record once; the same id again changes nothing.
pub(super) fn insert(evidence: &Evidence) -> Result<Statement> {
    let file = &evidence.file;
    Ok(Statement::new(
        "INSERT INTO evidence (id, workspace_id, project_id, task_id, run_id, kind, name, \
         media_type, size, sha256, at, added_by) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) \
         ON CONFLICT (id) DO NOTHING",
        [
            file.id.to_string().into(),
            evidence.workspace.to_string().into(),
            evidence.project.to_string().into(),
            evidence.task.to_string().into(),
            evidence.run.to_string().into(),
            file.kind.as_str().into(),
            file.name.as_str().into(),
            file.media_type.as_str().into(),
            i64::try_from(file.size).unwrap_or(MAX_INTEGER).into(),
            file.sha256.as_str().into(),
            evidence.at.0.into(),
            optional_json(evidence.added_by.as_ref())?.into(),
        ],
    ))
}
