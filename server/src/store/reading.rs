//! One read batch: who asks, whether they asked before, and what they ask for.
//!
//! A person's statements are confined to the workspace that their session has open by a subselect
//! on the session's hash, in the same batch: another workspace's ids answer exactly as missing
//! ones, and a revoked session or a lost membership reads nothing. In every statement `?1` and `?2`
//! are the caller's; its own parameters begin at `?3`.

use domain::actor::{Credential, Member, Principal, Role};
use domain::context::Caller;
use domain::idempotency::Answered;
use domain::ports::Read;
use domain::{Error, Result, Timestamp};

use crate::database::{Database, DatabaseInconsistency, Row, Rows, Statement, Value};
use crate::store::answers;
use crate::store::fault::{fault, inconsistency};

/// The rows of the caller's session that hold at the moment of the request. A clock that went back
/// prolongs none: one that seems to begin more than five minutes ahead doesn't hold.
const SESSION: &str = "FROM sessions s \
     JOIN members m ON m.workspace_id = s.workspace_id AND m.user_id = s.user_id \
     WHERE s.token_hash = ?1 AND s.revoked_at IS NULL AND s.expires_at > ?2 \
     AND s.created_at <= ?2 + 300000";

/// A scalar that is nothing. It names the caller's parameters, since every statement must.
const NOBODYS: &str = "(SELECT NULL WHERE ?1 = ?2)";

/// Whose rows may be read.
enum Scope {
    /// Those of the workspace that this session has open.
    Session { token_hash: String },
    /// Everybody's, by id: MonoTask itself.
    System,
}

/// A read batch that is being put together.
pub(super) struct Reading {
    scope: Scope,
    now: Timestamp,
    statements: Vec<Statement>,
    asks_answer: bool,
}

impl Reading {
    /// The batch of this caller; none for somebody who shows no credential and so reads nothing.
    pub fn begin(caller: &Caller) -> Option<Self> {
        let scope = match &caller.credential {
            Credential::Anonymous => return None,
            Credential::Session(hash) => Scope::Session { token_hash: hex::encode(hash) },
            Credential::System => Scope::System,
        };
        let is_person = matches!(scope, Scope::Session { .. });
        let mut reading = Self { scope, now: caller.now, statements: vec![], asks_answer: false };
        if is_person {
            reading.push(
                "SELECT s.id AS session_id, s.workspace_id, w.name AS workspace_name, u.id, \
                 u.name, u.email, m.role \
                 FROM sessions s \
                 JOIN members m ON m.workspace_id = s.workspace_id AND m.user_id = s.user_id \
                 JOIN users u ON u.id = s.user_id \
                 JOIN workspaces w ON w.id = s.workspace_id \
                 WHERE s.token_hash = ?1 AND s.revoked_at IS NULL AND s.expires_at > ?2 \
                 AND s.created_at <= ?2 + 300000",
                [],
            );
        }
        if let (true, Some(key)) = (is_person, &caller.idempotency_key) {
            reading.asks_answer = true;
            let user = reading.user();
            reading.push(
                format!(
                    "SELECT i.operation, i.request, i.answer FROM idempotency i \
                     WHERE i.user_id = {user} AND i.key = ?3 AND i.at > ?4"
                ),
                [key.as_str().into(), answers::forgotten_before(caller.now).0.into()],
            );
        }
        Some(reading)
    }

    /// The moment of the request.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The caller's workspace, as a scalar; for MonoTask itself, which has none, `NULL`.
    pub fn workspace(&self) -> String {
        match self.scope {
            Scope::Session { .. } => format!("(SELECT s.workspace_id {SESSION})"),
            Scope::System => NOBODYS.to_owned(),
        }
    }

    /// The caller, as a scalar; for MonoTask itself `NULL`.
    pub fn user(&self) -> String {
        match self.scope {
            Scope::Session { .. } => format!("(SELECT s.user_id {SESSION})"),
            Scope::System => NOBODYS.to_owned(),
        }
    }

    /// The condition that the rows of the table under this alias are the caller's to read.
    pub fn mine(&self, alias: &str) -> String {
        match self.scope {
            Scope::Session { .. } => format!("{alias}.workspace_id = {}", self.workspace()),
            Scope::System => "?1 IS NULL AND ?2 IS NOT NULL".to_owned(),
        }
    }

    /// Adds a statement whose own parameters begin at `?3`.
    pub fn push(
        &mut self,
        sql: impl Into<std::borrow::Cow<'static, str>>,
        params: impl IntoIterator<Item = Value>,
    ) {
        let token = match &self.scope {
            Scope::Session { token_hash } => Value::Text(token_hash.clone()),
            Scope::System => Value::Null,
        };
        let mut all = vec![token, Value::Integer(self.now.0)];
        all.extend(params);
        self.statements.push(Statement::new(sql, all));
    }

    /// Runs the batch.
    ///
    /// # Errors
    /// `Unavailable`, `Internal`.
    pub async fn run(self, database: &dyn Database) -> Result<Answer> {
        let rows = database.batch(self.statements).await.map_err(|error| fault(&error))?;
        let mut answer =
            Answer { principal: Principal::System, answered: None, rows: rows.into_iter() };
        if matches!(self.scope, Scope::Session { .. }) {
            answer.principal =
                answer.one("sessions", member)?.map_or(Principal::SignedOut, Principal::Member);
        }
        if self.asks_answer {
            answer.answered = answer.one("idempotency", answers::answered)?;
        }
        Ok(answer)
    }
}

/// What a read batch gave: its statements' rows are taken in their order.
pub(super) struct Answer {
    pub principal: Principal,
    answered: Option<Answered>,
    rows: std::vec::IntoIter<Rows>,
}

impl Answer {
    /// All rows of the next statement.
    ///
    /// # Errors
    /// `Internal` when one can't be.
    pub fn all<T>(
        &mut self,
        table: &str,
        read: impl Fn(&Row) -> Result<T, DatabaseInconsistency>,
    ) -> Result<Vec<T>> {
        let rows = self.rows.next().unwrap_or_default();
        rows.0.iter().map(|row| read(row).map_err(|wrong| inconsistency(table, &wrong))).collect()
    }

    /// The first row of the next statement.
    ///
    /// # Errors
    /// As [`Answer::all`].
    pub fn one<T>(
        &mut self,
        table: &str,
        read: impl Fn(&Row) -> Result<T, DatabaseInconsistency>,
    ) -> Result<Option<T>> {
        Ok(self.all(table, read)?.into_iter().next())
    }

    /// The first row of the next statement, which always has one, such as a count.
    ///
    /// # Errors
    /// As [`Answer::all`].
    pub fn count(&mut self, table: &str) -> Result<i64> {
        self.one(table, |row| row.integer("n"))?.ok_or(Error::Internal)
    }

    /// The read with this data; for a caller who turned out to be signed out, without.
    pub fn with<T: Default>(self, data: T) -> Read<T> {
        match self.principal {
            Principal::SignedOut => nobody(),
            principal => Read { principal, answered: self.answered, data },
        }
    }
}

/// What somebody who isn't signed in reads.
pub(super) fn nobody<T: Default>() -> Read<T> {
    Read { principal: Principal::SignedOut, answered: None, data: T::default() }
}

fn member(row: &Row) -> Result<Member, DatabaseInconsistency> {
    Ok(Member {
        session: row.parse("session_id")?,
        workspace: row.parse("workspace_id")?,
        workspace_name: row.string("workspace_name")?,
        user: row.parse("id")?,
        name: row.string("name")?,
        email: row.string("email")?,
        role: row.word("role", Role::parse)?,
    })
}
