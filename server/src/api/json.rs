//! Reading JSON that anybody may have written: each name once, nothing deeper than it needs to be, no
//! number that a reader would round.

use core::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// The deepest nesting that is read.
const DEEPEST: usize = 32;
/// Beyond this integers aren't exact in every reader.
const EXACT: u64 = 1 << 53;

/// Reads a whole text of JSON.
///
/// # Errors
/// What is wrong with it and where, in words.
pub fn parse(bytes: &[u8]) -> Result<Value, String> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = Strict { depth: 0 }.deserialize(&mut reader).map_err(|wrong| wrong.to_string())?;
    reader.end().map_err(|wrong| wrong.to_string())?;
    Ok(value)
}

/// Reads one value, this deep inside others.
#[derive(Clone, Copy)]
struct Strict {
    depth: usize,
}

impl Strict {
    fn inside<E: serde::de::Error>(self) -> Result<Self, E> {
        let depth = self.depth.saturating_add(1);
        if depth > DEEPEST {
            return Err(E::custom(format_args!("nested deeper than {DEEPEST}")));
        }
        Ok(Self { depth })
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Value, E> {
        if value < EXACT { Ok(value.into()) } else { Err(inexact()) }
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Value, E> {
        if value.unsigned_abs() < EXACT { Ok(value.into()) } else { Err(inexact()) }
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        #[expect(clippy::cast_precision_loss, reason = "a power of two")]
        let exact = value.abs() < EXACT as f64;
        match Number::from_f64(value) {
            Some(number) if exact => Ok(Value::Number(number)),
            _ => Err(inexact()),
        }
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let inside = self.inside()?;
        let mut all = vec![];
        while let Some(entry) = entries.next_element_seed(inside)? {
            all.push(entry);
        }
        Ok(Value::Array(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let inside = self.inside()?;
        let mut all = Map::new();
        while let Some(name) = fields.next_key::<String>()? {
            let value = fields.next_value_seed(inside)?;
            if all.insert(name, value).is_some() {
                return Err(A::Error::custom("a name stands twice in one object"));
            }
        }
        Ok(Value::Object(all))
    }
}

fn inexact<E: serde::de::Error>() -> E {
    E::custom("a number that is not exact below 2^53")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn plain_json_is_read() {
        let text = r#"{"a":[1,-2,0.5,"\u00e9",null,true],"__proto__":{"constructor":{}},"b":{}}"#;
        assert_eq!(parse(text.as_bytes()), Ok(serde_json::from_str(text).unwrap()));
        assert!(parse(b"9007199254740991").is_ok());
        let deepest = format!("{}{}", "[".repeat(32), "]".repeat(32));
        assert!(parse(deepest.as_bytes()).is_ok());
    }

    #[test]
    fn what_could_mean_two_things_or_none_is_refused() {
        let deep = format!("{}{}", "[".repeat(33), "]".repeat(33));
        let deeper = "{\"a\":".repeat(100_000);
        let cases: [&[u8]; 24] = [
            b"",
            b" ",
            b"{",
            b"{} {}",
            b"{}x",
            b"[1,]",
            b"{\"a\":1,}",
            b"{'a':1}",
            b"{a:1}",
            b"{\"a\":1,\"a\":2}",
            b"{\"a\":1,\"\\u0061\":1}",
            b"[{\"x\":{\"b\":1,\"b\":1}}]",
            b"NaN",
            b"Infinity",
            b"-Infinity",
            b"1e400",
            b"9007199254740992",
            b"-9007199254740992",
            b"123456789012345678901234567890",
            b"\"\\ud800\"",
            b"\"\xff\"",
            b"\xef\xbb\xbf{}",
            deep.as_bytes(),
            deeper.as_bytes(),
        ];
        for case in cases {
            let shown = String::from_utf8_lossy(case.get(..60).unwrap_or(case)).into_owned();
            assert!(parse(case).is_err(), "{shown}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_more_than_a_refusal(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&bytes);
        }
    }
}
