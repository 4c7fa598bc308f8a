//! Validator chain: several output validators, all of which must accept, as one program of scripts.
//!
//! Scripts of the formats can use `python3`, `cc` and `c++`, so validators in these languages, in Java, and
//! with scripts of their own can be combined.

use std::fmt::Write as _;

use model::{LanguageId, SourceFile};

use super::{
    error::{SuiteError, unsupported},
    sources::{self, RunnableProgram},
};
use crate::{Build, Program, Tree, detect_language};

/// The combined program.
pub(super) fn of(tree: &Tree, programs: &[Program]) -> Result<RunnableProgram, SuiteError> {
    let (mut build, mut run) = (BUILD.to_owned(), RUN.to_owned());
    let mut files = Vec::new();
    for (n, program) in programs.iter().enumerate() {
        let folder = format!("validator{n}");
        let own = sources::sources(tree, &program.files, |file| program.name_of(file))?;
        let names: Vec<_> = own.iter().map(|file| file.name.as_str()).collect();
        let (make, call) = commands(program, &folder, &names)?;
        let _ = writeln!(build, "{make}");
        let _ = writeln!(run, "{call} \"$@\" < .output; code=$?; [ $code = 42 ] || exit $code");
        files.extend(
            own.into_iter().map(|file| SourceFile { name: format!("{folder}/{}", file.name), ..file }),
        );
    }
    run.push_str("exit 42\n");
    let script = |name: &str, content: String| SourceFile { name: name.to_owned(), content: content.into() };
    files.insert(0, script("build", build));
    files.insert(1, script("run", run));
    Ok((LanguageId::new("bash"), files))
}

const BUILD: &str = "#!/bin/sh\nset -e\n";
/// The output is read once and passed to each.
const RUN: &str = "#!/bin/sh\ncat > .output\n";

/// Build and run commands of one validator. `folder` is a generated name; the file names are the package's,
/// the main one first.
fn commands(program: &Program, folder: &str, names: &[&str]) -> Result<(String, String), SuiteError> {
    let main = names.first().copied().unwrap_or_default();
    let compiled =
        |command: String| (format!("(cd {folder} && {command})"), format!("{folder}/validator.out"));
    Ok(match (program.build, program.language.as_deref()) {
        (Build::OwnBuild, _) => {
            (format!("(cd {folder} && chmod +x build && ./build && chmod +x run)"), format!("{folder}/run"))
        }
        (Build::OwnRun, _) => {
            (String::new(), format!("{{ [ -x {folder}/run ] || chmod +x {folder}/run; }} && {folder}/run"))
        }
        (Build::ByLanguage, Some("c")) => {
            compiled(format!("cc -std=gnu17 -O2 -o validator.out {} -lm", sources(names, &["c"])))
        }
        (Build::ByLanguage, Some("cpp")) => {
            compiled(format!("c++ -std=gnu++20 -O2 -o validator.out {}", sources(names, &["c", "cpp"])))
        }
        (Build::ByLanguage, Some("python")) => (String::new(), format!("python3 {folder}/{}", quoted(main))),
        (Build::ByLanguage, Some("java")) => {
            let class = main.rsplit('/').next().unwrap_or(main).trim_end_matches(".java");
            let make = format!("(cd {folder} && javac {})", sources(names, &["java"]));
            (make, format!("java -cp {folder} {}", quoted(class)))
        }
        (Build::ByLanguage, Some("bash")) => (String::new(), format!("bash {folder}/{}", quoted(main))),
        (Build::ByLanguage, _) => {
            return Err(unsupported(
                &program.name,
                "stands beside other validators, and only those in C, C++, Python, Java and Bash can be asked together: keep the one that decides",
            ));
        }
    })
}

/// The files in these languages, as arguments that are never mistaken for options.
fn sources(names: &[&str], languages: &[&str]) -> String {
    let is_source =
        |name: &&&str| detect_language(name).is_some_and(|language| languages.contains(&language));
    let each = names.iter().filter(is_source).map(|name| quoted(&format!("./{name}")));
    each.collect::<Vec<_>>().join(" ")
}

/// A word, quoted for a shell.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_takes_each_name_as_it_is() {
        for name in
            ["a b", "it's", "$(touch hacked)", "`id`", "a;b", "*", "-rf", "~", "!x", "\"q\"", "é", "''"]
        {
            let said = std::process::Command::new("sh")
                .args(["-c", &format!("printf %s {}", quoted(name).replacen('\'', "'-", 1))])
                .output()
                .unwrap();
            assert_eq!(String::from_utf8(said.stdout).unwrap(), format!("-{name}"), "{name}");
        }
    }

    #[test]
    fn only_sources_are_compiled() {
        let names = ["v a.cpp", "lib/x.h", "lib/y.c", "README"];
        assert_eq!(sources(&names, &["c", "cpp"]), "'./v a.cpp' './lib/y.c'");
        assert_eq!(sources(&names, &["c"]), "'./lib/y.c'");
    }
}
