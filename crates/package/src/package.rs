//! A problem as its package tells it, whatever the format: faithful, checked, and with files still where they are.

use std::{collections::BTreeMap, time::Duration};

use model::Bytes;

use crate::{Constants, Expectation, File, Group, PlannedTest, Statement, TimeRule, Tree, Warning};

/// The format that a package is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Ours.
    Lesson,
    /// Kattis, before it had versions.
    Legacy,
    /// What ICPC's contests use of it.
    LegacyIcpc,
    /// The draft that became 2025-09, as far as it is the same.
    Draft2023,
    /// Kattis and ICPC since September 2025.
    V2025,
}

impl Format {
    /// Whether it is ours.
    pub fn is_lesson(self) -> bool {
        self == Self::Lesson
    }

    /// Whether it is one of the two that have `testdata.yaml` and graders.
    pub fn is_legacy(self) -> bool {
        matches!(self, Self::Legacy | Self::LegacyIcpc)
    }
}

/// A problem package, read and checked.
#[derive(Debug)]
pub struct Package {
    /// Its files; [`Tree::open`] reads those that are named below.
    pub tree: Tree,
    /// What it is written in.
    pub format: Format,
    /// What kind of problem it is.
    pub kind: Kind,
    /// The problem's name by language (`en`, `pt-BR`).
    pub names: BTreeMap<String, String>,
    /// Where it comes from and whom it is for.
    pub about: About,
    /// What submissions and validators may use.
    pub limits: ProblemLimits,
    /// The languages that it may be solved in; `None` for all.
    pub languages: Option<Vec<String>>,
    /// Who decides whether output is right.
    pub validation: Validation,
    /// `data`, with the groups `sample` and `secret`; of a lesson, with its groups.
    pub tests: Group,
    /// Programs that check inputs: exit code 42 for a valid one.
    pub input_validators: Vec<Program>,
    /// Programs that aggregate results (legacy only).
    pub graders: Vec<Program>,
    /// The program that looks at the sources of submissions (2025-09).
    pub static_validator: Option<Program>,
    /// Tests of `generators.yaml` that are not whole before programs have been run: [`Package::open_with`] takes what they make.
    pub ungenerated: Vec<PlannedTest>,
    /// Files added to each submission, by language; `default` is for those that are not named.
    pub includes: BTreeMap<String, Vec<File>>,
    /// Files for those who solve the problem.
    pub attachments: Vec<File>,
    /// The statement in each language and form.
    pub statements: Vec<Statement>,
    /// The solutions that come with it, right and wrong.
    pub submissions: Vec<Submission>,
    /// Hints, one step after the other.
    pub hints: Vec<String>,
    /// What a solver begins with, by language.
    pub starters: BTreeMap<String, String>,
    /// Values for `{{name}}` in statements, sources and settings (2025-09).
    pub constants: Constants,
    /// What is odd about it.
    pub warnings: Vec<Warning>,
    /// What is right and not done with it here, a sentence each.
    pub notes: Vec<String>,
}

/// Memory of a submission in a Kattis/ICPC package that sets none, as in problemtools and BAPCtools.
pub const DEFAULT_MEMORY: Bytes = Bytes::mib(2048);
/// Output of a submission in a Kattis/ICPC package that sets none.
pub const DEFAULT_OUTPUT: Bytes = Bytes::mib(8);

impl Package {
    /// Memory of a submission: the package's own limit, or the default of its format; `None` for that of the language.
    pub fn memory_limit(&self) -> Option<Bytes> {
        self.limits.memory.or_else(|| self.of_format(DEFAULT_MEMORY))
    }

    /// Output of a submission, likewise.
    pub fn output_limit(&self) -> Option<Bytes> {
        self.limits.output.or_else(|| self.of_format(DEFAULT_OUTPUT))
    }

    fn of_format(&self, default: Bytes) -> Option<Bytes> {
        (!self.format.is_lesson()).then_some(default)
    }

