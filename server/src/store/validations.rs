//! Validations, and what a decision reads.

use domain::Result;
use domain::context::Caller;
use domain::ids::UserId;
use domain::ports::Read;
use domain::task::TaskRef;
use domain::validation::{DecisionScene, Validation};

use crate::database::{DatabaseInconsistency, Row, Statement};
use crate::store::SqlStore;
use crate::store::reading::{Reading, nobody};
use crate::store::upsert::json;
use crate::store::{runs, tasks};

/// The roles that may decide, as a list for `IN`. `domain` says which: see the test.
pub(super) const DECIDERS: &str = "('member', 'admin', 'owner')";

impl SqlStore {
    pub(super) async fn read_task_to_decide(
        &self,
        caller: &Caller,
        task: &TaskRef,
    ) -> Result<Read<Option<DecisionScene>>> {
        let Some(mut reading) = Reading::begin(caller) else {
            return Ok(nobody());
        };
        let (named, params) = tasks::named(&reading, task);
        let mut push = |sql: String| reading.push(sql, params.iter().cloned());
        let waiting =
            format!("(SELECT t.run_id FROM tasks t WHERE {named} AND t.stage = 'review')");
        push(format!("SELECT t.* FROM tasks t WHERE {named}"));
        push(format!("SELECT r.* FROM runs r WHERE r.id = {waiting}"));
        push(format!(
            "SELECT v.* FROM validations v WHERE v.run_id = {waiting} ORDER BY v.position"
        ));
        push(format!(
            "SELECT p.gate_version AS n FROM projects p \
             WHERE p.id = (SELECT t.project_id FROM tasks t WHERE {named})"
        ));
        push(format!(
            "SELECT m.user_id FROM members m \
             WHERE m.workspace_id = (SELECT t.workspace_id FROM tasks t WHERE {named}) \
             AND m.role IN {DECIDERS} ORDER BY m.user_id"
        ));
        let mut answer = reading.run(&*self.database).await?;
        let task = answer.one("tasks", tasks::task)?;
        let run = answer.one("runs", runs::run)?;
        let validations = answer.all("validations", validation)?;
        let gate_version = answer.one("projects", |row| row.integer("n"))?;
        let deciders = answer.all("members", |row| row.parse::<UserId>("user_id"))?;
        let scene = task.zip(gate_version).map(|(task, gate_version)| DecisionScene {
            task,
            run,
            validations,
            gate_version,
            deciders,
        });
        Ok(answer.with(scene))
    }
}

/// A row of `validations`.
pub(super) fn validation(row: &Row) -> Result<Validation, DatabaseInconsistency> {
    Ok(Validation {
        id: row.parse("id")?,
        workspace: row.parse("workspace_id")?,
        project: row.parse("project_id")?,
        task: row.parse("task_id")?,
        run: row.parse("run_id")?,
        revision: row.string("revision")?,
        requirement: row.json("requirement")?,
        position: row.number("position")?,
        state: row.json("state")?,
        evidence: row.json("evidence")?,
        opened_at: row.time("opened_at")?,
    })
}

pub(super) fn upsert(validation: &Validation) -> Result<Statement> {
    Ok(Statement::new(
        "INSERT INTO validations (id, workspace_id, project_id, task_id, run_id, revision, \
         requirement, position, state, evidence, opened_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) \
         ON CONFLICT (id) DO UPDATE SET state = excluded.state, evidence = excluded.evidence",
        [
            validation.id.to_string().into(),
            validation.workspace.to_string().into(),
            validation.project.to_string().into(),
            validation.task.to_string().into(),
            validation.run.to_string().into(),
            validation.revision.as_str().into(),
            json(&validation.requirement)?.into(),
            validation.position.into(),
            json(&validation.state)?.into(),
            json(&validation.evidence)?.into(),
            validation.opened_at.0.into(),
        ],
    ))
}

#[cfg(test)]
mod tests {
    use super::DECIDERS;
    use domain::actor::{Permission, Role};

    #[test]
    fn the_deciding_roles_are_those_of_the_domain() {
        for role in Role::ALL {
            let listed = DECIDERS.contains(&format!("'{}'", role.as_str()));
            assert_eq!(listed, role.allows(Permission::Decide), "{role:?}");
        }
    }
}
