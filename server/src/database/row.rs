//! Rows as they come back, and reading them column by column. A row that can't be is reported with
//! its column, never guessed at.

use core::fmt;
use core::str::FromStr;

use domain::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};

/// One row: its columns by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row(Map<String, Json>);

/// A statement's rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rows(pub Vec<Row>);

/// A stored row that can't be: a fault of ours, or of whoever wrote past us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseInconsistency {
    /// The column.
    pub column: String,
    /// The row's id, if it has one.
    pub row: String,
    /// What is wrong with it.
    pub detail: String,
}

impl fmt::Display for DatabaseInconsistency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "column {} of row {}: {}", self.column, self.row, self.detail)
    }
}

impl Row {
    /// A row of named columns.
    pub fn new(columns: Map<String, Json>) -> Self {
        Self(columns)
    }

    /// The row's columns by name.
    pub fn columns(&self) -> &Map<String, Json> {
        &self.0
    }

    fn wrong(&self, column: &str, detail: impl fmt::Display) -> DatabaseInconsistency {
        let row = ["id", "stream", "key"].iter().find_map(|name| self.0.get(*name)?.as_str());
        DatabaseInconsistency {
            column: column.to_owned(),
            row: row.unwrap_or("without id").to_owned(),
            detail: detail.to_string(),
        }
    }

    fn cell(&self, column: &str) -> Result<&Json, DatabaseInconsistency> {
        self.0.get(column).ok_or_else(|| self.wrong(column, "not selected"))
    }

    /// Whether the column holds nothing.
    ///
    /// # Errors
    /// When it wasn't selected.
    pub fn is_null(&self, column: &str) -> Result<bool, DatabaseInconsistency> {
        self.cell(column).map(Json::is_null)
    }

    fn optional<T>(
        &self,
        column: &str,
        read: impl FnOnce(&Self) -> Result<T, DatabaseInconsistency>,
    ) -> Result<Option<T>, DatabaseInconsistency> {
        if self.is_null(column)? { Ok(None) } else { read(self).map(Some) }
    }

    /// A column's text.
    ///
    /// # Errors
    /// When it holds anything else.
    pub fn text(&self, column: &str) -> Result<&str, DatabaseInconsistency> {
        self.cell(column)?.as_str().ok_or_else(|| self.wrong(column, "not text"))
    }

    /// A column's text, copied.
    ///
    /// # Errors
    /// As [`Row::text`].
    pub fn string(&self, column: &str) -> Result<String, DatabaseInconsistency> {
        self.text(column).map(str::to_owned)
    }

    /// A column's whole number.
    ///
    /// # Errors
    /// When it holds anything else.
    pub fn integer(&self, column: &str) -> Result<i64, DatabaseInconsistency> {
        self.cell(column)?.as_i64().ok_or_else(|| self.wrong(column, "not a whole number"))
    }

    /// A column's whole number, of any narrower type.
    ///
    /// # Errors
    /// When it holds anything else, or the number doesn't fit.
    pub fn number<T: TryFrom<i64>>(&self, column: &str) -> Result<T, DatabaseInconsistency> {
        T::try_from(self.integer(column)?).map_err(|_| self.wrong(column, "out of range"))
    }

    /// A column's 0 or 1.
    ///
    /// # Errors
    /// When it holds anything else.
    pub fn boolean(&self, column: &str) -> Result<bool, DatabaseInconsistency> {
        match self.integer(column)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(self.wrong(column, "neither 0 nor 1")),
        }
    }

    /// A column's moment.
    ///
    /// # Errors
    /// As [`Row::integer`].
    pub fn time(&self, column: &str) -> Result<Timestamp, DatabaseInconsistency> {
        self.integer(column).map(Timestamp)
    }

    /// A column's text, read as an id or another word.
    ///
    /// # Errors
    /// When it can't be one.
    pub fn parse<T: FromStr>(&self, column: &str) -> Result<T, DatabaseInconsistency> {
        self.text(column)?.parse().map_err(|_| self.wrong(column, "not a value of its kind"))
    }

    /// As [`Row::parse`], through a function that knows the words.
    ///
    /// # Errors
    /// When it can't be one.
    pub fn word<T>(
        &self,
        column: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, DatabaseInconsistency> {
        parse(self.text(column)?).ok_or_else(|| self.wrong(column, "an unknown word"))
    }

    /// A column's JSON, read as what it stands for.
    ///
    /// # Errors
    /// When it can't be.
    pub fn json<T: DeserializeOwned>(&self, column: &str) -> Result<T, DatabaseInconsistency> {
        serde_json::from_str(self.text(column)?).map_err(|error| self.wrong(column, error))
    }

    /// As [`Row::parse`]; nothing is none.
    ///
    /// # Errors
    /// As [`Row::parse`].
    pub fn optional_parse<T: FromStr>(
        &self,
        column: &str,
    ) -> Result<Option<T>, DatabaseInconsistency> {
        self.optional(column, |row| row.parse(column))
    }

    /// As [`Row::json`]; nothing is none.
    ///
    /// # Errors
    /// As [`Row::json`].
    pub fn optional_json<T: DeserializeOwned>(
        &self,
        column: &str,
    ) -> Result<Option<T>, DatabaseInconsistency> {
        self.optional(column, |row| row.json(column))
    }

    /// As [`Row::string`]; nothing is none.
    ///
    /// # Errors
    /// As [`Row::string`].
    pub fn optional_string(&self, column: &str) -> Result<Option<String>, DatabaseInconsistency> {
        self.optional(column, |row| row.string(column))
    }

    /// As [`Row::time`]; nothing is none.
    ///
    /// # Errors
    /// As [`Row::time`].
    pub fn optional_time(&self, column: &str) -> Result<Option<Timestamp>, DatabaseInconsistency> {
        self.optional(column, |row| row.time(column))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ids::TaskId;
    use serde_json::json;

    #[test]
    fn an_impossible_cell_names_its_column_and_row() {
        let Json::Object(columns) = json!({"id": "tsk_1", "n": 2.5, "flag": 2, "state": "{"})
        else {
            panic!("an object")
        };
        let row = Row::new(columns);
        assert_eq!(
            row.integer("n").map_err(|e| e.to_string()),
            Err("column n of row tsk_1: not a whole number".to_owned())
        );
        assert!(row.boolean("flag").is_err());
        assert!(row.parse::<TaskId>("id").is_err());
        assert!(row.json::<Json>("state").is_err());
        assert!(row.text("missing").is_err());
    }
}
