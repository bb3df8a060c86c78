//! Who a credential stands for, as the statement that asks after it tells.

use domain::actor::{KeyGrant, Member, Role, RunReporter, Via};
use domain::scope::Scopes;
use sha2::{Digest, Sha256};

use crate::database::{DatabaseInconsistency, Row};

/// A session's owner.
pub(super) fn signed_in(row: &Row) -> Result<Member, DatabaseInconsistency> {
    member(row, Via::Session(row.parse("session_id")?))
}

/// A key's owner, and what is left of its scopes once a token narrowed them.
pub(super) fn by_key(
    row: &Row,
    narrowed: Option<&Scopes>,
) -> Result<Member, DatabaseInconsistency> {
    let scopes: Scopes = row.json("scopes")?;
    let grant = KeyGrant {
        key: row.parse("key_id")?,
        scopes: narrowed.map_or_else(|| scopes.clone(), |narrowed| scopes.and(narrowed)),
        project: row.optional_parse("project_id")?,
        expires_at: row.optional_time("expires_at")?,
        origins: row.json("origins")?,
    };
    member(row, Via::Key(grant))
}

fn member(row: &Row, via: Via) -> Result<Member, DatabaseInconsistency> {
    Ok(Member {
        via,
        workspace: row.parse("workspace_id")?,
        workspace_name: row.string("workspace_name")?,
        user: row.parse("id")?,
        name: row.string("name")?,
        email: row.string("email")?,
        role: row.word("role", Role::parse)?,
    })
}

/// The run, if the token was made for the lease that it holds now.
pub(super) fn reporter(
    row: &Row,
    lease: &str,
) -> Result<Option<RunReporter>, DatabaseInconsistency> {
    let held = hex::encode(Sha256::digest(row.text("lease_token")?.as_bytes()));
    if held != lease {
        return Ok(None);
    }
    Ok(Some(RunReporter {
        run: row.parse("id")?,
        task: row.parse("task_id")?,
        project: row.parse("project_id")?,
        workspace: row.parse("workspace_id")?,
    }))
}
