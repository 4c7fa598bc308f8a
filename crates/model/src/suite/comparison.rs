//! When two answers count as the same.

use serde::{Deserialize, Serialize};

/// How what a program wrote is compared with what is expected.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Comparison {
    /// Byte by byte.
    Exact,
    /// Word by word, as the default validator of the ICPC and of Kattis does.
    Tokens(TokenRules),
}

impl Default for Comparison {
    fn default() -> Self {
        Self::Tokens(TokenRules::default())
    }
}

/// The flags of the default validator.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TokenRules {
    /// `case_sensitive`.
    pub case: Case,
    /// `space_change_sensitive`.
    pub space: Space,
    /// `float_relative_tolerance`, or `float_tolerance`: finite, not negative.
    pub relative: Option<f64>,
    /// `float_absolute_tolerance`, or `float_tolerance`: finite, not negative.
    pub absolute: Option<f64>,
}

impl TokenRules {
    /// Whether numbers are compared as numbers.
    pub const fn has_tolerance(&self) -> bool {
        self.relative.is_some() || self.absolute.is_some()
    }
}

/// Whether `A` and `a` are the same; only ASCII letters have a case here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Case {
    /// They are.
    #[default]
    Ignored,
    /// They are not.
    Sensitive,
}

/// Whether the amount and kind of white space matters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Space {
    /// It only parts words.
    #[default]
    Ignored,
    /// It must be the same, in front and at the end too.
    Sensitive,
}

/// How what a function returned is compared with what is expected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CallRules {
    /// How far a float may be off, relative to the expected one; absent: not at all.
    pub relative: Option<f64>,
    /// How far a float may be off.
    pub absolute: Option<f64>,
}
