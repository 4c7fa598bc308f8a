//! Options of a submission: checked against those of its language, and applied to its command lines.

use std::borrow::Cow;

use model::LanguageOptions;

use crate::{
    Language,
    language_option::{LanguageOption, OptionError},
};

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
                let all: Vec<_> = option
                    .values
                    .iter()
                    .map(|value| option.arguments_for(Some(std::slice::from_ref(value))))
                    .collect();
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
