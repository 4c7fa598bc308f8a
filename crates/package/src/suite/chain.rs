//! Several output validators, all of which must accept: one program of scripts that asks each in turn.
//!
//! The formats let scripts find `python3`, `cc` and `c++`, so validators in these languages, in Java, and with scripts of
//! their own can be put together.

use std::fmt::Write as _;

use model::{LanguageId, SourceFile};

use super::{SuiteProblem, programs, unsupported};
use crate::{Build, Program, Tree};

/// The program that asks all of these.
pub(super) fn of(tree: &Tree, programs: &[Program]) -> Result<programs::Ready, SuiteProblem> {
    let (mut build, mut run) = (BUILD.to_owned(), RUN.to_owned());
    let mut files = Vec::new();
    for (n, program) in programs.iter().enumerate() {
        let folder = format!("validator{n}");
        let own = programs::sources(tree, &program.files, |file| program.name_of(file))?;
        let sources: Vec<_> = own
            .into_iter()
            .map(|file| SourceFile { name: format!("{folder}/{}", file.name), ..file })
            .collect();
        let main = sources.first().map_or("", |file| file.name.as_str());
        let (make, call) = commands(program, &folder, main)?;
        let _ = writeln!(build, "{make}");
        let _ = writeln!(run, "{call} \"$@\" < .output; code=$?; [ $code = 42 ] || exit $code");
        files.extend(sources);
    }
    run.push_str("exit 42\n");
    let script = |name: &str, content: String| SourceFile { name: name.to_owned(), content: content.into() };
    files.insert(0, script("build", build));
    files.insert(1, script("run", run));
    Ok((LanguageId::new("bash"), files))
}

const BUILD: &str = "#!/bin/sh\nset -e\n";
/// The output is read once and given to each.
const RUN: &str = "#!/bin/sh\ncat > .output\n";

/// How one of them is built and called.
fn commands(program: &Program, folder: &str, main: &str) -> Result<(String, String), SuiteProblem> {
    let compiled = |command: &str| (format!("(cd {folder} && {command})"), format!("{folder}/validator.out"));
    Ok(match (program.build, program.language.as_deref()) {
        (Build::OwnBuild, _) => {
            (format!("(cd {folder} && chmod +x build && ./build && chmod +x run)"), format!("{folder}/run"))
        }
        (Build::OwnRun, _) => {
            (String::new(), format!("{{ [ -x {folder}/run ] || chmod +x {folder}/run; }} && {folder}/run"))
        }
        (Build::ByLanguage, Some("c")) => {
            compiled("cc -std=gnu17 -O2 -o validator.out $(find . -name '*.c') -lm")
        }
        (Build::ByLanguage, Some("cpp")) => compiled(
            "c++ -std=gnu++20 -O2 -o validator.out $(find . -name '*.c' -o -name '*.cc' -o -name '*.cpp' -o -name '*.cxx' -o -name '*.c++' -o -name '*.C')",
        ),
        (Build::ByLanguage, Some("python")) => (String::new(), format!("python3 {main}")),
        (Build::ByLanguage, Some("java")) => {
            let class = main.rsplit('/').next().unwrap_or(main).trim_end_matches(".java");
            (format!("(cd {folder} && javac *.java)"), format!("java -cp {folder} {class}"))
        }
        (Build::ByLanguage, Some("bash")) => (String::new(), format!("bash {main}")),
        (Build::ByLanguage, _) => {
            return Err(unsupported(
                &program.name,
                "stands beside other validators, and only those in C, C++, Python, Java and Bash can be asked together: keep the one that decides",
            ));
        }
    })
}
