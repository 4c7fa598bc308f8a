//! Comparison rules: equality of expected and actual answers.

use serde::{Deserialize, Serialize};

/// The comparison of a program's output with the expected output.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Comparison {
    /// Byte by byte.
    Exact,
    /// Token by token, as the default validator of the ICPC and of Kattis does.
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
    pub case: CaseRule,
    /// `space_change_sensitive`.
    #[serde(rename = "space")]
    pub whitespace: WhitespaceRule,
    /// `float_relative_tolerance`, or `float_tolerance`: finite, not negative.
    #[serde(rename = "relative")]
    pub relative_tolerance: Option<f64>,
    /// `float_absolute_tolerance`, or `float_tolerance`: finite, not negative.
    #[serde(rename = "absolute")]
    pub absolute_tolerance: Option<f64>,
}

impl TokenRules {
    /// Whether numbers are compared as numbers.
    pub const fn has_tolerance(&self) -> bool {
        self.relative_tolerance.is_some() || self.absolute_tolerance.is_some()
    }
}

/// Treatment of upper and lower case, for ASCII letters only.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CaseRule {
    /// `A` and `a` are equal.
    #[default]
    Ignored,
    /// `A` and `a` differ.
    Sensitive,
}

/// Treatment of whitespace.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum WhitespaceRule {
    /// It only separates tokens.
    #[default]
    Ignored,
    /// It must be equal, also at the beginning and the end.
    Sensitive,
}

/// The comparison of a function's result with the expected one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CallRules {
    /// Tolerance for floats, relative to the expected value; absent for none.
    pub relative: Option<f64>,
    /// Absolute tolerance for floats; absent for none.
    pub absolute: Option<f64>,
}
