//! Language options: choices of a submission such as standard, optimization level or test framework.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Chosen values by option name; all other options keep their default. The language file defines the options.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LanguageOptions(BTreeMap<String, Vec<String>>);

impl LanguageOptions {
    /// Whether all options keep their default.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The chosen values of an option; `None` if it keeps its default.
    pub fn get(&self, name: &str) -> Option<&[String]> {
        self.0.get(name).map(Vec::as_slice)
    }

    /// Every chosen option with its values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.0.iter().map(|(name, values)| (name.as_str(), values.as_slice()))
    }

    /// Adds a value to an option.
    pub fn add(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.entry(name.into()).or_default().push(value.into());
    }
}

impl FromIterator<(String, Vec<String>)> for LanguageOptions {
    fn from_iter<T: IntoIterator<Item = (String, Vec<String>)>>(chosen: T) -> Self {
        Self(chosen.into_iter().collect())
    }
}
