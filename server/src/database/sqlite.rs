//! The native database: SQLite in a file or in memory, with D1's limits.

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use rusqlite::limits::Limit;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ToSql, TransactionBehavior};
use serde_json::{Map, Value as Json};

use crate::database::{Database, DatabaseError, Row, Rows, Statement, Value};

/// What D1 limits its own SQLite to.
const LIMITS: [(Limit, i32); 9] = [
    (Limit::SQLITE_LIMIT_SQL_LENGTH, 100_000),
    (Limit::SQLITE_LIMIT_COLUMN, 100),
    (Limit::SQLITE_LIMIT_EXPR_DEPTH, 100),
    (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 5),
    (Limit::SQLITE_LIMIT_FUNCTION_ARG, 32),
    (Limit::SQLITE_LIMIT_ATTACHED, 0),
    (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 50),
    (Limit::SQLITE_LIMIT_VARIABLE_NUMBER, 100),
    (Limit::SQLITE_LIMIT_TRIGGER_DEPTH, 10),
];

/// A native SQLite database.
pub struct SqliteDatabase {
    connection: Mutex<Connection>,
}

impl SqliteDatabase {
    /// An empty database that lives as long as this value.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn in_memory() -> Result<Self, DatabaseError> {
        Connection::open_in_memory().and_then(Self::prepare).map_err(|e| translate(&e))
    }

    fn prepare(connection: Connection) -> rusqlite::Result<Self> {
        connection.execute_batch("PRAGMA foreign_keys = ON; PRAGMA journal_mode = WAL;")?;
        for (limit, most) in LIMITS {
            connection.set_limit(limit, most)?;
        }
        connection.set_prepared_statement_cache_capacity(256);
        Ok(Self { connection: Mutex::new(connection) })
    }

    /// Runs a migration's statements.
    ///
    /// # Errors
    /// When one of them fails; nothing of the file is kept then.
    pub fn migrate(&self, sql: &str) -> Result<(), DatabaseError> {
        let mut connection = self.lock();
        let transaction = connection.transaction().map_err(|e| translate(&e))?;
        transaction.execute_batch(sql).map_err(|e| translate(&e))?;
        transaction.commit().map_err(|e| translate(&e))
    }

    // A panic elsewhere left no half-done transaction: dropping one rolls it back.
    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Database for SqliteDatabase {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DatabaseError> {
        let mut connection = self.lock();
        let behavior = if statements.iter().all(Statement::is_read) {
            TransactionBehavior::Deferred
        } else {
            TransactionBehavior::Immediate
        };
        let transaction =
            connection.transaction_with_behavior(behavior).map_err(|e| translate(&e))?;
        let mut answers = Vec::with_capacity(statements.len());
        for statement in &statements {
            statement.check()?;
            answers.push(run(&transaction, statement)?);
        }
        transaction.commit().map_err(|e| translate(&e))?;
        Ok(answers)
    }
}

fn run(connection: &Connection, statement: &Statement) -> Result<Rows, DatabaseError> {
    let mut prepared = connection.prepare_cached(&statement.sql).map_err(|error| {
        DatabaseError::Internal { cause: format!("{error} in {}", statement.sql) }
    })?;
    let names: Vec<String> = prepared.column_names().into_iter().map(str::to_owned).collect();
    let params = rusqlite::params_from_iter(statement.params.iter());
    let mut cursor = prepared.query(params).map_err(|e| translate(&e))?;
    let mut rows = vec![];
    while let Some(row) = cursor.next().map_err(|e| translate(&e))? {
        let mut columns = Map::new();
        for (index, name) in names.iter().enumerate() {
            let value = json(row.get_ref(index).map_err(|e| translate(&e))?)?;
            // D1 gives objects: two columns of one name would silently become one.
            if columns.insert(name.clone(), value).is_some() {
                let cause = format!("two columns named {name} in {}", statement.sql);
                return Err(DatabaseError::Internal { cause });
            }
        }
        rows.push(Row::new(columns));
    }
    Ok(Rows(rows))
}

fn json(value: ValueRef<'_>) -> Result<Json, DatabaseError> {
    match value {
        ValueRef::Null => Ok(Json::Null),
        ValueRef::Integer(number) => Ok(Json::from(number)),
        ValueRef::Real(number) => Ok(Json::from(number)),
        ValueRef::Text(bytes) => Ok(Json::from(String::from_utf8_lossy(bytes).into_owned())),
        ValueRef::Blob(_) => Err(DatabaseError::Internal { cause: "a blob".to_owned() }),
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

fn translate(error: &rusqlite::Error) -> DatabaseError {
    DatabaseError::from_message(&error.to_string())
}
