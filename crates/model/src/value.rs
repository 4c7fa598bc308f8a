//! Values: arguments and results of called functions, common to all languages, in canonical JSON.
//!
//! A harness of a few lines can write the encoding, and each value has exactly one ([`Value`] defines it), so that equal values of one
//! language are equal texts. Equality across types and tolerances is decided by the crate `judge`.

use std::{cmp::Ordering, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

mod json;

/// A value of any language.
///
/// | value | JSON |
/// |---|---|
/// | `Null`, `Bool`, `Text`, `List` | as they are |
/// | `Int` that fits into 64 bits with a sign | a number without `.` and exponent |
/// | any other `Int` | `{"$int": "-123…"}` |
/// | `Float` that is finite | a number with `.` or exponent: `3.0` |
/// | any other `Float` | `{"$float": "nan"}`, `"inf"`, `"-inf"` |
/// | `Bytes` | `{"$bytes": "base64"}` |
/// | `Tuple`, `Set` | `{"$tuple": […]}`, `{"$set": […]}` |
/// | `Dict`, all keys `Text`, different, none beginning with `$` | an object |
/// | any other `Dict` | `{"$dict": [[key, value], …]}` |
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `None`, `null`, `nil`.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number of any size.
    Int(Integer),
    /// A floating-point number.
    Float(f64),
    /// Text.
    Text(String),
    /// Bytes that are not text.
    Bytes(Vec<u8>),
    /// A list, an array, a vector.
    List(Vec<Self>),
    /// A tuple, in languages that have them.
    Tuple(Vec<Self>),
    /// A set, in the order of its encoding.
    Set(Vec<Self>),
    /// A dictionary, a map, an object: keys of any type, in the order of their encoding.
    Dict(Vec<(Self, Self)>),
}

/// A whole number of any size: sign and decimal digits without leading zeros; zero has no sign.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Integer(String);

/// The text is not a whole number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a whole number: expected decimal digits, with a minus in front or not")]
pub struct ParseIntegerError;

impl Integer {
    /// The number in decimal.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The number, if it fits into an `i64`.
    pub fn to_i64(&self) -> Option<i64> {
        self.0.parse().ok()
    }

    /// The nearest floating-point number; infinite beyond the range of `f64`.
    ///
    /// # Panics
    /// Never: a sign and digits can be parsed as a floating-point number.
    pub fn to_f64(&self) -> f64 {
        self.0.parse().expect("a sign and digits can be parsed as a floating-point number")
    }

    /// Whether a floating-point number has exactly this value.
    pub fn equals(&self, float: f64) -> bool {
        // Written without a fraction, a float shows all its digits, so this is exact at any size.
        float.fract() == 0.0 && (format!("{float:.0}") == self.0 || (float == 0.0 && self.0 == "0"))
    }
}

impl From<i64> for Integer {
    fn from(number: i64) -> Self {
        Self(number.to_string())
    }
}

impl From<u64> for Integer {
    fn from(number: u64) -> Self {
        Self(number.to_string())
    }
}

impl FromStr for Integer {
    type Err = ParseIntegerError;

    fn from_str(text: &str) -> Result<Self, ParseIntegerError> {
        let (sign, digits) = text.strip_prefix('-').map_or(("", text), |digits| ("-", digits));
        if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(ParseIntegerError);
        }
        Ok(match digits.trim_start_matches('0') {
            "" => Self("0".to_owned()),
            digits => Self(format!("{sign}{digits}")),
        })
    }
}

impl PartialOrd for Integer {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Integer {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_size = |a: &str, b: &str| a.len().cmp(&b.len()).then_with(|| a.cmp(b));
        match (self.0.strip_prefix('-'), other.0.strip_prefix('-')) {
            (None, None) => by_size(&self.0, &other.0),
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (Some(own), Some(others)) => by_size(others, own),
        }
    }
}

impl fmt::Display for Integer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number.into())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// One call of a submitted function.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Call {
    /// The function's name: `add`, or `Stack.push` where the harness of the language knows how.
    pub function: String,
    /// The positional arguments.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arguments: Vec<Value>,
    /// The keyword arguments, in languages that have them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub named: Vec<(String, Value)>,
}

/// The actual or expected result of a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CallResult {
    /// It returned this value.
    Value(Value),
    /// It raised (threw) this exception.
    Raised(Exception),
}

/// An exception. Fields that are absent in an expected exception match anything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Exception {
    /// Its type's name: `ValueError`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Its message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn int(text: &str) -> Integer {
        text.parse().expect("a whole number")
    }

    #[test]
    fn an_integer_has_one_form_only() {
        for (text, form) in [("0", "0"), ("-0", "0"), ("007", "7"), ("-0012", "-12")] {
            assert_eq!(int(text).as_str(), form);
        }
        for text in ["", "-", "+1", "1.0", "1e3", " 1", "0x10", "--1", "٣"] {
            assert_eq!(text.parse::<Integer>(), Err(ParseIntegerError), "{text}");
        }
    }

    #[test]
    fn integers_of_any_size_are_in_order() {
        let large = "9".repeat(40);
        let order = [&format!("-{large}"), "-10", "-9", "0", "9", "10", &large];
        assert!(order.map(int).is_sorted());
    }

    #[test]
    fn an_integer_equals_a_float_only_exactly() {
        for (text, float) in
            [("0", 0.0), ("0", -0.0), ("-3", -3.0), ("9007199254740992", 9_007_199_254_740_992.0)]
        {
            assert!(int(text).equals(float), "{text}");
        }
        assert!(int(&format!("{:.0}", 1e300)).equals(1e300));
        for (text, float) in [("3", 3.5), ("9007199254740993", 9_007_199_254_740_992.0), ("1", f64::NAN)] {
            assert!(!int(text).equals(float), "{text}");
        }
        assert!(!int("1").equals(f64::INFINITY));
    }
}
