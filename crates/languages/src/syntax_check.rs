//! Syntax check: the program is checked by its interpreter without running it.

use model::{Ending, Limits, Outcome, SourceFile};

use crate::{
    Command, Language,
    check_settings::{CheckMethod, CheckSettings},
    source_name::unused_name,
};

/// A check to run in a sandbox with the program's files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxCheck {
    /// Command line with complete limits.
    pub command: Command,
    /// Trailing arguments, for a prestarted runtime.
    pub args: Vec<String>,
    /// Files to put beside the program's, replacing files of the same name. If there are any, the first one
    /// runs, so [`Language::can_prestart`] must be called with these files.
    pub files: Vec<SourceFile>,
    reject_code: i32,
    inconclusive: Vec<String>,
}

impl SyntaxCheck {
    /// Whether the check rejects the program. Any other outcome has no meaning: the tests will decide.
    pub fn rejects(&self, outcome: &Outcome) -> bool {
        outcome.ending == Ending::Exited(self.reject_code)
            && self.is_about_syntax(outcome.transcript.all_output())
    }

    /// Whether a rejection with this output is about syntax, and not a failure of code that the check ran.
    fn is_about_syntax(&self, said: &[u8]) -> bool {
        let said = String::from_utf8_lossy(said);
        !said.trim().is_empty() && !self.inconclusive.iter().any(|text| said.contains(text))
    }
}

impl Language {
    /// The syntax check of these files, the first being the main one; `None` if the compiler checks it, or
    /// nothing does. `limits` are those of a run.
    pub fn check(&self, files: &[SourceFile], limits: &Limits) -> Option<SyntaxCheck> {
        let CheckSettings { method: way, exit_code, inconclusive, limits: own } = self.check.as_ref()?;
        let (mut command, args, files) = match way {
            CheckMethod::Command(argv) => {
                (self.command_with_memory(argv, files, &[], limits.memory), Vec::new(), Vec::new())
            }
            CheckMethod::Script(script) => self.script_check(script, files, limits),
        };
        command.limits = Some(Limits { cpu: own.cpu, wall: own.wall, ..*limits });
        Some(SyntaxCheck {
            command,
            args,
            files,
            reject_code: *exit_code,
            inconclusive: inconclusive.clone(),
        })
    }

    /// The sources among these files, the first being the main one, if a runtime that was started ahead can check their syntax
    /// before it runs the program.
    pub fn sources_to_check_ahead(&self, files: &[SourceFile]) -> Option<Vec<String>> {
        let checks =
            self.check.is_some() && self.prestart.as_ref().is_some_and(|waiting| waiting.checks_syntax);
        checks.then(|| self.sources(files))
    }

    fn script_check(
        &self,
        script: &str,
        files: &[SourceFile],
        limits: &Limits,
    ) -> (Command, Vec<String>, Vec<SourceFile>) {
        let mut beside = vec![SourceFile { name: self.main_file.clone(), content: script.into() }];
        let conflicting = files.iter().find(|file| file.name == self.main_file);
        beside.extend(
            conflicting.map(|file| SourceFile { name: unused_name(files, &file.name), ..file.clone() }),
        );
        let stored = |name: &String| match beside.get(1) {
            Some(aside) if *name == self.main_file => aside.name.clone(),
            _ => name.clone(),
        };
        let args: Vec<_> = self.sources(files).into_iter().flat_map(|name| [stored(&name), name]).collect();
        (self.run(&beside, &args, limits.memory), args, beside)
    }
}

#[cfg(test)]
mod tests {
    use model::Bytes;

    use super::*;
    use crate::{Registry, SystemHost};

    #[track_caller]
    fn check(said: &str, is_about_syntax: bool) {
        let registry = Registry::builtin(&SystemHost::new()).expect("sound language files");
        let perl = registry.find("perl").expect("a language");
        let files = [SourceFile { name: "main.pl".to_owned(), content: "".into() }];
        let limits = Limits { memory: Bytes::mib(64), ..Limits::STUDENT };
        let check = perl.check(&files, &limits).expect("is checked");
        assert_eq!(check.is_about_syntax(said.as_bytes()), is_about_syntax, "{said:?}");
    }

    #[test]
    fn a_refusal_that_may_be_a_failure_of_running_code_decides_nothing() {
        check("no input at main.pl line 1.\nBEGIN failed--compilation aborted at main.pl line 1.\n", false);
        check("x at main.pl line 1.\nCHECK failed--call queue aborted.\n", false);
        check("", false);
        check(" \n", false);
    }

    #[test]
    fn a_refusal_of_the_syntax_decides() {
        check("syntax error at main.pl line 1, near \"(;\"\nmain.pl had compilation errors.\n", true);
        check("Can't find string terminator \"'\" anywhere before EOF at main.pl line 1.\n", true);
    }
}
