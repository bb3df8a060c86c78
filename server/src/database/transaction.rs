//! Collecting statements that are committed together.

use crate::database::{Database, DatabaseError, Rows, Statement};

/// Statements on their way to one commit. D1 has no interactive transaction: the guard against a
/// lost race is a constraint that one of the statements violates, which undoes them all.
#[must_use = "nothing is written before the commit"]
pub struct Transaction<'a> {
    database: &'a (dyn Database + 'a),
    statements: Vec<Statement>,
}

impl<'a> Transaction<'a> {
    pub(super) fn new(database: &'a (dyn Database + 'a)) -> Self {
        Self { database, statements: vec![] }
    }

    /// Adds a statement.
    pub fn push(&mut self, statement: Statement) {
        self.statements.push(statement);
    }

    /// Commits what was collected, all or none, in one round trip. May be called again after a
    /// failure.
    ///
    /// # Errors
    /// As [`Database::batch`].
    pub async fn commit(&self) -> Result<Vec<Rows>, DatabaseError> {
        self.database.batch(self.statements.clone()).await
    }
}
