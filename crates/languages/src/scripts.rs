//! Script programs: `build` and `run` scripts of Kattis packages, run as `bash` programs.
//!
//! Such a program is one of the language `bash` whose main file is named `build` or `run`, without extension.
//! Its scripts can use the compilers and interpreters of this host.

use std::time::Duration;

use model::{Bytes, Cpus, Limits, SourceFile};

use crate::{Command, Language};

/// Language of such programs.
const LANGUAGE: &str = "bash";

/// Limits of `build`, which may run a compiler of any language.
const BUILD_LIMITS: Limits = Limits {
    cpu: Duration::from_mins(1),
    cpus: Cpus::ONE,
    wall: Duration::from_secs(90),
    memory: Bytes::mib(1024),
    processes: 64,
    disk: Bytes::mib(128),
    file_size: Bytes::mib(64),
    ..Limits::STUDENT
};

const BUILD: &str = r#"chmod +x build run 2>/dev/null; ./build >&2 || exit; if [ ! -f run ]; then echo "build has made no file called run" >&2; exit 1; fi; chmod +x run"#;
const RUN: &str = r#"[ -x run ] || chmod +x run 2>/dev/null; if [ -x run ]; then exec ./run "$@"; fi; exec bash ./run "$@""#;

/// The command that builds these files, with its limits, if they have a build script.
pub(crate) fn build(language: &Language, files: &[SourceFile]) -> Option<Command> {
    let is_built = is_own(language) && main(files) == Some("build");
    is_built.then(|| Command { limits: Some(BUILD_LIMITS), ..shell(language, BUILD, &[]) })
}

/// The command that runs these files, if they have scripts.
pub(crate) fn run(language: &Language, files: &[SourceFile], args: &[String]) -> Option<Command> {
    let has_scripts = is_own(language) && matches!(main(files), Some("build" | "run"));
    has_scripts.then(|| shell(language, RUN, args))
}

fn is_own(language: &Language) -> bool {
    language.id.as_str() == LANGUAGE
}

fn main(files: &[SourceFile]) -> Option<&str> {
    files.first().map(|file| file.name.as_str())
}

fn shell(language: &Language, script: &str, args: &[String]) -> Command {
    let tool = language.toolchain().map(|toolchain| toolchain.program.to_string_lossy().into_owned());
    let tool = tool.unwrap_or_else(|| LANGUAGE.to_owned());
    let own = [tool, "-c".to_owned(), script.to_owned(), "run".to_owned()];
    Command {
        argv: own.into_iter().chain(args.iter().cloned()).collect(),
        env: language.env.clone(),
        limits: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Registry, SystemHost};

    #[test]
    fn only_programs_of_bash_that_begin_with_a_script_are_built_by_it() {
        let languages = Registry::builtin(&SystemHost::new()).expect("valid files");
        let file = |name: &str| SourceFile { name: name.to_owned(), content: "".into() };
        let check = |language: &str, names: &[&str], is_built: bool, is_run: bool| {
            let language = languages.find(language).expect("known");
            let files: Vec<_> = names.iter().map(|name| file(name)).collect();
            assert_eq!(build(language, &files).is_some(), is_built, "{names:?}");
            assert_eq!(run(language, &files, &[]).is_some(), is_run, "{names:?}");
        };
        check("bash", &["build", "a.cpp"], true, true);
        check("bash", &["run", "a.py"], false, true);
        check("bash", &["main.sh", "build"], false, false);
        check("bash", &["build.sh"], false, false);
        check("python", &["build"], false, false);
    }
}
