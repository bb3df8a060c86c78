//! The query of a request: only what its endpoint takes, each once.

use percent_encoding::percent_decode;

use super::endpoint::ParameterKind;
use super::{ApiError, Parameter};

/// The parameters of a request, checked against their endpoint's.
#[derive(Clone, Debug, Default)]
pub struct QueryValues(Vec<(&'static str, String)>);

impl QueryValues {
    /// Reads a query.
    ///
    /// # Errors
    /// 400 for a parameter that the endpoint doesn't take, that comes twice, or that isn't what it may
    /// be.
    pub fn parse(query: &str, takes: &'static [Parameter]) -> Result<Self, ApiError> {
        let mut values = Self::default();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (decode(name)?, decode(value)?);
            let Some(parameter) = takes.iter().find(|known| known.name == name) else {
                return Err(ApiError::bad_query("unknown_parameter", &name));
            };
            if values.get(parameter.name).is_some() {
                return Err(ApiError::bad_query("repeated_parameter", &name));
            }
            if !fits(&parameter.kind, &value) {
                return Err(ApiError::bad_query("malformed_parameter", &name));
            }
            values.0.push((parameter.name, value));
        }
        Ok(values)
    }

    /// The parameter's value, if it was given.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// The parameter's number, if it was given.
    #[must_use]
    pub fn integer(&self, name: &str) -> Option<i64> {
        self.get(name).and_then(|value| value.parse().ok())
    }

    /// All that were given, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(name, value)| (*name, value.as_str()))
    }
}

fn fits(kind: &ParameterKind, value: &str) -> bool {
    match kind {
        ParameterKind::Text => value.len() <= 500 && !value.chars().any(char::is_control),
        ParameterKind::Integer { least, most } => {
            let plain = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit());
            plain && value.parse().is_ok_and(|number: i64| (*least..=*most).contains(&number))
        }
        ParameterKind::Words(words) => words.contains(&value),
    }
}

fn decode(raw: &str) -> Result<String, ApiError> {
    let spaced: Vec<u8> = raw.bytes().map(|byte| if byte == b'+' { b' ' } else { byte }).collect();
    String::from_utf8(percent_decode(&spaced).collect())
        .map_err(|_| ApiError::bad_query("malformed_parameter", "query"))
}
