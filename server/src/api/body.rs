//! A body's JSON as a type: which field is wrong is said by its path.

use core::fmt;

use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess,
    Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::Value;

use super::{ApiError, FieldProblem};

/// Reads a body as `T`.
///
/// # Errors
/// 422 with the field that is unknown, missing or of another type.
pub fn read<T: DeserializeOwned>(value: &Value) -> Result<T, ApiError> {
    T::deserialize(Reading(value)).map_err(|wrong| {
        let code = match wrong.kind {
            Kind::Unknown => "unknown_field",
            Kind::Missing | Kind::Malformed => "invalid",
        };
        let problem = match wrong.kind {
            Kind::Unknown => "unknown",
            Kind::Missing => "missing",
            Kind::Malformed => "malformed",
        };
        ApiError::unprocessable(code, vec![FieldProblem::new(wrong.path, problem)])
    })
}

/// Reads a field that may be left out but not be null.
///
/// # Errors
/// Those of its type.
pub fn given<'de, D: Deserializer<'de>, T: serde::Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

#[derive(Debug)]
struct Wrong {
    path: String,
    kind: Kind,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Unknown,
    Missing,
    Malformed,
}

impl Wrong {
    fn within(mut self, place: &str) -> Self {
        let joint = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        self.path = format!("{place}{joint}{}", self.path);
        self
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)
    }
}

impl std::error::Error for Wrong {}

impl serde::de::Error for Wrong {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self { path: String::new(), kind: Kind::Malformed }
    }

    fn unknown_field(field: &str, _: &'static [&'static str]) -> Self {
        Self { path: field.chars().take(100).collect(), kind: Kind::Unknown }
    }

    fn missing_field(field: &'static str) -> Self {
        Self { path: field.to_owned(), kind: Kind::Missing }
    }
}

#[derive(Clone, Copy)]
struct Reading<'v>(&'v Value);

impl<'de> Deserializer<'de> for Reading<'_> {
    type Error = Wrong;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Number(number) => match (number.as_u64(), number.as_i64()) {
                (Some(value), _) => visitor.visit_u64(value),
                (_, Some(value)) => visitor.visit_i64(value),
                _ => visitor.visit_f64(number.as_f64().unwrap_or(f64::NAN)),
            },
            Value::String(text) => visitor.visit_str(text),
            Value::Array(entries) => visitor.visit_seq(Entries { entries: entries.iter(), at: 0 }),
            Value::Object(fields) => visitor.visit_map(Fields { fields: fields.iter(), now: None }),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        match self.0 {
            Value::String(word) => visitor.visit_enum(word.as_str().into_deserializer()),
            _ => Err(Wrong { path: String::new(), kind: Kind::Malformed }),
        }
    }

    // Left to itself a type would take an array for its fields in their order.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        if self.0.is_object() {
            return self.deserialize_any(visitor);
        }
        Err(Wrong { path: String::new(), kind: Kind::Malformed })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map identifier ignored_any
    }
}

struct Entries<'v> {
    entries: std::slice::Iter<'v, Value>,
    at: usize,
}

impl<'de> SeqAccess<'de> for Entries<'_> {
    type Error = Wrong;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Wrong> {
        let Some(entry) = self.entries.next() else { return Ok(None) };
        let at = self.at;
        self.at = at.saturating_add(1);
        seed.deserialize(Reading(entry)).map(Some).map_err(|wrong| wrong.within(&format!("[{at}]")))
    }
}

struct Fields<'v> {
    fields: serde_json::map::Iter<'v>,
    now: Option<(&'v String, &'v Value)>,
}

impl<'de> MapAccess<'de> for Fields<'_> {
    type Error = Wrong;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Wrong> {
        self.now = self.fields.next();
        let Some((name, _)) = self.now else { return Ok(None) };
        seed.deserialize(name.as_str().into_deserializer()).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Wrong> {
        let Some((name, value)) = self.now else {
            return Err(Wrong { path: String::new(), kind: Kind::Malformed });
        };
        seed.deserialize(Reading(value)).map_err(|wrong| wrong.within(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde_json::json;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        number: u32,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        title: String,
        #[serde(default, deserialize_with = "given")]
        labels: Option<Vec<String>>,
        #[serde(default)]
        inner: Option<Vec<Inner>>,
    }

    fn refusal(value: Value) -> (String, String, String) {
        let error = read::<Body>(&value).unwrap_err();
        let first = error.errors().first().cloned().unwrap();
        (error.code().to_owned(), first.field, first.problem)
    }

    #[test]
    fn the_field_that_is_wrong_is_named() {
        let named = |code: &str, field: &str, problem: &str| {
            (code.to_owned(), field.to_owned(), problem.to_owned())
        };
        let ok = read::<Body>(&json!({"title": "a", "inner": [{"number": 3}]})).unwrap();
        assert_eq!(ok.inner, Some(vec![Inner { number: 3 }]));
        for (value, code, field, problem) in [
            (json!({}), "invalid", "title", "missing"),
            (json!({"title": 3}), "invalid", "title", "malformed"),
            (json!({"title": null}), "invalid", "title", "malformed"),
            (json!({"title": "a", "tilte": 1}), "unknown_field", "tilte", "unknown"),
            (json!({"title": "a", "__proto__": {}}), "unknown_field", "__proto__", "unknown"),
            (json!({"title": "a", "labels": null}), "invalid", "labels", "malformed"),
            (json!({"title": "a", "labels": ["x", 2]}), "invalid", "labels[1]", "malformed"),
            (
                json!({"title": "a", "inner": [{"number": -1}]}),
                "invalid",
                "inner[0].number",
                "malformed",
            ),
            (
                json!({"title": "a", "inner": [{"number": 0.5}]}),
                "invalid",
                "inner[0].number",
                "malformed",
            ),
            (json!({"title": "a", "inner": [{}]}), "invalid", "inner[0].number", "missing"),
            (
                json!({"title": "a", "inner": [{"nr": 1}]}),
                "unknown_field",
                "inner[0].nr",
                "unknown",
            ),
            (json!([]), "invalid", "", "malformed"),
            (json!(["a"]), "invalid", "", "malformed"),
            (json!({"title": "a", "inner": [[3]]}), "invalid", "inner[0]", "malformed"),
            (json!("a"), "invalid", "", "malformed"),
            (json!(null), "invalid", "", "malformed"),
        ] {
            assert_eq!(refusal(value.clone()), named(code, field, problem), "{value}");
        }
    }
}
