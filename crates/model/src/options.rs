//! Options that a submission chooses for its language.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The chosen values by the name of the option; what is not named keeps its default. The language says which there are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Options(BTreeMap<String, Vec<String>>);

impl Options {
    /// Whether nothing is chosen.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The values chosen for an option; none where it keeps its default.
    pub fn get(&self, name: &str) -> Option<&[String]> {
        self.0.get(name).map(Vec::as_slice)
    }

    /// Every option that is chosen, with its values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.0.iter().map(|(name, values)| (name.as_str(), values.as_slice()))
    }

    /// Chooses one more value of an option.
    pub fn add(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.entry(name.into()).or_default().push(value.into());
    }
}

impl FromIterator<(String, Vec<String>)> for Options {
    fn from_iter<T: IntoIterator<Item = (String, Vec<String>)>>(chosen: T) -> Self {
        Self(chosen.into_iter().collect())
    }
}
