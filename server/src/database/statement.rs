//! Statements and the values bound to them, with the platform's limits checked before they bite.

use std::borrow::Cow;

use crate::database::DatabaseError;

/// Most parameters of one statement. Lists go through `json_each(?)`.
pub const MAX_PARAMS: usize = 100;
/// Longest statement, in bytes.
pub const MAX_SQL_BYTES: usize = 100_000;
/// Most bytes of one row: what a statement binds may not exceed it.
pub const MAX_ROW_BYTES: usize = 2_000_000;
/// Greatest integer that D1 carries exactly: 2^53 - 1.
pub const MAX_INTEGER: i64 = (1 << 53) - 1;

/// A value that can be bound. There is no boolean (D1 answers 0 and 1), no float and no blob:
/// ids and hashes are text, times and sizes are whole numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Nothing.
    Null,
    /// A whole number; exact up to [`MAX_INTEGER`] either way.
    Integer(i64),
    /// Text.
    Text(String),
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Integer(i64::from(number))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// One SQL statement with its parameters, numbered `?1`, `?2`, …
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Its text.
    pub sql: Cow<'static, str>,
    /// What is bound, in order.
    pub params: Vec<Value>,
}

impl Statement {
    /// A statement.
    pub fn new(sql: impl Into<Cow<'static, str>>, params: impl Into<Vec<Value>>) -> Self {
        Self { sql: sql.into(), params: params.into() }
    }

    /// Whether it only reads, so that repeating it is harmless.
    pub fn is_read(&self) -> bool {
        let word = self.sql.trim_start().get(..6).unwrap_or_default();
        word.eq_ignore_ascii_case("SELECT")
    }

    /// Refuses what production would refuse, whatever the database at hand allows.
    ///
    /// # Errors
    /// [`DatabaseError::TooLarge`], or [`DatabaseError::Internal`] for a mistake of ours.
    pub fn check(&self) -> Result<(), DatabaseError> {
        let internal = |cause: String| Err(DatabaseError::Internal { cause });
        if self.sql.len() > MAX_SQL_BYTES {
            return internal(format!("a statement of {} bytes", self.sql.len()));
        }
        if self.params.len() > MAX_PARAMS {
            return internal(format!("{} parameters", self.params.len()));
        }
        let mut bytes = 0usize;
        for value in &self.params {
            bytes = bytes.saturating_add(match value {
                Value::Null => 1,
                Value::Integer(number) if number.unsigned_abs() > MAX_INTEGER.unsigned_abs() => {
                    return internal(format!("{number} isn't carried exactly"));
                }
                Value::Integer(_) => 8,
                Value::Text(text) => text.len(),
            });
        }
        if bytes > MAX_ROW_BYTES { Err(DatabaseError::TooLarge { bytes }) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_production_refuses_is_refused() {
        let fits = Statement::new("SELECT ?1", [Value::Text("x".repeat(MAX_ROW_BYTES))]);
        assert_eq!(fits.check(), Ok(()));
        let wide = Statement::new("SELECT ?1", [Value::Text("x".repeat(MAX_ROW_BYTES + 1))]);
        assert_eq!(wide.check(), Err(DatabaseError::TooLarge { bytes: MAX_ROW_BYTES + 1 }));
        for bad in [
            Statement::new("SELECT 1", vec![Value::Null; 101]),
            Statement::new(" ".repeat(MAX_SQL_BYTES + 1), []),
            Statement::new("SELECT ?1", [Value::Integer(MAX_INTEGER + 1)]),
            Statement::new("SELECT ?1", [Value::Integer(i64::MIN)]),
        ] {
            assert!(matches!(bad.check(), Err(DatabaseError::Internal { .. })), "{bad:?}");
        }
    }

    #[test]
    fn only_a_select_counts_as_a_read() {
        assert!(Statement::new("  select 1", []).is_read());
        for sql in ["INSERT INTO t SELECT 1", "WITH x AS (SELECT 1) DELETE FROM t", "", "SEL"] {
            assert!(!Statement::new(sql, []).is_read(), "{sql}");
        }
    }
}
