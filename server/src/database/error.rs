//! What can go wrong with a database, whichever it is.

use core::fmt;

/// Why a batch failed. Nothing of it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatabaseError {
    /// A row with these values exists already.
    Unique {
        /// The columns that must be unique, as SQLite names them: `events.stream, events.version`.
        columns: String,
    },
    /// A column that must hold something got nothing. Statements use it as their guard.
    NotNull {
        /// The column: `runs.version`.
        column: String,
    },
    /// A check or a reference doesn't hold: a fault of ours.
    Constraint {
        /// The database's words.
        cause: String,
    },
    /// One statement binds more than a row may hold.
    TooLarge {
        /// How many bytes.
        bytes: usize,
    },
    /// The database can't be reached or has too much to do; a later try can succeed.
    Unavailable {
        /// The database's words.
        cause: String,
    },
    /// Anything else: a fault of ours.
    Internal {
        /// The database's words.
        cause: String,
    },
}

/// What D1 says when a later try can succeed.
const PASSING: [&str; 10] = [
    "overloaded",
    "Network connection lost",
    "storage caused object to be reset",
    "reset because its code was updated",
    "starting up D1 DB storage",
    "Cannot resolve D1 DB due to transient issue",
    "Can't read from request stream because client disconnected",
    "storage operation exceeded timeout",
    "exceeded its CPU time limit",
    "SQLITE_BUSY",
];

impl DatabaseError {
    /// The error that a database's message means. Both databases end in SQLite's words; D1 wraps
    /// them in its own.
    pub fn from_message(message: &str) -> Self {
        if let Some(columns) = after(message, "UNIQUE constraint failed: ") {
            return Self::Unique { columns };
        }
        if let Some(column) = after(message, "NOT NULL constraint failed: ") {
            return Self::NotNull { column };
        }
        let cause = message.to_owned();
        if message.contains("constraint failed") {
            return Self::Constraint { cause };
        }
        if PASSING.iter().any(|words| message.contains(words)) {
            return Self::Unavailable { cause };
        }
        Self::Internal { cause }
    }

    /// Whether a read may be tried again at once. A database that has too much to do has even more
    /// with every try.
    pub fn is_worth_a_retry(&self) -> bool {
        matches!(self, Self::Unavailable { cause } if !cause.contains("overloaded"))
    }

    /// Whether a unique index over exactly these columns was violated.
    pub fn is_unique(&self, of: &str) -> bool {
        matches!(self, Self::Unique { columns } if columns == of)
    }
}

/// The names that follow `words`: identifiers, dots, commas and single spaces.
fn after(message: &str, words: &str) -> Option<String> {
    let (_, rest) = message.split_once(words)?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | ',' | ' ');
    let end = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
    Some(rest.get(..end).unwrap_or_default().trim().to_owned())
}

impl fmt::Display for DatabaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unique { columns } => write!(f, "not unique: {columns}"),
            Self::NotNull { column } => write!(f, "nothing in {column}"),
            Self::Constraint { cause } => write!(f, "constraint: {cause}"),
            Self::TooLarge { bytes } => write!(f, "a row of {bytes} bytes"),
            Self::Unavailable { cause } => write!(f, "unavailable: {cause}"),
            Self::Internal { cause } => f.write_str(cause),
        }
    }
}

impl std::error::Error for DatabaseError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_overloaded_is_left_alone() {
        let worth = |message| DatabaseError::from_message(message).is_worth_a_retry();
        assert!(!worth("D1_ERROR: D1 DB is overloaded. Too many requests queued."));
        assert!(worth("D1_ERROR: Network connection lost."));
        assert!(!worth("no such table: tsks"));
    }

    #[test]
    fn both_databases_words_mean_the_same() {
        let expected =
            DatabaseError::Unique { columns: "events.stream, events.version".to_owned() };
        for message in [
            "UNIQUE constraint failed: events.stream, events.version",
            "D1_ERROR: UNIQUE constraint failed: events.stream, events.version: SQLITE_CONSTRAINT",
            "UNIQUE constraint failed: events.stream, events.version: SQLITE_CONSTRAINT (extended: \
             SQLITE_CONSTRAINT_UNIQUE)",
        ] {
            assert_eq!(DatabaseError::from_message(message), expected, "{message}");
        }
        assert_eq!(
            DatabaseError::from_message("D1_ERROR: NOT NULL constraint failed: runs.version"),
            DatabaseError::NotNull { column: "runs.version".to_owned() }
        );
        assert!(matches!(
            DatabaseError::from_message(
                "D1_ERROR: D1 DB is overloaded. Requests queued for too long."
            ),
            DatabaseError::Unavailable { .. }
        ));
        assert!(matches!(
            DatabaseError::from_message(
                "D1_ERROR: FOREIGN KEY constraint failed: SQLITE_CONSTRAINT"
            ),
            DatabaseError::Constraint { .. }
        ));
        assert!(matches!(
            DatabaseError::from_message("no such table: tsks"),
            DatabaseError::Internal { .. }
        ));
    }
}
