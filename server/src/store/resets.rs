//! Links that reset a password.

use domain::account::{Email, OpenReset, PasswordReset, ResetLink};
use domain::{Result, Timestamp};

use crate::database::{DatabaseInconsistency, Row, Rows, Statement};
use crate::store::accounts::one;
use crate::store::guards;

/// The links that still work: of a member of that workspace and of no other, offered by somebody who
/// manages its members and has no lower role, and not followed by a newer one.
const OPEN: &str = "FROM password_resets r \
     JOIN users u ON u.id = r.user_id JOIN workspaces w ON w.id = r.workspace_id \
     JOIN members m ON m.workspace_id = r.workspace_id AND m.user_id = r.user_id \
     JOIN members o ON o.workspace_id = r.workspace_id AND o.user_id = r.offered_by \
     AND o.joined_at <= r.created_at \
     WHERE r.used_at IS NULL AND (o.role = 'owner' OR o.role = 'admin' AND m.role <> 'owner') \
     AND NOT EXISTS (SELECT 1 FROM members e WHERE e.user_id = r.user_id \
     AND e.workspace_id <> r.workspace_id) \
     AND NOT EXISTS (SELECT 1 FROM password_resets n WHERE n.user_id = r.user_id \
     AND n.rowid > r.rowid)";

/// Reads the link of this token, if it still works.
pub(super) fn select_open(token_hash: [u8; 32], now: Timestamp) -> Statement {
    Statement::new(
        format!(
            "SELECT r.id, r.user_id, r.workspace_id, r.expires_at, u.name, u.email, \
             w.name AS workspace_name {OPEN} AND r.token_hash = ?1 AND r.expires_at > ?2"
        ),
        [hex::encode(token_hash).into(), now.0.into()],
    )
}

/// Reads what became of the link of this token.
pub(super) fn select_end(token_hash: [u8; 32], now: Timestamp) -> Statement {
    Statement::new(
        "SELECT r.used_at IS NOT NULL AS is_used, r.expires_at <= ?2 AS is_over \
         FROM password_resets r WHERE r.token_hash = ?1",
        [hex::encode(token_hash).into(), now.0.into()],
    )
}

/// What [`select_open`] found.
pub(super) fn open(rows: Rows) -> Result<Option<OpenReset>> {
    one(("password_resets", rows), open_row)
}

/// What [`select_open`] and [`select_end`] found.
pub(super) fn link(found: Rows, end: Rows) -> Result<ResetLink> {
    if let Some(open) = open(found)? {
        return Ok(ResetLink::Open(Box::new(open)));
    }
    let end = one(("password_resets", end), |row| {
        Ok((row.boolean("is_used")?, row.boolean("is_over")?))
    })?;
    Ok(match end {
        Some((true, _)) => ResetLink::Used,
        Some((false, true)) => ResetLink::Expired,
        _ => ResetLink::Void,
    })
}

/// Lets nothing be written unless the link still works.
pub(super) fn guard(link: &str, now: Timestamp) -> Statement {
    guards::account(
        &format!("SELECT 1 {OPEN} AND r.id = ?1 AND r.expires_at > ?2"),
        [link.into(), now.0.into()],
    )
}

/// No link outlives the password that it would have reset.
pub(super) fn void(user: &str, at: Timestamp) -> Statement {
    Statement::new(
        "UPDATE password_resets SET used_at = ?2 WHERE user_id = ?1 AND used_at IS NULL",
        [user.into(), at.0.into()],
    )
}

/// Writes a link; whether it works is looked up among all of the person's ([`OPEN`]).
pub(super) fn insert(reset: &PasswordReset) -> Statement {
    Statement::new(
        "INSERT INTO password_resets (id, token_hash, user_id, workspace_id, offered_by, \
         created_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        [
            reset.id.to_string().into(),
            hex::encode(reset.token_hash).into(),
            reset.user.to_string().into(),
            reset.workspace.to_string().into(),
            reset.offered_by.to_string().into(),
            reset.created_at.0.into(),
            reset.expires_at.0.into(),
        ],
    )
}

fn open_row(row: &Row) -> Result<OpenReset, DatabaseInconsistency> {
    Ok(OpenReset {
        id: row.parse("id")?,
        user: row.parse("user_id")?,
        name: row.string("name")?,
        email: row.word("email", |text| Email::parse(text).ok())?,
        workspace: row.parse("workspace_id")?,
        workspace_name: row.string("workspace_name")?,
        expires_at: row.time("expires_at")?,
    })
}
