//! What every page shows around its content.

use domain::Result;
use domain::context::Caller;
use domain::views::{Frame, PageRead, ProjectLink};

use crate::database::{DatabaseInconsistency, Row};
use crate::store::SqlStore;
use crate::store::pages::{nobody, page};
use crate::store::reading::{Answer, Reading};
use crate::store::{projects, workspaces};

impl SqlStore {
    pub(super) async fn frame_alone(&self, caller: &Caller) -> Result<PageRead<()>> {
        let Some(mut reading) = Reading::begin(caller) else {
            return Ok(nobody());
        };
        push(&mut reading);
        let mut answer = reading.run(&*self.database).await?;
        let frame = take(&mut answer)?;
        Ok(page(answer, frame, Some(())))
    }
}

/// Adds the frame's statements.
pub(in crate::store) fn push(reading: &mut Reading) {
    let (workspace, my_projects) = (reading.workspace(), reading.my_projects("p"));
    let my_tasks = reading.mine("t");
    reading.push(
        format!(
            "SELECT p.id, p.key, p.name, p.source IS NOT NULL AS has_source FROM projects p \
             WHERE {my_projects} ORDER BY p.name, p.key"
        ),
        [],
    );
    reading.push(
        format!(
            "SELECT COUNT(*) AS n FROM tasks t \
             WHERE {my_tasks} AND t.stage = 'review'"
        ),
        [],
    );
    workspaces::push_links(reading);
    reading.push(
        format!(
            "SELECT COALESCE(MAX(e.seq), 0) AS n FROM events e \
             WHERE e.workspace_id = {workspace}"
        ),
        [],
    );
}

/// Reads the frame's rows.
pub(in crate::store) fn take(answer: &mut Answer) -> Result<Frame> {
    Ok(Frame {
        projects: answer.all("projects", link)?,
        waiting: answer.count("tasks")?,
        workspaces: answer.all("workspaces", workspaces::link)?,
        seq: answer.count("events")?,
    })
}

fn link(row: &Row) -> Result<ProjectLink, DatabaseInconsistency> {
    Ok(ProjectLink {
        id: row.parse("id")?,
        key: row.word("key", projects::project_key)?,
        name: row.string("name")?,
        has_source: row.integer("has_source")? != 0,
    })
}
