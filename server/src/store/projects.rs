//! Projects.

use domain::Result;
use domain::context::Caller;
use domain::event::{ChainHash, Head};
use domain::ports::Read;
use domain::project::{Project, ProjectDetails, ProjectKey};

use crate::database::{DatabaseInconsistency, Row, Statement};
use crate::store::SqlStore;
use crate::store::reading::{Reading, nobody};
use crate::store::upsert::{json, optional_json};

impl SqlStore {
    pub(super) async fn read_project(
        &self,
        caller: &Caller,
        key: &ProjectKey,
    ) -> Result<Read<Option<Project>>> {
        let Some(mut reading) = Reading::begin(caller) else {
            return Ok(nobody());
        };
        push_project(&mut reading, key);
        let mut answer = reading.run(&*self.database).await?;
        let project = answer.one("projects", project)?;
        Ok(answer.with(project))
    }

    pub(super) async fn read_project_for_new_task(
        &self,
        caller: &Caller,
        key: &ProjectKey,
    ) -> Result<Read<Option<(Project, i64)>>> {
        let Some(mut reading) = Reading::begin(caller) else {
            return Ok(nobody());
        };
        push_project(&mut reading, key);
        let mine = reading.my_projects("p");
        reading.push(
            format!(
                "SELECT COALESCE(MAX(t.number), 0) + 1 AS n FROM tasks t WHERE t.project_id = \
                 (SELECT p.id FROM projects p WHERE {mine} AND p.key = ?3)"
            ),
            [key.as_str().into()],
        );
        let mut answer = reading.run(&*self.database).await?;
        let project = answer.one("projects", project)?;
        let number = answer.count("tasks")?;
        Ok(answer.with(project.map(|project| (project, number))))
    }
}

/// Adds the read of the caller's project with this key.
pub(super) fn push_project(reading: &mut Reading, key: &ProjectKey) {
    let mine = reading.my_projects("p");
    reading.push(
        format!("SELECT p.* FROM projects p WHERE {mine} AND p.key = ?3"),
        [key.as_str().into()],
    );
}

/// A row of `projects`.
pub(super) fn project(row: &Row) -> Result<Project, DatabaseInconsistency> {
    Ok(Project {
        details: ProjectDetails {
            id: row.parse("id")?,
            key: row.word("key", project_key)?,
            name: row.string("name")?,
            repository_url: row.optional_string("repository_url")?,
        },
        workspace: row.parse("workspace_id")?,
        source: row.optional_json("source")?,
        gate: row.json("gate")?,
        gate_version: row.integer("gate_version")?,
        created_at: row.time("created_at")?,
        head: head(row)?,
    })
}

/// A stored key, which is always in its one spelling.
pub(super) fn project_key(text: &str) -> Option<ProjectKey> {
    ProjectKey::parse(text).ok().filter(|key| key.as_str() == text)
}

/// The columns `version` and `hash` of any row with a stream.
pub(super) fn head(row: &Row) -> Result<Head, DatabaseInconsistency> {
    Ok(Head { version: row.integer("version")?, hash: ChainHash(row.string("hash")?) })
}

pub(super) fn upsert(project: &Project) -> Result<Statement> {
    Ok(Statement::new(
        "INSERT INTO projects (id, workspace_id, key, name, repository_url, source, gate, \
         gate_version, created_at, version, hash) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) \
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, \
         repository_url = excluded.repository_url, source = excluded.source, \
         gate = excluded.gate, gate_version = excluded.gate_version, \
         version = excluded.version, hash = excluded.hash",
        [
            project.details.id.to_string().into(),
            project.workspace.to_string().into(),
            project.details.key.as_str().into(),
            project.details.name.as_str().into(),
            project.details.repository_url.as_deref().into(),
            optional_json(project.source.as_ref())?.into(),
            json(&project.gate)?.into(),
            project.gate_version.into(),
            project.created_at.0.into(),
            project.head.version.into(),
            project.head.hash.0.as_str().into(),
        ],
    ))
}
