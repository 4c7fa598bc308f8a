//! Runnable program: a program of a package, or a submitted one, in a language of this machine.

use languages::{Availability, Language, Registry};
use model::{LanguageId, Limits, SourceFile, Submission};
use package::{File, Package, TreeError};

/// A program with its files in the order in which languages want them.
#[derive(Debug, Clone)]
pub struct RunnableProgram {
    /// Its language.
    pub language: LanguageId,
    /// Its files, the main one first.
    pub files: Vec<SourceFile>,
}

/// Why a program cannot be run here.
#[derive(Debug, thiserror::Error)]
pub enum NotRunnable {
    /// This machine does not have the language.
    #[error("{0}")]
    Unavailable(String),
    /// It is in no single language that is known from its files.
    #[error("its files' names do not tell one language: rename them, or name it")]
    NoLanguage,
    /// Its files cannot be read.
    #[error(transparent)]
    Tree(#[from] TreeError),
}

/// A program as a package names it.
pub(crate) struct ProgramSource<'a> {
    /// Its language, as far as that is known.
    pub language: Option<&'a str>,
    /// Its files.
    pub files: &'a [File],
    /// The folder that it is in, inside the package; names are seen from there.
    pub folder: String,
    /// Entry point: a file name or a class.
    pub entry_point: Option<&'a str>,
}

impl<'a> ProgramSource<'a> {
    /// A solution.
    pub(crate) fn of(submission: &'a package::Submission) -> Self {
        Self {
            language: submission.language.as_deref(),
            files: &submission.files,
            folder: format!("submissions/{}/", submission.path),
            entry_point: submission.entry_point.as_deref(),
        }
    }
}

impl RunnableProgram {
    /// Reads a program out of its package.
    pub(crate) fn read(
        package: &Package,
        source: &ProgramSource<'_>,
        languages: &Registry,
    ) -> Result<Self, NotRunnable> {
        let language = available_language(source.language, languages)?;
        let read = |file: &File| {
            let name = file.path.strip_prefix(&source.folder).unwrap_or(file.name()).to_owned();
            Ok(SourceFile { name, content: package.tree.source(file)?.into() })
        };
        let files = source.files.iter().map(read).collect::<Result<Vec<_>, TreeError>>()?;
        let mut runnable = Self::new(language, files, source.entry_point);
        let is_named =
            ["default", language.id.as_str()].iter().any(|code| package.includes.contains_key(*code));
        if !is_named {
            runnable.use_default_name(language);
        }
        Ok(runnable)
    }

    /// A program of these files.
    pub(crate) fn new(language: &Language, mut files: Vec<SourceFile>, entry_point: Option<&str>) -> Self {
        files.sort_by_cached_key(|file| (main_file_rank(language, file, entry_point), file.name.clone()));
        Self { language: language.id.clone(), files }
    }

    /// Gives a single file the name that what was started ahead looks for. Its own means nothing to these languages, unless it
    /// is a driver that imports it, or its ending says more than its language.
    fn use_default_name(&mut self, language: &Language) {
        let ending = |name: &str| name.rsplit_once('.').map(|(_, ending)| ending.to_owned());
        if let [only] = &mut self.files[..]
            && language.prestart().is_some()
            && ending(&only.name) == ending(&language.main_file)
        {
            only.name.clone_from(&language.main_file);
        }
    }

    /// Whether it says by its first line or its name that it is written for Python 2, which we run as Python 3.
    pub(crate) fn is_python_2(&self) -> bool {
        let asks = |file: &SourceFile| {
            let first = file.content.as_text().and_then(|text| text.lines().next()).unwrap_or_default();
            file.name.strip_suffix(".py2").is_some() || (first.starts_with("#!") && first.contains("python2"))
        };
        self.language.as_str() == "python" && self.files.iter().any(asks)
    }

    /// As a submission within these limits.
    pub(crate) fn submission(&self, limits: Limits) -> Submission {
        Submission {
            language: self.language.clone(),
            version: None,
            options: model::LanguageOptions::default(),
            files: self.files.clone(),
            stdin: String::new().into(),
            args: Vec::new(),
            limits,
            network: None,
            artifacts: false,
            large: Vec::new(),
        }
    }
}

