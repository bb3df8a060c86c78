//! A run and everything around it.

use domain::Result;
use domain::context::Caller;
use domain::ids::RunId;
use domain::run::Run;
use domain::task::{Task, TaskState};
use domain::views::{PageRead, RunDetail};

use crate::store::pages::{frame, nobody, page, task_detail, task_list};
use crate::store::reading::Reading;
use crate::store::{SqlStore, accounts, evidence, runs, sandboxes, tasks, validations};

impl SqlStore {
    pub(super) async fn run_detail_page(
        &self,
        caller: &Caller,
        run: RunId,
    ) -> Result<PageRead<RunDetail>> {
        let Some(mut reading) = Reading::begin(caller) else {
            return Ok(nobody());
        };
        frame::push(&mut reading);
        task_detail::push_people(&mut reading);
        task_list::push_agents(&mut reading);
        let named = format!("r.id = ?3 AND {}", reading.mine("r"));
        let id = format!("(SELECT r.id FROM runs r WHERE {named})");
        let mut push = |sql: String| reading.push(sql, [run.to_string().into()]);
        push(format!("SELECT r.* FROM runs r WHERE {named}"));
        push(format!(
            "SELECT t.* FROM tasks t WHERE t.id = (SELECT r.task_id FROM runs r WHERE {named})"
        ));
        push(format!(
            "SELECT p.gate_version AS n FROM projects p \
             WHERE p.id = (SELECT r.project_id FROM runs r WHERE {named})"
        ));
        push(format!("SELECT b.* FROM sandboxes b WHERE b.run_id = {id}"));
        push(format!("SELECT v.* FROM validations v WHERE v.run_id = {id} ORDER BY v.position"));
        push(format!("SELECT e.* FROM evidence e WHERE e.run_id = {id} ORDER BY e.name, e.id"));
        let mut answer = reading.run(&*self.database).await?;
        let frame = frame::take(&mut answer)?;
        let people = answer.all("members", accounts::person)?;
        let agents = answer.all("agents", accounts::agent)?;
        let run = answer.one("runs", runs::run)?;
        let task = answer.one("tasks", tasks::task)?;
        let gate_version = answer.one("projects", |row| row.integer("n"))?;
        let sandbox = answer.one("sandboxes", sandboxes::sandbox)?;
        let validations = answer.all("validations", validations::validation)?;
        let evidence = answer.all("evidence", evidence::evidence)?;
        let data = run.zip(task).zip(gate_version).map(|((run, task), gate_version)| RunDetail {
            gate_changed: is_judged_by_an_older_gate(&run, &task, gate_version),
            run,
            task,
            sandbox,
            validations,
            evidence,
            people,
            agents,
        });
        Ok(page(answer, frame, data))
    }
}

/// Only what waits for a decision can go stale by its gate: what was decided stays decided.
fn is_judged_by_an_older_gate(run: &Run, task: &Task, gate_version: i64) -> bool {
    let waits = matches!(task.state, TaskState::Review { run: waiting, .. } if waiting == run.id);
    waits && run.plan.gate_version != gate_version
}
