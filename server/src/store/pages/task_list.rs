//! A project's tasks.

use domain::Result;
use domain::context::Caller;
use domain::project::ProjectKey;
use domain::task::TaskStage;
use domain::views::{PAGE_SIZE, PageRead, TaskCursor, TaskFilter, TaskList, TaskSummary};

use crate::database::Value;
use crate::store::pages::{frame, glance, nobody, page};
use crate::store::reading::Reading;
use crate::store::{SqlStore, accounts, projects};

impl SqlStore {
    pub(super) async fn task_list_page(
        &self,
        caller: &Caller,
        key: &ProjectKey,
        filter: &TaskFilter,
    ) -> Result<PageRead<TaskList>> {
        let Some(mut reading) = Reading::begin(caller) else {
            return Ok(nobody());
        };
        let now = reading.now();
        frame::push(&mut reading);
        projects::push_project(&mut reading, key);
        push_tasks(&mut reading, key, filter);
        let project = project_id(&reading);
        reading.push(
            format!(
                "SELECT t.stage, COUNT(*) AS n FROM tasks t WHERE t.project_id = {project} \
                 GROUP BY t.stage"
            ),
            [key.as_str().into()],
        );
        push_agents(&mut reading);
        let mut answer = reading.run(&*self.database).await?;
        let frame = frame::take(&mut answer)?;
        let project = answer.one("projects", projects::project)?;
        let mut tasks = answer.all("tasks", |row| glance::task(row, now))?;
        let counts = answer
            .all("tasks", |row| Ok((row.word("stage", TaskStage::parse)?, row.integer("n")?)))?;
        let agents = answer.all("agents", accounts::agent)?;
        let next = cut(&mut tasks);
        let data = project.map(|project| TaskList { project, tasks, counts, next, agents });
        Ok(page(answer, frame, data))
    }
}

/// Adds the read of the workspace's agents.
pub(super) fn push_agents(reading: &mut Reading) {
    let workspace = reading.workspace();
    reading.push(
        format!(
            "SELECT a.* FROM agents a WHERE a.workspace_id = {workspace} \
             ORDER BY a.name, a.id"
        ),
        [],
    );
}

/// The caller's project whose key is `?3`, as a scalar.
fn project_id(reading: &Reading) -> String {
    let mine = reading.my_projects("p");
    format!("(SELECT p.id FROM projects p WHERE {mine} AND p.key = ?3)")
}

/// The condition of the tasks `t` of the caller's project with this key that pass the filter, and its
/// parameters.
pub(in crate::store) fn filtered(
    reading: &Reading,
    key: &ProjectKey,
    filter: &TaskFilter,
) -> (String, Vec<Value>) {
    let mut params: Vec<Value> = vec![key.as_str().into()];
    let mut conditions = vec![format!("t.project_id = {}", project_id(reading))];
    // `?1` and `?2` are the caller's, `?3` is the key.
    let mut bind = |value: Value| {
        params.push(value);
        params.len().saturating_add(2)
    };
    if let Some(stage) = filter.stage {
        conditions.push(format!("t.stage = ?{}", bind(stage.as_str().into())));
    }
    if let Some(label) = &filter.label {
        let place = bind(label.as_str().into());
        conditions
            .push(format!("EXISTS (SELECT 1 FROM json_each(t.labels) j WHERE j.value = ?{place})"));
    }
    if let Some(text) = &filter.text {
        // Not LIKE: its patterns end at 50 bytes, and `%` is a letter here.
        let place = bind(text.to_lowercase().into());
        conditions.push(format!("instr(t.title_folded, ?{place}) > 0"));
    }
    if let Some(after) = filter.after {
        let at = bind(after.updated_at.0.into());
        let id = bind(after.id.to_string().into());
        conditions.push(format!("(t.updated_at, t.id) < (?{at}, ?{id})"));
    }
    (conditions.join(" AND "), params)
}

fn push_tasks(reading: &mut Reading, key: &ProjectKey, filter: &TaskFilter) {
    let (conditions, params) = filtered(reading, key, filter);
    reading.push(
        format!(
            "SELECT {}, {} FROM tasks t {} WHERE {} \
             ORDER BY t.updated_at DESC, t.id DESC LIMIT {}",
            glance::TASK,
            glance::RUN,
            glance::ITS_RUN,
            conditions,
            PAGE_SIZE.saturating_add(1)
        ),
        params,
    );
}

/// Cuts the one task too many that shows whether there is a next page.
fn cut(tasks: &mut Vec<TaskSummary>) -> Option<TaskCursor> {
    let size = usize::try_from(PAGE_SIZE).unwrap_or(usize::MAX);
    if tasks.len() <= size {
        return None;
    }
    tasks.truncate(size);
    tasks.last().map(|last| TaskCursor { updated_at: last.updated_at, id: last.id })
}
