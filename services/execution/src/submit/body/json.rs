//! JSON tree for error reports: keeps the order of fields and duplicates, with a bounded number of values.
//!
//! It is only built after a document failed to parse as its type, so it need not be fast.

use std::{cell::Cell, fmt};

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Number, Value};

/// Maximum number of values of a document; valid submissions have far fewer.
const MAX_VALUES: usize = 10_000;

/// One value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Json {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Reads a document; `None` if it has too many values.
    pub(super) fn read(bytes: &[u8]) -> Result<Option<Self>, serde_json::Error> {
        let left = Cell::new(MAX_VALUES);
        let mut document = serde_json::Deserializer::from_slice(bytes);
        let json = JsonSeed { left: &left }.deserialize(&mut document)?;
        document.end()?;
        Ok((left.get() > 0).then_some(json))
    }
}

impl From<Value> for Json {
    fn from(value: Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(value),
            Value::Number(value) => Self::Number(value),
            Value::String(value) => Self::Text(value),
            Value::Array(values) => Self::List(values.into_iter().map(Self::from).collect()),
            Value::Object(fields) => {
                Self::Object(fields.into_iter().map(|(name, value)| (name, value.into())).collect())
            }
        }
    }
}

/// Reads a value and counts it against the maximum.
#[derive(Clone, Copy)]
struct JsonSeed<'a> {
    left: &'a Cell<usize>,
}

impl JsonSeed<'_> {
    fn has_room(self) -> bool {
        let left = self.left.get().saturating_sub(1);
        self.left.set(left);
        left > 0
    }
}

impl<'de> DeserializeSeed<'de> for JsonSeed<'_> {
    type Value = Json;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for JsonSeed<'_> {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Number::from_f64(value).map_or(Json::Null, Json::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while self.has_room() {
            let Some(value) = values.next_element_seed(self)? else { return Ok(Json::List(list)) };
            list.push(value);
        }
        while values.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut values: A) -> Result<Json, A::Error> {
        let mut fields = Vec::new();
        while self.has_room() {
            let Some(name) = values.next_key()? else { return Ok(Json::Object(fields)) };
            fields.push((name, values.next_value_seed(self)?));
        }
        while values.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Json::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_kept_as_it_was_written() {
        let read =
            Json::read(br#"{"b":[1,-2,0.5,null],"a":true,"b":"x"}"#).expect("is JSON").expect("is short");
        let numbers = [Json::Number(1.into()), Json::Number((-2).into())];
        let half = Json::Number(Number::from_f64(0.5).expect("is a number"));
        let list = Json::List(numbers.into_iter().chain([half, Json::Null]).collect());
        let field = |name: &str, value| (name.to_owned(), value);
        assert_eq!(
            read,
            Json::Object(vec![
                field("b", list),
                field("a", Json::Bool(true)),
                field("b", Json::Text("x".into()))
            ])
        );
    }

    #[test]
    fn a_document_of_very_many_values_is_not_kept() {
        let list = |count: usize| format!("[{}0]", "0,".repeat(count));
        for long in [list(2 * MAX_VALUES), format!("{{\"a\":{}}}", list(2 * MAX_VALUES))] {
            assert_eq!(Json::read(long.as_bytes()).expect("is JSON"), None);
        }
        assert!(Json::read(list(MAX_VALUES / 2).as_bytes()).expect("is JSON").is_some());
        assert!(Json::read(format!("{} x", list(2 * MAX_VALUES)).as_bytes()).is_err(), "to its end");
    }
}
