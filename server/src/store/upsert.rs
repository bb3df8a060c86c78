//! Writing rows: each over whatever the store has under its id.

use domain::Result;
use domain::write_batch::Row;

use crate::database::Statement;
use crate::store::{
    accounts, api_keys, evidence, executions, invitations, projects, resets, runs, sandboxes,
    tasks, validations, workspaces,
};

/// The statement that writes the row.
///
/// # Errors
/// `Internal` when a part can't be written as JSON.
pub(super) fn upsert(row: &Row) -> Result<Statement> {
    match row {
        Row::User(user) => Ok(accounts::insert_user(user)),
        Row::Session(session) => Ok(accounts::insert_session(session)),
        Row::Workspace(workspace) => Ok(workspaces::upsert(workspace)),
        Row::Membership(membership) => Ok(workspaces::upsert_member(membership)),
        Row::MembershipEnded { workspace, user } => {
            Ok(workspaces::delete_member(*workspace, *user))
        }
        Row::SessionsEnded { workspace, user, at } => {
            Ok(workspaces::end_sessions(*workspace, *user, *at))
        }
        Row::SessionsMoved { user, session, from, to } => {
            Ok(workspaces::move_sessions(*user, *session, *from, *to))
        }
        Row::KeysEnded { workspace, user, at, version } => {
            Ok(workspaces::end_keys(*workspace, *user, *at, *version))
        }
        Row::NewInvitation { invitation, token_hash } => {
            Ok(invitations::insert(invitation, token_hash))
        }
        Row::Invitation(invitation) => Ok(invitations::update(invitation)),
        Row::AllowedOrigins { workspace, origins } => workspaces::keep_origins(*workspace, origins),
        Row::Agent(agent) => accounts::upsert_agent(agent),
        Row::Project(project) => projects::upsert(project),
        Row::Task(task) => tasks::upsert(task),
        Row::Run(run) => runs::upsert(run),
        Row::Sandbox(sandbox) => sandboxes::upsert(sandbox),
        Row::Execution(execution) => executions::upsert(execution),
        Row::Validation(validation) => validations::upsert(validation),
        Row::Evidence(file) => evidence::insert(file),
        Row::NewApiKey { key, secret } => api_keys::insert(key, secret),
        Row::ApiKey(key) => Ok(api_keys::update(key)),
        Row::PasswordReset(reset) => Ok(resets::insert(reset)),
    }
}

/// The statement that makes room for the row where it stands for several of the store's.
pub(super) fn cleared(row: &Row) -> Option<Statement> {
    match row {
        Row::AllowedOrigins { workspace, .. } => Some(workspaces::drop_origins(*workspace)),
        _ => None,
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
