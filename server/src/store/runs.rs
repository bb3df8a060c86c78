//! Runs and their leases.

use domain::context::Caller;
use domain::ids::{EvidenceId, RunId, SandboxId};
use domain::ports::{LeaseRenewal, Read};
use domain::run::{Lease, LeaseToken, Run, RunScene, RunState};
use domain::{Result, Timestamp};

use crate::database::{DatabaseInconsistency, Row, Statement};
use crate::store::SqlStore;
use crate::store::fault::{fault, inconsistency};
use crate::store::reading::{Answer, Reading, nobody};
use crate::store::upsert::{json, optional_json};
use crate::store::{projects, sandboxes, tasks};

impl SqlStore {
    pub(super) async fn read_run_scene(
        &self,
        caller: &Caller,
        run: RunId,
    ) -> Result<Read<Option<RunScene>>> {
        let Some(mut reading) = Reading::begin(caller) else {
            return Ok(nobody());
        };
        push_scene(&mut reading, "?3", &run.to_string());
        let mut answer = reading.run(&*self.database).await?;
        let scene = take_scene(&mut answer)?;
        Ok(answer.with(scene))
    }

    pub(super) async fn move_lease(
        &self,
        run: RunId,
        token: &LeaseToken,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<LeaseRenewal> {
        // One statement decides and writes. A lease never gets shorter: a renewal that was late on
        // its way can't undo a newer one.
        let statement = Statement::new(
            "UPDATE runs SET lease_expires_at = MAX(lease_expires_at, ?4) \
             WHERE id = ?1 AND lease_token = ?2 AND lease_expires_at > ?3 \
             RETURNING id, cancel",
            [run.to_string().into(), token.0.as_str().into(), now.0.into(), until.0.into()],
        );
        let rows = self.database.query(statement).await.map_err(|error| fault(&error))?;
        match rows.0.first() {
            None => Ok(LeaseRenewal::Lost),
            Some(row) => {
                let is_null =
                    row.is_null("cancel").map_err(|wrong| inconsistency("runs", &wrong))?;
                Ok(LeaseRenewal::Renewed { stop_asked: !is_null })
            }
        }
    }

    pub(super) async fn runs_past_lease(&self, now: Timestamp, limit: u32) -> Result<Vec<RunId>> {
        let statement = Statement::new(
            "SELECT r.id FROM runs r WHERE r.lease_expires_at <= ?1 \
             ORDER BY r.lease_expires_at LIMIT ?2",
            [now.0.into(), limit.into()],
        );
        let rows = self.database.query(statement).await.map_err(|error| fault(&error))?;
        let ids: Result<Vec<_>, _> = rows.0.iter().map(|row| row.parse("id")).collect();
        ids.map_err(|wrong| inconsistency("runs", &wrong))
    }
}

/// Adds the reads of a sandbox's run and everything around it.
pub(super) fn push_sandbox_scene(reading: &mut Reading, sandbox: SandboxId) {
    let run = "(SELECT sb.run_id FROM sandboxes sb WHERE sb.id = ?3)";
    push_scene(reading, run, &sandbox.to_string());
}

/// Adds the reads of the run that `run` gives of the id in `?3`, and of everything around it.
fn push_scene(reading: &mut Reading, run: &str, id: &str) {
    let now = reading.now();
    let named = format!("r.id = {run} AND {}", reading.mine("r"));
    let mut push = |sql: String| reading.push(sql, [id.into()]);
    push(format!("SELECT r.* FROM runs r WHERE {named}"));
    push(format!(
        "SELECT t.* FROM tasks t WHERE t.id = (SELECT r.task_id FROM runs r WHERE {named})"
    ));
    push(format!(
        "SELECT b.* FROM sandboxes b WHERE b.run_id = (SELECT r.id FROM runs r WHERE {named})"
    ));
    push(format!(
        "SELECT e.id FROM evidence e WHERE e.run_id = (SELECT r.id FROM runs r WHERE {named})"
    ));
    reading.push(
        format!(
            "SELECT COUNT(*) AS n FROM runs o WHERE o.workspace_id = \
             (SELECT r.workspace_id FROM runs r WHERE {named}) AND o.lease_expires_at > ?4"
        ),
        [id.into(), now.0.into()],
    );
}

/// Reads what [`push_scene`] asked for.
pub(super) fn take_scene(answer: &mut Answer) -> Result<Option<RunScene>> {
    let run = answer.one("runs", run)?;
    let task = answer.one("tasks", tasks::task)?;
    let sandbox = answer.one("sandboxes", sandboxes::sandbox)?;
    let evidence = answer.all("evidence", |row| row.parse::<EvidenceId>("id"))?;
    let slots_taken = usize::try_from(answer.count("runs")?).unwrap_or(usize::MAX);
    Ok(run.zip(task).map(|(run, task)| RunScene { run, task, sandbox, slots_taken, evidence }))
}

/// A row of `runs`.
pub(super) fn run(row: &Row) -> Result<Run, DatabaseInconsistency> {
    let lease = match (row.optional_string("lease_token")?, row.optional_time("lease_expires_at")?)
    {
        (Some(token), Some(expires_at)) => Some(Lease { token: LeaseToken(token), expires_at }),
        _ => None,
    };
    Ok(Run {
        id: row.parse("id")?,
        workspace: row.parse("workspace_id")?,
        project: row.parse("project_id")?,
        task: row.parse("task_id")?,
        attempt: row.integer("attempt")?,
        plan: row.json("plan")?,
        producers: row.json("producers")?,
        retry_of: row.optional_parse("retry_of")?,
        state: row.json("state")?,
        cancel: row.optional_json("cancel")?,
        sandbox: row.optional_parse("sandbox_id")?,
        lease,
        late: row.optional_json("late")?,
        queued_at: row.time("queued_at")?,
        head: projects::head(row)?,
    })
}

/// Writes a run. Two things about its lease are decided by what is stored, not by what the writer
/// read, since renewals leave no event: while the token stays the same the stored end of the lease
/// stays, and a run whose lease was renewed past the moment of its loss isn't lost. The latter puts
/// nothing into `version`, which undoes the batch.
pub(super) fn upsert(run: &Run) -> Result<Statement> {
    let lost_at = match run.state {
        RunState::Lost { at } => Some(at.0),
        _ => None,
    };
    Ok(Statement::new(
        "INSERT INTO runs (id, workspace_id, project_id, task_id, attempt, plan, producers, \
         retry_of, state, cancel, sandbox_id, late, lease_token, lease_expires_at, queued_at, \
         version, hash) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17) \
         ON CONFLICT (id) DO UPDATE SET state = excluded.state, cancel = excluded.cancel, \
         sandbox_id = excluded.sandbox_id, late = excluded.late, \
         lease_token = excluded.lease_token, \
         lease_expires_at = CASE WHEN runs.lease_token = excluded.lease_token \
         THEN runs.lease_expires_at ELSE excluded.lease_expires_at END, \
         version = CASE WHEN runs.lease_expires_at > ?18 THEN NULL ELSE excluded.version END, \
         hash = excluded.hash",
        [
            run.id.to_string().into(),
            run.workspace.to_string().into(),
            run.project.to_string().into(),
            run.task.to_string().into(),
            run.attempt.into(),
            json(&run.plan)?.into(),
            json(&run.producers)?.into(),
            run.retry_of.map(|id| id.to_string()).into(),
            json(&run.state)?.into(),
            optional_json(run.cancel.as_ref())?.into(),
            run.sandbox.map(|id| id.to_string()).into(),
            optional_json(run.late.as_ref())?.into(),
            run.lease.as_ref().map(|lease| lease.token.0.as_str()).into(),
            run.lease.as_ref().map(|lease| lease.expires_at.0).into(),
            run.queued_at.0.into(),
            run.head.version.into(),
            run.head.hash.0.as_str().into(),
            lost_at.into(),
        ],
    ))
}
