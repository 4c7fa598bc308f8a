//! Suite: the tests of a problem with their judging rules, immutable and named by digest.
//!
//! A suite contains neither the statement nor the access rules of its problem.

use serde::{Deserialize, Serialize};

use crate::{Bytes, Content, Digest, LanguageId, LimitsRequest, NestedJsonError, SourceFile, read_nested};

mod check;
mod comparison;
mod flaw;
mod group;
mod test_case;

pub use comparison::{CallRules, CaseRule, Comparison, TokenRules, WhitespaceRule};
pub use flaw::SuiteFlaw;
pub use group::{
    GroupMember, GroupRules, OnReject, ScoreRange, ScoreRule, TestGroup, TestScore, VerdictRule,
};
pub use test_case::{TestCase, TestContent, TestFile, TestKind, Visibility};

/// All tests of a problem, with the rules for running, comparing and scoring.
///
/// `package` builds a suite from a problem package (Kattis 2025-09, legacy Kattis, ICPC, lessons), and `judge` and `worker` know nothing
/// about package formats: everything that judging needs is in the suite. The tests form a tree of groups below [`Suite::root`]; each
/// group has its own rules for verdict and score ([`GroupRules`]), and [`JudgingStyle`] defines how a single test is run.
///
/// A suite is immutable and content-addressed. Its canonical form is [`Suite::to_bytes`], its name is the [`Suite::digest`] of these
/// bytes, and it is stored under that name. A changed problem has another suite with another digest. A job and its grading name the
/// digest, so a submission is always judged by the tests that were valid when it was accepted, and a result can be reproduced.
///
/// Test data up to [`TestContent::MAX_INLINE`] is part of the suite. Larger data is an object of its own, also named by digest, which a
/// worker loads into its cache when it runs the test. [`Suite::check`] finds contradictions; [`Suite::from_bytes`] never returns a suite
/// that has one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Suite {
    /// The version of the stored form: [`Suite::SCHEMA`] at the time of writing.
    pub schema: u32,
    /// The kind of score of a submission.
    pub scoring: Scoring,
    /// The default for running tests and comparing answers; a test can override the comparison.
    pub style: JudgingStyle,
    /// The problem's limits on a run; absent ones come from the language and the installation.
    pub limits: LimitsRequest,
    /// Whether standard error counts as output.
    #[serde(default, skip_serializing_if = "ErrorOutput::is_counted")]
    pub error_output: ErrorOutput,
    /// Files that are added to every submission, by language; they replace submitted files of the same name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub included: Vec<IncludedFile>,
    /// A program that computes the results of groups; absent if their rules do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grader: Option<CustomGrader>,
    /// The validator of source code, for tests of [`TestKind::Sources`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub static_validator: Option<Validator>,
    /// The tests.
    pub root: TestGroup,
}

/// A program of the problem that computes the result of a group from those of its members (legacy `grading: custom`).
///
/// It reads one line for each member that was run, a verdict as `AC` or `WA` and a score, and writes one such line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CustomGrader {
    /// The program; built and limited like validators.
    pub program: Validator,
    /// The names of its groups, with its arguments for each.
    pub groups: Vec<(String, Vec<String>)>,
}

/// A file that is added to every submission in a language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncludedFile {
    /// The language; absent for all languages without a file of their own.
    pub language: Option<LanguageId>,
    /// The file.
    pub file: SourceFile,
}

/// The kind of score of a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Scoring {
    /// Accepted or not: all or nothing.
    PassFail,
    /// Points, and more are better.
    MorePoints,
    /// Points, and fewer are better (`objective: min` in legacy packages).
    FewerPoints,
}

/// The way of running and judging tests.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum JudgingStyle {
    /// Input on stdin; stdout is compared with the expected output.
    Streams(Comparison),
    /// A function is called; its result is compared with the expected one.
    Calls(CallRules),
    /// Input on stdin; an output validator of the problem judges stdout.
    Validated(Validator),
    /// An interactive validator of the problem exchanges messages with the submission and judges it.
    Interactive(Validator),
}

