//! What a test looks at: one run with everything around it, and whether the whole database is
//! what it should be.

use std::collections::BTreeMap;

use domain::clock::Clock;
use domain::event::{ChainHash, chain_hash};
use domain::ids::{RunId, WorkspaceId};
use serde::Deserialize;
use serde_json::{Value, json};
use worker::{Bucket, Env};

use super::{Failed, said, system};
use crate::clock::PlatformClock;
use crate::context;
use crate::database::{Row, Rows, Statement};
use crate::logs::{self, LOG_BUCKET};
use crate::sandboxes::{EVIDENCE_BUCKET, evidence_key};

#[derive(Deserialize)]
pub(super) struct OfRun {
    run: RunId,
    #[serde(default)]
    after: u64,
}

/// A run as a reader sees it now, its task, its sandbox, its events, its evidence.
pub(super) async fn state(env: &Env, input: OfRun) -> Result<Value, Failed> {
    let ctx = system(env)?;
    let read = ctx.store.run_scene(&ctx.caller, input.run).await.map_err(|error| said(&error))?;
    let scene = read.data.ok_or_else(|| "no run".to_owned())?;
    let run = input.run.to_string();
    let answers = query(
        env,
        vec![
            by_run(
                "SELECT name, kind, media_type, size, sha256 FROM evidence WHERE run_id = ?1",
                &run,
            ),
            by_run(
                "SELECT requirement, state FROM validations WHERE run_id = ?1 ORDER BY position",
                &run,
            ),
            by_run("SELECT name, version FROM events WHERE stream = ?1 ORDER BY version", &run),
            by_run("SELECT id, retry_of FROM runs WHERE retry_of = ?1", &run),
        ],
    )
    .await?;
    let table = |index: usize| answers.get(index).map(columns).unwrap_or_default();
    let now = PlatformClock.now();
    Ok(json!({
        "now": now,
        "run": scene.run.state_at(now),
        "stored": scene.run.state,
        "late": scene.run.late,
        "lease_expires_at": scene.run.lease.map(|lease| lease.expires_at),
        "cancel": scene.run.cancel,
        "task": scene.task.state,
        "sandbox": scene.sandbox.map(|sandbox| json!({ "id": sandbox.id(), "state": sandbox.state })),
        "evidence": table(0),
        "validations": table(1),
        "events": table(2),
        "retries": table(3),
    }))
}

#[derive(Deserialize)]
pub(super) struct OfWorkspace {
    workspace: WorkspaceId,
}

/// How many runs of a workspace hold a lease at this moment.
pub(super) async fn leases(env: &Env, input: OfWorkspace) -> Result<Value, Failed> {
    let alive = "SELECT count(*) AS alive FROM runs WHERE workspace_id = ?1 \
                 AND lease_token IS NOT NULL AND lease_expires_at > ?2";
    let values = [input.workspace.to_string().into(), PlatformClock.now().0.into()];
    let answers = query(env, vec![Statement::new(alive, values)]).await?;
    let row = answers.first().and_then(|rows| rows.0.first());
    let alive = row.map(|row| row.integer("alive")).transpose().map_err(|error| said(&error))?;
    Ok(json!({ "alive": alive }))
}

#[derive(Deserialize)]
pub(super) struct OfObject {
    sha256: String,
}

/// A kept file, as text.
pub(super) async fn object(env: &Env, input: OfObject) -> Result<Value, Failed> {
    let bucket = env.bucket(EVIDENCE_BUCKET).map_err(|error| said(&error))?;
    let found = bucket.get(evidence_key(&input.sha256)).execute().await;
    let found = found.map_err(|error| said(&error))?.ok_or_else(|| "no object".to_owned())?;
    let body = found.body().ok_or_else(|| "an empty object".to_owned())?;
    body.text().await.map(|text| json!({ "text": text })).map_err(|error| said(&error))
}

fn by_run(sql: &'static str, run: &str) -> Statement {
    Statement::new(sql, [run.into()])
}

fn columns(rows: &Rows) -> Vec<Value> {
    rows.0.iter().map(|row| Value::Object(row.columns().clone())).collect()
}

async fn query(env: &Env, statements: Vec<Statement>) -> Result<Vec<Rows>, Failed> {
    let database = context::database(env).map_err(|error| said(&error))?;
    database.batch(statements).await.map_err(|error| said(&error))
}

/// A page of a run's log.
pub(super) async fn log(env: &Env, input: OfRun) -> Result<Value, Failed> {
    let ctx = system(env)?;
    let read = ctx.store.run_scene(&ctx.caller, input.run).await.map_err(|error| said(&error))?;
    let has_ended = read.data.is_some_and(|scene| !scene.run.state.is_live());
    let bucket = env.bucket(LOG_BUCKET).map_err(|error| said(&error))?;
    let page = logs::read(&bucket, input.run.into(), input.after, has_ended).await;
    page.map(|page| json!(page)).map_err(|error| said(&error))
}

const EVENTS: &str = "SELECT workspace_id, seq, stream, version, name, actor, at, body, prev_hash, \
     hash FROM events ORDER BY workspace_id, seq";
const STALE: &str = "SELECT id FROM runs WHERE lease_expires_at < ?1";
const RUNS: &str = "SELECT id, state_name, retry_of, task_id FROM runs ORDER BY queued_at, id";
const SANDBOXES: &str = "SELECT s.id, s.state_name, r.state_name AS run_state FROM sandboxes AS s \
     JOIN runs AS r ON r.id = s.run_id WHERE s.alive = 1";
