//! The inputs of a package, held against its own input validators: 42 is valid, and nothing else is.

use std::{io::Read as _, time::Instant};

use futures_util::{StreamExt as _, stream};
use model::{Ending, Stream};
use package::{Case, Content, InputFlags, Package, Program, Test};

use super::described;
use crate::{
    problem::{Entry, Examiner, Progress, Subject, find_language, of_program, validator_limits},
    show,
};

/// What came of it.
#[derive(Debug, Default)]
pub(super) struct Inputs {
    /// Validators that were run.
    pub ran: Vec<String>,
    /// Validators that could not be run, and why.
    pub not_run: Vec<(String, String)>,
    /// How many inputs were looked at.
    pub checked: usize,
    /// Inputs that are not checked, for they are too large to be held in memory.
    pub too_large: Vec<String>,
    /// What is not valid.
    pub rejected: Vec<Rejected>,
}

/// An input that a validator does not accept.
#[derive(Debug)]
pub(super) struct Rejected {
    /// The test.
    pub test: String,
    /// The validator.
    pub validator: String,
    /// How it ended and what it said.
    pub why: String,
}

/// The largest input that is checked.
const MOST_BYTES: u64 = 64 * 1024 * 1024;
/// The exit code of the format.
const VALID: i32 = 42;

/// Runs all validators that can be run here on all inputs; nothing if somebody pressed Ctrl-C.
pub(super) async fn check(examiner: &Examiner, subject: &Subject) -> Option<Inputs> {
    let mut inputs = Inputs::default();
    let mut ready = Vec::new();
    for program in &subject.package.input_validators {
        match checker(program, &subject.package, examiner) {
            Ok(checker) => ready.push((program, checker)),
            Err(why) => inputs.not_run.push((program.name.clone(), why)),
        }
    }
    inputs.ran = ready.iter().map(|(program, _)| program.name.clone()).collect();
    if ready.is_empty() {
        return Some(inputs);
    }
    let cases = subject.package.tests.cases();
    let is_large = |case: &&Case| input(case).is_some_and(|content| content.bytes().get() > MOST_BYTES);
    inputs.too_large = cases.iter().copied().filter(is_large).map(|case| case.name.clone()).collect();
    let cases: Vec<_> = cases.into_iter().filter(|case| input(case).is_some() && !is_large(case)).collect();
    inputs.checked = cases.len();
    let end = Instant::now() + examiner.patience();
    let progress = Progress::of("inputs");
    progress.expect(cases.len() * ready.len());
    let pairs = ready.iter().flat_map(|pair| cases.iter().map(move |case| (pair, *case)));
    let each = pairs.map(|((program, checker), case)| {
        let (progress, name) = (&progress, program.name.as_str());
        async move {
            progress.say(name);
            // A validator that never ends would take its time with each of thousands.
            let why = if Instant::now() < end {
                one(examiner, subject, (name, checker), case).await
            } else {
                Some("not checked: all inputs together took longer than --patience".to_owned())
            };
            progress.done(1);
            why.map(|why| Rejected { test: case.name.clone(), validator: name.to_owned(), why })
        }
    });
    let each: Vec<_> = each.collect();
    let found: Vec<_> = stream::iter(each).buffered(examiner.at_once()).collect().await;
    inputs.rejected = found.into_iter().flatten().collect();
    (!examiner.is_stopped()).then_some(inputs)
}

/// An input validator, ready to be asked.
enum Checker {
    /// A program, run in a sandbox.
    Program(Entry),
    /// A description in checktestdata's language, which is read and not run.
    Description(described::Description),
}

/// The checker that a program is, or why it cannot be asked.
fn checker(program: &Program, package: &Package, examiner: &Examiner) -> Result<Checker, String> {
    if program.language.as_deref() == Some(described::LANGUAGE) {
        return described::read(program, package).map(Checker::Description);
    }
    of_program(package, program, examiner.languages())
        .map(Checker::Program)
        .map_err(|error| error.to_string())
}

fn input(case: &Case) -> Option<&Content> {
    match &case.test {
        Test::Streams { input, .. } => Some(input),
        Test::Call { .. } => None,
    }
}

/// Why the validator does not accept the input; nothing if it does.
async fn one(
    examiner: &Examiner,
    subject: &Subject,
    (name, checker): (&str, &Checker),
    case: &Case,
) -> Option<String> {
    let stdin = match read(&subject.package, input(case)?) {
        Ok(stdin) => stdin,
        Err(error) => return Some(error.to_string()),
    };
    let entry = match checker {
        Checker::Program(entry) => entry,
        Checker::Description(description) => return described::check(description, stdin, examiner).await,
    };
    let language = match find_language(Some(entry.language.as_str()), examiner.languages()) {
        Ok(language) => language,
        Err(error) => return Some(error.to_string()),
    };
    let limits = validator_limits(&subject.package, language);
    let limits = model::Limits { memory: limits.memory.min(examiner.most_memory()), ..limits };
    let mut submission = entry.submission(limits);
    submission.stdin = stdin.into();
    // In 2025-09 a test's own arguments come behind; elsewhere there are none.
    submission.args = flags(&case.input_flags, name);
    submission.args.extend(case.args.iter().cloned());
    let report = match examiner.run(&submission).await {
        Ok(ran) => ran.report,
        Err(error) => return Some(format!("it could not be run: {error:#}")),
    };
    let Some(run) = report.run else {
        let said =
            report.compile.map(|compile| first_line(compile.transcript.combined())).unwrap_or_default();
        return Some(format!("it does not compile: {said}"));
    };
    let said = first_line(&[run.transcript.of(Stream::Stderr), run.transcript.of(Stream::Stdout)].concat());
    let because = if said.is_empty() { String::new() } else { format!(": {said}") };
    match run.ending {
        Ending::Exited(VALID) => None,
        Ending::Exited(code) => Some(format!("exit code {code} instead of {VALID}{because}")),
        ending => Some(format!("{}{because}", ended(ending))),
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
        Ending::Signalled(signal) => format!("{} ended it", model::signal_name(signal)),
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