/// The language, if programs in it can be run here.
pub fn available_language<'a>(
    language: Option<&str>,
    languages: &'a Registry,
) -> Result<&'a Language, NotRunnable> {
    let name = language.ok_or(NotRunnable::NoLanguage)?;
    let found =
        languages.find(name).ok_or_else(|| NotRunnable::Unavailable(format!("{name} is not known here")))?;
    match &found.availability {
        Availability::Available(_) => Ok(found),
        Availability::Unavailable { reason } => {
            Err(NotRunnable::Unavailable(format!("{} cannot be run here: {reason}", found.name)))
        }
    }
}

/// Rank of a file as the main file of a program: lowest first.
pub fn main_file_rank(language: &Language, file: &SourceFile, entry_point: Option<&str>) -> u8 {
    let name = file.name.rsplit('/').next().unwrap_or(&file.name);
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    let begins = |text: &str| file.content.as_text().is_some_and(|content| content.contains(text));
    if entry_point.is_some_and(|point| point == name || point == file.name || point == stem) {
        0
    } else if package::detect_language(name).is_none()
        && !language.extensions.iter().any(|known| known == ending)
    {
        4
    } else if matches!(stem.to_ascii_lowercase().as_str(), "main" | "__main__" | "validate" | "validator") {
        1
    } else if begins("void main(") || begins("int main(") || begins("__main__") {
        2
    } else {
        3
    }
}

#[cfg(test)]
mod tests {
    use languages::SystemHost;

    use super::*;

    fn names(language: &str, files: &[(&str, &str)], entry_point: Option<&str>) -> Vec<String> {
        let languages = Registry::builtin(&SystemHost::new()).expect("valid files");
        let language = languages.find(language).expect("known");
        let files = files
            .iter()
            .map(|(name, content)| SourceFile { name: (*name).to_owned(), content: (*content).into() })
            .collect();
        let mut runnable = RunnableProgram::new(language, files, entry_point);
        runnable.use_default_name(language);
        runnable.files.into_iter().map(|file| file.name).collect()
    }

    #[test]
    fn the_main_file_comes_first() {
        let check = |language, files: &[(&str, &str)], point, first: &str| {
            assert_eq!(names(language, files, point)[0], first, "{files:?}");
        };
        check("cpp", &[("a.h", ""), ("b.cpp", ""), ("main.cpp", "")], None, "main.cpp");
        check("cpp", &[("validate.cc", ""), ("validate.h", "")], None, "validate.cc");
        check(
            "java",
            &[("A.java", "class A {}"), ("B.java", "static void main(String[] a)")],
            None,
            "B.java",
        );
        check("java", &[("A.java", ""), ("Main.java", "")], Some("A"), "A.java");
        check("python", &[("a.py", ""), ("z.py", "")], Some("z.py"), "z.py");
    }

    #[test]
    fn a_single_file_has_the_name_that_is_quickest_and_java_the_one_it_needs() {
        assert_eq!(names("python", &[("sum.py", "")], None), ["main.py"]);
        assert_eq!(names("javascript", &[("sum.mjs", "")], None), ["sum.mjs"]);
        assert_eq!(names("java", &[("Sum.java", "")], None), ["Sum.java"]);
    }

    #[test]
    fn a_language_that_is_not_known_is_told() {
        let languages = Registry::builtin(&SystemHost::new()).expect("valid files");
        let reason = available_language(Some("kotlin"), &languages).expect_err("there is none").to_string();
        assert_eq!(reason, "kotlin is not known here");
    }

    #[test]
    fn a_program_for_python_2_says_so() {
        let languages = Registry::builtin(&SystemHost::new()).expect("valid files");
        let check = |language: &str, name: &str, text: &str, is: bool| {
            let file = SourceFile { name: name.to_owned(), content: text.into() };
            let runnable = RunnableProgram::new(languages.find(language).expect("known"), vec![file], None);
            assert_eq!(runnable.is_python_2(), is, "{name} {text}");
        };
        check("python", "a.py", "#!/usr/bin/env python2\nprint 1\n", true);
        check("python", "a.py2", "print 1\n", true);
        check("python", "a.py", "#!/usr/bin/python\nprint(2)\n", false);
        check("python", "a.py", "print(1)\n# python2\n", false);
        check("bash", "a.sh", "#!/bin/sh python2\n", false);
    }
}
