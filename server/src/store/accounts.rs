//! People, workspaces, members, agents, sessions and attempts to sign in.

use domain::account::{
    ATTEMPT_WINDOW_MS, Attempts, Email, PasswordHash, Session, SignInScene, User,
};
use domain::actor::{Credential, Role};
use domain::agent::{Agent, AgentKind};
use domain::context::Caller;
use domain::ids::WorkspaceId;
use domain::ports::Read;
use domain::views::Person;
use domain::workspace::{Membership, Workspace};
use domain::{Error, Result, Timestamp};

use crate::database::{DatabaseInconsistency, Row, Rows, Statement};
use crate::store::SqlStore;
use crate::store::fault::{fault, inconsistency};
use crate::store::reading::{Reading, nobody};
use crate::store::upsert::json;

/// How many outlived rows one sign-in takes along.
const SWEEP: &str = "20";

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
        let statement = Statement::new(
            "SELECT e.version FROM events e WHERE e.stream = ?1 LIMIT 1",
            ["installation".into()],
        );
        let rows = self.database.query(statement).await.map_err(|error| fault(&error))?;
        Ok(!rows.0.is_empty())
    }

    pub(super) async fn count_attempt(
        &self,
        email: &Email,
        address: &str,
        now: Timestamp,
    ) -> Result<SignInScene> {
        let statements = vec![
            attempt(&email_key(email), now),
            attempt(&format!("address:{address}"), now),
            Statement::new(
                "SELECT u.id, u.name, u.email, u.password_hash, u.created_at, m.workspace_id \
                 FROM users u JOIN members m ON m.user_id = u.id \
                 WHERE u.email = ?1 ORDER BY m.joined_at, m.workspace_id LIMIT 1",
                [email.as_str().into()],
            ),
            // A stranger can make a row for any address: outlived ones go with the next attempts.
            Statement::new(
                format!(
                    "DELETE FROM sign_in_attempts WHERE key IN (SELECT a.key \
                     FROM sign_in_attempts a WHERE a.window_ends_at <= ?1 \
                     ORDER BY a.window_ends_at LIMIT {SWEEP})"
                ),
                [now.0.into()],
            ),
        ];
        let mut answers =
            self.database.batch(statements).await.map_err(|error| fault(&error))?.into_iter();
        let mut first = |table: &'static str| (table, answers.next().unwrap_or_default());
        let (at_email, email_left) = one(first("sign_in_attempts"), counted)?.unwrap_or((1, 0));
        let (at_address, address_left) = one(first("sign_in_attempts"), counted)?.unwrap_or((1, 0));
        let user = one(first("users"), user)?;
        let window_left_ms = email_left.max(address_left).saturating_sub(now.0).max(0);
        let attempts = Attempts { email: at_email, address: at_address, window_left_ms };
        Ok(SignInScene { user, attempts })
    }

    pub(super) async fn insert_session(&self, session: &Session, email: &Email) -> Result<()> {
        let mut transaction = self.database.transaction();
        transaction.push(insert_session(session));
        transaction.push(Statement::new(
            "DELETE FROM sign_in_attempts WHERE key = ?1",
            [email_key(email).into()],
        ));
        transaction.push(Statement::new(
            format!(
                "DELETE FROM sessions WHERE id IN (SELECT s.id FROM sessions s \
                 WHERE s.expires_at <= ?1 ORDER BY s.expires_at LIMIT {SWEEP})"
            ),
            [session.created_at.0.into()],
        ));
        transaction.commit().await.map(|_| ()).map_err(|error| fault(&error))
    }

    pub(super) async fn end_session(&self, caller: &Caller) -> Result<()> {
        let Credential::Session(hash) = &caller.credential else {
            return Ok(());
        };
        let statement = Statement::new(
            "UPDATE sessions SET revoked_at = ?2 WHERE token_hash = ?1 AND revoked_at IS NULL",
            [hex::encode(hash).into(), caller.now.0.into()],
        );
        self.database.execute(statement).await.map_err(|error| fault(&error))
    }
}

fn one<T>(
    (table, rows): (&str, Rows),
    read: impl Fn(&Row) -> Result<T, DatabaseInconsistency>,
) -> Result<Option<T>, Error> {
    rows.0.first().map(read).transpose().map_err(|wrong| inconsistency(table, &wrong))
}

fn email_key(email: &Email) -> String {
    format!("email:{}", email.as_str())
}

/// Counts one attempt. A window that has ended starts anew, and so does one that ends further
/// ahead than any can: then the clock went back.
fn attempt(key: &str, now: Timestamp) -> Statement {
    Statement::new(
        "INSERT INTO sign_in_attempts (key, attempts, window_ends_at) VALUES (?1, 1, ?3) \
         ON CONFLICT (key) DO UPDATE SET \
         attempts = CASE WHEN window_ends_at > ?2 AND window_ends_at <= ?3 \
         THEN attempts + 1 ELSE 1 END, \
         window_ends_at = CASE WHEN window_ends_at > ?2 AND window_ends_at <= ?3 \
         THEN window_ends_at ELSE ?3 END \
         RETURNING key, attempts, window_ends_at",
        [key.into(), now.0.into(), now.plus_ms(ATTEMPT_WINDOW_MS).0.into()],
    )
}

fn counted(row: &Row) -> Result<(u32, i64), DatabaseInconsistency> {
    Ok((row.number("attempts")?, row.integer("window_ends_at")?))
}

fn user(row: &Row) -> Result<(User, WorkspaceId), DatabaseInconsistency> {
    let email =
        row.word("email", |text| Email::parse(text).ok().filter(|email| email.as_str() == text))?;
    let user = User {
        id: row.parse("id")?,
        name: row.string("name")?,
        email,
        password_hash: PasswordHash(row.string("password_hash")?),
        created_at: row.time("created_at")?,
    };
    Ok((user, row.parse("workspace_id")?))
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
        "INSERT INTO sessions (id, token_hash, user_id, workspace_id, device, created_at, \
         expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        [
            session.id.to_string().into(),
            hex::encode(session.token_hash).into(),
            session.user.to_string().into(),
            session.workspace.to_string().into(),
            session.device.as_str().into(),
            session.created_at.0.into(),
            session.expires_at.0.into(),
        ],
    )
}

pub(super) fn upsert_workspace(workspace: &Workspace) -> Statement {
    Statement::new(
        "INSERT INTO workspaces (id, name, created_at, version, hash) VALUES (?1, ?2, ?3, ?4, ?5) \
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, version = excluded.version, \
         hash = excluded.hash",
        [
            workspace.id.to_string().into(),
            workspace.name.as_str().into(),
            workspace.created_at.0.into(),
            workspace.head.version.into(),
            workspace.head.hash.0.as_str().into(),
        ],
    )
}

pub(super) fn upsert_member(membership: &Membership) -> Statement {
    Statement::new(
        "INSERT INTO members (workspace_id, user_id, role, joined_at) VALUES (?1, ?2, ?3, ?4) \
         ON CONFLICT (workspace_id, user_id) DO UPDATE SET role = excluded.role",
        [
            membership.workspace.to_string().into(),
            membership.user.to_string().into(),
            membership.role.as_str().into(),
            membership.joined_at.0.into(),
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
