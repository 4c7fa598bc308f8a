//! Test data: tests and groups of a package in file order, with inherited settings.

use model::Bytes;

use crate::File;

/// A group of tests, with the settings for its result.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Its path inside `data`: `secret/group1`; the whole is "".
    pub name: String,
    /// Settings.
    pub settings: GroupSettings,
    /// Its tests and groups, in order of their names.
    pub items: Vec<Item>,
    /// Sample interactions for the statement, without a test.
    pub interactions: Vec<File>,
}

/// A member of a group.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// One test.
    Case(Box<Case>),
    /// A nested group.
    Group(Box<Group>),
}

impl Group {
    /// All tests in it and in nested groups, in file order.
    pub fn cases(&self) -> Vec<&Case> {
        let each = self.items.iter().map(|item| match item {
            Item::Case(case) => vec![&**case],
            Item::Group(group) => group.cases(),
        });
        each.flatten().collect()
    }

    /// The group of this path, if there is one.
    pub fn group(&self, name: &str) -> Option<&Self> {
        if self.name == name {
            return Some(self);
        }
        self.items.iter().find_map(|item| match item {
            Item::Group(group) => group.group(name),
            Item::Case(_) => None,
        })
    }
}

/// One test.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// Its path inside `data` without an ending: `secret/group1/3`.
    pub name: String,
    /// Input and expected result.
    pub test: TestAction,
    /// Visibility.
    pub visibility: Visibility,
    /// Arguments of the program (2025-09).
    pub args: Vec<String>,
    /// Arguments of the output validator, the default one included.
    pub output_flags: Vec<String>,
    /// Arguments of the input validators.
    pub input_flags: InputFlags,
    /// Files beside the program while it runs (2025-09).
    pub files: Vec<File>,
    /// Hint for those who fail it.
    pub hint: Option<String>,
    /// Purpose of the test; not shown to solvers.
    pub description: Option<String>,
    /// Replacement of input and answer in the statement, and the sample interaction.
    pub shown: SampleDisplay,
}

/// The kind of a test.
#[derive(Debug, Clone, PartialEq)]
pub enum TestAction {
    /// Input and output streams.
    Streams {
        /// Standard input, or input of the interactive validator.
        input: Content,
        /// Answer for the validator.
        answer: Content,
    },
    /// Function call.
    Call {
        /// Its name.
        function: String,
        /// Its arguments, as data.
        arguments: Vec<serde_json::Value>,
        /// Expected result.
        expected: Expected,
    },
}

/// The expected result of a call.
#[derive(Debug, Clone, PartialEq)]
pub enum Expected {
    /// A return value.
    Value(serde_json::Value),
    /// An exception of this name.
    Exception(String),
}

/// Bytes of a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// In a file; [`Tree::open`](crate::Tree::open) reads it.
    File(File),
    /// Written in `problem.yaml`.
    Text(String),
}

impl Content {
    /// Its length.
    pub fn bytes(&self) -> Bytes {
        match self {
            Self::File(file) => Bytes(file.bytes),
            Self::Text(text) => Bytes(text.len() as u64),
        }
    }
}

/// The visibility of a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    /// Everybody.
    Public,
    /// Hidden: solvers learn only whether they passed.
    Hidden,
    /// Shown to those who fail it (2025-09: `full_feedback`).
    WhenFailed,
}

/// Sample display of a test in the statement, if it differs from input and answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SampleDisplay {
    /// Replaces the input.
    pub input: Option<File>,
    /// Replaces the answer.
    pub answer: Option<File>,
    /// An interaction, which replaces both.
    pub interaction: Option<File>,
}

/// Arguments of the input validators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InputFlags {
    /// The same for all validators.
    Each(Vec<String>),
    /// By validator name; none for the others.
    Named(Vec<(String, Vec<String>)>),
}

/// The settings of a group.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupSettings {
    /// Whether to go on after a failed test.
    pub on_reject: OnReject,
    /// Aggregation of results.
    pub grading: Grading,
    pub(crate) args: Vec<String>,
    pub(crate) output_flags: Vec<String>,
    pub(crate) input_flags: InputFlags,
    pub(crate) visibility: Visibility,
}

/// Whether to go on after a failed test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnReject {
    /// Stop: the group has its result.
    Break,
    /// Judge the rest, too.
    Continue,
}

/// The aggregation of a group's results.
#[derive(Debug, Clone, PartialEq)]
pub enum Grading {
    /// By a grader, the package's own or the default one (legacy).
    Grader(Grader),
    /// By points (2025-09 and lessons).
    Points(Points),
}

/// The legacy formats' grader, its flags read.
#[derive(Debug, Clone, PartialEq)]
pub struct Grader {
    /// Whether the package's own grader decides.
    pub custom: bool,
    /// All flags as written, for a grader of the package's own.
    pub flags: Vec<String>,
    /// Verdict aggregation.
    pub verdict: VerdictMode,
    /// Score aggregation.
    pub score: ScoreMode,
    /// Leave the samples out (only on the root).
    pub ignore_sample: bool,
    /// Accept if any item is accepted.
    pub accept_if_any_accepted: bool,
    /// Score of an accepted test without a score of its own.
    pub accept_score: f64,
    /// Score of a rejected test.
    pub reject_score: f64,
    /// Lowest and highest possible score.
    pub range: (f64, f64),
}

/// How verdicts become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VerdictMode {
    /// The worst: JE, IF, RTE, MLE, TLE, OLE, WA.
    WorstError,
    /// The first that is not accepted.
    FirstError,
    /// Always accepted.
    AlwaysAccept,
}

/// How scores become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScoreMode {
    /// Their sum.
    Sum,
    /// Their average.
    Average,
    /// The lowest.
    Min,
    /// The highest.
    Max,
}

/// Points of a group.
#[derive(Debug, Clone, PartialEq)]
pub struct Points {
    /// Maximum; `None` if unbounded.
    pub max: Option<f64>,
    /// Aggregation of the items' points.
    pub aggregation: Aggregation,
    /// Groups that must pass for this one to count.
    pub require_pass: Vec<String>,
    /// Static test of sources (2025-09), if there is one.
    pub static_test: Option<StaticTest>,
}

/// A test of a group that checks the sources without running them.
#[derive(Debug, Clone, PartialEq)]
pub struct StaticTest {
    /// Its points; `None` if the group is all or nothing.
    pub score: Option<f64>,
    /// Arguments of the static validator.
    pub args: Vec<String>,
}

/// The aggregation of points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aggregation {
    /// All or nothing.
    PassFail,
    /// Their sum.
    Sum,
    /// The lowest.
    Min,
}
