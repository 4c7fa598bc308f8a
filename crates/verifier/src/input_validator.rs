//! Input validator: checks one input by a program in a sandbox, or by a description in checktestdata's language.

use std::{io::Read as _, time::Instant};

use model::{Ending, Outcome, Stream, signal_name, terminal, wording::error_chain};
use package::{Case, Content, InputFlags, Package, Program, TestAction};

use crate::{
    input_description,
    loaded_package::LoadedPackage,
    local_judge::LocalJudge,
    package_programs::auxiliary_program,
    program_limits::validator_limits,
    runnable_program::{NotRunnable, RunnableProgram, available_language},
    validity::Validity,
};

/// The largest input that is checked, in bytes.
pub(crate) const MAX_BYTES: u64 = 64 * 1024 * 1024;
/// The exit code of the format.
const VALID: i32 = 42;

/// An input validator, ready to be asked.
pub(crate) struct InputValidator {
    /// Its name in the package.
    pub name: String,
    kind: Kind,
}

enum Kind {
    /// A program, run in a sandbox.
    Program(RunnableProgram),
    /// A description, which is read and not run.
    Description(input_description::Description),
}

/// Why a validator cannot be asked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ValidatorError {
    /// This machine does not have its language.
    NotRunnable(String),
    /// Something is wrong with it.
    Broken(String),
}

impl InputValidator {
    /// The validator that a program of the package is.
    pub(crate) fn of(
        program: &Program,
        package: &Package,
        local_judge: &LocalJudge,
    ) -> Result<Self, ValidatorError> {
        let name = program.name.clone();
        if program.language.as_deref() == Some(input_description::LANGUAGE) {
            let read = input_description::read(program, package).map_err(ValidatorError::Broken)?;
            return Ok(Self { name, kind: Kind::Description(read) });
        }
        match auxiliary_program(package, program, local_judge.languages()) {
            Ok(runnable) => Ok(Self { name, kind: Kind::Program(runnable) }),
            Err(NotRunnable::Unavailable(why)) => Err(ValidatorError::NotRunnable(why)),
            Err(error @ (NotRunnable::NoLanguage | NotRunnable::Tree(_))) => {
                Err(ValidatorError::Broken(error.to_string()))
            }
        }
    }

    /// Checks the input of a test, until `end`.
    pub(crate) async fn check(
        &self,
        local_judge: &LocalJudge,
        loaded: &LoadedPackage,
        case: &Case,
        end: Instant,
    ) -> Validity {
        if Instant::now() >= end {
            return Validity::OutOfTime;
        }
        let Some(content) = input(case) else { return Validity::Valid };
        let stdin = match read(&loaded.package, content) {
            Ok(stdin) => stdin,
            Err(error) => return Validity::Rejected(error.to_string()),
        };
        match &self.kind {
            Kind::Program(runnable) => self.run(runnable, (local_judge, loaded), (case, stdin), end).await,
            Kind::Description(description) => {
                input_description::check(description, stdin, local_judge, end).await
            }
        }
    }

    async fn run(
        &self,
        runnable: &RunnableProgram,
        (local_judge, loaded): (&LocalJudge, &LoadedPackage),
        (case, stdin): (&Case, Vec<u8>),
        end: Instant,
    ) -> Validity {
        let language = match available_language(Some(runnable.language.as_str()), local_judge.languages()) {
            Ok(language) => language,
            Err(error) => return Validity::Broken(error.to_string()),
        };
        let limits = validator_limits(&loaded.package, language);
        let limits = model::Limits { memory: limits.memory.min(local_judge.most_memory()), ..limits };
        let mut submission = runnable.submission(limits);
        submission.stdin = stdin.into();
        // In 2025-09 a test's own arguments come behind; elsewhere there are none.
        submission.args = flags(&case.input_flags, &self.name);
        submission.args.extend(case.args.iter().cloned());
        let report = match local_judge.run_until(&submission, end).await {
            Ok(ran) => ran.report,
            Err(error) => return Validity::Rejected(format!("it could not be run: {}", error_chain(&error))),
        };
        match (report.run, report.compile) {
            (Some(run), _) => answer(&run, end),
            (None, _) if Instant::now() >= end => Validity::OutOfTime,
            (None, compile) => {
                let said =
                    compile.map(|compile| first_line(compile.transcript.all_output())).unwrap_or_default();
                Validity::Broken(format!("it does not compile: {said}"))
            }
        }
    }
}

