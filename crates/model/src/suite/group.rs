//! A group of tests, and how its result comes from theirs.

use serde::{Deserialize, Serialize};

use super::TestCase;

/// Tests and groups that are judged together, in the order in which they are run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Group {
    /// Its name, no other group's: empty for the root, else a path as in the package: `sample`, `secret/group1`.
    pub name: String,
    /// How its result is made.
    pub rules: GroupRules,
    /// What is in it.
    pub members: Vec<Member>,
}

/// One thing in a group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Member {
    /// A test.
    Test(TestCase),
    /// A group.
    Group(Group),
}

/// How the result of a group is made from those of its members.
///
/// The default is that of a legacy package without `testdata.yaml`. A 2025-09 group has [`TestScore::Share`], mostly
/// a `max_score`, and [`OnReject::Continue`] where `sum` needs every score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupRules {
    /// How its verdict is made.
    pub verdict: VerdictRule,
    /// How its score is made.
    pub score: ScoreRule,
    /// Whether the rest is run after a member that was not accepted.
    pub on_reject: OnReject,
    /// What each test in it is worth.
    pub test_score: TestScore,
    /// Scores that are possible (legacy `range`); one outside it is a judge error.
    pub range: ScoreRange,
    /// The most it can get (2025-09 `max_score`): absent for unbounded. More is a judge error.
    pub max_score: Option<f64>,
    /// The first member counts for nothing, neither its verdict nor its score, and never stops the rest (legacy
    /// `ignore_sample`, at the root only).
    pub ignore_sample: bool,
    /// It is accepted as soon as one member is (legacy).
    pub accept_if_any_accepted: bool,
    /// Groups, by name, whose every test must have been accepted, or this one is not run (2025-09).
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

/// How a group's verdict comes from its members'.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum VerdictRule {
    /// Accepted if all are, else the worst.
    WorstError,
    /// Accepted if all are, else the first that is not.
    FirstError,
    /// Accepted, whatever they are; but a judge error stays one.
    AlwaysAccept,
}

/// How a group's score comes from its members'.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ScoreRule {
    /// Their sum.
    Sum,
    /// Their average.
    Avg,
    /// The least.
    Min,
    /// The most.
    Max,
    /// `max_score` if every test is accepted, else nothing (2025-09).
    PassFail,
}

/// Whether a group goes on after a member that was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OnReject {
    /// No: its result is made from what was run so far.
    Break,
    /// Yes.
    Continue,
}

/// What one test directly in a group is worth, where the validator gives no score.
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
    /// 2025-09: the same share of `max_score` for each test under `sum`, all of it under `min`.
    Share,
}

/// Which scores are possible; an end that is absent is open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScoreRange {
    /// The least.
    pub least: Option<f64>,
    /// The most.
    pub most: Option<f64>,
}

impl ScoreRange {
    /// Whether this score is in it. What is no number never is.
    pub fn contains(&self, score: f64) -> bool {
        !score.is_nan()
            && self.least.is_none_or(|least| score >= least)
            && self.most.is_none_or(|most| score <= most)
    }
}

impl Group {
    /// Its groups, in order.
    pub fn groups(&self) -> impl Iterator<Item = &Self> {
        self.members.iter().filter_map(|member| match member {
            Member::Group(group) => Some(group),
            Member::Test(_) => None,
        })
    }

    /// The tests right in it, in order.
    pub fn own_tests(&self) -> impl Iterator<Item = &TestCase> {
        self.members.iter().filter_map(|member| match member {
            Member::Test(test) => Some(test),
            Member::Group(_) => None,
        })
    }

    /// All tests in it and below, in order.
    pub(super) fn push_tests<'a>(&'a self, found: &mut Vec<&'a TestCase>) {
        for member in &self.members {
            match member {
                Member::Test(test) => found.push(test),
                Member::Group(group) => group.push_tests(found),
            }
        }
    }
}
