//! Tasks.

use domain::Result;
use domain::context::Caller;
use domain::ports::Read;
use domain::run::StartScene;
use domain::task::{Priority, Task, TaskContent, TaskKey, TaskRef};

use crate::database::{DatabaseInconsistency, Row, Statement, Value};
use crate::store::SqlStore;
use crate::store::reading::{Reading, nobody};
use crate::store::upsert::json;
use crate::store::{accounts, projects, validations};

/// The condition that picks the named task as `t`, within what the caller may read, and its
/// parameters.
pub(super) fn named(reading: &Reading, task: &TaskRef) -> (String, Vec<Value>) {
    let mine = reading.mine("t");
    match task {
        TaskRef::Id(id) => (format!("t.id = ?3 AND {mine}"), vec![id.to_string().into()]),
        TaskRef::Key(key) => {
            let my_project = reading.my_projects("p");
            let condition = format!(
                "t.project_id = (SELECT p.id FROM projects p \
                 WHERE {my_project} AND p.key = ?3) AND t.number = ?4 AND {mine}"
            );
            (condition, vec![key.project.as_str().into(), key.number.into()])
        }
    }
}

impl SqlStore {
    pub(super) async fn read_task(
        &self,
        caller: &Caller,
        task: &TaskRef,
    ) -> Result<Read<Option<Task>>> {
        let Some(mut reading) = Reading::begin(caller) else {
            return Ok(nobody());
        };
        let (named, params) = named(&reading, task);
        reading.push(format!("SELECT t.* FROM tasks t WHERE {named}"), params);
        let mut answer = reading.run(&*self.database).await?;
        let task = answer.one("tasks", self::task)?;
        Ok(answer.with(task))
    }

    pub(super) async fn read_task_to_start(
        &self,
        caller: &Caller,
        task: &TaskRef,
    ) -> Result<Read<Option<StartScene>>> {
        let Some(mut reading) = Reading::begin(caller) else {
            return Ok(nobody());
        };
        let (named, params) = named(&reading, task);
        let mut push = |sql: String| reading.push(sql, params.iter().cloned());
        push(format!("SELECT t.* FROM tasks t WHERE {named}"));
        push(format!(
            "SELECT p.* FROM projects p WHERE p.id = (SELECT t.project_id FROM tasks t WHERE {named})"
        ));
        push(format!(
            "SELECT a.* FROM tasks t JOIN agents a ON a.id = t.agent_id \
             AND a.workspace_id = t.workspace_id WHERE {named}"
        ));
        push(format!(
            "SELECT v.* FROM validations v \
             WHERE v.task_id = (SELECT t.id FROM tasks t WHERE {named}) \
             AND v.state_name IN ('pending', 'running', 'passed', 'failed', 'awaiting_review', \
             'approved', 'rejected') ORDER BY v.opened_at, v.position, v.id"
        ));
        push(format!(
            "SELECT COALESCE(MAX(r.attempt), 0) AS n FROM runs r \
             WHERE r.task_id = (SELECT t.id FROM tasks t WHERE {named})"
        ));
        let mut answer = reading.run(&*self.database).await?;
        let task = answer.one("tasks", self::task)?;
        let project = answer.one("projects", projects::project)?;
        let agent = answer.one("agents", accounts::agent)?;
        let validations = answer.all("validations", validations::validation)?;
        let attempts = answer.count("runs")?;
        let scene = task.zip(project).map(|(task, project)| StartScene {
            task,
            project,
            agent,
            validations,
            attempts,
        });
        Ok(answer.with(scene))
    }
}

/// A row of `tasks`.
pub(super) fn task(row: &Row) -> Result<Task, DatabaseInconsistency> {
    Ok(Task {
        id: row.parse("id")?,
        workspace: row.parse("workspace_id")?,
        project: row.parse("project_id")?,
        key: key(row)?,
        content: TaskContent {
            title: row.string("title")?,
            description: row.string("description")?,
            priority: row.word("priority", Priority::parse)?,
            labels: row.json("labels")?,
            agent: row.optional_parse("agent_id")?,
            steps: row.json("steps")?,
            artifacts: row.json("artifacts")?,
            steps_author: row.parse("steps_author")?,
        },
        state: row.json("state")?,
        created_by: row.json("created_by")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
        head: projects::head(row)?,
    })
}

/// The columns `project_key` and `number`.
pub(super) fn key(row: &Row) -> Result<TaskKey, DatabaseInconsistency> {
    Ok(TaskKey {
        project: row.word("project_key", projects::project_key)?,
        number: row.integer("number")?,
    })
}

pub(super) fn upsert(task: &Task) -> Result<Statement> {
    let content = &task.content;
    Ok(Statement::new(
        "INSERT INTO tasks (id, workspace_id, project_id, project_key, number, title, \
         title_folded, description, priority, labels, agent_id, steps, artifacts, steps_author, \
         state, created_by, created_at, updated_at, version, hash) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, \
         ?18, ?19, ?20) \
         ON CONFLICT (id) DO UPDATE SET title = excluded.title, \
         title_folded = excluded.title_folded, description = excluded.description, \
         priority = excluded.priority, labels = excluded.labels, agent_id = excluded.agent_id, \
         steps = excluded.steps, artifacts = excluded.artifacts, \
         steps_author = excluded.steps_author, state = excluded.state, \
         updated_at = excluded.updated_at, version = excluded.version, hash = excluded.hash",
        [
            task.id.to_string().into(),
            task.workspace.to_string().into(),
            task.project.to_string().into(),
            task.key.project.as_str().into(),
            task.key.number.into(),
            content.title.as_str().into(),
            content.title.to_lowercase().into(),
            content.description.as_str().into(),
            content.priority.as_str().into(),
            json(&content.labels)?.into(),
            content.agent.map(|id| id.to_string()).into(),
            json(&content.steps)?.into(),
            json(&content.artifacts)?.into(),
            content.steps_author.to_string().into(),
            json(&task.state)?.into(),
            json(&task.created_by)?.into(),
            task.created_at.0.into(),
            task.updated_at.0.into(),
            task.head.version.into(),
            task.head.hash.0.as_str().into(),
        ],
    ))
}
