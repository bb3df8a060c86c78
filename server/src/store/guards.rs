//! What must hold at the commit besides the versions of the batch's own streams.
//!
//! A guard inserts a row with nothing in a column that must hold something, unless its condition
//! holds: `guards` stays empty, and the failed insert undoes the batch.

use domain::write_batch::{Guard, Holder};

use crate::database::{MAX_INTEGER, Statement, Value};
use crate::store::scope::Scope;

/// The statement that fails unless there is such a row, whose parameters are given: something of an
/// account isn't any more what was read.
pub(super) fn account(row: &str, params: impl Into<Vec<Value>>) -> Statement {
    let sql = format!(
        "INSERT INTO guards (slot, gate, project, account) SELECT 1, 1, 1, NULL \
         WHERE NOT EXISTS ({row})"
    );
    Statement::new(sql, params)
}

/// The statement that fails unless whoever asked is still let in as they were; none where nobody is to be.
pub(super) fn holder(holder: &Holder) -> Option<Statement> {
    let (scope, shown) = Scope::of(&holder.credential)?;
    let rows = scope.holder()?;
    let mut params = vec![shown, holder.now.0.into(), holder.workspace.to_string().into()];
    let mut row = format!("SELECT 1 {rows} AND s.workspace_id = ?3");
    if let Some(role) = holder.role {
        row.push_str(" AND m.role = ?4");
        params.push(role.as_str().into());
    }
    Some(account(&row, params))
}

/// The statement that fails unless the guard holds.
pub(super) fn statement(guard: &Guard) -> Statement {
    match guard {
        Guard::FreeSlot { workspace, now, limit } => Statement::new(
            "INSERT INTO guards (slot, gate, project) SELECT NULL, 1, 1 \
             WHERE (SELECT COUNT(*) FROM runs r \
             WHERE r.workspace_id = ?1 AND r.lease_expires_at > ?2) >= ?3",
            [
                workspace.to_string().into(),
                now.0.into(),
                i64::try_from(*limit).unwrap_or(MAX_INTEGER).min(MAX_INTEGER).into(),
            ],
        ),
        Guard::FreeSandboxSlot { workspace, limit } => Statement::new(
            "INSERT INTO guards (slot, gate, project) SELECT NULL, 1, 1 \
             WHERE (SELECT COUNT(*) FROM sandboxes b \
             WHERE b.workspace_id = ?1 AND b.alive = 1 AND b.run_id IS NULL) >= ?2",
            [
                workspace.to_string().into(),
                i64::try_from(*limit).unwrap_or(MAX_INTEGER).min(MAX_INTEGER).into(),
            ],
        ),
        Guard::PasswordAt { user, hash } => account(
            "SELECT 1 FROM users u WHERE u.id = ?1 AND u.password_hash = ?2",
            [user.to_string().into(), hash.0.as_str().into()],
        ),
        Guard::GateAt { project, version } => Statement::new(
            "INSERT INTO guards (slot, gate, project) SELECT 1, NULL, 1 \
             WHERE NOT EXISTS (SELECT 1 FROM projects p WHERE p.id = ?1 AND p.gate_version = ?2)",
            [project.to_string().into(), (*version).into()],
        ),
        Guard::ProjectAt { project, version } => Statement::new(
            "INSERT INTO guards (slot, gate, project) SELECT 1, 1, NULL \
             WHERE NOT EXISTS (SELECT 1 FROM projects p WHERE p.id = ?1 AND p.version = ?2)",
            [project.to_string().into(), (*version).into()],
        ),
        Guard::TaskAt { task, version } => Statement::new(
            "INSERT INTO guards (slot, gate, project, task) SELECT 1, 1, 1, NULL \
             WHERE NOT EXISTS (SELECT 1 FROM tasks t WHERE t.id = ?1 AND t.version = ?2)",
            [task.to_string().into(), (*version).into()],
        ),
    }
}
