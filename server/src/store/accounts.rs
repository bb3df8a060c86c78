//! People, workspaces, members, agents, sessions.

use domain::account::{Email, PasswordHash, SIGNED_OUT, Session, User};
use domain::actor::{Credential, Role};
use domain::agent::{Agent, AgentKind};
use domain::context::Caller;
use domain::ids::{AuditId, WorkspaceId};
use domain::ports::Read;
use domain::views::Person;
use domain::{Error, Result};

use crate::database::{DatabaseInconsistency, Row, Rows, Statement};
use crate::store::fault::{fault, inconsistency};
use crate::store::reading::{Reading, nobody};
use crate::store::upsert::json;
use crate::store::{SqlStore, audit};

impl SqlStore {
    pub(super) async fn read_principal(&self, caller: &Caller) -> Result<Read<()>> {
        let Some(reading) = Reading::begin(caller) else {
            return Ok(nobody());
        };
        if matches!(caller.credential, Credential::System) {
            let principal = domain::actor::Principal::System;
            return Ok(Read { principal, answered: None, data: () });
        }
        Ok(reading.run(&*self.database).await?.with(()))
    }

    pub(super) async fn has_setup_event(&self) -> Result<bool> {
        let rows = self.database.query(setup_event()).await.map_err(|error| fault(&error))?;
        Ok(!rows.0.is_empty())
    }

    pub(super) async fn end_session(
        &self,
        caller: &Caller,
        entry: AuditId,
    ) -> Result<Option<WorkspaceId>> {
        let Credential::Session(hash) = &caller.credential else {
            return Ok(None);
        };
        let hash = hex::encode(hash);
        let mut transaction = self.database.transaction();
        transaction.push(audit::of_session(caller, &hash, entry, SIGNED_OUT));
        transaction.push(Statement::new(
            "UPDATE sessions SET revoked_at = ?2 WHERE token_hash = ?1 AND revoked_at IS NULL \
             RETURNING workspace_id",
            [hash.into(), caller.now.0.into()],
        ));
        let rows = transaction.commit().await.map_err(|error| fault(&error))?;
        one(("sessions", rows.into_iter().last().unwrap_or_default()), |row| {
            row.parse("workspace_id")
        })
    }
}

/// The stream of the first visit.
pub(super) const INSTALLATION: &str = "installation";

pub(super) fn setup_event() -> Statement {
    Statement::new(
        "SELECT e.version FROM events e WHERE e.stream = ?1 LIMIT 1",
        [INSTALLATION.into()],
    )
}

pub(super) fn one<T>(
    (table, rows): (&str, Rows),
    read: impl Fn(&Row) -> Result<T, DatabaseInconsistency>,
) -> Result<Option<T>, Error> {
    rows.0.first().map(read).transpose().map_err(|wrong| inconsistency(table, &wrong))
}

/// A row of `users`.
pub(super) fn user(row: &Row) -> Result<User, DatabaseInconsistency> {
    let email =
        row.word("email", |text| Email::parse(text).ok().filter(|email| email.as_str() == text))?;
    Ok(User {
        id: row.parse("id")?,
        name: row.string("name")?,
        email,
        password_hash: PasswordHash(row.string("password_hash")?),
        created_at: row.time("created_at")?,
    })
}

/// A row of `members m JOIN users u`, as `u.id, u.name, m.role`.
pub(super) fn person(row: &Row) -> Result<Person, DatabaseInconsistency> {
    Ok(Person {
        id: row.parse("id")?,
        name: row.string("name")?,
        role: row.word("role", Role::parse)?,
    })
}

/// A row of `agents`.
pub(super) fn agent(row: &Row) -> Result<Agent, DatabaseInconsistency> {
    let kind = row.word("kind", |word| match word {
        "script" => Some(AgentKind::Script),
        _ => None,
    })?;
    Ok(Agent {
        id: row.parse("id")?,
        workspace: row.parse("workspace_id")?,
        name: row.string("name")?,
        kind,
    })
}

pub(super) fn insert_user(user: &User) -> Statement {
    Statement::new(
        "INSERT INTO users (id, name, email, password_hash, created_at) \
         VALUES (?1, ?2, ?3, ?4, ?5)",
        [
            user.id.to_string().into(),
            user.name.as_str().into(),
            user.email.as_str().into(),
            user.password_hash.0.as_str().into(),
            user.created_at.0.into(),
        ],
    )
}

pub(super) fn insert_session(session: &Session) -> Statement {
    Statement::new(
        "INSERT INTO sessions (id, token_hash, user_id, workspace_id, device, network, \
         created_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        [
            session.id.to_string().into(),
            hex::encode(session.token_hash).into(),
            session.user.to_string().into(),
            session.workspace.to_string().into(),
            session.device.as_str().into(),
            session.network.as_str().into(),
            session.created_at.0.into(),
            session.expires_at.0.into(),
        ],
    )
}

pub(super) fn upsert_agent(agent: &Agent) -> Result<Statement> {
    // The kind's word is its JSON without the quotes.
    let kind = json(&agent.kind)?;
    Ok(Statement::new(
        "INSERT INTO agents (id, workspace_id, name, kind) VALUES (?1, ?2, ?3, ?4) \
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, kind = excluded.kind",
        [
            agent.id.to_string().into(),
            agent.workspace.to_string().into(),
            agent.name.as_str().into(),
            kind.trim_matches('"').into(),
        ],
    ))
}
