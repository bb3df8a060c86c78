//! A project's tasks, newest change first.

use domain::Result;
use domain::context::Caller;
use domain::listing::ListedTask;
use domain::ports::Read;
use domain::project::ProjectKey;
use domain::task::Priority;
use domain::views::TaskFilter;

use crate::database::{DatabaseInconsistency, Row};
use crate::store::pages::filtered;
use crate::store::reading::{Reading, nobody};
use crate::store::{SqlStore, tasks};

impl SqlStore {
    pub(super) async fn list_tasks(
        &self,
        caller: &Caller,
        project: &ProjectKey,
        filter: &TaskFilter,
        limit: u32,
    ) -> Result<Read<Option<Vec<ListedTask>>>> {
        let Some(mut reading) = Reading::begin(caller) else {
            return Ok(nobody());
        };
        let mine = reading.my_projects("p");
        reading.push(
            format!("SELECT p.id FROM projects p WHERE {mine} AND p.key = ?3"),
            [project.as_str().into()],
        );
        let (conditions, params) = filtered(&reading, project, filter);
        let sql = format!(
            "SELECT t.id, t.project_key, t.number, t.title, t.priority, t.labels, t.agent_id, \
             t.state, t.updated_at, t.version FROM tasks t WHERE {conditions} \
             ORDER BY t.updated_at DESC, t.id DESC LIMIT ?{}",
            params.len().saturating_add(3)
        );
        reading.push(sql, params.into_iter().chain([limit.into()]));
        let mut answer = reading.run(&*self.database).await?;
        let there = answer.one("projects", |_| Ok(()))?;
        let tasks = answer.all("tasks", listed)?;
        Ok(answer.with(there.map(|()| tasks)))
    }
}

fn listed(row: &Row) -> Result<ListedTask, DatabaseInconsistency> {
    Ok(ListedTask {
        id: row.parse("id")?,
        key: tasks::key(row)?,
        title: row.string("title")?,
        priority: row.word("priority", Priority::parse)?,
        labels: row.json("labels")?,
        agent: row.optional_parse("agent_id")?,
        state: row.json("state")?,
        updated_at: row.time("updated_at")?,
        version: row.integer("version")?,
    })
}
