//! A task and everything around it.

use domain::Result;
use domain::context::Caller;
use domain::task::TaskRef;
use domain::views::{PageRead, TaskDetail};

use crate::store::pages::{frame, glance, nobody, page, task_list};
use crate::store::reading::Reading;
use crate::store::{SqlStore, accounts, events, evidence, projects, runs, tasks, validations};

impl SqlStore {
    pub(super) async fn task_detail_page(
        &self,
        caller: &Caller,
        task: &TaskRef,
    ) -> Result<PageRead<TaskDetail>> {
        let Some(mut reading) = Reading::begin(caller) else {
            return Ok(nobody());
        };
        let now = reading.now();
        frame::push(&mut reading);
        push_people(&mut reading);
        task_list::push_agents(&mut reading);
        push_around(&mut reading, task);
        let mut answer = reading.run(&*self.database).await?;
        let frame = frame::take(&mut answer)?;
        let people = answer.all("members", accounts::person)?;
        let agents = answer.all("agents", accounts::agent)?;
        let task = answer.one("tasks", tasks::task)?;
        let project = answer.one("projects", projects::project)?;
        let run = answer.one("runs", runs::run)?;
        let runs = answer.all("runs", |row| glance::run(row, now))?;
        let validations = answer.all("validations", validations::validation)?;
        let evidence = answer.all("evidence", evidence::evidence)?;
        let timeline = answer.all("events", events::event)?;
        let data = task.zip(project).map(|(task, project)| TaskDetail {
            task,
            project,
            agents,
            run,
            runs,
            validations,
            evidence,
            people,
            timeline,
        });
        Ok(page(answer, frame, data))
    }
}

/// Adds the read of the workspace's members.
pub(in crate::store) fn push_people(reading: &mut Reading) {
    let workspace = reading.workspace();
    reading.push(
        format!(
            "SELECT u.id, u.name, m.role FROM members m JOIN users u ON u.id = m.user_id \
             WHERE m.workspace_id = {workspace} ORDER BY u.name, u.id"
        ),
        [],
    );
}

fn push_around(reading: &mut Reading, task: &TaskRef) {
    let (named, params) = tasks::named(reading, task);
    let id = format!("(SELECT t.id FROM tasks t WHERE {named})");
    let run = format!("(SELECT r.id FROM tasks t {} WHERE {named})", glance::ITS_RUN);
    let mut push = |sql: String| reading.push(sql, params.iter().cloned());
    push(format!("SELECT t.* FROM tasks t WHERE {named}"));
    push(format!(
        "SELECT p.* FROM projects p WHERE p.id = (SELECT t.project_id FROM tasks t WHERE {named})"
    ));
    push(format!("SELECT r.* FROM runs r WHERE r.id = {run}"));
    push(format!(
        "SELECT {} FROM runs r WHERE r.task_id = {id} ORDER BY r.attempt DESC LIMIT 20",
        glance::RUN
    ));
    push(format!("SELECT v.* FROM validations v WHERE v.run_id = {run} ORDER BY v.position"));
    push(format!("SELECT e.* FROM evidence e WHERE e.run_id = {run} ORDER BY e.name, e.id"));
    push(format!(
        "SELECT e.* FROM events e WHERE e.stream IN (SELECT {id} UNION ALL \
         SELECT r.id FROM runs r WHERE r.task_id = {id} AND r.attempt > \
         (SELECT MAX(x.attempt) - 20 FROM runs x WHERE x.task_id = {id})) ORDER BY e.seq DESC LIMIT 100"
    ));
}
