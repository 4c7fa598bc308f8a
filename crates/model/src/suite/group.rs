//! Test group: tests and groups that are judged together, with rules for verdict and score.

use serde::{Deserialize, Serialize};

use super::TestCase;

/// Tests and groups that are judged together, in the order in which they are run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TestGroup {
    /// Its unique name: empty for the root, else a path as in the package: `sample`, `secret/group1`.
    pub name: String,
    /// The rules for its verdict and score.
    pub rules: GroupRules,
    /// Its tests and groups.
    pub members: Vec<GroupMember>,
}

/// A member of a group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum GroupMember {
    /// A test.
    Test(TestCase),
    /// A group.
    Group(TestGroup),
}

/// The rules that compute the result of a group from those of its members.
///
/// The default is that of a legacy package without `testdata.yaml`. A 2025-09 group has [`TestScore::Share`], mostly
/// a `max_score`, and [`OnReject::Continue`] where `sum` needs every score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupRules {
    /// The rule for its verdict.
    pub verdict: VerdictRule,
    /// The rule for its score.
    pub score: ScoreRule,
    /// Whether the remaining members are run after one that was not accepted.
    pub on_reject: OnReject,
    /// The score of each test directly in it.
    pub test_score: TestScore,
    /// Possible scores (legacy `range`); a score outside is a judge error.
    pub range: ScoreRange,
    /// Its maximum score (2025-09 `max_score`); absent for unbounded. A higher score is a judge error.
    pub max_score: Option<f64>,
    /// Verdict and score of the first member are ignored, and it never stops the others (legacy `ignore_sample`, at the root only).
    pub ignore_sample: bool,
    /// It is accepted as soon as one member is (legacy).
    pub accept_if_any_accepted: bool,
    /// Names of groups; unless every test of these was accepted, this group is not run (2025-09).
    pub require_pass: Vec<String>,
}

impl Default for GroupRules {
    fn default() -> Self {
        Self {
            verdict: VerdictRule::WorstError,
            score: ScoreRule::Sum,
            on_reject: OnReject::Break,
            test_score: TestScore::Fixed { accept: 1.0, reject: 0.0 },
            range: ScoreRange::default(),
            max_score: None,
            ignore_sample: false,
            accept_if_any_accepted: false,
            require_pass: Vec::new(),
        }
    }
}

/// The rule that computes a group's verdict from those of its members.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum VerdictRule {
    /// Accepted if all are, else the worst.
    WorstError,
    /// Accepted if all are, else the first that is not.
    FirstError,
    /// Always accepted, except for a judge error.
    AlwaysAccept,
}

/// The rule that computes a group's score from those of its members.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ScoreRule {
    /// The sum.
    Sum,
    /// The average.
    Avg,
    /// The minimum.
    Min,
    /// The maximum.
    Max,
    /// `max_score` if every test is accepted, else 0 (2025-09).
    PassFail,
}

/// Behaviour of a group after a member that was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OnReject {
    /// It stops; its result is computed from the members that were run.
    Break,
    /// It runs the remaining members.
    Continue,
}

/// The score of a test directly in a group, unless the validator writes one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TestScore {
    /// Legacy `accept_score` and `reject_score`.
    Fixed {
        /// If it is accepted.
        accept: f64,
        /// If it is not.
        reject: f64,
    },
    /// 2025-09: an equal share of `max_score` for each test under `sum`, all of it under `min`.
    Share,
}

/// A range of scores; an absent bound is open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScoreRange {
    /// The lower bound, inclusive.
    #[serde(rename = "least")]
    pub min: Option<f64>,
    /// The upper bound, inclusive.
    #[serde(rename = "most")]
    pub max: Option<f64>,
}

impl ScoreRange {
    /// Whether this score is in the range. `NaN` never is.
    pub fn contains(&self, score: f64) -> bool {
        !score.is_nan()
            && self.min.is_none_or(|least| score >= least)
            && self.max.is_none_or(|most| score <= most)
    }
}

impl TestGroup {
    /// Depth limit of nested groups, the root included.
    pub const MAX_DEPTH: usize = 32;

    /// The groups directly in it, in order.
    pub fn groups(&self) -> impl Iterator<Item = &Self> {
        self.members.iter().filter_map(|member| match member {
            GroupMember::Group(group) => Some(group),
            GroupMember::Test(_) => None,
        })
    }

    /// The tests directly in it, in order.
    pub fn direct_tests(&self) -> impl Iterator<Item = &TestCase> {
        self.members.iter().filter_map(|member| match member {
            GroupMember::Test(test) => Some(test),
            GroupMember::Group(_) => None,
        })
    }

    /// Appends all tests in it and below, in order.
    pub(super) fn push_tests<'a>(&'a self, tests: &mut Vec<&'a TestCase>) {
        for member in &self.members {
            match member {
                GroupMember::Test(test) => tests.push(test),
                GroupMember::Group(group) => group.push_tests(tests),
            }
        }
    }
}
