//! One adapter over two databases: D1 in the Worker, SQLite natively.
//!
//! Repositories are written once over [`Database`]. What D1 refuses, the native database refuses
//! too (100 parameters, 100 kB of SQL, 2 MB a row), so that a test natively means something.

use async_trait::async_trait;

mod counting;
mod error;
mod log;
mod row;
mod statement;
mod transaction;

#[cfg(target_arch = "wasm32")]
pub mod d1;
#[cfg(not(target_arch = "wasm32"))]
pub mod sqlite;

pub use counting::{Counting, Counts};
pub use error::DatabaseError;
pub use log::report;
pub use row::{DatabaseInconsistency, Row, Rows};
pub use statement::{MAX_INTEGER, MAX_PARAMS, MAX_ROW_BYTES, MAX_SQL_BYTES, Statement, Value};
pub use transaction::Transaction;

/// A database. Every method is one round trip.
#[async_trait]
pub trait Database: Send + Sync {
    /// Runs the statements in order, all or none, and gives each one's rows.
    ///
    /// # Errors
    /// [`DatabaseError`]; nothing was written then.
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DatabaseError>;

    /// Runs one statement and gives its rows.
    ///
    /// # Errors
    /// As [`Database::batch`].
    async fn query(&self, statement: Statement) -> Result<Rows, DatabaseError> {
        let mut answers = self.batch(vec![statement]).await?;
        Ok(answers.pop().unwrap_or_default())
    }

    /// Runs one statement for its effect.
    ///
    /// # Errors
    /// As [`Database::batch`].
    async fn execute(&self, statement: Statement) -> Result<(), DatabaseError> {
        self.query(statement).await.map(|_| ())
    }
}

impl dyn Database + '_ {
    /// Begins to collect statements that are committed together.
    pub fn transaction(&self) -> Transaction<'_> {
        Transaction::new(self)
    }
}
