//! Suite run: state machine that selects the next test and, at the end, computes verdict and score.
//!
//! Selection and scoring share one traversal of the groups (`evaluation`), so that they cannot disagree about
//! which tests count. The traversal starts anew at each step; for suites of a few thousand tests that costs
//! nothing beside running one.
//!
//! Public tests run before hidden ones, wherever they are in the file. A program could pass information about
//! a hidden test to a later run through some kernel counter that nobody has thought of, and the output of a
//! public test is shown. Therefore all public tests run first that would run if every hidden test passed.
//! Some of them may turn out not to count, because a hidden test before them fails. Results are in file order
//! all the same.
//!
//! Choices where the package format leaves the rules open:
//! - A judge error ends the run: no later test could change the verdict.
//! - A group without tests counts for nothing; it is not accepted with a score of 0.
//! - The first member under `ignore_sample` never stops the rest.
//! - A rejected submission to a scoring problem of the legacy format has no points. In the 2025-09 format a
//!   submission has points and no verdict: such suites have [`model::VerdictRule::AlwaysAccept`] at the root
//!   and in `secret`.

use model::{GroupMember, GroupResult, Scoring, Suite, TestCase, TestGroup, Verdict, Visibility, pass_rate};

mod evaluation;
mod judgement;
mod score;

pub use judgement::TestJudgement;
pub(crate) use score::format_points;

use evaluation::{Evaluation, MissingPolicy, NodeResult};

/// Combines the results of the members that were run by the group's own rules; `None` if no member was run.
pub(crate) fn combine_members(group: &TestGroup, members: &[(Verdict, f64)]) -> Option<(Verdict, f64)> {
    let result = |(verdict, score): &(Verdict, f64)| NodeResult {
        verdict: Some(*verdict),
        score: *score,
        complete: verdict.is_accepted(),
    };
    let results: Vec<_> = members.iter().map(result).collect();
    let scores: Vec<_> = members.iter().map(|(_, score)| *score).collect();
    let verdict = evaluation::group_verdict(group, &results).filter(|_| !results.is_empty())?;
    Some((verdict, score::combine(group.rules.score, &scores)))
}

/// The progress of one submission through a suite.
///
/// A worker drives it in a loop: [`SuiteRun::next_step`] names the next test or returns the result; the
/// worker runs and judges that test and calls [`SuiteRun::record`]. The state is only the list of judgements
/// so far. Each step evaluates the group tree from the root with these judgements: an evaluation either
/// completes, and then has verdict and score of every group, or stops at the first test whose judgement it
/// needs, and that is the next test.
///
/// Each step evaluates twice. The first evaluation assumes that hidden tests that were not run pass; if it
/// stops, it stops at a public test, which is run. The second one assumes nothing, so it stops at the first
/// test that is still needed. If it completes, the suite is decided. With [`TestSelection::All`] the tests
/// that are left are run too; they change only the number of passed tests.
///
/// There is no I/O and no clock, so a run can be replayed from its judgements, and tests drive it with plain
/// verdicts. A problem's own grader is applied afterwards, by [`crate::custom_grader::CustomGrading`].
#[derive(Debug, Clone)]
pub struct SuiteRun<'a> {
    suite: &'a Suite,
    tests: Vec<&'a TestCase>,
    judgements: Vec<Option<TestJudgement>>,
    selection: TestSelection,
}

/// The tests to run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TestSelection {
    /// Only tests that decide the result.
    #[default]
    Deciding,
    /// All, unless there is a judge error: first the deciding tests, then the others, which change only the
    /// number of passed tests.
    All,
}

/// The next step of a suite run.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Run the test with this index in file order.
    Run(usize),
    /// All needed tests are done; this is the result.
    Done(SuiteResult),
}

/// The result of a submission on the whole suite.
#[derive(Debug, Clone, PartialEq)]
pub struct SuiteResult {
    /// Verdict on the whole submission.
    pub verdict: Verdict,
    /// Number of accepted tests.
    pub passed: u32,
    /// Number of tests in the suite.
    pub total: u32,
    /// Points; for pass-fail problems the percentage of passed tests.
    pub score: f64,
    /// Maximum points; absent if unbounded or unknown.
    pub max_score: Option<f64>,
    /// Points of each test, in file order; absent for pass-fail problems and tests that were not run.
    pub test_scores: Vec<Option<f64>>,
    /// Results of the named groups, in file order.
    pub groups: Vec<GroupResult>,
    /// Faults of the problem, for staff: the reason of a judge error that belongs to no test.
    pub faults: Vec<String>,
}

impl<'a> SuiteRun<'a> {
    /// A new run without judgements, of the deciding tests.
    pub fn new(suite: &'a Suite) -> Self {
        let tests: Vec<_> = suite.tests().collect();
        Self { suite, judgements: vec![None; tests.len()], tests, selection: TestSelection::Deciding }
    }

    /// Sets the tests to run.
    #[must_use]
    pub fn with_selection(self, selection: TestSelection) -> Self {
        Self { selection, ..self }
    }