    /// The name in the language asked for, else in English, else the first there is.
    pub fn name(&self, language: &str) -> Option<&str> {
        let exact = self.names.get(language).or_else(|| self.names.get("en"));
        exact.or_else(|| self.names.values().next()).map(String::as_str)
    }
}

/// Kinds of problems. Flags, since a format lists any of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "the formats list any of these together")]
pub struct Kind {
    /// An accepted submission has a score too.
    pub scoring: bool,
    /// The validator talks to the submission.
    pub interactive: bool,
    /// The submission is run several times, with inputs made by the validator.
    pub multi_pass: bool,
    /// Answers are handed in, not programs.
    pub submit_answer: bool,
    /// The validator gives a score whenever it accepts (legacy `validation: custom score`).
    pub validator_scores: bool,
    /// Fewer points are better (legacy `objective: min`).
    pub fewer_is_better: bool,
}

/// Where a problem comes from and whom it is for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About {
    /// Stays the same when the package changes.
    pub uuid: Option<String>,
    /// The package's own version.
    pub version: Option<String>,
    /// Who thought of it.
    pub authors: Vec<String>,
    /// Where it was first used.
    pub sources: Vec<String>,
    /// As the format names it: `cc by-sa`; `unknown` where nothing is said.
    pub license: String,
    /// Who owns the rights.
    pub rights_owner: Option<String>,
    /// Keywords, or a lesson's tags.
    pub tags: Vec<String>,
    /// `11-14` or `15-18` (lessons).
    pub age_group: Option<String>,
    /// `easy`, `medium` or `hard` (lessons).
    pub difficulty: Option<String>,
    /// Not to be shown before this date (2025-09).
    pub embargo_until: Option<String>,
}

/// What submissions and validators may use; `None` for the system's default.
#[derive(Debug, Clone, PartialEq)]
pub struct ProblemLimits {
    /// How the time limit is found.
    pub time: TimeRule,
    /// Memory of a submission.
    pub memory: Option<Bytes>,
    /// What a submission may write.
    pub output: Option<Bytes>,
    /// Source of a submission.
    pub code: Option<Bytes>,
    /// Time to compile a submission.
    pub compilation_time: Option<Duration>,
    /// Memory to compile a submission.
    pub compilation_memory: Option<Bytes>,
    /// Time of a validator.
    pub validation_time: Option<Duration>,
    /// Memory of a validator.
    pub validation_memory: Option<Bytes>,
    /// What a validator may write.
    pub validation_output: Option<Bytes>,
    /// Runs of a multi-pass problem.
    pub validation_passes: u64,
}

/// Who decides whether output is right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Validation {
    /// The default validator, which compares with the answer; each test has its flags.
    Default,
    /// The package's own; all must accept. Each test has their flags.
    Custom(Vec<Program>),
}

/// A program of the package: a file, or a folder of files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// The name of its file or folder.
    pub name: String,
    /// Its files.
    pub files: Vec<File>,
    /// Its language, as far as its files say one; `viva` and `checktestdata` for validators written in these.
    pub language: Option<String>,
    /// Whether it brings a script that builds it or runs it.
    pub build: Build,
}

/// How a program is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Build {
    /// As programs of its language are.
    ByLanguage,
    /// By its own script `build`, which makes `run`.
    OwnBuild,
    /// Not at all: it has a script `run`.
    OwnRun,
}

/// A solution that comes with the package.
#[derive(Debug, Clone, PartialEq)]
pub struct Submission {
    /// Its path inside `submissions/`: `accepted/sum.py`.
    pub path: String,
    /// Its files.
    pub files: Vec<File>,
    /// Its language, if its files or `submissions.yaml` say one.
    pub language: Option<String>,
    /// Where it begins, if `submissions.yaml` says so.
    pub entry_point: Option<String>,
    /// What must come of it; all of these.
    pub expectations: Vec<Expectation>,
}
