//! Counting what a request costs: round trips and statements.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;

use crate::database::{Database, DatabaseError, Rows, Statement};

/// What was asked of a database so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Batches.
    pub round_trips: u32,
    /// Statements in them.
    pub statements: u32,
}

/// A database that counts. One per request: the counts then are the request's.
pub struct Counting {
    inner: Arc<dyn Database>,
    round_trips: AtomicU32,
    statements: AtomicU32,
}

impl Counting {
    /// Counts what goes to `inner` from here on.
    pub fn new(inner: Arc<dyn Database>) -> Self {
        Self { inner, round_trips: AtomicU32::new(0), statements: AtomicU32::new(0) }
    }

    /// What was asked so far.
    pub fn counts(&self) -> Counts {
        Counts {
            round_trips: self.round_trips.load(Ordering::Relaxed),
            statements: self.statements.load(Ordering::Relaxed),
        }
    }
}

#[async_trait]
impl Database for Counting {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DatabaseError> {
        let count = u32::try_from(statements.len()).unwrap_or(u32::MAX);
        self.round_trips.fetch_add(1, Ordering::Relaxed);
        self.statements.fetch_add(count, Ordering::Relaxed);
        self.inner.batch(statements).await
    }
}
