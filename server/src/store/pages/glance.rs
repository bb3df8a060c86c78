//! Tasks and runs in lists: the columns they need, and no more.

use domain::Timestamp;
use domain::run::RunState;
use domain::task::Priority;
use domain::views::{RunGlance, TaskSummary};

use crate::database::{DatabaseInconsistency, Row};
use crate::store::tasks;

/// A task's columns in a list, from `tasks t` and its run `r`.
pub(super) const TASK: &str = "t.id, t.project_key, t.number, t.title, t.priority, t.labels, t.state, t.updated_at, \
     COALESCE(t.stage = 'review' AND json_extract(r.plan, '$.gate_version') <> \
     (SELECT p.gate_version FROM projects p WHERE p.id = t.project_id), 0) AS gate_changed";

/// A run's columns in a list, from `runs r`.
pub(super) const RUN: &str = "r.id AS glance_id, r.attempt AS glance_attempt, \
     r.state AS glance_state, r.lease_expires_at AS glance_lease_ends, \
     r.cancel AS glance_cancel, r.started_by AS glance_started_by, \
     r.queued_at AS glance_queued_at, r.retry_of AS glance_retry_of";

/// Joins to `tasks t` the run `r` that its state is about, or its newest one.
pub(super) const ITS_RUN: &str = "LEFT JOIN runs r ON r.id = COALESCE(t.run_id, \
     (SELECT n.id FROM runs n WHERE n.task_id = t.id ORDER BY n.attempt DESC LIMIT 1))";

/// A row of [`TASK`] and [`RUN`].
pub(super) fn task(row: &Row, now: Timestamp) -> Result<TaskSummary, DatabaseInconsistency> {
    let run = if row.is_null("glance_id")? { None } else { Some(run(row, now)?) };
    Ok(TaskSummary {
        id: row.parse("id")?,
        key: tasks::key(row)?,
        title: row.string("title")?,
        priority: row.word("priority", Priority::parse)?,
        labels: row.json("labels")?,
        state: row.json("state")?,
        run,
        gate_changed: row.boolean("gate_changed")?,
        updated_at: row.time("updated_at")?,
    })
}

/// A row of [`RUN`], as a reader may see it at `now`.
pub(super) fn run(row: &Row, now: Timestamp) -> Result<RunGlance, DatabaseInconsistency> {
    let stored: RunState = row.json("glance_state")?;
    Ok(RunGlance {
        id: row.parse("glance_id")?,
        attempt: row.integer("glance_attempt")?,
        state: stored.seen_at(now, row.optional_time("glance_lease_ends")?),
        cancel: row.optional_json("glance_cancel")?,
        started_by: row.parse("glance_started_by")?,
        queued_at: row.time("glance_queued_at")?,
        is_retry: !row.is_null("glance_retry_of")?,
    })
}
