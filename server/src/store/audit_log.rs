//! Reading the audit log, newest first.

use domain::Result;
use domain::audit::{AuditCursor, AuditEntry, AuditFilter, AuditLine, AuditList, Outcome};
use domain::context::{Caller, RequestOrigin};
use domain::views::{PAGE_SIZE, PageRead};

use crate::database::{DatabaseInconsistency, Row, Value};
use crate::store::pages::{self, frame};
use crate::store::reading::Reading;
use crate::store::{SqlStore, accounts};

/// What the ids of an entry are called now.
const NAMES: &str = "u.name AS person, k.name AS key_name, \
     COALESCE(t.project_key || '-' || t.number, p.key, v.name, y.name, \
     q.project_key || '-' || q.number) AS target_name";
const NAMED: &str = "LEFT JOIN users u ON u.id = a.actor_id \
     LEFT JOIN api_keys k ON k.id = json_extract(a.proof, '$.key') \
     LEFT JOIN tasks t ON t.id = a.target LEFT JOIN projects p ON p.id = a.target \
     LEFT JOIN users v ON v.id = a.target LEFT JOIN api_keys y ON y.id = a.target \
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
        let limit = if filter.limit == 0 { PAGE_SIZE } else { filter.limit };
        frame::push(&mut reading);
        push_entries(&mut reading, filter, limit);
        pages::push_people(&mut reading);
        let mut answer = reading.run(&*self.database).await?;
        let frame = frame::take(&mut answer)?;
        let lines = answer.all("audit", line)?;
        let people = answer.all("members", accounts::person)?;
        Ok(pages::page(answer, frame, Some(cut(lines, limit, people))))
    }
}

fn push_entries(reading: &mut Reading, filter: &AuditFilter, limit: u32) {
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
             ORDER BY a.at DESC, a.id DESC LIMIT {}",
            conditions.join(" AND "),
            limit.saturating_add(1)
        ),
        params,
    );
}

/// Cuts the one entry too many that shows whether there is a next page.
fn cut(mut lines: Vec<AuditLine>, limit: u32, people: Vec<domain::views::Person>) -> AuditList {
    let size = usize::try_from(limit).unwrap_or(usize::MAX);
    let is_cut = lines.len() > size;
    lines.truncate(size);
    let last = lines.last().filter(|_| is_cut);
    let next = last.map(|last| AuditCursor { at: last.entry.at, id: last.entry.id });
    AuditList { lines, next, people }
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
            origin: RequestOrigin {
                network: row.string("network")?,
                agent: row.string("agent")?,
                request_id: row.string("request_id")?,
            },
        },
        person: row.optional_string("person")?,
        key: row.optional_string("key_name")?,
        target: row.optional_string("target_name")?,
    })
}
