//! Validations: what waits for a decision, and the newest of all.

use domain::actor::Principal;
use domain::context::Caller;
use domain::views::{PAGE_SIZE, PageRead, ValidationList, ValidationSummary, WaitingTask};
use domain::{Result, Timestamp};

use crate::database::{DatabaseInconsistency, Row};
use crate::store::pages::{frame, my_work, nobody, page};
use crate::store::reading::{Answer, Reading};
use crate::store::{SqlStore, tasks, validations};

impl SqlStore {
    pub(super) async fn validation_list_page(
        &self,
        caller: &Caller,
    ) -> Result<PageRead<ValidationList>> {
        let Some(mut reading) = Reading::begin(caller) else {
            return Ok(nobody());
        };
        let now = reading.now();
        frame::push(&mut reading);
        my_work::push_deciders(&mut reading);
        my_work::push_waiting(&mut reading);
        let (mine, my_tasks) = (reading.mine("v"), reading.mine("t"));
        // The same tasks as those waiting, in the same order.
        reading.push(
            format!(
                "SELECT v.* FROM (SELECT t.run_id FROM tasks t WHERE {my_tasks} \
                 AND t.stage = 'review' ORDER BY t.since, t.id LIMIT 50) w \
                 JOIN validations v ON v.run_id = w.run_id ORDER BY v.run_id, v.position"
            ),
            [],
        );
        reading.push(
            format!(
                "SELECT v.*, t.project_key, t.number, t.title, \
                 COALESCE(t.stage = 'review' AND t.run_id = v.run_id \
                 AND json_extract(r.plan, '$.gate_version') <> p.gate_version, 0) AS gate_changed \
                 FROM validations v JOIN tasks t ON t.id = v.task_id \
                 JOIN runs r ON r.id = v.run_id JOIN projects p ON p.id = v.project_id \
                 WHERE {mine} \
                 ORDER BY v.opened_at DESC, v.position DESC, v.id DESC LIMIT {PAGE_SIZE}"
            ),
            [],
        );
        let mut answer = reading.run(&*self.database).await?;
        let frame = frame::take(&mut answer)?;
        let waiting = take_waiting(&mut answer, now)?;
        let all = answer.all("validations", summary)?;
        Ok(page(answer, frame, Some(ValidationList { waiting, all })))
    }
}

fn take_waiting(answer: &mut Answer, now: Timestamp) -> Result<Vec<WaitingTask>> {
    let deciders = my_work::take_deciders(answer)?;
    let tasks = answer.all("tasks", |row| my_work::waiting(row, now))?;
    let all = answer.all("validations", validations::validation)?;
    let user = match &answer.principal {
        Principal::Member(member) => Some(member.user),
        Principal::SignedOut | Principal::Run(_) | Principal::System => None,
    };
    let waiting = tasks.into_iter().map(|(task, producers)| {
        let is_own = producers
            .zip(user)
            .is_some_and(|(producers, user)| producers.must_leave_it_to_others(user, &deciders));
        let run = task.state.run();
        let validations = all.iter().filter(|v| Some(v.run) == run).cloned().collect();
        WaitingTask { task, validations, is_own }
    });
    Ok(waiting.collect())
}

fn summary(row: &Row) -> Result<ValidationSummary, DatabaseInconsistency> {
    Ok(ValidationSummary {
        validation: validations::validation(row)?,
        task_key: tasks::key(row)?,
        task_title: row.string("title")?,
        gate_changed: row.boolean("gate_changed")?,
    })
}
