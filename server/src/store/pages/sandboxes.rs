//! Sandboxes, listed and alone.

use domain::context::Caller;
use domain::ids::SandboxId;
use domain::views::{PAGE_SIZE, PageRead, SandboxSummary};
use domain::{Result, Timestamp};

use crate::database::{DatabaseInconsistency, Row};
use crate::store::pages::{frame, glance, nobody, page};
use crate::store::reading::Reading;
use crate::store::{SqlStore, sandboxes, tasks};

const JOINS: &str = "JOIN tasks t ON t.id = b.task_id JOIN runs r ON r.id = b.run_id";

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
                "SELECT b.*, t.project_key, t.number, t.title, {} FROM sandboxes b {JOINS} \
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
                "SELECT b.*, t.project_key, t.number, t.title, {} FROM sandboxes b {JOINS} \
                 WHERE b.id = ?3 AND {mine}",
                glance::RUN
            ),
            [sandbox.to_string().into()],
        );
        let mut answer = reading.run(&*self.database).await?;
        let frame = frame::take(&mut answer)?;
        let summary = answer.one("sandboxes", |row| summary(row, now))?;
        Ok(page(answer, frame, summary))
    }
}

fn summary(row: &Row, now: Timestamp) -> Result<SandboxSummary, DatabaseInconsistency> {
    Ok(SandboxSummary {
        sandbox: sandboxes::sandbox(row)?,
        task_key: tasks::key(row)?,
        task_title: row.string("title")?,
        run: glance::run(row, now)?,
    })
}
