//! Script programs: `build` and `run` scripts of Kattis packages, run as `bash` programs.
//!
//! Such a program is one of the language `bash` whose main file is named `build` or `run`, without extension.
//! Its scripts can use the compilers and interpreters of this host.

use std::time::Duration;

use model::{Bytes, Cpus, LanguageId, Limits, SourceFile};

use crate::{Command, Toolchain};

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

/// The shell that runs the scripts of such programs.
pub(crate) struct Scripts<'a> {
    toolchain: Option<&'a Toolchain>,
    env: &'a [(String, String)],
}

impl<'a> Scripts<'a> {
    /// The shell of a language; `None` if it is not the one of such programs.
    pub(crate) fn of(
        language: &LanguageId,
        toolchain: Option<&'a Toolchain>,
        env: &'a [(String, String)],
    ) -> Option<Self> {
        (language.as_str() == LANGUAGE).then_some(Self { toolchain, env })
    }

    /// The command that builds these files, with its limits, if they have a build script.
    pub(crate) fn build(&self, files: &[SourceFile]) -> Option<Command> {
        let is_built = main(files) == Some("build");
        is_built.then(|| Command { limits: Some(BUILD_LIMITS), ..self.command(BUILD, &[]) })
    }

    /// The command that runs these files, if they have scripts.
    pub(crate) fn run(&self, files: &[SourceFile], args: &[String]) -> Option<Command> {
        let has_scripts = matches!(main(files), Some("build" | "run"));
        has_scripts.then(|| self.command(RUN, args))
    }

    fn command(&self, script: &str, args: &[String]) -> Command {
        let tool = self.toolchain.map(|toolchain| toolchain.program.to_string_lossy().into_owned());
        let tool = tool.unwrap_or_else(|| LANGUAGE.to_owned());
        let own = [tool, "-c".to_owned(), script.to_owned(), "run".to_owned()];
        Command {
            argv: own.into_iter().chain(args.iter().cloned()).collect(),
            env: self.env.to_vec(),
            limits: None,
        }
    }
}

fn main(files: &[SourceFile]) -> Option<&str> {
    files.first().map(|file| file.name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn only_programs_of_bash_that_begin_with_a_script_are_built_by_it() {
        let file = |name: &str| SourceFile { name: name.to_owned(), content: "".into() };
        let check = |language: &str, names: &[&str], is_built: bool, is_run: bool| {
            let language = LanguageId::new(language);
            let scripts = || Scripts::of(&language, None, &[]);
            let files: Vec<_> = names.iter().map(|name| file(name)).collect();
            assert_eq!(scripts().and_then(|own| own.build(&files)).is_some(), is_built, "{names:?}");
            assert_eq!(scripts().and_then(|own| own.run(&files, &[])).is_some(), is_run, "{names:?}");
        };
        check("bash", &["build", "a.cpp"], true, true);
        check("bash", &["run", "a.py"], false, true);
        check("bash", &["main.sh", "build"], false, false);
        check("bash", &["build.sh"], false, false);
        check("python", &["build"], false, false);
    }
}
