//! Tests and their groups, as a package has them: in file order, with settings already inherited.

use model::Bytes;

use crate::File;

/// A group of tests, with what makes one result of theirs.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Its path inside `data`: `secret/group1`; the whole is "".
    pub name: String,
    /// How it is judged.
    pub settings: GroupSettings,
    /// Its tests and groups, in order of their names.
    pub items: Vec<Item>,
    /// Conversations to show in the statement, without a test of their own.
    pub interactions: Vec<File>,
}

/// What a group consists of.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// One test.
    Case(Box<Case>),
    /// More of them.
    Group(Box<Group>),
}

impl Group {
    /// All tests in it and below it, in file order.
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
    /// What is done and what must come of it.
    pub test: Test,
    /// Who may see it.
    pub visibility: Visibility,
    /// Arguments of the program (2025-09).
    pub args: Vec<String>,
    /// Arguments of the output validator, the default one included.
    pub output_flags: Vec<String>,
    /// Arguments of the input validators.
    pub input_flags: InputFlags,
    /// Files beside the program while it runs (2025-09).
    pub files: Vec<File>,
    /// What to tell somebody whose program failed here.
    pub hint: Option<String>,
    /// What the test is for; not for those who solve the problem.
    pub description: Option<String>,
    /// What the statement shows in place of input and answer, and the conversation that it shows.
    pub shown: Shown,
}

/// What a test does.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// Input in, output out.
    Streams {
        /// Given on standard input, or to the interactive validator.
        input: Content,
        /// What the validator compares with.
        answer: Content,
    },
    /// A function is called.
    Call {
        /// Its name.
        function: String,
        /// Its arguments, as data.
        arguments: Vec<serde_json::Value>,
        /// What must come of it.
        expected: Expected,
    },
}

/// What must come of a call.
#[derive(Debug, Clone, PartialEq)]
pub enum Expected {
    /// This value.
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

/// Who may see a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    /// Everybody.
    Public,
    /// Nobody who solves the problem; they learn whether they passed.
    Hidden,
    /// Whoever fails it (2025-09: `full_feedback`).
    WhenFailed,
}

/// What the statement shows of a test, where that is not its input and answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shown {
    /// In place of the input.
    pub input: Option<File>,
    /// In place of the answer.
    pub answer: Option<File>,
    /// A conversation, in place of both.
    pub interaction: Option<File>,
}

/// Arguments of the input validators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InputFlags {
    /// The same for each.
    Each(Vec<String>),
    /// By the validator's name; none for the others.
    Named(Vec<(String, Vec<String>)>),
}

/// How a group is judged.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupSettings {
    /// Whether to go on after a failed test.
    pub on_reject: OnReject,
    /// How one result is made of many.
    pub grading: Grading,
    pub(crate) args: Vec<String>,
    pub(crate) output_flags: Vec<String>,
    pub(crate) input_flags: InputFlags,
    pub(crate) visibility: Visibility,
}

/// Whether to go on after a failed test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnReject {
    /// The group has its result.
    Break,
    /// The rest is judged too.
    Continue,
}

/// How one result is made of many.
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
    /// How verdicts become one.
    pub verdict: VerdictMode,
    /// How scores become one.
    pub score: ScoreMode,
    /// Leave the samples out (only on the root).
    pub ignore_sample: bool,
    /// One accepted item is enough.
    pub accept_if_any_accepted: bool,
    /// The score of an accepted test without one of its own.
    pub accept_score: f64,
    /// The score of a rejected test.
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
    /// The most that can be had; `None` for no bound.
    pub max: Option<f64>,
    /// How they are made of those of its items.
    pub aggregation: Aggregation,
    /// Groups that must be passed for this one to count.
    pub require_pass: Vec<String>,
    /// The test that looks at sources (2025-09), if the group has one.
    pub static_test: Option<StaticTest>,
}

/// A test of a group that looks at sources instead of running anything.
#[derive(Debug, Clone, PartialEq)]
pub struct StaticTest {
    /// Its points; `None` where the group is all or nothing.
    pub score: Option<f64>,
    /// Arguments of the static validator.
    pub args: Vec<String>,
}

/// How points are made of those of a group's items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aggregation {
    /// All or nothing.
    PassFail,
    /// Their sum.
    Sum,
    /// The lowest.
    Min,
}
