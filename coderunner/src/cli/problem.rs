//! Command line of the commands about problem packages: `verify`, `judge`, `new`.

use std::{path::PathBuf, time::Duration};

use clap::{Args, ValueEnum};

use crate::{config::ConfigArgs, show};

#[derive(Debug, Args)]
#[command(after_help = "\
Exit code: 0 if everything is as expected; 1 if something is not; 2 if it could not be found out: a package that cannot be \
read or judged by, a submission in a language that this machine does not have (but see --skip-unavailable), a mistake in the \
command line; 130 after Ctrl-C.

Where a package gives no time limit, its submissions are run without one first, and the limit is found by the rule of its \
format. docs/guides/problem-packages.md has that rule, what is expected of which folder, and the fields of --json.")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct VerifyArgs {
    /// Packages, each a folder or a zip archive; verified one after another
    #[arg(required = true, value_name = "PACKAGE")]
    pub packages: Vec<PathBuf>,
    /// Only submissions whose path inside submissions/ matches, or a folder of it: `accepted`, `*.py`; can be given again.
    /// To find a time limit, others are still run
    #[arg(long, value_name = "GLOB")]
    pub only: Vec<String>,
    /// Only tests whose name matches, or a group of it: `sample`, `secret/3*`; can be given again. What is required of other tests
    /// is not asked for
    #[arg(long, value_name = "GLOB")]
    pub test: Vec<String>,
    /// Stop at the first test that decides the result, as judging a student's submission does, instead of running all that a
    /// rule is about
    #[arg(long)]
    pub lazy: bool,
    /// Count warnings as something that is not as expected
    #[arg(long)]
    pub werror: bool,
    /// Do not hold the package's own validator against the answers and against junk
    #[arg(long)]
    pub skip_answers: bool,
    /// Count submissions in languages that this machine does not have apart, but do not fail for them
    #[arg(long)]
    pub skip_unavailable: bool,
    /// Do not run the package's input validators
    #[arg(long)]
    pub skip_inputs: bool,
    #[command(flatten)]
    pub how: JudgingArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Exit code: 0 if the submission is accepted; 1 if it is not; 2 if it could not be judged; 130 after Ctrl-C.

All tests are shown, hidden ones included, and marked as such: whoever has the package has its tests.")]
pub(crate) struct JudgeArgs {
    /// The package: a folder or a zip archive
    pub package: PathBuf,
    /// The submission: a file, a folder with its files, or the path of one that the package brings: accepted/sum.py
    pub submission: PathBuf,
    /// The submission's language, by id or alias, if its name does not say it
    #[arg(short, long)]
    pub language: Option<String>,
    #[command(flatten)]
    pub how: JudgingArgs,
}

/// What `verify` and `judge` have in common.
#[derive(Debug, Args)]
pub(crate) struct JudgingArgs {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// The time limit of a test, in seconds of CPU time, instead of the package's
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub time_limit: Option<Duration>,
    /// Give up on a submission after this many seconds, all its tests and compiling together
    #[arg(long, value_name = "SECONDS", default_value = "900", value_parser = seconds)]
    timeout: Duration,
    /// The former name of --timeout
    #[arg(long, hide = true, value_parser = seconds, conflicts_with = "timeout")]
    patience: Option<Duration>,
    /// The language of the problem's name, if it has several
    #[arg(long, value_name = "CODE", default_value = "en")]
    pub lang: String,
    #[command(flatten)]
    pub config: ConfigArgs,
}

impl JudgingArgs {
    /// The time for one submission, all its tests and compiling together.
    pub(crate) fn timeout(&self) -> Duration {
        self.patience.unwrap_or(self.timeout)
    }

    /// Prints a warning for each option that has a new name.
    pub(crate) fn warn_of_former_names(&self) {
        if self.patience.is_some() {
            show::warn(
                "option --patience is now called --timeout; its former name is accepted for one release",
            );
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct NewArgs {
    /// The folder to make; its name becomes the title
    #[arg(value_name = "PROBLEM")]
    pub problem: PathBuf,
    /// How it is judged
    #[arg(long, value_enum, default_value_t = Style::Streams)]
    pub style: Style,
    /// What it is written in
    #[arg(long, value_enum, default_value_t = Form::Lesson)]
    pub format: Form,
    /// The title, if not as the folder's name says
    #[arg(long)]
    pub title: Option<String>,
}

/// How a new problem is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Style {
    /// A program reads input and prints output, which is compared
    Streams,
    /// A function is called, and what it returns is compared
    Call,
    /// A program of the problem's talks with the submission
    Interactive,
    /// A program of the problem's looks at the output, for there are many right answers
    Validator,
}

/// What a new problem is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// Our own format, made to be written by hand
    Lesson,
    /// The Kattis/ICPC format, 2025-09
    Kattis,
}

/// A time in seconds, from a millisecond to an hour.
fn seconds(text: &str) -> Result<Duration, String> {
    let wrong = || "must be a number of seconds from 0.001 to 3600".to_owned();
    let number: f64 = text.parse().map_err(|_| wrong())?;
    if (0.001..=3600.0).contains(&number) { Ok(Duration::from_secs_f64(number)) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_numbers_within_reason() {
        assert_eq!(seconds("1.5"), Ok(Duration::from_millis(1500)));
        for wrong in ["0", "-1", "nan", "inf", "1e9", "1s", ""] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }
}
