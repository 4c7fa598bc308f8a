//! Driver files of problems: detection, and file names of the submission beside a driver.
//!
//! A problem may add a driver to each submission, which is the entry file in its place. The driver imports
//! the submission, or is compiled with it, so the submission needs a name of its own. Code without a file
//! name gets the name that the driver imports.

use model::{SourceFile, names_clash};

use crate::{Language, entry::MAX_FILE_NAME, imports::imported_names, source_name::has_extension};

/// File names of drivers, without extension, in upper or lower case.
const DRIVER_STEMS: [&str; 2] = ["main", "__main__"];

/// Name of code without a file name, if the driver imports none.
const DEFAULT_STEM: &str = "submission";

/// Merges the files of a submission with those of the problem: the driver first, if there is one, else the
/// submission's.
pub(crate) fn merge_included(
    language: &Language,
    files: &[SourceFile],
    included: &[SourceFile],
) -> Vec<SourceFile> {
    let Some(driver) = included.iter().find(|file| is_driver(&file.name, &language.extensions)) else {
        return overlay_files(files.to_vec(), included);
    };
    let mut own = files.to_vec();
    if let [only] = &mut own[..] {
        let is_taken = included.iter().any(|file| file.name == only.name);
        // The default name of code without a file name.
        let is_unnamed = only.name == language.main_file;
        let imported =
            (is_taken || is_unnamed).then(|| submission_name(language, only, driver, included)).flatten();
        let any = is_taken.then(|| with_extension(DEFAULT_STEM, &only.name));
        only.name = imported.or(any).unwrap_or_else(|| only.name.clone());
    }
    let others: Vec<_> = included.iter().filter(|file| file.name != driver.name).cloned().collect();
    own.retain(|file| !names_clash(&file.name, &driver.name));
    let mut all = vec![driver.clone()];
    all.extend(overlay_files(own, &others));
    all
}

/// Merges the submitted files with the problem's, which have priority. A submitted file is dropped if it
/// needs a folder where the problem has a file, or the reverse.
pub(crate) fn overlay_files(mut files: Vec<SourceFile>, included: &[SourceFile]) -> Vec<SourceFile> {
    for file in included {
        files.retain(|submitted| submitted.name == file.name || !names_clash(&submitted.name, &file.name));
        match files.iter_mut().find(|submitted| submitted.name == file.name) {
            Some(submitted) => *submitted = file.clone(),
            None => files.push(file.clone()),
        }
    }
    files
}

fn is_driver(name: &str, extensions: &[String]) -> bool {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    has_extension(name, extensions) && DRIVER_STEMS.iter().any(|driver| stem.eq_ignore_ascii_case(driver))
}

/// The name under which the driver finds the submission: from the content of the submission, or from the
/// driver's imports.
fn submission_name(
    language: &Language,
    file: &SourceFile,
    driver: &SourceFile,
    included: &[SourceFile],
) -> Option<String> {
    let by_content = language.entry.name_by_content(file).into_iter();
    let imported = imported_names(&language.imports, &String::from_utf8_lossy(driver.content.as_bytes()));
    let mut names = by_content.chain(imported).map(|name| with_extension(&name, &file.name));
    names.find(|name| name.len() <= MAX_FILE_NAME && included.iter().all(|file| file.name != *name))
}

/// A name with the extension of a file, unless it has one.
fn with_extension(name: &str, file: &str) -> String {
    let file = file.rsplit('/').next().unwrap_or(file);
    match file.rsplit_once('.') {
        Some((_, extension)) if !name.contains('.') => format!("{name}.{extension}"),
        Some(_) | None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use crate::{Registry, SystemHost};

    use super::*;

    fn file(name: &str, content: &str) -> SourceFile {
        SourceFile { name: name.to_owned(), content: content.into() }
    }

    /// The names of one submitted file and what the problem adds, as they come to lie in the work folder.
    fn names(language: &str, submitted: (&str, &str), included: &[(&str, &str)]) -> Vec<String> {
        let registry = Registry::builtin(&SystemHost::new()).expect("sound language files");
        let language = registry.find(language).expect("a language");
        let included: Vec<_> = included.iter().map(|(name, content)| file(name, content)).collect();
        let files = merge_included(language, &[file(submitted.0, submitted.1)], &included);
        files.into_iter().map(|file| file.name).collect()
    }

    #[test]
    fn a_driver_begins_and_the_submission_keeps_its_name() {
        assert_eq!(names("python", ("sol.py", ""), &[("main.py", "import sol")]), ["main.py", "sol.py"]);
        assert_eq!(names("python", ("sol.py", ""), &[("__main__.py", "")]), ["__main__.py", "sol.py"]);
        assert_eq!(names("java", ("Sol.java", ""), &[("Main.java", "")]), ["Main.java", "Sol.java"]);
        assert_eq!(names("cpp", ("sol.cc", ""), &[("main.cpp", "")]), ["main.cpp", "sol.cc"]);
    }

    #[test]
    fn code_without_a_name_gets_the_one_that_the_driver_imports() {
        let check = |language: &str, main: &str, driver: &str, expected: &str| {
            assert_eq!(
                names(language, (main, "class Sol {}"), &[(main, driver)]),
                [main, expected],
                "{driver}"
            );
        };
        check("python", "main.py", "import sys, sol\nprint(sol.add(1))", "sol.py");
        check("python", "main.py", "from math import pi\nfrom sol import add", "sol.py");
        check("javascript", "main.js", "const fs = require('fs');\nconst s = require('./sol.js');", "sol.js");
        check("javascript", "main.js", "import { f } from \"./sol.js\";", "sol.js");
        check("typescript", "main.ts", "import { f } from './sol';", "sol.ts");
        check("ruby", "main.rb", "require 'set'\nrequire_relative 'sol'", "sol.rb");
        check("php", "main.php", "<?php require __DIR__ . '/sol.php';", "sol.php");
        check("perl", "main.pl", "use strict;\nrequire './sol.pl';", "sol.pl");
        check("lua", "main.lua", "local s = require(\"sol\")", "sol.lua");
        check("bash", "main.sh", "source ./sol.sh", "sol.sh");
        check("rust", "main.rs", "mod sol;\nfn main() {}", "sol.rs");
        check("java", "Main.java", "Sol.f();", "Sol.java");
        assert_eq!(
            names("python", ("main.py", ""), &[("__main__.py", "import sol")]),
            ["__main__.py", "sol.py"]
        );
        check("go", "main.go", "package main", "submission.go");
        check("cpp", "main.cpp", "int f();", "submission.cpp");
        check("c", "main.c", "int f();", "submission.c");
    }

    #[test]
    fn without_a_driver_the_submission_begins_and_files_of_the_same_name_are_replaced() {
        let helper = ("helper.py", "theirs");
        assert_eq!(names("python", ("main.py", ""), &[helper]), ["main.py", "helper.py"]);
        assert_eq!(names("python", ("helper.py", ""), &[helper]), ["helper.py"]);
        let files = overlay_files(vec![file("helper.py", "ours")], &[file("helper.py", "theirs")]);
        assert_eq!(files, [file("helper.py", "theirs")]);
    }
}
