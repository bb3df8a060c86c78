//! One read batch: who asks, whether they asked before, and what they ask for.
//!
//! A caller's statements are confined to the workspace of their session, key or run by a subselect on
//! what they show, in the same batch: another workspace's ids answer exactly as missing ones, and a
//! revoked session or key, a lost membership or an expired lease reads nothing. A key that is for one
//! project reads nothing of another. In every statement `?1` and `?2` are the caller's; its own
//! parameters begin at `?3`.

use domain::actor::Principal;
use domain::context::{Caller, Witness};
use domain::idempotency::Answered;
use domain::ids::WorkspaceId;
use domain::ports::Read;
use domain::{Error, Field, Problem, Refusal, Result, Timestamp};

use crate::database::{Database, DatabaseInconsistency, Row, Rows, Statement, Value};
use crate::store::answers;
use crate::store::fault::{fault, inconsistency};
use crate::store::principal::{by_key, reporter, signed_in};
use crate::store::scope::Scope;

/// A scalar that is nothing. It names the caller's parameters, since every statement must.
const NOBODYS: &str = "(SELECT NULL WHERE ?1 = ?2)";

/// A read batch that is being put together.
pub(super) struct Reading {
    scope: Scope,
    /// What the caller shows, as the parameter `?1`.
    shown: Value,
    now: Timestamp,
    witness: Witness,
    /// The workspace that the caller must have open.
    expected: Option<WorkspaceId>,
    statements: Vec<Statement>,
    asks_answer: bool,
}

impl Reading {
    /// The batch of this caller; none for somebody who shows no credential and so reads nothing.
    pub fn begin(caller: &Caller) -> Option<Self> {
        let (scope, shown) = Scope::of(&caller.credential)?;
        let mut reading = Self {
            scope,
            shown,
            now: caller.now,
            witness: caller.witness.clone(),
            expected: caller.workspace,
            statements: vec![],
            asks_answer: false,
        };
        if let Some(principal) = reading.scope.principal() {
            reading.push(principal, []);
        }
        let is_person = matches!(reading.scope, Scope::Session | Scope::Key { .. });
        if let (true, Some(key)) = (is_person, &caller.idempotency_key) {
            reading.asks_answer = true;
            let user = reading.user();
            reading.push(
                format!(
                    "SELECT i.operation, i.request, i.answer, i.workspace_id FROM idempotency i \
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
        self.of_holder("workspace_id")
    }

    /// The caller, as a scalar; for a run and for MonoTask itself `NULL`.
    pub fn user(&self) -> String {
        match self.scope {
            Scope::Run { .. } => NOBODYS.to_owned(),
            _ => self.of_holder("user_id"),
        }
    }

    /// The only project that the caller's key reaches, or the run's own, as a scalar; `NULL` for a caller
    /// who reaches them all.
    pub fn project(&self) -> String {
        match self.scope {
            Scope::Session | Scope::System => NOBODYS.to_owned(),
            Scope::Key { .. } | Scope::Run { .. } => self.of_holder("project_id"),
        }
    }

    /// The condition that the caller reaches what is for this project, or for none of them.
    pub fn reaches(&self, project: &str) -> String {
        match self.scope {
            Scope::Key { .. } => {
                let own = self.project();
                format!("({own} IS NULL OR {project} = {own})")
            }
            Scope::Session => "?1 IS NOT NULL AND ?2 IS NOT NULL".to_owned(),
            Scope::Run { .. } | Scope::System => "?1 IS NULL AND ?2 IS NULL".to_owned(),
        }
    }

    fn of_holder(&self, column: &str) -> String {
        match self.scope.holder() {
            Some(rows) => format!("(SELECT s.{column} {rows})"),
            None => NOBODYS.to_owned(),
        }
    }

    /// The condition that the rows of the table under this alias, which has a `project_id`, are the
    /// caller's to read.
    pub fn mine(&self, alias: &str) -> String {
        self.confined(alias, "project_id")
    }

    /// As [`Reading::mine`], of the table of projects. MonoTask itself has none: it knows projects by
    /// their id, and a key names one in each workspace.
    pub fn my_projects(&self, alias: &str) -> String {
        match self.scope {
            Scope::System => format!("{alias}.workspace_id = {NOBODYS}"),
            _ => self.confined(alias, "id"),
        }
    }

    /// The condition that the membership under this alias is the caller's own; for a key only that in
    /// its workspace.
    pub fn my_memberships(&self, alias: &str) -> String {
        let own = format!("{alias}.user_id = {}", self.user());
        match self.scope {
            Scope::Key { .. } => {
                format!("{own} AND {alias}.workspace_id = {}", self.workspace())
            }
            _ => own,
        }
    }

    fn confined(&self, alias: &str, project: &str) -> String {
        let workspace = || format!("{alias}.workspace_id = {}", self.workspace());
        match self.scope {
            Scope::Session => workspace(),
            // A key without a project of its own compares each with itself.
            Scope::Key { .. } => format!(
                "{} AND {alias}.{project} = COALESCE({}, {alias}.{project})",
                workspace(),
                self.of_holder("project_id")
            ),
            Scope::Run { .. } => {
                format!("{} AND {alias}.{project} = {}", workspace(), self.of_holder("project_id"))
            }
            Scope::System => "?1 IS NULL AND ?2 IS NOT NULL".to_owned(),
        }
    }

    /// Adds a statement whose own parameters begin at `?3`.
    pub fn push(
        &mut self,
        sql: impl Into<std::borrow::Cow<'static, str>>,
        params: impl IntoIterator<Item = Value>,
    ) {
        let mut all = vec![self.shown.clone(), Value::Integer(self.now.0)];
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
        let principal = match &self.scope {
            Scope::System => Some(Principal::System),
            Scope::Session => answer.one("sessions", signed_in)?.map(Principal::Member),
            Scope::Key { narrowed, .. } => {
                let by_key = |row: &Row| by_key(row, narrowed.as_ref());
                answer.one("api_keys", by_key)?.map(Principal::Member)
            }
            Scope::Run { lease } => {
                answer.one("runs", |row| reporter(row, lease))?.flatten().map(Principal::Run)
            }
        };
        answer.principal = principal.unwrap_or(Principal::SignedOut);
        self.witness.note(&answer.principal);
        let open = answer.principal.workspace();
        if self.expected.is_some_and(|expected| open.is_some_and(|open| open != expected)) {
            return Err(Refusal::OtherWorkspace.into());
        }
        if self.asks_answer {
            let found = answer.one("idempotency", answers::answered_in)?;
            if let Some((answered, done_in)) = found {
                if done_in.is_some() && done_in != open {
                    return Err(Error::invalid(Field::Form, Problem::KeyReused));
                }
                answer.answered = Some(answered);
                self.witness.note_answered();
            }
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

    /// The next statement's rows as they are.
    pub fn rows(&mut self) -> Rows {
        self.rows.next().unwrap_or_default()
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

    /// Who asks, and whether they asked before.
    pub fn parts(self) -> (Principal, Option<Answered>) {
        (self.principal, self.answered)
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
