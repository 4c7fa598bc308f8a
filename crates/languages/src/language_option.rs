//! Language option: the values that a submission may choose, and the arguments that each adds.
//!
//! A language file lists every value with its arguments. A submission names values and never writes an
//! argument, so its choice cannot become a flag that the file does not have.

use std::collections::BTreeMap;

use model::quoted;
use serde::Deserialize;

/// Placeholder for the value in an argument.
const VALUE: &str = "{value}";

/// An option of a language file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LanguageOption {
    /// Name in a submission.
    pub name: String,
    /// Purpose, in a sentence.
    pub about: String,
    /// Possible values.
    pub values: Vec<String>,
    /// Default value; `None` if nothing is added to the command line by default.
    pub default: Option<String>,
    /// Whether several values may be chosen at once.
    #[serde(default)]
    pub several: bool,
    /// Arguments for a value, which replaces `{value}` in them.
    #[serde(default)]
    arguments: Vec<String>,
    /// Arguments for particular values, instead of `arguments`.
    #[serde(default)]
    instead: BTreeMap<String, Vec<String>>,
}

/// An invalid choice; each text continues a sentence about the option.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OptionError {
    /// The language has no options.
    #[error("is not taken: {language} has no options")]
    NoOptions {
        /// The language's name.
        language: String,
    },
    /// The language has other options.
    #[error("is no option of {language}; there are {}", known.join(", "))]
    Unknown {
        /// The language's name.
        language: String,
        /// The names of its options.
        known: Vec<String>,
    },
    /// The option has other values.
    #[error("must be {} of {}, not {}", if *several { "some" } else { "one" }, values.join(", "), quoted(value))]
    Value {
        /// Its values.
        values: Vec<String>,
        /// Whether several may be chosen.
        several: bool,
        /// The chosen value.
        value: String,
    },
    /// The option takes one value.
    #[error("takes one value, and there are {0}")]
    TooMany(usize),
    /// A value is named more than once.
    #[error("must name each value once; {} comes twice", quoted(.0))]
    Duplicate(String),
}

impl LanguageOption {
    /// Checks chosen values.
    pub(crate) fn check(&self, chosen: &[String]) -> Result<(), OptionError> {
        if let Some(value) = chosen.iter().find(|value| !self.values.contains(value)) {
            let (values, several, value) = (self.values.clone(), self.several, value.clone());
            return Err(OptionError::Value { values, several, value });
        }
        if !self.several && chosen.len() != 1 {
            return Err(OptionError::TooMany(chosen.len()));
        }
        let twice = chosen.iter().enumerate().find(|(place, value)| chosen[..*place].contains(value));
        twice.map_or(Ok(()), |(_, value)| Err(OptionError::Duplicate(value.clone())))
    }

    /// The arguments for these values, or for the default.
    pub(crate) fn arguments_for(&self, chosen: Option<&[String]>) -> Vec<String> {
        let values = chosen.unwrap_or(self.default.as_slice());
        values.iter().flat_map(|value| self.arguments_of(value)).collect()
    }

    fn arguments_of(&self, value: &str) -> Vec<String> {
        match self.instead.get(value) {
            Some(own) => own.clone(),
            None => self.arguments.iter().map(|argument| argument.replace(VALUE, value)).collect(),
        }
    }

    /// The problem of an invalid option in a language file; the end of a sentence.
    pub(crate) fn validation_error(&self) -> Option<String> {
        let name = &self.name;
        let is_known = |value: &String| self.values.contains(value);
        let is_text = |text: &String| !text.is_empty() && model::is_all_visible(text);
        let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if name.is_empty() || !name.chars().all(is_name) {
            return Some(format!("has {name:?} as a name; it must be lower-case letters, digits and '-'"));
        }
        if !is_text(&self.about) {
            return Some(format!("must say in `about` what {name} is for, in a sentence"));
        }
        let texts = self.values.iter().chain(&self.arguments).chain(self.instead.values().flatten());
        if self.values.is_empty() || !texts.into_iter().all(is_text) {
            return Some(format!("must give {name} values and arguments that are not empty and can be seen"));
        }
        if self.values.iter().enumerate().any(|(place, value)| self.values[..place].contains(value)) {
            return Some(format!("has a value of {name} twice"));
        }
        if !self.default.iter().chain(self.instead.keys()).all(is_known) {
            return Some(format!("must have in `default` and `instead` of {name} only values that it lists"));
        }
        if self.several && self.default.is_some() {
            return Some(format!("cannot have a default of {name}, of which several values may be chosen"));
        }
        if self.arguments.is_empty() && !self.values.iter().all(|value| self.instead.contains_key(value)) {
            return Some(format!("must say in `arguments` what a value of {name} adds to the command line"));
        }
        None
    }
}
