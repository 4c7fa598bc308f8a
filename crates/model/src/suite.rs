//! The tests of a problem, as they are judged.
//!
//! A suite is immutable: a changed problem has another suite, with another [`Suite::digest`], and a grading names the
//! one it was judged by. It says nothing about statements, hints for learners or who may see the problem.

use serde::{Deserialize, Serialize};

use crate::{Bytes, Content, Digest, LanguageId, LimitsRequest, NestedJsonError, SourceFile, read_nested};

mod check;
mod comparison;
mod group;
mod test_case;

pub use check::SuiteFlaw;
pub use comparison::{CallRules, Case, Comparison, Space, TokenRules};
pub use group::{Group, GroupRules, Member, OnReject, ScoreRange, ScoreRule, TestScore, VerdictRule};
pub use test_case::{Data, TestCase, TestFile, Trial, Visibility};

/// All tests of a problem and how they are judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Suite {
    /// The version of this form: [`Suite::SCHEMA`] when it was written by this program.
    pub schema: u32,
    /// What a submission gets.
    pub scoring: Scoring,
    /// How tests are run and answers compared, where a test does not say otherwise.
    pub style: Style,
    /// What the problem allows a run; what is absent is up to the language and the installation.
    pub limits: LimitsRequest,
    /// Whether what programs write to standard error counts as output.
    #[serde(default, skip_serializing_if = "ErrorOutput::is_counted")]
    pub error_output: ErrorOutput,
    /// Files that every submission gets, by language; a file of the same name replaces the submitted one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub included: Vec<IncludedFile>,
    /// A program that makes the results of groups; absent where their own rules do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grader: Option<CustomGrader>,
    /// The program that looks at sources in tests of [`Trial::Sources`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub static_validator: Option<Validator>,
    /// The tests.
    pub root: Group,
}

/// A program of the problem's that makes the results of groups out of those of their members (legacy `grading: custom`).
///
/// It reads a line for each member that was run, a verdict as `AC` or `WA` and a score, and writes one such line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CustomGrader {
    /// The program; it is built and limited as validators are.
    pub program: Validator,
    /// The groups whose results it makes, by name, with its arguments for each.
    pub groups: Vec<(String, Vec<String>)>,
}

/// A file that is put beside every submission in a language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncludedFile {
    /// The language; absent for all that have no file of their own.
    pub language: Option<LanguageId>,
    /// The file.
    pub file: SourceFile,
}

/// What a submission gets for its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Scoring {
    /// It is accepted or not: all or nothing.
    PassFail,
    /// It gets points, and more are better.
    MorePoints,
    /// It gets points, and fewer are better (`objective: min` in legacy packages).
    FewerPoints,
}

/// How tests are run and judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Style {
    /// Input on stdin; what comes on stdout is compared with what is expected.
    Streams(Comparison),
    /// A function is called; what it returns is compared with what is expected.
    Calls(CallRules),
    /// Input on stdin; a program of the problem's reads what comes on stdout and judges it.
    Validated(Validator),
    /// A program of the problem's talks with the submission and judges it.
    Interactive(Validator),
}

/// A program of the problem's that judges: an output validator of the Kattis format.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Validator {
    /// What it is written in.
    pub language: LanguageId,
    /// Its sources, the main one first.
    pub files: Vec<SourceFile>,
    /// Its arguments behind the three that each validator gets, where a test has none of its own.
    pub args: Vec<String>,
    /// What one run of it may use, where the installation does not say less.
    pub limits: LimitsRequest,
    /// Whether it gives scores.
    pub scores: ValidatorScores,
    /// What a score means that it writes for an answer that it rejects.
    #[serde(default, skip_serializing_if = "RejectedScore::is_fault")]
    pub rejected_score: RejectedScore,
    /// How often a test may be run, one pass after another: 1 for problems that are not multi-pass.
    pub passes: u32,
}

/// What a score means that a validator writes for an answer that it rejects.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RejectedScore {
    /// The validator contradicts itself: a judge error (2025-09).
    #[default]
    Fault,
    /// Nothing: the answer is wrong (legacy, where many validators write a score of 0).
    Ignored,
}

impl RejectedScore {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
    fn is_fault(&self) -> bool {
        *self == Self::Fault
    }
}

/// Whether what a program writes to standard error counts as output.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ErrorOutput {
    /// It does: too much of it ends the run, as too much on standard output does (2025-09).
    #[default]
    Counted,
    /// It does not: what is too much is dropped (legacy).
    Dropped,
}

impl ErrorOutput {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
    fn is_counted(&self) -> bool {
        *self == Self::Counted
    }
}

