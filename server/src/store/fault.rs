//! Turning the database's failures into the domain's errors. The cause goes to the log.

use domain::{Error, Field, Problem};

use crate::database::{DatabaseError, DatabaseInconsistency, MAX_ROW_BYTES, report};

/// The error of a failed read, or of a failed write that has no meaning of its own.
pub(super) fn fault(error: &DatabaseError) -> Error {
    match error {
        DatabaseError::Unavailable { .. } => {
            report("database_unavailable", error);
            Error::Unavailable
        }
        DatabaseError::TooLarge { .. } => {
            Error::invalid(Field::Form, Problem::TooLarge { max: MAX_ROW_BYTES as u64 })
        }
        DatabaseError::Unique { .. }
        | DatabaseError::NotNull { .. }
        | DatabaseError::Constraint { .. }
        | DatabaseError::Internal { .. } => {
            report("database_fault", error);
            Error::Internal
        }
    }
}

/// The error of a row that can't be.
pub(super) fn inconsistency(table: &str, wrong: &DatabaseInconsistency) -> Error {
    report("database_inconsistency", &format!("table {table}: {wrong}"));
    Error::Internal
}

/// The error of something that the code of the store itself should have made impossible.
pub(super) fn bug(what: &str) -> Error {
    report("store_fault", &what);
    Error::Internal
}
