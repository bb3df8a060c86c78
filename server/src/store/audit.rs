//! Writing the audit log. Nothing changes or removes an entry: triggers refuse it.

use async_trait::async_trait;
use domain::Result;
use domain::actor::{Actor, Credential};
use domain::audit::{
    AuditEntry, AuditFilter, AuditList, AuditStore, KEY_REFUSED, MAX_REFUSALS_PER_MINUTE,
};
use domain::context::Caller;
use domain::ids::AuditId;
use domain::ports::Read;
use domain::views::PageRead;

use crate::database::{Statement, Value};
use crate::store::SqlStore;
use crate::store::fault::fault;
use crate::store::upsert::json;

const COLUMNS: &str = "id, workspace_id, at, actor, actor_id, proof, action, target, outcome, \
                       detail, particulars, network, agent, request_id";

#[async_trait]
impl AuditStore for SqlStore {
    async fn audit_list(
        &self,
        caller: &Caller,
        filter: &AuditFilter,
    ) -> Result<PageRead<AuditList>> {
        self.read_audit(caller, filter).await
    }

    async fn audit_entries(
        &self,
        caller: &Caller,
        filter: &AuditFilter,
    ) -> Result<Read<AuditList>> {
        self.read_entries(caller, filter).await
    }

    async fn note_refusal(&self, entry: &AuditEntry) -> Result<()> {
        let sql = format!(
            "INSERT INTO audit ({COLUMNS}) \
             SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14 WHERE {}",
            few("?2", "?5", "?3")
        );
        let statement = Statement::new(sql, params(entry)?);
        self.database.execute(statement).await.map_err(|error| fault(&error))
    }

    async fn note_refused_key(&self, caller: &Caller, entry: AuditId) -> Result<()> {
        let (by, shown) = match &caller.credential {
            Credential::Key(hash) => ("secret_hash", hex::encode(hash)),
            Credential::KeyToken { key, .. } => ("id", key.to_string()),
            _ => return Ok(()),
        };
        let few = few("k.workspace_id", "k.user_id", "?2");
        let sql = format!(
            "INSERT INTO audit ({COLUMNS}) \
             SELECT ?3, k.workspace_id, ?2, json_object('user', k.user_id), k.user_id, \
             json_object('key', k.id), ?4, k.id, 'refused', \
             CASE WHEN k.revoked_at IS NOT NULL THEN 'revoked' \
             WHEN k.expires_at <= ?2 THEN 'expired' ELSE 'ownerless' END, NULL, ?5, ?6, ?7 \
             FROM api_keys k WHERE k.{by} = ?1 AND (k.revoked_at IS NOT NULL OR k.expires_at <= ?2 \
             OR NOT EXISTS (SELECT 1 FROM members m WHERE m.workspace_id = k.workspace_id \
             AND m.user_id = k.user_id AND m.joined_at <= k.created_at)) AND {few}"
        );
        let params = of_caller(caller, shown, entry, KEY_REFUSED);
        self.database.execute(Statement::new(sql, params)).await.map_err(|error| fault(&error))
    }
}

/// The condition that few refusals of this person were written within the last minute.
fn few(workspace: &str, person: &str, now: &str) -> String {
    format!(
        "(SELECT COUNT(*) FROM audit r WHERE r.workspace_id = {workspace} \
         AND r.actor_id = {person} AND r.at > {now} - 60000 AND r.outcome = 'refused') \
         < {MAX_REFUSALS_PER_MINUTE}"
    )
}

/// The parameters of an entry that the database itself completes.
fn of_caller(caller: &Caller, shown: String, entry: AuditId, action: &str) -> [Value; 7] {
    let origin = &caller.origin;
    [
        shown.into(),
        caller.now.0.into(),
        entry.to_string().into(),
        action.into(),
        origin.network.as_str().into(),
        origin.agent.as_str().into(),
        origin.request_id.as_str().into(),
    ]
}

/// The statement that appends the entry of what the holder of a session did with it, whose token has
/// this hash; nothing when it has ended.
pub(super) fn of_session(caller: &Caller, hash: &str, entry: AuditId, action: &str) -> Statement {
    Statement::new(
        format!(
            "INSERT INTO audit ({COLUMNS}) \
             SELECT ?3, s.workspace_id, ?2, json_object('user', s.user_id), s.user_id, \
             json_object('session', s.id), ?4, s.id, 'done', NULL, NULL, ?5, ?6, ?7 \
             FROM sessions s \
             WHERE s.token_hash = ?1 AND s.revoked_at IS NULL AND s.expires_at > ?2"
        ),
        of_caller(caller, hash.to_owned(), entry, action),
    )
}

/// The statement that appends an entry.
///
/// # Errors
/// `Internal` when a part can't be written as JSON.
pub(super) fn insert(entry: &AuditEntry) -> Result<Statement> {
    let sql = format!(
        "INSERT INTO audit ({COLUMNS}) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)"
    );
    Ok(Statement::new(sql, params(entry)?))
}

/// An entry's columns in their order.
fn params(entry: &AuditEntry) -> Result<[Value; 14]> {
    let actor_id = match entry.actor {
        Actor::User(user) => user.to_string(),
        Actor::Run(run) => run.to_string(),
        Actor::System => "system".to_owned(),
    };
    Ok([
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
        entry.particulars.as_ref().map(json).transpose()?.into(),
        entry.origin.network.as_str().into(),
        entry.origin.agent.as_str().into(),
        entry.origin.request_id.as_str().into(),
    ])
}
