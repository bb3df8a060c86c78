//! Reading the audit log, newest first.

use domain::Result;
use domain::audit::{
    AuditCursor, AuditEntry, AuditFilter, AuditLine, AuditList, AuditName, Outcome, RunName,
};
use domain::context::{Caller, RequestOrigin};
use domain::ports::Read;
use domain::views::{PAGE_SIZE, PageRead};

use crate::database::{DatabaseInconsistency, Row, Value};
use crate::store::pages::{self, frame};
use crate::store::reading::{Reading, nobody};
use crate::store::{SqlStore, accounts};

/// What the ids of an entry are called now.
const NAMES: &str = "u.name AS person, k.name AS key_name, \
     x.attempt AS own_attempt, z.project_key || '-' || z.number AS own_task, \
     COALESCE(t.project_key || '-' || t.number, p.key, v.name, y.name, i.email) AS target_name, \
     r.attempt AS target_attempt, q.project_key || '-' || q.number AS target_task";
const NAMED: &str = "LEFT JOIN users u ON u.id = a.actor_id \
     LEFT JOIN runs x ON x.id = a.actor_id LEFT JOIN tasks z ON z.id = x.task_id \
     LEFT JOIN api_keys k ON k.id = json_extract(a.proof, '$.key') \
     LEFT JOIN tasks t ON t.id = a.target LEFT JOIN projects p ON p.id = a.target \
     LEFT JOIN users v ON v.id = a.target LEFT JOIN api_keys y ON y.id = a.target \
     LEFT JOIN invitations i ON i.id = a.target \
     LEFT JOIN runs r ON r.id = a.target LEFT JOIN tasks q ON q.id = r.task_id";

impl SqlStore {
    pub(super) async fn read_audit(
        &self,
        caller: &Caller,
        filter: &AuditFilter,
    ) -> Result<PageRead<AuditList>> {
        let Some(mut reading) = Reading::begin(caller) else {
            return Ok(pages::nobody());
        };
        frame::push(&mut reading);
        push_entries(&mut reading, filter);
        pages::push_people(&mut reading);
        let mut answer = reading.run(&*self.database).await?;
        let frame = frame::take(&mut answer)?;
        let lines = answer.all("audit", line)?;
        let people = answer.all("members", accounts::person)?;
        Ok(pages::page(answer, frame, Some(AuditList { people, ..cut(lines, filter) })))
    }

    pub(super) async fn read_entries(
        &self,
        caller: &Caller,
        filter: &AuditFilter,
    ) -> Result<Read<AuditList>> {
        let Some(mut reading) = Reading::begin(caller) else {
            return Ok(nobody());
        };
        push_entries(&mut reading, filter);
        let mut answer = reading.run(&*self.database).await?;
        let lines = answer.all("audit", line)?;
        Ok(answer.with(cut(lines, filter)))
    }
}

/// How many entries a filter lets through at most.
fn limit(filter: &AuditFilter) -> u32 {
    if filter.limit == 0 { PAGE_SIZE } else { filter.limit }
}

fn push_entries(reading: &mut Reading, filter: &AuditFilter) {
    let mut params: Vec<Value> = vec![];
    let mut conditions = vec![format!("a.workspace_id = {}", reading.workspace())];
    // `?1` and `?2` are the caller's.
    let mut bind = |value: Value| {
        params.push(value);
        params.len().saturating_add(2)
    };
    if let Some(person) = filter.person {
        conditions.push(format!("a.actor_id = ?{}", bind(person.to_string().into())));
    }
    if let Some(action) = &filter.action {
        conditions.push(format!("a.action = ?{}", bind(action.as_str().into())));
    }
    if let Some(outcome) = filter.outcome {
        conditions.push(format!("a.outcome = ?{}", bind(outcome.as_str().into())));
    }
    if let Some(target) = &filter.target {
        conditions.push(format!("a.target = ?{}", bind(target.as_str().into())));
    }
    if let Some(from) = filter.from {
        conditions.push(format!("a.at >= ?{}", bind(from.0.into())));
    }
    if let Some(until) = filter.until {
        conditions.push(format!("a.at < ?{}", bind(until.0.into())));
    }
    if let Some(after) = filter.after {
        let at = bind(after.at.0.into());
        let id = bind(after.id.to_string().into());
        conditions.push(format!("(a.at, a.id) < (?{at}, ?{id})"));
    }
    reading.push(
        format!(
            "SELECT a.*, {NAMES} FROM audit a {NAMED} WHERE {} \
             ORDER BY a.at DESC, a.id DESC LIMIT {} OFFSET {}",
            conditions.join(" AND "),
            limit(filter).saturating_add(1),
            filter.skip
        ),
        params,
    );
}

/// Cuts the one entry too many that shows whether there is a next page.
fn cut(mut lines: Vec<AuditLine>, filter: &AuditFilter) -> AuditList {
    let size = usize::try_from(limit(filter)).unwrap_or(usize::MAX);
    let is_cut = lines.len() > size;
    lines.truncate(size);
    let last = lines.last().filter(|_| is_cut);
    let next = last.map(|last| AuditCursor { at: last.entry.at, id: last.entry.id });
    AuditList { lines, next, people: vec![] }
}

fn line(row: &Row) -> Result<AuditLine, DatabaseInconsistency> {
    Ok(AuditLine {
        entry: AuditEntry {
            id: row.parse("id")?,
            workspace: row.parse("workspace_id")?,
            at: row.time("at")?,
            actor: row.json("actor")?,
            proof: row.json("proof")?,
            action: row.string("action")?,
            target: row.string("target")?,
            outcome: row.word("outcome", Outcome::parse)?,
            detail: row.optional_string("detail")?,
            particulars: row.optional_json("particulars")?,
            origin: RequestOrigin {
                network: row.string("network")?,
                agent: row.string("agent")?,
                request_id: row.string("request_id")?,
            },
        },
        by: name(row, "person", "own")?,
        key: row.optional_string("key_name")?,
        target: name(row, "target_name", "target")?,
    })
}

/// What is called so, or is the run whose columns begin so.
fn name(row: &Row, text: &str, run: &str) -> Result<Option<AuditName>, DatabaseInconsistency> {
    if let Some(task) = row.optional_string(&format!("{run}_task"))? {
        let attempt = row.integer(&format!("{run}_attempt"))?;
        return Ok(Some(AuditName::Run(RunName { task, attempt })));
    }
    Ok(row.optional_string(text)?.map(AuditName::Text))
}
