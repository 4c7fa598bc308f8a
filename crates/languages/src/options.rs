//! Language options: choices of a submission that add arguments to the command lines.
//!
//! A language file lists every value with its arguments. A submission names values and never writes an
//! argument, so its choice cannot become a flag that the file does not have.

use std::{borrow::Cow, collections::BTreeMap};

use model::{LanguageOptions, quoted};
use serde::Deserialize;

use crate::Language;

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
    fn check(&self, chosen: &[String]) -> Result<(), OptionError> {
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

impl Language {
    /// The options of a submission.
    pub fn options(&self) -> &[LanguageOption] {
        &self.options
    }

    /// Checks chosen options.
    pub fn check_options(&self, chosen: &LanguageOptions) -> Result<(), Vec<(String, OptionError)>> {
        let wrong = |(name, values): (&str, &[String])| {
            let checked = match self.option(name) {
                Some(option) => option.check(values),
                None => Err(self.no_such_option()),
            };
            checked.err().map(|error| (name.to_owned(), error))
        };
        let wrong: Vec<_> = chosen.iter().filter_map(wrong).collect();
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }

    /// The language with these options, which its commands apply.
    pub fn with_options(&self, chosen: &LanguageOptions) -> Result<Cow<'_, Self>, (String, OptionError)> {
        if chosen.is_empty() {
            return Ok(Cow::Borrowed(self));
        }
        self.check_options(chosen).map_err(|mut wrong| wrong.swap_remove(0))?;
        Ok(Cow::Owned(Self { chosen_options: chosen.clone(), ..self.clone() }))
    }

    /// Whether the run has its default arguments, so that a prestarted runtime can be used.
    pub(crate) fn has_default_run(&self) -> bool {
        let is_usual = |option: &LanguageOption| {
            option.arguments_for(self.chosen_options.get(&option.name)) == option.arguments_for(None)
        };
        self.options.iter().filter(|option| self.run.takes_option(&option.name)).all(is_usual)
    }

    fn option(&self, name: &str) -> Option<&LanguageOption> {
        self.options.iter().find(|option| option.name == name)
    }

    fn no_such_option(&self) -> OptionError {
        let language = self.name.clone();
        if self.options.is_empty() {
            return OptionError::NoOptions { language };
        }
        OptionError::Unknown {
            language,
            known: self.options.iter().map(|option| option.name.clone()).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Registry, SystemHost, builtin_files};
    use model::{Bytes, SourceFile};
    use std::sync::LazyLock;

    static REGISTRY: LazyLock<Registry> =
        LazyLock::new(|| Registry::builtin(&SystemHost::new()).expect("sound language files"));

    fn chosen(all: &[(&str, &str)]) -> LanguageOptions {
        let mut options = LanguageOptions::default();
        for (name, value) in all {
            options.add(*name, *value);
        }
        options
    }

    /// The arguments after the program of what compiles (or, where nothing does, runs) a program with these choices.
    fn arguments(language: &str, options: &[(&str, &str)]) -> Vec<String> {
        let language = REGISTRY.find(language).expect("a language");
        let language = language.with_options(&chosen(options)).expect("its options");
        let files = [SourceFile { name: language.main_file.clone(), content: "".into() }];
        let command = language.compile(&files).unwrap_or_else(|| language.run(&files, &[], Bytes::mib(128)));
        command.argv.into_iter().skip(1).collect()
    }

    #[track_caller]
    fn check(language: &str, options: &[(&str, &str)], has: &[&str]) {
        let arguments = arguments(language, options);
        assert!(
            arguments.windows(has.len()).any(|some| some == has),
            "{language} {options:?}: {arguments:?}"
        );
    }

    #[track_caller]
    fn refused(language: &str, options: &[(&str, &str)], says: &str) {
        let wrong = REGISTRY.find(language).expect("a language").check_options(&chosen(options));
        let told: Vec<_> =
            wrong.expect_err(says).into_iter().map(|(name, error)| format!("{name} {error}")).collect();
        assert!(told.len() == 1 && told[0].contains(says), "{told:?}");
    }

    #[test]
    fn what_is_chosen_is_in_the_command_line_and_what_is_not_keeps_its_default() {
        check("c", &[], &["-std=gnu17", "-O2", "-Wall"]);
        check("c", &[("std", "c99"), ("optimize", "0")], &["-std=c99", "-O0", "-Wall"]);
        check("cpp", &[], &["-std=gnu++20", "-O2", "-Wall"]);
        check(
            "cpp",
            &[("std", "c++17"), ("warnings", "all")],
            &["-std=c++17", "-O2", "-Wall", "-Wextra", "-Wpedantic"],
        );
        check("cpp", &[("flags", "-g"), ("flags", "-Wshadow")], &["-g", "-Wshadow"]);
        check("rust", &[], &["--edition", "2021"]);
        check("rust", &[("edition", "2024")], &["--edition", "2024"]);
        check("rust", &[("overflow-checks", "off")], &["-C", "overflow-checks=off"]);
        check("java", &[("release", "11")], &["--release", "11"]);
        check("java", &[("lint", "all")], &["-Xlint:all"]);
        check("python", &[("optimize", "1")], &["-O", "main.py"]);
        check("python", &[("warnings", "error")], &["-W", "error", "main.py"]);
        assert!(!arguments("java", &[]).iter().any(|argument| argument == "--release"));
    }

    #[test]
    fn what_the_language_does_not_have_is_refused_with_what_it_has() {
        refused("c", &[("std", "c++20")], "std must be one of c89, c99,");
        refused(
            "c",
            &[("standard", "c99")],
            "standard is no option of C; there are std, optimize, warnings, flags",
        );
        refused("c", &[("std", "c99"), ("std", "c11")], "std takes one value, and there are 2");
        refused("c", &[("flags", "-g"), ("flags", "-g")], "\"-g\" comes twice");
        refused("c", &[("flags", "-fplugin=x.so")], "flags must be some of -g,");
        refused("c", &[("flags", "-g -o /tmp/x")], "not \"-g -o /tmp/x\"");
        refused("lua", &[("std", "c99")], "is not taken: Lua has no options");
    }

    #[test]
    fn a_runtime_that_waits_runs_programs_without_choices_alone() {
        let python = REGISTRY.find("python").expect("a language");
        let files = [SourceFile { name: python.main_file.clone(), content: "".into() }];
        for (options, ahead) in [(&[][..], true), (&[("optimize", "0")], true), (&[("optimize", "2")], false)]
        {
            let python = python.with_options(&chosen(options)).expect("its options");
            assert_eq!(python.can_prestart(&files), ahead, "{options:?}");
        }
    }

    #[test]
    fn every_value_of_every_language_has_arguments_that_are_no_others() {
        for language in REGISTRY.all() {
            for option in language.options() {
                let all: Vec<_> = option.values.iter().map(|value| option.arguments_of(value)).collect();
                for (place, own) in all.iter().enumerate() {
                    assert!(!all[..place].contains(own), "{} {}: {own:?}", language.id, option.name);
                }
            }
        }
    }

    /// The file of C with this among its options.
    fn with(option: &str) -> Result<Registry, crate::LanguageError> {
        let change = |(name, text): (String, String)| {
            let text = if name == "c.toml" { format!("{text}\n[[options]]\n{option}\n") } else { text };
            (name, text)
        };
        Registry::load(builtin_files().into_iter().map(change), &SystemHost::new())
    }

    #[test]
    fn a_language_file_with_an_option_that_cannot_be_right_is_refused() {
        for (option, says) in [
            ("name = 'X'\nabout = 'x'\nvalues = ['1']\narguments = ['a']", "lower-case letters"),
            ("name = 'x'\nabout = ''\nvalues = ['1']\narguments = ['a']", "what x is for"),
            ("name = 'x'\nabout = 'x'\nvalues = []\narguments = ['a']", "must give x values"),
            ("name = 'x'\nabout = 'x'\nvalues = ['1', '1']\narguments = ['a']", "has a value of x twice"),
            (
                "name = 'x'\nabout = 'x'\nvalues = ['1']\ndefault = '2'\narguments = ['a']",
                "only values that it lists",
            ),
            (
                "name = 'x'\nabout = 'x'\nvalues = ['1']\ndefault = '1'\nseveral = true\narguments = ['a']",
                "cannot have a default",
            ),
            ("name = 'x'\nabout = 'x'\nvalues = ['1']", "must say in `arguments`"),
            ("name = 'x'\nabout = 'x'\nvalues = ['1']\narguments = ['a']", "{option:x}, has no place in"),
            ("name = 'std'\nabout = 'x'\nvalues = ['1']\narguments = ['a']", "std twice"),
        ] {
            let error = with(option).expect_err(option).to_string();
            assert!(error.contains(says), "{option}: {error}");
        }
    }
}
