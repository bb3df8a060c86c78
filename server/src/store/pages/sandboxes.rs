//! Sandboxes, listed and alone.

use domain::context::Caller;
use domain::ids::SandboxId;
use domain::sandbox::{Execution, Sandbox};
use domain::views::{PAGE_SIZE, PageRead, SandboxSummary, WhoseSandbox};
use domain::{Result, Timestamp};

use crate::database::{DatabaseInconsistency, Row};
use crate::store::pages::{frame, glance, nobody, page};
use crate::store::reading::Reading;
use crate::store::{SqlStore, executions, projects, sandboxes, tasks};

const COLUMNS: &str = "b.*, t.project_key, t.number, t.title, p.key AS of_project, \
     u.name AS created_by_name";
const JOINS: &str = "JOIN projects p ON p.id = b.project_id \
     LEFT JOIN tasks t ON t.id = b.task_id LEFT JOIN runs r ON r.id = b.run_id \
     LEFT JOIN users u ON u.id = b.created_by";

impl SqlStore {
    pub(super) async fn sandbox_list_page(
        &self,
        caller: &Caller,
    ) -> Result<PageRead<Vec<SandboxSummary>>> {
        let Some(mut reading) = Reading::begin(caller) else {
            return Ok(nobody());
        };
        let now = reading.now();
        frame::push(&mut reading);
        let mine = reading.mine("b");
        reading.push(
            format!(
                "SELECT {COLUMNS}, {} FROM sandboxes b {JOINS} \
                 WHERE {mine} \
                 ORDER BY b.alive DESC, b.created_at DESC, b.id DESC LIMIT {PAGE_SIZE}",
                glance::RUN
            ),
            [],
        );
        let mut answer = reading.run(&*self.database).await?;
        let frame = frame::take(&mut answer)?;
        let summaries = answer.all("sandboxes", |row| summary(row, now))?;
        Ok(page(answer, frame, Some(summaries)))
    }

    pub(super) async fn sandbox_detail_page(
        &self,
        caller: &Caller,
        sandbox: SandboxId,
    ) -> Result<PageRead<SandboxSummary>> {
        let Some(mut reading) = Reading::begin(caller) else {
            return Ok(nobody());
        };
        let now = reading.now();
        frame::push(&mut reading);
        let mine = reading.mine("b");
        reading.push(
            format!(
                "SELECT {COLUMNS}, {} FROM sandboxes b {JOINS} \
                 WHERE b.id = ?3 AND {mine}",
                glance::RUN
            ),
            [sandbox.to_string().into()],
        );
        let mine = reading.mine("x");
        reading.push(
            format!(
                "SELECT x.* FROM sandbox_executions x WHERE x.sandbox_id = ?3 AND {mine} \
                 ORDER BY x.number DESC LIMIT {PAGE_SIZE}"
            ),
            [sandbox.to_string().into()],
        );
        let mut answer = reading.run(&*self.database).await?;
        let frame = frame::take(&mut answer)?;
        let summary = answer.one("sandboxes", |row| summary(row, now))?;
        let executions = answer.all("sandbox_executions", executions::execution)?;
        let summary = summary.map(|mut summary| {
            summary.executions = as_seen(executions, &summary.sandbox, now);
            summary
        });
        Ok(page(answer, frame, summary))
    }
}

fn summary(row: &Row, now: Timestamp) -> Result<SandboxSummary, DatabaseInconsistency> {
    Ok(SandboxSummary {
        sandbox: sandboxes::sandbox(row)?,
        whose: whose(row, now)?,
        executions: vec![],
    })
}

fn whose(row: &Row, now: Timestamp) -> Result<WhoseSandbox, DatabaseInconsistency> {
    if row.is_null("run_id")? {
        return Ok(WhoseSandbox::Person {
            project: row.word("of_project", projects::project_key)?,
            name: row.string("created_by_name")?,
            note: row.string("note")?,
            expires_at: row.time("expires_at")?,
        });
    }
    Ok(WhoseSandbox::Run {
        task_key: tasks::key(row)?,
        task_title: row.string("title")?,
        run: Box::new(glance::run(row, now)?),
    })
}

/// Executions as a reader may see them now.
fn as_seen(executions: Vec<Execution>, sandbox: &Sandbox, now: Timestamp) -> Vec<Execution> {
    let Some(expires_at) = sandbox.expires_at() else {
        return vec![];
    };
    let seen = |execution: Execution| {
        let state = execution.state.seen_at(now, expires_at);
        Execution { state, ..execution }
    };
    executions.into_iter().map(seen).collect()
}
