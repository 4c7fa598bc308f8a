//! Values: numbers, texts and booleans of the language.

use std::{cmp::Ordering, fmt, sync::Arc};

use num_bigint::BigInt;

use crate::{
    error::Fault,
    number::{Integer, Number},
};

/// A value of a variable or an expression.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Number(Number),
    Text(Arc<[u8]>),
    Bool(bool),
}

/// Lookup key of a value: equal values have equal keys.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    Integer(Integer),
    Decimal(BigInt, i64),
    Text(Arc<[u8]>),
    Truth(bool),
}

impl Value {
    pub(crate) fn integer(number: u64) -> Self {
        let integer = i64::try_from(number).map_or(Integer::Small(i64::MAX), Integer::Small);
        Self::Number(Number::Integer(integer))
    }

    pub(crate) fn into_number(self) -> Result<Number, Fault> {
        match self {
            Self::Number(number) => Ok(number),
            other => Err(Fault::program(format!("{other} is no number"))),
        }
    }

    pub(crate) fn into_integer(self) -> Result<Integer, Fault> {
        match self {
            Self::Number(Number::Integer(integer)) => Ok(integer),
            other => Err(Fault::program(format!("{other} is no whole number"))),
        }
    }

    pub(crate) fn into_text(self) -> Result<Arc<[u8]>, Fault> {
        match self {
            Self::Text(text) => Ok(text),
            other => Err(Fault::program(format!("{other} is no text"))),
        }
    }

    pub(crate) fn into_bool(self) -> Result<bool, Fault> {
        match self {
            Self::Bool(truth) => Ok(truth),
            other => Err(Fault::program(format!("{other} is neither true nor false"))),
        }
    }

    /// Compares two values of the same type.
    pub(crate) fn compare(&self, other: &Self) -> Result<Ordering, Fault> {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => Ok(a.cmp(b)),
            (Self::Text(a), Self::Text(b)) => Ok(a.cmp(b)),
            (Self::Bool(a), Self::Bool(b)) => Ok(a.cmp(b)),
            (a, b) => Err(Fault::program(format!("{a} and {b} cannot be compared"))),
        }
    }

    pub(crate) fn key(&self) -> Key {
        match self {
            Self::Number(number) => match number.canonical() {
                Ok(integer) => Key::Integer(integer),
                Err((digits, exponent)) => Key::Decimal(digits, exponent),
            },
            Self::Text(text) => Key::Text(text.clone()),
            Self::Bool(truth) => Key::Truth(*truth),
        }
    }

    /// Heap size in bytes.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Number(number) => usize::try_from(number.words() * 8).unwrap_or(usize::MAX),
            Self::Text(text) => text.len(),
            Self::Bool(_) => 0,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 60;
        let text = match self {
            Self::Number(number) => number.to_string(),
            Self::Text(text) => format!("{:?}", String::from_utf8_lossy(text)),
            Self::Bool(truth) => truth.to_string(),
        };
        match text.char_indices().nth(SHOWN) {
            Some((end, _)) => write!(f, "{}…", &text[..end]),
            None => f.write_str(&text),
        }
    }
}
