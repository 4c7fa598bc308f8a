//! The syntax of a program, checked by its interpreter without running it.

use model::{Ending, Limits, Outcome, SourceFile};

use crate::{Command, Language, calling::free_name, template::Template};

/// How a language's syntax is checked, as its file says.
#[derive(Debug, Clone)]
pub(crate) struct SyntaxCheck {
    pub(crate) way: CheckWay,
    pub(crate) exit_code: i32,
    /// Texts of a refusal that decides nothing: code of the program ran, and failed.
    pub(crate) inconclusive: Vec<String>,
    /// CPU time and time on the clock; all else is the run's.
    pub(crate) limits: Limits,
}

/// By what it is checked.
#[derive(Debug, Clone)]
pub(crate) enum CheckWay {
    /// By a command line of its own.
    Command(Template),
    /// By a script in the same language that runs in place of the program, so that a runtime that waits for one can run it. Its
    /// arguments come in pairs: where a source lies, and what it is called. It puts each source in its place first, its own
    /// included: runtimes quote lines of the file that has the name, and must find the submitter's there.
    Script(String),
}

/// A check to be run in a sandbox with the program's files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// The command line; its limits are whole.
    pub command: Command,
    /// The arguments at its end, for a runtime that was started ahead.
    pub args: Vec<String>,
    /// To be put beside the program's files; where one of these has the same name, this one takes its place. If there are any,
    /// the first is what runs, so [`Language::can_run_ahead`] is to be asked with these.
    pub files: Vec<SourceFile>,
    refused: i32,
    inconclusive: Vec<String>,
}

impl Check {
    /// Whether it found that the program is none. Everything else says nothing: the tests will show.
    pub fn refuses(&self, outcome: &Outcome) -> bool {
        outcome.ending == Ending::Exited(self.refused) && self.is_about_syntax(outcome.transcript.combined())
    }

    /// Whether a refusal with these words is one of the syntax, and no failure of code that the check ran.
    fn is_about_syntax(&self, said: &[u8]) -> bool {
        let said = String::from_utf8_lossy(said);
        !said.trim().is_empty() && !self.inconclusive.iter().any(|text| said.contains(text))
    }
}

impl Language {
    /// How the syntax of these files is checked, the first being the main one; `None` where compiling shows it, or nothing does.
    /// `limits` are those of a run.
    pub fn check(&self, files: &[SourceFile], limits: &Limits) -> Option<Check> {
        let SyntaxCheck { way, exit_code, inconclusive, limits: own } = self.check.as_ref()?;
        let (mut command, args, files) = match way {
            CheckWay::Command(argv) => {
                (self.command_within(argv, files, &[], limits.memory), Vec::new(), Vec::new())
            }
            CheckWay::Script(script) => self.scripted(script, files, limits),
        };
        command.limits = Some(Limits { cpu: own.cpu, wall: own.wall, ..*limits });
        Some(Check { command, args, files, refused: *exit_code, inconclusive: inconclusive.clone() })
    }

    /// The sources among these files, the first being the main one, if a runtime that was started ahead can check their syntax
    /// before it runs the program.
    pub fn sources_to_check_ahead(&self, files: &[SourceFile]) -> Option<Vec<String>> {
        let checks =
            self.check.is_some() && self.prestart.as_ref().is_some_and(|waiting| waiting.checks_syntax);
        checks.then(|| self.sources(files))
    }

    fn scripted(
        &self,
        script: &str,
        files: &[SourceFile],
        limits: &Limits,
    ) -> (Command, Vec<String>, Vec<SourceFile>) {
        let mut beside = vec![SourceFile { name: self.main_file.clone(), content: script.into() }];
        let in_the_way = files.iter().find(|file| file.name == self.main_file);
        beside
            .extend(in_the_way.map(|file| SourceFile { name: free_name(files, &file.name), ..file.clone() }));
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