const TASKS: &str = "SELECT id, state FROM tasks";
const EVIDENCE: &str = "SELECT run_id, name, sha256, count(*) AS doubled FROM evidence \
     GROUP BY run_id, kind, name";
const OUTBOX: &str = "SELECT id, job, again_at FROM outbox";
const DEAD: &str = "SELECT queue, body, attempts FROM dead_letters";

/// Everything that must hold after any crash, as a list of what doesn't.
pub(super) async fn integrity(env: &Env) -> Result<Value, Failed> {
    let now = PlatformClock.now().0;
    let answers = query(
        env,
        vec![
            Statement::new(EVENTS, []),
            Statement::new(STALE, [now.into()]),
            Statement::new(RUNS, []),
            Statement::new(SANDBOXES, []),
            Statement::new(TASKS, []),
            Statement::new(EVIDENCE, []),
            Statement::new(OUTBOX, []),
            Statement::new(DEAD, []),
        ],
    )
    .await?;
    let rows = |index: usize| answers.get(index).map(|rows| rows.0.as_slice()).unwrap_or_default();
    let mut wrong = check_events(rows(0)).map_err(|error| said(&error))?;
    for row in rows(1) {
        wrong.push(format!("{} is live with an expired lease", cell(row, "id")));
    }
    let bucket = env.bucket(EVIDENCE_BUCKET).map_err(|error| said(&error))?;
    for row in rows(5) {
        check_evidence(&bucket, row, &mut wrong).await?;
    }
    Ok(json!({
        "wrong": wrong,
        "events": rows(0).len(),
        "runs": answers.get(2).map(columns),
        "living_sandboxes": answers.get(3).map(columns),
        "tasks": answers.get(4).map(columns),
        "outbox": answers.get(6).map(columns),
        "dead_letters": answers.get(7).map(columns),
    }))
}

async fn check_evidence(bucket: &Bucket, row: &Row, wrong: &mut Vec<String>) -> Result<(), Failed> {
    if row.integer("doubled").unwrap_or(0) != 1 {
        wrong.push(format!("evidence {} of {} is doubled", cell(row, "name"), cell(row, "run_id")));
    }
    let object = bucket.head(evidence_key(&cell(row, "sha256"))).await;
    if object.map_err(|error| said(&error))?.is_none() {
        wrong.push(format!(
            "evidence {} of {} has no object",
            cell(row, "name"),
            cell(row, "run_id")
        ));
    }
    Ok(())
}

fn cell(row: &Row, column: &str) -> String {
    row.string(column).unwrap_or_default()
}

/// What happens once to a run, whatever was repeated.
const ONCE: [&str; 5] =
    ["run_queued", "run_claimed", "run_started", "evidence_captured", "run_ended"];

fn check_events(rows: &[Row]) -> Result<Vec<String>, crate::database::DatabaseInconsistency> {
    let mut wrong = vec![];
    let mut newest: BTreeMap<String, i64> = BTreeMap::new();
    let mut heads: BTreeMap<String, (i64, String)> = BTreeMap::new();
    let mut seen: BTreeMap<(String, String), u32> = BTreeMap::new();
    for row in rows {
        let (seq, version) = (row.integer("seq")?, row.integer("version")?);
        let (workspace, stream) = (cell(row, "workspace_id"), cell(row, "stream"));
        let expected = newest.get(&workspace).map_or(1, |last| last.saturating_add(1));
        if seq != expected {
            wrong.push(format!("{workspace} goes from {expected} to {seq}"));
        }
        newest.insert(workspace, seq);
        let genesis = (0, ChainHash::genesis().0);
        let (before, hash) = heads.get(&stream).unwrap_or(&genesis);
        if version != before.saturating_add(1) || *hash != cell(row, "prev_hash") {
            wrong.push(format!("{stream} doesn't chain at {version}"));
        }
        if recomputed(row)?.as_deref() != Some(cell(row, "hash").as_str()) {
            wrong.push(format!("{stream} has a wrong hash at {version}"));
        }
        heads.insert(stream.clone(), (version, cell(row, "hash")));
        let name = cell(row, "name");
        if ONCE.contains(&name.as_str()) && !is_of_somebody(row) {
            let count = seen.entry((stream, name)).or_default();
            *count = count.saturating_add(1);
        }
    }
    for ((stream, name), count) in seen.into_iter().filter(|(_, count)| *count > 1) {
        wrong.push(format!("{name} happened {count} times to {stream}"));
    }
    Ok(wrong)
}

/// Whether the event tells of files that somebody added to the run, which may come again and again.
fn is_of_somebody(row: &Row) -> bool {
    let body: Value = serde_json::from_str(&cell(row, "body")).unwrap_or_default();
    body.get("added") == Some(&Value::Bool(true))
}

fn recomputed(row: &Row) -> Result<Option<String>, crate::database::DatabaseInconsistency> {
    let (prev, actor, body) =
        (ChainHash(cell(row, "prev_hash")), cell(row, "actor"), cell(row, "body"));
    let hash = chain_hash(
        &prev,
        row.parse("workspace_id")?,
        row.parse("stream")?,
        row.integer("version")?,
        &actor,
        row.time("at")?,
        &body,
    );
    Ok(Some(hash.0))
}
