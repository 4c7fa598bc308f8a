//! Return values of functions: bounded parsing, and equality under a test's rules.
//!
//! The harness runs in the submission's process, so its output is untrusted: [`read`] limits size, depth and
//! number of items. The rules of equality:
//! - A float equals an integer of exactly its value, and within a tolerance any number near enough. Two
//!   integers are equal only if they are the same, with or without a tolerance.
//! - A boolean is never a number, and text is never bytes.
//! - `NaN` equals `NaN`: a test that expects it means it.
//! - A tuple is not a list. (Tests for languages without tuples expect lists.)
//! - Dicts and sets are compared regardless of order; the keys of a dict by the same rules but without a
//!   tolerance. Within a tolerance each float of a set needs a partner of its own, and takes the first free
//!   one.
//! - A part of an expected exception that is not given matches anything.

use model::{CallResult, CallRules, Exception, Integer, NestedJsonError, Value, read_nested};

mod format;

pub use format::{MAX_SHOWN_CHARS, format_call, format_returned, format_value};

/// Size limits of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ValueLimits {
    /// Maximum length of its JSON, in bytes.
    pub max_bytes: usize,
    /// Maximum nesting depth.
    pub max_depth: usize,
    /// Maximum number of values in it, at all levels.
    pub max_items: usize,
}

impl Default for ValueLimits {
    /// 1 MiB, the limit of stdout; 64 levels; 100,000 items.
    fn default() -> Self {
        Self { max_bytes: 1024 * 1024, max_depth: 64, max_items: 100_000 }
    }
}