fn answer(run: &Outcome, end: Instant) -> Validity {
    let said = first_line(&[run.transcript.of(Stream::Stderr), run.transcript.of(Stream::Stdout)].concat());
    let because = if said.is_empty() { String::new() } else { format!(": {said}") };
    match run.ending {
        Ending::Exited(VALID) => Validity::Valid,
        Ending::Exited(code) => Validity::Rejected(format!("exit code {code} instead of {VALID}{because}")),
        // Its own limits are later than the end of all.
        Ending::WallLimit if Instant::now() >= end => Validity::OutOfTime,
        ending => Validity::Rejected(format!("{}{because}", ended(ending))),
    }
}

/// The input of a test that has one.
pub(crate) fn input(case: &Case) -> Option<&Content> {
    match &case.test {
        TestAction::Streams { input, .. } => Some(input),
        TestAction::Call { .. } => None,
    }
}

fn read(package: &Package, content: &Content) -> Result<Vec<u8>, package::TreeError> {
    match content {
        Content::Text(text) => Ok(text.clone().into_bytes()),
        Content::File(file) => {
            let mut bytes = Vec::new();
            let read = package.tree.open(file)?.take(MAX_BYTES).read_to_end(&mut bytes);
            read.map(|_| bytes).map_err(|source| package::TreeError::Read { name: file.path.clone(), source })
        }
    }
}

fn flags(flags: &InputFlags, validator: &str) -> Vec<String> {
    match flags {
        InputFlags::Each(flags) => flags.clone(),
        InputFlags::Named(named) => {
            let found = named.iter().find(|(name, _)| {
                name == validator || validator.split_once('.').is_some_and(|(stem, _)| stem == name)
            });
            found.map(|(_, flags)| flags.clone()).unwrap_or_default()
        }
    }
}

fn ended(ending: Ending) -> String {
    match ending {
        Ending::Exited(code) => format!("exit code {code}"),
        Ending::Signalled(signal) => format!("{} ended it", signal_name(signal)),
        Ending::CpuLimit | Ending::WallLimit | Ending::IdleLimit => "it took too long".to_owned(),
        Ending::MemoryLimit => "it used too much memory".to_owned(),
        Ending::OutputLimit => "it wrote too much".to_owned(),
        Ending::ProcessLimit => "it wanted too many processes".to_owned(),
        Ending::DiskLimit => "it ran out of disk".to_owned(),
        Ending::ForbiddenCall => "it made a system call that only an attack makes".to_owned(),
        Ending::InputLimit | Ending::Cancelled => "it was stopped".to_owned(),
    }
}

/// First line of a message, shortened.
fn first_line(said: &[u8]) -> String {
    let said = String::from_utf8_lossy(said);
    let first = said.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    terminal::line(&first.chars().take(200).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_found_by_the_validators_name_with_its_ending_or_without() {
        let named = InputFlags::Named(vec![("format".to_owned(), vec!["--n".to_owned()])]);
        assert_eq!(flags(&named, "format.py"), ["--n"]);
        assert_eq!(flags(&named, "format"), ["--n"]);
        assert_eq!(flags(&named, "other.py"), [""; 0]);
        assert_eq!(flags(&InputFlags::Each(vec!["7".to_owned()]), "any"), ["7"]);
    }

    #[test]
    fn only_the_first_line_is_told_and_none_of_its_escapes() {
        assert_eq!(first_line(b"\n \x1b[31mline 3: bad\nTraceback"), "␛[31mline 3: bad");
    }
}
