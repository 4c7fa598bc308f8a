//! Canonical JSON of a [`Value`]: serialization and deserialization.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor},
    ser::SerializeMap as _,
};

use super::{Integer, Value};

/// First character of the keys that tag a type.
const TAG_PREFIX: char = '$';

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(truth) => serializer.serialize_bool(*truth),
            Self::Int(number) => match number.to_i64() {
                Some(number) => serializer.serialize_i64(number),
                None => write_tagged(serializer, "$int", number.as_str()),
            },
            Self::Float(number) if number.is_finite() => serializer.serialize_f64(*number),
            Self::Float(number) => write_tagged(serializer, "$float", non_finite_name(*number)),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Bytes(bytes) => write_tagged(serializer, "$bytes", &STANDARD.encode(bytes)),
            Self::List(items) => items.serialize(serializer),
            Self::Tuple(items) => write_tagged(serializer, "$tuple", items),
            Self::Set(items) => write_tagged(serializer, "$set", items),
            Self::Dict(entries) => match plain_keys(entries) {
                Some(keys) => {
                    serializer.collect_map(keys.into_iter().zip(entries.iter().map(|(_, value)| value)))
                }
                None => write_tagged(serializer, "$dict", entries),
            },
        }
    }
}

fn write_tagged<S: Serializer>(
    serializer: S,
    tag: &str,
    value: &(impl Serialize + ?Sized),
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(1))?;
    map.serialize_entry(tag, value)?;
    map.end()
}

fn non_finite_name(number: f64) -> &'static str {
    match number {
        n if n.is_nan() => "nan",
        n if n > 0.0 => "inf",
        _ => "-inf",
    }
}

/// The keys, if a JSON object with them is not mistaken for a tagged form.
fn plain_keys(entries: &[(Value, Value)]) -> Option<Vec<&str>> {
    let keys: Vec<_> = entries.iter().map(|(key, _)| plain_key(key)).collect::<Option<_>>()?;
    let mut sorted = keys.clone();
    sorted.sort_unstable();
    sorted.dedup();
    (sorted.len() == keys.len()).then_some(keys)
}

fn plain_key(key: &Value) -> Option<&str> {
    match key {
        Value::Text(text) if !text.starts_with(TAG_PREFIX) => Some(text),
        _ => None,
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

/// Visitor that accepts every form.
struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value as JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Value, E> {
        Ok(Value::Bool(truth))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Int(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Int(number.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Value::Float(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Value::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            if key.starts_with(TAG_PREFIX) {
                return read_tagged(&key, entries.is_empty(), map);
            }
            entries.push((Value::Text(key), map.next_value()?));
        }
        Ok(Value::Dict(entries))
    }
}

fn read_tagged<'de, A: MapAccess<'de>>(tag: &str, alone: bool, mut map: A) -> Result<Value, A::Error> {
    let value = match tag {
        "$int" => Value::Int(map.next_value::<String>()?.parse::<Integer>().map_err(A::Error::custom)?),
        "$float" => Value::Float(float(&map.next_value::<String>()?).map_err(A::Error::custom)?),
        "$bytes" => Value::Bytes(STANDARD.decode(map.next_value::<String>()?).map_err(A::Error::custom)?),
        "$tuple" => Value::Tuple(map.next_value()?),
        "$set" => Value::Set(map.next_value()?),
        "$dict" => Value::Dict(map.next_value()?),
        _ => {
            return Err(A::Error::custom(format_args!(
                "{tag} is no kind of value; use {{\"$dict\": …}} for such keys"
            )));
        }
    };
    if !alone || map.next_key::<IgnoredAny>()?.is_some() {
        return Err(A::Error::custom(format_args!("{tag} must be the only key of its object")));
    }
    Ok(value)
}

fn float(name: &str) -> Result<f64, &'static str> {
    match name {
        "nan" => Ok(f64::NAN),
        "inf" => Ok(f64::INFINITY),
        "-inf" => Ok(f64::NEG_INFINITY),
        _ => Err("$float must be nan, inf or -inf; write other numbers as they are"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes and reads back. `NaN` differs from itself, so the debug forms are compared.
    fn check(value: &Value, json: &str) {
        assert_eq!(serde_json::to_string(value).expect("serializes"), json);
        let read: Value = serde_json::from_str(json).expect("reads back");
        assert_eq!(format!("{read:?}"), format!("{value:?}"));
    }

    #[test]
    fn every_kind_of_value_has_one_form() {
        let text = |text: &str| Value::Text(text.to_owned());
        check(&Value::Null, "null");
        check(&Value::Bool(true), "true");
        check(&Value::from(-3), "-3");
        check(&Value::Int(i64::MAX.into()), "9223372036854775807");
        check(&Value::Int(u64::MAX.into()), r#"{"$int":"18446744073709551615"}"#);
        check(&Value::Float(3.0), "3.0");
        check(&Value::Float(f64::NAN), r#"{"$float":"nan"}"#);
        check(&Value::Float(f64::NEG_INFINITY), r#"{"$float":"-inf"}"#);
        check(&text("é\n"), r#""é\n""#);
        check(&Value::Bytes(vec![255, 0]), r#"{"$bytes":"/wA="}"#);
        check(&Value::List(vec![Value::from(1), Value::List(Vec::new())]), "[1,[]]");
        check(&Value::Tuple(vec![Value::from(1)]), r#"{"$tuple":[1]}"#);
        check(&Value::Set(vec![Value::from(1)]), r#"{"$set":[1]}"#);
        check(
            &Value::Dict(vec![(text("b"), Value::Null), (text("a"), Value::Null)]),
            r#"{"b":null,"a":null}"#,
        );
        check(&Value::Dict(vec![(Value::from(1), text("x"))]), r#"{"$dict":[[1,"x"]]}"#);
        check(&Value::Dict(vec![(text("$set"), Value::Null)]), r#"{"$dict":[["$set",null]]}"#);
        check(&Value::Dict(Vec::new()), "{}");
    }

    #[test]
    fn a_wrong_form_is_refused_with_a_reason() {
        for (json, reason) in [
            (r#"{"$what":1}"#, "$what is no kind of value"),
            (r#"{"$int":"1","a":2}"#, "$int must be the only key"),
            (r#"{"a":2,"$int":"1"}"#, "$int must be the only key"),
            (r#"{"$int":"1.5"}"#, "not a whole number"),
            (r#"{"$float":"1.5"}"#, "$float must be nan, inf or -inf"),
        ] {
            let error = serde_json::from_str::<Value>(json).expect_err("refused").to_string();
            assert!(error.contains(reason), "{json}: {error}");
        }
    }

    #[test]
    fn the_order_of_a_dict_is_kept() {
        let value: Value = serde_json::from_str(r#"{"z":1,"a":2}"#).expect("reads");
        assert_eq!(serde_json::to_string(&value).expect("serializes"), r#"{"z":1,"a":2}"#);
    }
}
