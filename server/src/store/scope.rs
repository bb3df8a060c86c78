//! What a credential reaches: the rows that it stands for, as SQL.

use domain::actor::Credential;
use domain::scope::Scopes;

use crate::database::Value;

/// The rows of the caller's session that hold at the moment of the request. A clock that went back
/// prolongs none: one that seems to begin more than five minutes ahead doesn't hold.
const SESSION: &str = "FROM sessions s \
     JOIN members m ON m.workspace_id = s.workspace_id AND m.user_id = s.user_id \
     WHERE s.token_hash = ?1 AND s.revoked_at IS NULL AND s.expires_at > ?2 \
     AND s.created_at <= ?2 + 300000";

/// As [`SESSION`], of the caller's key, by its secret or by a token that was exchanged for it. One of
/// somebody who left and came back stays dead.
const KEY: &str = "FROM api_keys s \
     JOIN members m ON m.workspace_id = s.workspace_id AND m.user_id = s.user_id \
     WHERE s.secret_hash = ?1 AND s.revoked_at IS NULL AND m.joined_at <= s.created_at \
     AND COALESCE(s.expires_at, ?2 + 1) > ?2 AND s.created_at <= ?2 + 300000";
const KEY_TOKEN: &str = "FROM api_keys s \
     JOIN members m ON m.workspace_id = s.workspace_id AND m.user_id = s.user_id \
     WHERE s.id = ?1 AND s.revoked_at IS NULL AND m.joined_at <= s.created_at \
     AND COALESCE(s.expires_at, ?2 + 1) > ?2 AND s.created_at <= ?2 + 300000";
/// As [`SESSION`], of the caller's own run while it holds its lease.
const RUN: &str = "FROM runs s WHERE s.id = ?1 AND s.lease_token IS NOT NULL \
     AND s.lease_expires_at > ?2";

/// Whose rows may be read.
#[derive(Clone)]
pub(super) enum Scope {
    /// Those of the workspace that this session has open.
    Session,
    /// Those of this key's workspace or project.
    Key { by: &'static str, narrowed: Option<Scopes> },
    /// Those of this run's project.
    Run { lease: String },
    /// Everybody's, by id: MonoTask itself.
    System,
}

impl Scope {
    /// What a credential reaches, and the parameter `?1` that stands for it; none without one.
    pub fn of(credential: &Credential) -> Option<(Self, Value)> {
        Some(match credential {
            Credential::Anonymous => return None,
            Credential::Session(hash) => (Self::Session, hex::encode(hash).into()),
            Credential::Key(hash) => {
                (Self::Key { by: KEY, narrowed: None }, hex::encode(hash).into())
            }
            Credential::KeyToken { key, scopes } => {
                let narrowed = Some(scopes.clone());
                (Self::Key { by: KEY_TOKEN, narrowed }, key.to_string().into())
            }
            Credential::RunToken { run, lease } => {
                (Self::Run { lease: lease.clone() }, run.to_string().into())
            }
            Credential::System => (Self::System, Value::Null),
        })
    }

    /// The rows of what the caller shows, as a `FROM` whose first table is `s`.
    pub fn holder(&self) -> Option<&'static str> {
        match self {
            Self::Session => Some(SESSION),
            Self::Key { by, .. } => Some(by),
            Self::Run { .. } => Some(RUN),
            Self::System => None,
        }
    }

    /// The statement that tells who it is.
    pub fn principal(&self) -> Option<String> {
        let rows = self.holder()?;
        let person = "s.workspace_id, m.role, u.id, u.name, u.email, w.name AS workspace_name";
        let joined = "JOIN users u ON u.id = s.user_id JOIN workspaces w ON w.id = s.workspace_id";
        Some(match self {
            Self::Session => {
                let rows = rows.replacen(" WHERE", &format!(" {joined} WHERE"), 1);
                format!("SELECT s.id AS session_id, {person} {rows}")
            }
            Self::Key { .. } => {
                let rows = rows.replacen(" WHERE", &format!(" {joined} WHERE"), 1);
                format!(
                    "SELECT s.id AS key_id, s.scopes, s.project_id, s.expires_at, {person}, \
                     (SELECT json_group_array(o.origin) FROM allowed_origins o \
                     WHERE o.workspace_id = s.workspace_id) AS origins {rows}"
                )
            }
            Self::Run { .. } => format!(
                "SELECT s.id, s.task_id, s.project_id, s.workspace_id, s.lease_token {rows}"
            ),
            Self::System => return None,
        })
    }
}
