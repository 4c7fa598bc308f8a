//! The syntax of a program, checked by its interpreter without running it.

use model::{Limits, SourceFile};

use crate::{Command, Language, calling::free_name, template::Template};

/// How a language's syntax is checked, as its file says.
#[derive(Debug, Clone)]
pub(crate) struct SyntaxCheck {
    pub(crate) way: CheckWay,
    pub(crate) exit_code: i32,
    /// CPU time and time on the clock; all else is the run's.
    pub(crate) limits: Limits,
}

/// By what it is checked.
#[derive(Debug, Clone)]
pub(crate) enum CheckWay {
    /// By a command line of its own.
    Command(Template),
    /// By a script in the same language that runs in place of the program, so that a runtime that waits for one can run it. Its
    /// arguments come in pairs: where a source lies, and what it is called.
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
    /// The exit code that says that the program is none. Any other end says nothing: the tests will show.
    pub refused: i32,
}

impl Language {
    /// How the syntax of these files is checked, the first being the main one; `None` where compiling shows it, or nothing does.
    /// `limits` are those of a run.
    pub fn check(&self, files: &[SourceFile], limits: &Limits) -> Option<Check> {
        let SyntaxCheck { way, exit_code, limits: own } = self.check.as_ref()?;
        let (mut command, args, files) = match way {
            CheckWay::Command(argv) => {
                (self.command_within(argv, files, &[], limits.memory), Vec::new(), Vec::new())
            }
            CheckWay::Script(script) => self.scripted(script, files, limits),
        };
        command.limits = Some(Limits { cpu: own.cpu, wall: own.wall, ..*limits });
        Some(Check { command, args, files, refused: *exit_code })
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
