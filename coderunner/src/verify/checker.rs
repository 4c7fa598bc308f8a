//! An input validator, asked about one input: a program in a sandbox, or a description in checktestdata's language.

use std::{io::Read as _, time::Instant};

use model::{Ending, Outcome, Stream};
use package::{Case, Content, InputFlags, Package, Program, TestAction};

use super::described;
use crate::{
    problem::{Entry, Examiner, NotHere, Subject, find_language, of_program, validator_limits},
    show,
};

/// The largest input that is checked, in bytes.
pub(super) const MOST_BYTES: u64 = 64 * 1024 * 1024;
/// The exit code of the format.
const VALID: i32 = 42;

/// An input validator, ready to be asked.
pub(super) struct Checker {
    /// Its name in the package.
    pub name: String,
    kind: Kind,
}

enum Kind {
    /// A program, run in a sandbox.
    Program(Entry),
    /// A description, which is read and not run.
    Description(described::Description),
}

/// Why a validator cannot be asked.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unusable {
    /// This machine does not have its language.
    NotHere(String),
    /// Something is wrong with it.
    Broken(String),
}

/// What a validator says of an input.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// It is valid.
    Valid,
    /// It is not; how the validator ended and what it said.
    Rejected(String),
    /// The validator itself is no program that could say anything.
    Broken(String),
    /// There was no time left.
    OutOfTime,
}

impl Checker {
    /// The checker that a program of the package is.
    pub(super) fn of(program: &Program, package: &Package, examiner: &Examiner) -> Result<Self, Unusable> {
        let name = program.name.clone();
        if program.language.as_deref() == Some(described::LANGUAGE) {
            let read = described::read(program, package).map_err(Unusable::Broken)?;
            return Ok(Self { name, kind: Kind::Description(read) });
        }
        match of_program(package, program, examiner.languages()) {
            Ok(entry) => Ok(Self { name, kind: Kind::Program(entry) }),
            Err(NotHere::Unavailable(why)) => Err(Unusable::NotHere(why)),
            Err(error @ (NotHere::NoLanguage | NotHere::Tree(_))) => Err(Unusable::Broken(error.to_string())),
        }
    }

    /// What it says of a test's input, until then.
    pub(super) async fn ask(
        &self,
        examiner: &Examiner,
        subject: &Subject,
        case: &Case,
        end: Instant,
    ) -> Answer {
        if Instant::now() >= end {
            return Answer::OutOfTime;
        }
        let Some(content) = input(case) else { return Answer::Valid };
        let stdin = match read(&subject.package, content) {
            Ok(stdin) => stdin,
            Err(error) => return Answer::Rejected(error.to_string()),
        };
        match &self.kind {
            Kind::Program(entry) => self.run(entry, (examiner, subject), (case, stdin), end).await,
            Kind::Description(description) => described::check(description, stdin, examiner, end).await,
        }
    }

    async fn run(
        &self,
        entry: &Entry,
        (examiner, subject): (&Examiner, &Subject),
        (case, stdin): (&Case, Vec<u8>),
        end: Instant,
    ) -> Answer {
        let language = match find_language(Some(entry.language.as_str()), examiner.languages()) {
            Ok(language) => language,
            Err(error) => return Answer::Broken(error.to_string()),
        };
        let limits = validator_limits(&subject.package, language);
        let limits = model::Limits { memory: limits.memory.min(examiner.most_memory()), ..limits };
        let mut submission = entry.submission(limits);
        submission.stdin = stdin.into();
        // In 2025-09 a test's own arguments come behind; elsewhere there are none.
        submission.args = flags(&case.input_flags, &self.name);
        submission.args.extend(case.args.iter().cloned());
        let report = match examiner.run_until(&submission, end).await {
            Ok(ran) => ran.report,
            Err(error) => return Answer::Rejected(format!("it could not be run: {error:#}")),
        };
        match (report.run, report.compile) {
            (Some(run), _) => answer(&run, end),
            (None, _) if Instant::now() >= end => Answer::OutOfTime,
            (None, compile) => {
                let said =
                    compile.map(|compile| first_line(compile.transcript.combined())).unwrap_or_default();
                Answer::Broken(format!("it does not compile: {said}"))
            }
        }
    }
}

fn answer(run: &Outcome, end: Instant) -> Answer {
    let said = first_line(&[run.transcript.of(Stream::Stderr), run.transcript.of(Stream::Stdout)].concat());
    let because = if said.is_empty() { String::new() } else { format!(": {said}") };
    match run.ending {
        Ending::Exited(VALID) => Answer::Valid,
        Ending::Exited(code) => Answer::Rejected(format!("exit code {code} instead of {VALID}{because}")),
        // Its own limits are later than the end of all.
        Ending::WallLimit if Instant::now() >= end => Answer::OutOfTime,
        ending => Answer::Rejected(format!("{}{because}", ended(ending))),
    }
}

/// The input of a test that has one.
pub(super) fn input(case: &Case) -> Option<&Content> {
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
            let read = package.tree.open(file)?.take(MOST_BYTES).read_to_end(&mut bytes);
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
        Ending::Signalled(signal) => format!("{} ended it", wire::signal_name(signal)),
        Ending::CpuLimit | Ending::WallLimit | Ending::IdleLimit => "it took too long".to_owned(),
        Ending::MemoryLimit => "it used too much memory".to_owned(),
        Ending::OutputLimit => "it wrote too much".to_owned(),
        Ending::ProcessLimit => "it wanted too many processes".to_owned(),
        Ending::DiskLimit => "it ran out of disk".to_owned(),
        Ending::ForbiddenCall => "it made a system call that only an attack makes".to_owned(),
        Ending::InputLimit | Ending::Cancelled => "it was stopped".to_owned(),
    }
}

/// What is said first, as far as a line has room for it.
fn first_line(said: &[u8]) -> String {
    let said = String::from_utf8_lossy(said);
    let first = said.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    show::line(&first.chars().take(200).collect::<String>())
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
