//! What belongs to a task: its runs, its validations.

use domain::Result;
use domain::context::Caller;
use domain::listing::{OfTask, ValidationCursor};
use domain::ports::Read;
use domain::task::TaskRef;

use crate::database::{DatabaseInconsistency, Row, Value};
use crate::store::reading::{Reading, nobody};
use crate::store::{SqlStore, tasks};

use super::{GREATEST, LATEST};

/// A list of what a task has, the greatest of `order` first.
pub(super) struct List {
    pub table: &'static str,
    /// The column of `x` that it is ordered by.
    pub order: &'static str,
    /// Only what is below this.
    pub before: Value,
    pub limit: u32,
}

/// The rows of a table that has a `task_id`, as `x`, each with its task's key.
pub(super) fn select(table: &str) -> String {
    format!(
        "SELECT x.*, kt.project_key, kt.number FROM {table} x JOIN tasks kt ON kt.id = x.task_id"
    )
}

/// A row of [`select`].
pub(super) fn with_key<T>(
    row: &Row,
    read: impl Fn(&Row) -> Result<T, DatabaseInconsistency>,
) -> Result<OfTask<T>, DatabaseInconsistency> {
    Ok(OfTask { task: tasks::key(row)?, of: read(row)? })
}

impl SqlStore {
    /// The rows of a list; none when the caller has no such task.
    pub(super) async fn list_of_task<T: Send>(
        &self,
        caller: &Caller,
        task: &TaskRef,
        list: List,
        read: impl Fn(&Row) -> Result<T, DatabaseInconsistency> + Send + Sync,
    ) -> Result<Read<Option<Vec<OfTask<T>>>>> {
        let Some(mut reading) = Reading::begin(caller) else {
            return Ok(nobody());
        };
        let (named, params) = tasks::named(&reading, task);
        reading.push(format!("SELECT t.id FROM tasks t WHERE {named}"), params.clone());
        // The caller's two and the task's stand before these.
        let before = params.len().saturating_add(3);
        let (order, select) = (list.order, select(list.table));
        let sql = format!(
            "{select} WHERE x.task_id = (SELECT t.id FROM tasks t WHERE {named}) \
             AND {order} < ?{before} ORDER BY {order} DESC LIMIT ?{}",
            before.saturating_add(1)
        );
        reading.push(sql, params.into_iter().chain([list.before, list.limit.into()]));
        let mut answer = reading.run(&*self.database).await?;
        let there = answer.one("tasks", |_| Ok(()))?;
        let rows = answer.all(list.table, |row| with_key(row, &read))?;
        Ok(answer.with(there.map(|()| rows)))
    }
}

/// Adds the read of the workspace's validations, newest first.
pub(super) fn push_validations(reading: &mut Reading, after: Option<ValidationCursor>, limit: u32) {
    let mine = reading.mine("x");
    let sql = format!(
        "{} WHERE {mine} AND (x.opened_at, x.position, x.id) < (?3, ?4, ?5) \
         ORDER BY x.opened_at DESC, x.position DESC, x.id DESC LIMIT ?6",
        select("validations")
    );
    let place: [Value; 3] = match after {
        Some(at) => [at.opened_at.0.into(), at.position.into(), at.id.to_string().into()],
        None => [LATEST.into(), 0_u32.into(), GREATEST.into()],
    };
    reading.push(sql, place.into_iter().chain([limit.into()]));
}