    /// The test with this index in file order.
    pub fn test(&self, index: usize) -> Option<&'a TestCase> {
        self.tests.get(index).copied()
    }

    /// Records the judgement of a test, replacing an earlier one. An index beyond the last test is ignored.
    pub fn record(&mut self, index: usize, judgement: TestJudgement) {
        if let Some(slot) = self.judgements.get_mut(index) {
            *slot = Some(judgement);
        }
    }

    /// The next step, computed from the recorded judgements.
    pub fn next_step(&self) -> Step {
        if let Some(index) = self.next_public() {
            return Step::Run(index);
        }
        let mut evaluation = Evaluation::new(self.suite, &self.judgements, MissingPolicy::Stop);
        match evaluation.group(&self.suite.root) {
            Err(evaluation::MissingJudgement(index)) => Step::Run(index),
            Ok(root) => match self.next_remaining() {
                Some(index) => Step::Run(index),
                None => Step::Done(self.result(&root, evaluation)),
            },
        }
    }

    /// The next test that does not affect the result; public tests first.
    fn next_remaining(&self) -> Option<usize> {
        let has_failed =
            self.judgements.iter().flatten().any(|judgement| judgement.verdict == Verdict::JudgeError);
        if self.selection == TestSelection::Deciding || has_failed {
            return None;
        }
        let left = || (0..self.tests.len()).filter(|index| self.judgements[*index].is_none());
        left().find(|index| self.tests[*index].visibility == Visibility::Public).or_else(|| left().next())
    }

    /// The next public test that runs under the assumption that all pending hidden tests pass.
    fn next_public(&self) -> Option<usize> {
        let mut evaluation = Evaluation::new(self.suite, &self.judgements, MissingPolicy::AssumeHiddenPassed);
        evaluation.group(&self.suite.root).err().map(|evaluation::MissingJudgement(index)| index)
    }

    /// The result of a submission without any run: a compile error, or a judge error before the first test.
    pub fn result_without_runs(&self, verdict: Verdict) -> SuiteResult {
        let groups = self.group_results(&Evaluation::new(self.suite, &self.judgements, MissingPolicy::Stop));
        let max_score = self.max_score();
        let test_scores = vec![None; self.tests.len()];
        SuiteResult {
            verdict,
            passed: 0,
            total: self.total(),
            score: 0.0,
            max_score,
            test_scores,
            groups,
            faults: Vec::new(),
        }
    }

    fn result(&self, root: &NodeResult, evaluation: Evaluation<'_>) -> SuiteResult {
        let accepted =
            self.judgements.iter().flatten().filter(|judgement| judgement.verdict.is_accepted()).count();
        let passed = u32::try_from(accepted).unwrap_or(u32::MAX);
        let verdict = self.verdict(root);
        let has_score = matches!(verdict, Verdict::Accepted | Verdict::Partial);
        let score = match self.suite.scoring {
            Scoring::PassFail => pass_rate(passed, self.total()),
            Scoring::MorePoints | Scoring::FewerPoints if has_score => root.score,
            Scoring::MorePoints | Scoring::FewerPoints => 0.0,
        };
        SuiteResult {
            verdict,
            passed,
            total: self.total(),
            score,
            max_score: self.max_score(),
            groups: self.group_results(&evaluation),
            test_scores: evaluation.test_scores,
            faults: evaluation.faults,
        }
    }

    fn verdict(&self, root: &NodeResult) -> Verdict {
        match (root.verdict, self.suite.scoring) {
            (Some(Verdict::Accepted), Scoring::PassFail) => Verdict::Accepted,
            (Some(Verdict::Accepted), Scoring::MorePoints | Scoring::FewerPoints) => {
                self.verdict_on_points(root)
            }
            (Some(verdict), _) => verdict,
            // No member that counts was run: report the worst verdict of the tests that were run.
            (None, _) => self.worst(),
        }
    }

    /// Accepted for all points, partial for some, else the worst verdict.
    fn verdict_on_points(&self, root: &NodeResult) -> Verdict {
        let max = self.max_score().filter(|_| self.suite.scoring == Scoring::MorePoints);
        let full = max.map_or(root.complete, |max| score::reaches(root.score, max));
        if full {
            Verdict::Accepted
        } else if root.score > 0.0 || self.worst().is_accepted() {
            Verdict::Partial
        } else {
            self.worst()
        }
    }

    fn worst(&self) -> Verdict {
        let verdicts = self.judgements.iter().flatten().map(|judgement| judgement.verdict);
        verdicts.max_by_key(|verdict| verdict.severity()).unwrap_or(Verdict::Accepted)
    }

    fn max_score(&self) -> Option<f64> {
        match self.suite.scoring {
            Scoring::PassFail => Some(100.0),
            Scoring::MorePoints => score::max_group_score(self.suite, &self.suite.root),
            // If fewer points are better, a maximum has no meaning.
            Scoring::FewerPoints => None,
        }
    }

    fn total(&self) -> u32 {
        u32::try_from(self.tests.len()).unwrap_or(u32::MAX)
    }

    fn group_results(&self, evaluation: &Evaluation<'_>) -> Vec<GroupResult> {
        let mut results = Vec::new();
        self.push_groups(&self.suite.root, evaluation, &mut results);
        results
    }

    fn push_groups(&self, group: &TestGroup, evaluation: &Evaluation<'_>, results: &mut Vec<GroupResult>) {
        if !group.name.is_empty() {
            let result = evaluation.groups.get(group.name.as_str());
            results.push(GroupResult {
                name: group.name.clone(),
                verdict: result.and_then(|result| result.verdict),
                score: result.map_or(0.0, |result| result.score),
                max_score: score::max_group_score(self.suite, group),
            });
        }
        for member in &group.members {
            if let GroupMember::Group(inner) = member {
                self.push_groups(inner, evaluation, results);
            }
        }
    }
}