/// A judging program of the problem: an output validator of the Kattis format.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Validator {
    /// Its language.
    pub language: LanguageId,
    /// Its sources, the main one first.
    pub files: Vec<SourceFile>,
    /// Its arguments after the three standard ones; a test can override them.
    pub args: Vec<String>,
    /// Limits of one run of it; the installation may lower them.
    pub limits: LimitsRequest,
    /// Whether it writes scores.
    pub scores: ValidatorScores,
    /// The meaning of a score for a rejected answer.
    #[serde(default, skip_serializing_if = "RejectedScore::is_fault")]
    pub rejected_score: RejectedScore,
    /// Maximum number of passes of a test: 1 for problems that are not multi-pass.
    pub passes: u32,
}

/// The meaning of a score that a validator writes for a rejected answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RejectedScore {
    /// The validator contradicts itself: a judge error (2025-09).
    #[default]
    Fault,
    /// No meaning: the answer is wrong (legacy, where many validators write a score of 0).
    Ignored,
}

impl RejectedScore {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
    fn is_fault(&self) -> bool {
        *self == Self::Fault
    }
}

/// Treatment of standard error by the output limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ErrorOutput {
    /// Exceeding the output limit ends the run, as on standard output (2025-09).
    #[default]
    Counted,
    /// Output beyond the limit is dropped (legacy).
    Dropped,
}

impl ErrorOutput {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
    fn is_counted(&self) -> bool {
        *self == Self::Counted
    }
}

/// Permission of a validator to write `score.txt` or `score_multiplier.txt`.
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

/// The bytes are not a suite that this program can use.
#[derive(Debug, thiserror::Error)]
pub enum SuiteError {
    /// They do not have the stored form of a suite.
    #[error("the tests of this problem cannot be read: import the problem again")]
    Unreadable(#[source] NestedJsonError),
    /// Another version of this program wrote them.
    #[error("these tests are in version {0} of their form, and this program knows version {known}: import the problem again", known = Suite::SCHEMA)]
    Schema(u32),
    /// The suite contradicts itself.
    #[error(transparent)]
    Invalid(#[from] SuiteFlaw),
}

impl Suite {
    /// The version of the stored form. Adding a field with a default does not change it.
    pub const SCHEMA: u32 = 1;

    /// Depth limit of its JSON. Nested groups and arguments of calls need it; a nested map takes three levels.
    const MAX_JSON_DEPTH: usize = 256;

    /// The canonical stored form, from which the digest is computed: equal suites have equal bytes.
    ///
    /// JSON without whitespace, fields in the order of the types; it contains no maps whose order could vary.
    ///
    /// # Panics
    /// Never: all keys are strings, and writing to a vector does not fail.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("all keys are strings, and writing to a vector does not fail")
    }

    /// Reads the form of [`Suite::to_bytes`], and checks the suite.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SuiteError> {
        #[derive(Deserialize)]
        struct Version {
            schema: u32,
        }
        let version: Version = read_nested(bytes, Self::MAX_JSON_DEPTH).map_err(SuiteError::Unreadable)?;
        if version.schema != Self::SCHEMA {
            return Err(SuiteError::Schema(version.schema));
        }
        let suite: Self = read_nested(bytes, Self::MAX_JSON_DEPTH).map_err(SuiteError::Unreadable)?;
        suite.check()?;
        Ok(suite)
    }

    /// The digest of the canonical form: the name of this suite.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.to_bytes())
    }

    /// All tests in file order, which is the order of results.
    pub fn tests(&self) -> impl Iterator<Item = &TestCase> {
        let mut tests = Vec::new();
        self.root.push_tests(&mut tests);
        tests.into_iter()
    }

    /// A pass-fail suite of one group: every test is run and has the same weight.
    pub fn plain(style: JudgingStyle, tests: Vec<TestCase>) -> Self {
        let members = tests.into_iter().map(GroupMember::Test).collect();
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
            root: TestGroup { name: String::new(), rules, members },
        }
    }
}

impl From<&str> for TestContent {
    fn from(text: &str) -> Self {
        Self::Inline(Content::from(text))
    }
}

impl TestContent {
    /// Its size.
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
        Suite::plain(JudgingStyle::Streams(Comparison::default()), vec![test])
    }

    #[test]
    fn a_suite_reads_back_and_its_digest_depends_on_its_content() {
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
        // Digests are stored. A change of the form needs another schema version, or a new field that is skipped by default.
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
