//! Values that functions return: reading them within caps, and when two count as the same.
//!
//! What a submission's harness writes is written by a stranger's program: [`read`] caps its bytes, depth and number of parts.
//! The rules of sameness, in words:
//! - A float equals an integer of exactly its value, and within a tolerance any number near enough. Two integers are
//!   the same only if they are equal, tolerance or not.
//! - A truth value is never a number, and text never bytes.
//! - No-number equals no-number: a test that expects it means it.
//! - A tuple is not a list. (Languages that know no tuples have tests that expect lists.)
//! - Dicts and sets are compared without regard to order, a dict's keys by the same rules but without a tolerance.
//!   Within a tolerance each float of a set needs a partner of its own, and takes the first that is free.
//! - Of an expected exception, what is not said may be anything.

use model::{CallResult, CallRules, Exception, Integer, NestedJsonError, Value, read_nested};

mod show;

pub use show::{MOST_SHOWN, show, show_call, show_returned};

/// How large a value may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ValueCaps {
    /// Bytes of its JSON.
    pub most_bytes: usize,
    /// Values in values in values.
    pub most_depth: usize,
    /// Values in it, all told.
    pub most_parts: usize,
}

impl Default for ValueCaps {
    /// A mebibyte, as stdout has; 64 deep; 100,000 parts.
    fn default() -> Self {
        Self { most_bytes: 1024 * 1024, most_depth: 64, most_parts: 100_000 }
    }
}

/// Why a value cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadValueError {
    /// Its JSON is too long.
    #[error("the value is too large: {0} bytes as JSON, the most is {1}")]
    TooLarge(usize, usize),
    /// It is nested too deep.
    #[error("the value is nested deeper than {0} levels")]
    TooDeep(usize),
    /// There is too much in it.
    #[error("the value has more than {0} parts")]
    TooManyParts(usize),
    /// It is in no form of ours.
    #[error("the value cannot be understood")]
    Unreadable(#[source] NestedJsonError),
}

/// Levels of JSON that a level of a value can take: `{"$dict": [[key, value]]}`.
const JSON_LEVELS: usize = 3;

/// Reads what a call came to.
pub fn read(json: &[u8], caps: &ValueCaps) -> Result<CallResult, ReadValueError> {
    if json.len() > caps.most_bytes {
        return Err(ReadValueError::TooLarge(json.len(), caps.most_bytes));
    }
    // One more for what says that it is a value.
    let most_nested = JSON_LEVELS * caps.most_depth + 1;
    let returned: CallResult = read_nested(json, most_nested).map_err(|error| match error {
        NestedJsonError::TooDeep(_) => ReadValueError::TooDeep(caps.most_depth),
        other @ NestedJsonError::Unreadable(_) => ReadValueError::Unreadable(other),
    })?;
    if let CallResult::Value(value) = &returned {
        let mut parts = 0;
        measure(value, 1, &mut parts, caps)?;
    }
    Ok(returned)
}

fn measure(value: &Value, depth: usize, parts: &mut usize, caps: &ValueCaps) -> Result<(), ReadValueError> {
    *parts += 1;
    if depth > caps.most_depth {
        return Err(ReadValueError::TooDeep(caps.most_depth));
    }
    if *parts > caps.most_parts {
        return Err(ReadValueError::TooManyParts(caps.most_parts));
    }
    match value {
        Value::List(items) | Value::Tuple(items) | Value::Set(items) => {
            items.iter().try_for_each(|item| measure(item, depth + 1, parts, caps))
        }
        Value::Dict(entries) => entries.iter().try_for_each(|(key, value)| {
            measure(key, depth + 1, parts, caps)?;
            measure(value, depth + 1, parts, caps)
        }),
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Text(_) | Value::Bytes(_) => {
            Ok(())
        }
    }
}

