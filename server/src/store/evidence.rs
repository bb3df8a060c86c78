//! Records of kept files. The bytes are in R2 under their hash.

use domain::Result;
use domain::context::Caller;
use domain::ids::EvidenceId;
use domain::ports::Read;
use domain::run::{CapturedEvidence, Evidence, EvidenceKind};

use crate::database::{DatabaseInconsistency, MAX_INTEGER, Row, Statement};
use crate::store::SqlStore;
use crate::store::reading::{Reading, nobody};

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
    })
}

/// Writes a record once; the same id again changes nothing.
pub(super) fn insert(evidence: &Evidence) -> Statement {
    let file = &evidence.file;
    Statement::new(
        "INSERT INTO evidence (id, workspace_id, project_id, task_id, run_id, kind, name, \
         media_type, size, sha256, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) \
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
        ],
    )
}