/// An unreadable value.
#[derive(Debug, thiserror::Error)]
pub enum ReadValueError {
    /// The JSON is too long: its length and the maximum, in bytes.
    #[error("the value is too large: {0} bytes as JSON, the most is {1}")]
    TooLarge(usize, usize),
    /// The nesting is too deep: the maximum.
    #[error("the value is nested deeper than {0} levels")]
    TooDeep(usize),
    /// Too many items: the maximum.
    #[error("the value has more than {0} items")]
    TooManyItems(usize),
    /// Not in the value format.
    #[error("the value cannot be understood")]
    Unreadable(#[source] NestedJsonError),
}

/// Levels of JSON per level of a value: `{"$dict": [[key, value]]}`.
const JSON_LEVELS: usize = 3;

/// Parses the result of a call.
pub fn read(json: &[u8], limits: &ValueLimits) -> Result<CallResult, ReadValueError> {
    if json.len() > limits.max_bytes {
        return Err(ReadValueError::TooLarge(json.len(), limits.max_bytes));
    }
    // One more level for the object that wraps the value.
    let max_nested = JSON_LEVELS * limits.max_depth + 1;
    let returned: CallResult = read_nested(json, max_nested).map_err(|error| match error {
        NestedJsonError::TooDeep(_) => ReadValueError::TooDeep(limits.max_depth),
        other @ NestedJsonError::Unreadable(_) => ReadValueError::Unreadable(other),
    })?;
    if let CallResult::Value(value) = &returned {
        let mut count = 0;
        check_size(value, 1, &mut count, limits)?;
    }
    Ok(returned)
}

fn check_size(
    value: &Value,
    depth: usize,
    count: &mut usize,
    limits: &ValueLimits,
) -> Result<(), ReadValueError> {
    *count += 1;
    if depth > limits.max_depth {
        return Err(ReadValueError::TooDeep(limits.max_depth));
    }
    if *count > limits.max_items {
        return Err(ReadValueError::TooManyItems(limits.max_items));
    }
    match value {
        Value::List(items) | Value::Tuple(items) | Value::Set(items) => {
            items.iter().try_for_each(|item| check_size(item, depth + 1, count, limits))
        }
        Value::Dict(entries) => entries.iter().try_for_each(|(key, value)| {
            check_size(key, depth + 1, count, limits)?;
            check_size(value, depth + 1, count, limits)
        }),
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Text(_) | Value::Bytes(_) => {
            Ok(())
        }
    }
}

/// Compares the result of a call with the expected one; the error describes the difference in a sentence.
pub fn check(rules: &CallRules, got: &CallResult, expected: &CallResult) -> Result<(), String> {
    let same = match (got, expected) {
        (CallResult::Value(got), CallResult::Value(expected)) => values_equal(rules, got, expected),
        (CallResult::Raised(got), CallResult::Raised(expected)) => exceptions_equal(got, expected),
        (CallResult::Value(_), CallResult::Raised(_)) | (CallResult::Raised(_), CallResult::Value(_)) => {
            false
        }
    };
    if same {
        return Ok(());
    }
    let (got_text, expected_text) = (format_returned(got), format_returned(expected));
    let hint = if got_text == expected_text { ", which look alike and are of different types" } else { "" };
    Err(format!("got {got_text}, expected {expected_text}{hint}"))
}

fn exceptions_equal(got: &Exception, expected: &Exception) -> bool {
    (expected.kind.is_none() || got.kind == expected.kind)
        && (expected.message.is_none() || got.message == expected.message)
}

/// Whether two values are equal under the rules.
pub fn values_equal(rules: &CallRules, got: &Value, expected: &Value) -> bool {
    match (got, expected) {
        (Value::Null, Value::Null) => true,
        (Value::Bool(got), Value::Bool(expected)) => got == expected,
        (Value::Int(got), Value::Int(expected)) => got == expected,
        (Value::Text(got), Value::Text(expected)) => got == expected,
        (Value::Bytes(got), Value::Bytes(expected)) => got == expected,
        (Value::Float(got), Value::Float(expected)) => floats_equal(rules, *got, *expected),
        (Value::Int(got), Value::Float(expected)) => int_equals_float(rules, got, *expected, *expected),
        (Value::Float(got), Value::Int(expected)) => {
            int_equals_float(rules, expected, *got, expected.to_f64())
        }
        (Value::List(got), Value::List(expected)) | (Value::Tuple(got), Value::Tuple(expected)) => {
            got.len() == expected.len()
                && got.iter().zip(expected).all(|(got, expected)| values_equal(rules, got, expected))
        }
        (Value::Set(got), Value::Set(expected)) => {
            match_unordered(got, expected, |item| item, |got, expected| values_equal(rules, got, expected))
        }
        (Value::Dict(got), Value::Dict(expected)) => {
            let exactly = CallRules::default();
            match_unordered(
                got,
                expected,
                |entry| &entry.0,
                |got, expected| {
                    values_equal(&exactly, &got.0, &expected.0) && values_equal(rules, &got.1, &expected.1)
                },
            )
        }
        _ => false,
    }
}

/// Compares an integer with a float; `scale` is the expected value, for the relative tolerance.
fn int_equals_float(rules: &CallRules, integer: &Integer, float: f64, scale: f64) -> bool {
    integer.equals(float) || is_within_tolerance(rules, integer.to_f64() - float, scale)
}

#[allow(clippy::float_cmp, reason = "without a tolerance, equal is what is meant")]
fn floats_equal(rules: &CallRules, got: f64, expected: f64) -> bool {
    got == expected
        || (got.is_nan() && expected.is_nan())
        || is_within_tolerance(rules, got - expected, expected)
}

/// Whether a finite distance is within either tolerance.
fn is_within_tolerance(rules: &CallRules, distance: f64, scale: f64) -> bool {
    distance.is_finite()
        && (rules.absolute.is_some_and(|max| distance.abs() <= max)
            || rules.relative.is_some_and(|max| scale.is_finite() && distance.abs() <= max * scale.abs()))
}

/// Whether the items of both lists can be paired.
///
/// Both are sorted by their JSON first. Partners then have nearly the same index, so that a large set in an
/// adversarial order does not take quadratic time.
fn match_unordered<T>(
    got: &[T],
    expected: &[T],
    key: fn(&T) -> &Value,
    same: impl Fn(&T, &T) -> bool,
) -> bool {
    if got.len() != expected.len() {
        return false;
    }
    let mut free = sorted_by_key(got, key);
    free.reverse();
    sorted_by_key(expected, key).into_iter().all(|expected| {
        match free.iter().rposition(|got| same(got, expected)) {
            Some(index) => {
                free.remove(index);
                true
            }
            None => false,
        }
    })
}

fn sorted_by_key<T>(items: &[T], key: fn(&T) -> &Value) -> Vec<&T> {
    let mut items: Vec<_> = items.iter().collect();
    items.sort_by_cached_key(|item| serde_json::to_string(key(item)).expect("a value is text as JSON"));
    items
}