/// Whether a validator may write `score.txt` or `score_multiplier.txt`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ValidatorScores {
    /// It must not.
    Never,
    /// It may (2025-09, where the group decides).
    Allowed,
    /// It must, whenever it accepts (legacy `validation: custom score`).
    Required,
}

/// The bytes were no suite that this program can judge by.
#[derive(Debug, thiserror::Error)]
pub enum SuiteError {
    /// They are not in its form.
    #[error("the tests of this problem cannot be read: import the problem again")]
    Unreadable(#[source] NestedJsonError),
    /// Another version of this program wrote them.
    #[error("these tests are in version {0} of their form, and this program knows version {known}: import the problem again", known = Suite::SCHEMA)]
    Schema(u32),
    /// They contradict themselves.
    #[error(transparent)]
    Flawed(#[from] SuiteFlaw),
}

impl Suite {
    /// The version of the stored form. A field with a default may join without a new one.
    pub const SCHEMA: u32 = 1;

    /// Levels of its JSON: folders of tests within each other, or the arguments of a call, of which a map can take three a level.
    const MOST_NESTED: usize = 256;

    /// The bytes that are stored and that the digest is taken of: equal suites have equal bytes.
    ///
    /// JSON without spaces, fields in the order of the types; there are no maps in it whose order could vary.
    ///
    /// # Panics
    /// Never: all keys are text, and a vector takes all bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a suite has no keys but text, and a vector takes all bytes")
    }

    /// Reads what [`Suite::to_bytes`] wrote, and checks it.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SuiteError> {
        #[derive(Deserialize)]
        struct Version {
            schema: u32,
        }
        let version: Version = read_nested(bytes, Self::MOST_NESTED).map_err(SuiteError::Unreadable)?;
        if version.schema != Self::SCHEMA {
            return Err(SuiteError::Schema(version.schema));
        }
        let suite: Self = read_nested(bytes, Self::MOST_NESTED).map_err(SuiteError::Unreadable)?;
        suite.check()?;
        Ok(suite)
    }

    /// The name of this suite by its content.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.to_bytes())
    }

    /// All tests in file order, which is the order of results.
    pub fn tests(&self) -> impl Iterator<Item = &TestCase> {
        let mut found = Vec::new();
        self.root.push_tests(&mut found);
        found.into_iter()
    }

    /// A suite of one plain group: every test is run and counts the same.
    pub fn plain(style: Style, tests: Vec<TestCase>) -> Self {
        let members = tests.into_iter().map(Member::Test).collect();
        let rules = GroupRules { on_reject: OnReject::Continue, ..GroupRules::default() };
        Self {
            schema: Self::SCHEMA,
            scoring: Scoring::PassFail,
            style,
            limits: LimitsRequest::default(),
            error_output: ErrorOutput::default(),
            included: Vec::new(),
            grader: None,
            static_validator: None,
            root: Group { name: String::new(), rules, members },
        }
    }
}

impl From<&str> for Data {
    fn from(text: &str) -> Self {
        Self::Inline(Content::from(text))
    }
}

impl Data {
    /// How many bytes.
    pub fn size(&self) -> Bytes {
        match self {
            Self::Inline(content) => Bytes(content.len() as u64),
            Self::Object { size, .. } => *size,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suite() -> Suite {
        let test = TestCase::streams("1", "1 2\n", "3\n");
        Suite::plain(Style::Streams(Comparison::default()), vec![test])
    }

    #[test]
    fn a_suite_reads_back_and_its_digest_is_of_its_content() {
        let suite = suite();
        let read = Suite::from_bytes(&suite.to_bytes()).expect("reads back");
        assert_eq!(read, suite);
        assert_eq!(read.digest(), suite.digest());
        let mut other = suite.clone();
        other.scoring = Scoring::MorePoints;
        assert_ne!(other.digest(), suite.digest());
    }

    #[test]
    fn the_canonical_bytes_do_not_change_by_accident() {
        // Digests are stored; whoever changes this changes the schema too, or adds a field that is left out by default.
        let digest = "b67761fcc4b756304045c968bf4546f1cba9e2e23305a585c21f13452ce03e00";
        assert_eq!(suite().digest().to_string(), digest, "{}", String::from_utf8_lossy(&suite().to_bytes()));
    }

    #[test]
    fn a_suite_of_another_version_is_refused_by_its_number() {
        let newer = Suite { schema: 99, ..suite() };
        let error = Suite::from_bytes(&newer.to_bytes()).expect_err("refused").to_string();
        assert!(error.contains("version 99") && error.contains("version 1"), "{error}");
        assert!(matches!(Suite::from_bytes(b"{}"), Err(SuiteError::Unreadable(_))));
    }
}
