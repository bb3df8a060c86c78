//! Writing rows: each over whatever the store has under its id.

use domain::Result;
use domain::write_batch::Row;

use crate::database::Statement;
use crate::store::{accounts, evidence, projects, runs, sandboxes, tasks, validations};

/// The statement that writes the row.
///
/// # Errors
/// `Internal` when a part can't be written as JSON.
pub(super) fn upsert(row: &Row) -> Result<Statement> {
    match row {
        Row::User(user) => Ok(accounts::insert_user(user)),
        Row::Session(session) => Ok(accounts::insert_session(session)),
        Row::Workspace(workspace) => Ok(accounts::upsert_workspace(workspace)),
        Row::Membership(membership) => Ok(accounts::upsert_member(membership)),
        Row::Agent(agent) => accounts::upsert_agent(agent),
        Row::Project(project) => projects::upsert(project),
        Row::Task(task) => tasks::upsert(task),
        Row::Run(run) => runs::upsert(run),
        Row::Sandbox(sandbox) => sandboxes::upsert(sandbox),
        Row::Validation(validation) => validations::upsert(validation),
        Row::Evidence(file) => evidence::insert(file),
    }
}

/// A part of a row as JSON.
///
/// # Errors
/// `Internal` when it can't be written so.
pub(super) fn json<T: serde::Serialize>(part: &T) -> Result<String> {
    serde_json::to_string(part).map_err(|_| super::fault::bug("a part of a row without JSON"))
}

/// As [`json`]; none is none.
///
/// # Errors
/// As [`json`].
pub(super) fn optional_json<T: serde::Serialize>(part: Option<&T>) -> Result<Option<String>> {
    part.map(json).transpose()
}
