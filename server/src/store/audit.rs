//! The audit log.

use domain::Result;
use domain::actor::Actor;
use domain::audit::AuditEntry;

use crate::database::Statement;
use crate::store::upsert::json;

/// The statement that appends an entry.
///
/// # Errors
/// `Internal` when a part can't be written as JSON.
pub(super) fn insert(entry: &AuditEntry) -> Result<Statement> {
    let actor_id = match entry.actor {
        Actor::User(user) => user.to_string(),
        Actor::Run(run) => run.to_string(),
        Actor::System => "system".to_owned(),
    };
    Ok(Statement::new(
        "INSERT INTO audit (id, workspace_id, at, actor, actor_id, proof, action, target, outcome, \
         detail, network, agent, request_id) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        [
            entry.id.to_string().into(),
            entry.workspace.to_string().into(),
            entry.at.0.into(),
            json(&entry.actor)?.into(),
            actor_id.into(),
            json(&entry.proof)?.into(),
            entry.action.as_str().into(),
            entry.target.as_str().into(),
            entry.outcome.as_str().into(),
            entry.detail.as_deref().into(),
            entry.origin.network.as_str().into(),
            entry.origin.agent.as_str().into(),
            entry.origin.request_id.as_str().into(),
        ],
    ))
}
