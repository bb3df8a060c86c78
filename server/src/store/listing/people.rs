//! Workspaces and their members.

use std::collections::BTreeSet;

use domain::actor::{Credential, Role};
use domain::context::Caller;
use domain::listing::{ListedMember, ListedWorkspace};

use crate::database::{DatabaseInconsistency, Row};
use crate::store::reading::Reading;

/// The workspaces that the caller belongs to; a key is for one of them alone.
pub(super) fn workspaces(reading: &Reading, caller: &Caller) -> String {
    let (user, current) = (reading.user(), reading.workspace());
    let confined = match caller.credential {
        Credential::Session(_) => String::new(),
        _ => format!(" AND w.id = {current}"),
    };
    format!(
        "SELECT w.id, w.name, w.created_at, w.settings_version, m.role, w.id = {current} AS is_current, \
         (SELECT json_group_array(o.origin) FROM allowed_origins o \
         WHERE o.workspace_id = w.id) AS origins \
         FROM members m JOIN workspaces w ON w.id = m.workspace_id WHERE m.user_id = {user}{confined}"
    )
}

/// A row of [`workspaces`].
pub(super) fn workspace(row: &Row) -> Result<ListedWorkspace, DatabaseInconsistency> {
    Ok(ListedWorkspace {
        id: row.parse("id")?,
        name: row.string("name")?,
        role: row.word("role", Role::parse)?,
        is_current: row.boolean("is_current")?,
        created_at: row.time("created_at")?,
        origins: row.json::<BTreeSet<_>>("origins")?.into_iter().collect(),
        version: row.integer("settings_version")?,
    })
}

/// The members of the caller's workspace.
pub(super) fn members(reading: &Reading) -> String {
    let workspace = reading.workspace();
    format!(
        "SELECT u.id, u.name, u.email, m.role, m.joined_at, m.version FROM members m \
         JOIN users u ON u.id = m.user_id WHERE m.workspace_id = {workspace}"
    )
}

/// A row of [`members`].
pub(super) fn member(row: &Row) -> Result<ListedMember, DatabaseInconsistency> {
    Ok(ListedMember {
        user: row.parse("id")?,
        name: row.string("name")?,
        email: row.string("email")?,
        role: row.word("role", Role::parse)?,
        joined_at: row.time("joined_at")?,
        version: row.integer("version")?,
    })
}
