//! Package: the format-independent content of a problem package.

use std::{collections::BTreeMap, time::Duration};

use model::Bytes;

use crate::{
    Constants, Expectation, File, Format, Group, PlannedTest, Program, Statement, TimeRule, Tree, Warning,
};

/// A problem package, read and checked.
///
/// The reader works in three steps. [`Tree`] surveys the folder or archive once: it counts everything against
/// the [`Caps`](crate::Caps), resolves links, and rejects paths that leave the package. Then the format is detected from
/// `problem.yaml`, and the reader of lessons (`lesson`) or of the Kattis formats (`kattis`) converts
/// settings, test data, programs, statements and submissions into this type. Last, `generators` completes
/// tests that `generators.yaml` describes.
///
/// Nothing is loaded that may be large: tests and programs are [`File`]s, names within the tree, and
/// [`Tree::open`] reads them on demand. Settings are inherited and defaults filled in, so that users of this
/// type need no knowledge of the formats. Unknown keys, misspelt names and unread files do not fail the
/// package; they are in `warnings`.
///
/// [`Package::suite`] converts the package to the suite by which a worker judges. [`Package::open_with_generated`]
/// reads the package again with generated files, after the programs of `planned_tests` have run.
#[derive(Debug)]
pub struct Package {
    /// Its files; [`Tree::open`] reads them.
    pub tree: Tree,
    /// Format of the package.
    pub format: Format,
    /// Kind of problem.
    pub kind: Kind,
    /// The problem's name by language (`en`, `pt-BR`).
    pub names: BTreeMap<String, String>,
    /// Metadata.
    pub about: ProblemInfo,
    /// Limits of submissions and validators.
    pub limits: ProblemLimits,
    /// Permitted languages of submissions; `None` for all.
    pub languages: Option<Vec<String>>,
    /// Validation of output.
    pub validation: Validation,
    /// Test data: `data` with the groups `sample` and `secret`; in a lesson, its groups.
    pub tests: Group,
    /// Input validators: exit code 42 for a valid input.
    pub input_validators: Vec<Program>,
    /// Custom graders (legacy only).
    pub graders: Vec<Program>,
    /// Static validator of submitted sources (2025-09).
    pub static_validator: Option<Program>,
    /// Tests of `generators.yaml` that need program runs; [`Package::open_with_generated`] takes their output.
    pub planned_tests: Vec<PlannedTest>,
    /// Files added to each submission, by language; `default` applies to other languages.
    pub includes: BTreeMap<String, Vec<File>>,
    /// Attachments for solvers.
    pub attachments: Vec<File>,
    /// Statements in each language and form.
    pub statements: Vec<Statement>,
    /// Example submissions, correct and incorrect.
    pub submissions: Vec<Submission>,
    /// Hints, in steps.
    pub hints: Vec<String>,
    /// Starter code, by language.
    pub starters: BTreeMap<String, String>,
    /// Values for `{{name}}` in statements, sources and settings (2025-09).
    pub constants: Constants,
    /// Oddities.
    pub warnings: Vec<Warning>,
    /// Valid content without effect here, as sentences.
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
    /// Submissions are answers, not programs.
    pub submit_answer: bool,
    /// The validator gives a score whenever it accepts (legacy `validation: custom score`).
    pub validator_scores: bool,
    /// Fewer points are better (legacy `objective: min`).
    pub fewer_is_better: bool,
}

/// Metadata of a problem.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProblemInfo {
    /// Identifier that stays the same when the package changes.
    pub uuid: Option<String>,
    /// The package's own version.
    pub version: Option<String>,
    /// Authors.
    pub authors: Vec<String>,
    /// Contest of first use.
    pub sources: Vec<String>,
    /// License, as named by the format: `cc by-sa`; `unknown` by default.
    pub license: String,
    /// Owner of the rights.
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

/// Limits of submissions and validators; `None` for the system's default.
#[derive(Debug, Clone, PartialEq)]
pub struct ProblemLimits {
    /// Rule for the time limit.
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

/// Validation of output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Validation {
    /// The default validator, which compares with the answer; each test has its flags.
    Default,
    /// The package's own; all must accept. Each test has their flags.
    Custom(Vec<Program>),
}

/// A solution that comes with the package.
#[derive(Debug, Clone, PartialEq)]
pub struct Submission {
    /// Its path inside `submissions/`: `accepted/sum.py`.
    pub path: String,
    /// Its files.
    pub files: Vec<File>,
    /// Its language, if its files or `submissions.yaml` determine one.
    pub language: Option<String>,
    /// Entry point, if `submissions.yaml` names one.
    pub entry_point: Option<String>,
    /// Expectations; all must hold.
    pub expectations: Vec<Expectation>,
}