/// Whether a call came to what was expected; if not, what is wrong, in a sentence.
pub fn check(rules: &CallRules, got: &CallResult, expected: &CallResult) -> Result<(), String> {
    let same = match (got, expected) {
        (CallResult::Value(got), CallResult::Value(expected)) => is_same(rules, got, expected),
        (CallResult::Raised(got), CallResult::Raised(expected)) => is_raised(got, expected),
        (CallResult::Value(_), CallResult::Raised(_)) | (CallResult::Raised(_), CallResult::Value(_)) => {
            false
        }
    };
    if same {
        return Ok(());
    }
    let (got_text, expected_text) = (show_returned(got), show_returned(expected));
    let hint = if got_text == expected_text { ", which look alike and are of different types" } else { "" };
    Err(format!("got {got_text}, expected {expected_text}{hint}"))
}

fn is_raised(got: &Exception, expected: &Exception) -> bool {
    (expected.kind.is_none() || got.kind == expected.kind)
        && (expected.message.is_none() || got.message == expected.message)
}

/// Whether two values count as the same.
pub fn is_same(rules: &CallRules, got: &Value, expected: &Value) -> bool {
    match (got, expected) {
        (Value::Null, Value::Null) => true,
        (Value::Bool(got), Value::Bool(expected)) => got == expected,
        (Value::Int(got), Value::Int(expected)) => got == expected,
        (Value::Text(got), Value::Text(expected)) => got == expected,
        (Value::Bytes(got), Value::Bytes(expected)) => got == expected,
        (Value::Float(got), Value::Float(expected)) => is_near(rules, *got, *expected),
        (Value::Int(got), Value::Float(expected)) => is_whole(rules, got, *expected, *expected),
        (Value::Float(got), Value::Int(expected)) => is_whole(rules, expected, *got, expected.to_f64()),
        (Value::List(got), Value::List(expected)) | (Value::Tuple(got), Value::Tuple(expected)) => {
            got.len() == expected.len()
                && got.iter().zip(expected).all(|(got, expected)| is_same(rules, got, expected))
        }
        (Value::Set(got), Value::Set(expected)) => {
            pair_up(got, expected, |item| item, |got, expected| is_same(rules, got, expected))
        }
        (Value::Dict(got), Value::Dict(expected)) => {
            let exactly = CallRules::default();
            pair_up(
                got,
                expected,
                |entry| &entry.0,
                |got, expected| is_same(&exactly, &got.0, &expected.0) && is_same(rules, &got.1, &expected.1),
            )
        }
        _ => false,
    }
}

/// An integer and a float, the expected one of which has the value `scale`.
fn is_whole(rules: &CallRules, integer: &Integer, float: f64, scale: f64) -> bool {
    integer.equals(float) || within(rules, integer.to_f64() - float, scale)
}

#[allow(clippy::float_cmp, reason = "without a tolerance, equal is what is meant")]
fn is_near(rules: &CallRules, got: f64, expected: f64) -> bool {
    got == expected || (got.is_nan() && expected.is_nan()) || within(rules, got - expected, expected)
}

/// Whether a finite distance is within either tolerance.
fn within(rules: &CallRules, distance: f64, scale: f64) -> bool {
    distance.is_finite()
        && (rules.absolute.is_some_and(|most| distance.abs() <= most)
            || rules.relative.is_some_and(|most| scale.is_finite() && distance.abs() <= most * scale.abs()))
}

/// Whether each has a partner among the others.
///
/// Both are brought into the order of their JSON first. Partners then stand at nearly the same place, so that a large set
/// in an order that a stranger chose takes no quadratic time.
fn pair_up<T>(got: &[T], expected: &[T], key: fn(&T) -> &Value, same: impl Fn(&T, &T) -> bool) -> bool {
    if got.len() != expected.len() {
        return false;
    }
    let mut free = in_order(got, key);
    free.reverse();
    in_order(expected, key).into_iter().all(|expected| {
        match free.iter().rposition(|got| same(got, expected)) {
            Some(place) => {
                free.remove(place);
                true
            }
            None => false,
        }
    })
}

fn in_order<T>(items: &[T], key: fn(&T) -> &Value) -> Vec<&T> {
    let mut items: Vec<_> = items.iter().collect();
    items.sort_by_cached_key(|item| serde_json::to_string(key(item)).expect("a value is text as JSON"));
    items
}
