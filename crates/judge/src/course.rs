//! The way through a suite: which test to run next, and, in the end, verdict and score.
//!
//! Both come from one walk over the groups (`walk`), so that what is run and what is counted cannot disagree. The walk starts
//! anew at each step; for suites of a few thousand tests that is nothing beside running one.
//!
//! Public tests are run before hidden ones, wherever they are in the file: what a program has seen of a hidden test it could pass
//! on to a later run by some counter of the kernel's that nobody has thought of, and what it says in a public test is shown. So
//! those public tests are run first that would be run if all hidden tests were passed; some of them may turn out not to
//! count, since a hidden test before them was not. Results are in file order all the same.
//!
//! What the rules mean where the package format leaves it open:
//! - A judge error ends the course: nothing that could still be run would change the verdict.
//! - A group without tests counts for nothing, rather than as accepted with a score of 0.
//! - The first member under `ignore_sample` never stops the rest.
//! - A rejected submission to a scoring problem of the legacy format has no points. In the 2025-09 format a submission
//!   has points and no verdict: such suites have [`model::VerdictRule::AlwaysAccept`] at the root and in `secret`.

use model::{GroupMember, GroupResult, Scoring, Suite, TestCase, TestGroup, Verdict, Visibility, pass_rate};

use crate::validator::GivenScore;

mod score;
mod walk;

use walk::{Part, Unknown, Walk};

/// What came of one test, as far as scoring looks at it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judged {
    /// The verdict.
    pub verdict: Verdict,
    /// The score that its validator gave.
    pub given: GivenScore,
}

impl Judged {
    /// A verdict without a score of its own.
    pub const fn new(verdict: Verdict) -> Self {
        Self { verdict, given: GivenScore::None }
    }
}

/// The result of a group out of those of its members that were run, by its own rules; nothing if none was.
pub(crate) fn combined(group: &TestGroup, members: &[(Verdict, f64)]) -> Option<(Verdict, f64)> {
    let part = |(verdict, score): &(Verdict, f64)| Part {
        verdict: Some(*verdict),
        score: *score,
        complete: verdict.is_accepted(),
    };
    let parts: Vec<_> = members.iter().map(part).collect();
    let scores: Vec<_> = members.iter().map(|(_, score)| *score).collect();
    let verdict = walk::verdict_of(group, &parts).filter(|_| !parts.is_empty())?;
    Some((verdict, score::together(group.rules.score, &scores)))
}

/// Points for a message: a number that is far too large in few signs.
pub(crate) fn points_text(points: f64) -> String {
    if points.abs() < 1e15 { points.to_string() } else { format!("{points:e}") }
}

/// A submission on its way through a suite.
#[derive(Debug, Clone)]
pub struct Course<'a> {
    suite: &'a Suite,
    tests: Vec<&'a TestCase>,
    judged: Vec<Option<Judged>>,
    extent: Extent,
}

/// Which tests are run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Extent {
    /// Those that matter for the result.
    #[default]
    AsScored,
    /// All, as far as the judge does not fail: first those that matter, then the others, which change nothing of the result but
    /// how many were passed.
    All,
}

/// What to do next.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Run the test at this place in file order.
    Run(usize),
    /// Nothing: this is the result.
    Done(Scored),
}

/// The result of a course.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored {
    /// Of the whole submission.
    pub verdict: Verdict,
    /// How many tests were accepted.
    pub passed: u32,
    /// How many there are.
    pub total: u32,
    /// The points; for pass-fail problems the passed tests in percent.
    pub score: f64,
    /// The most points possible; absent if there is no such number.
    pub max_score: Option<f64>,
    /// The points of each test, in file order; absent for pass-fail problems and tests that were not run.
    pub test_scores: Vec<Option<f64>>,
    /// Every group that has a name, in file order.
    pub groups: Vec<GroupResult>,
    /// What is wrong with the problem, for staff: why there is a judge error that no test has.
    pub faults: Vec<String>,
}

impl<'a> Course<'a> {
    /// The start, with nothing run.
    pub fn new(suite: &'a Suite) -> Self {
        let tests: Vec<_> = suite.tests().collect();
        Self { suite, judged: vec![None; tests.len()], tests, extent: Extent::AsScored }
    }

    /// The same, with these tests run.
    #[must_use]
    pub fn running(self, extent: Extent) -> Self {
        Self { extent, ..self }
    }

    /// The test at this place in file order.
    pub fn test(&self, place: usize) -> Option<&'a TestCase> {
        self.tests.get(place).copied()
    }

    /// Notes what came of a test. Told twice of one test, it keeps the later word; a place that is no test's is passed over.
    pub fn record(&mut self, place: usize, judged: Judged) {
        if let Some(slot) = self.judged.get_mut(place) {
            *slot = Some(judged);
        }
    }

    /// What to do next, by what has been recorded.
    pub fn step(&self) -> Step {
        if let Some(place) = self.next_public() {
            return Step::Run(place);
        }
        let mut walk = Walk::new(self.suite, &self.judged, Unknown::Needed);
        match walk.group(&self.suite.root) {
            Err(walk::Needs(place)) => Step::Run(place),
            Ok(root) => match self.next_other() {
                Some(place) => Step::Run(place),
                None => Step::Done(self.scored(&root, walk)),
            },
        }
    }

    /// The next test that does not matter for the result; public ones first.
    fn next_other(&self) -> Option<usize> {
        let has_failed = self.judged.iter().flatten().any(|judged| judged.verdict == Verdict::JudgeError);
        if self.extent == Extent::AsScored || has_failed {
            return None;
        }
        let left = || (0..self.tests.len()).filter(|place| self.judged[*place].is_none());
        left().find(|place| self.tests[*place].visibility == Visibility::Public).or_else(|| left().next())
    }

    /// The next public test that is run if all hidden ones that have not been run are passed.
    fn next_public(&self) -> Option<usize> {
        let mut walk = Walk::new(self.suite, &self.judged, Unknown::HiddenIsPassed);
        walk.group(&self.suite.root).err().map(|walk::Needs(place)| place)
    }

    /// The result of a submission that never ran, since it does not compile, or since judging failed before.
    pub fn without_running(&self, verdict: Verdict) -> Scored {
        let groups = self.group_results(&Walk::new(self.suite, &self.judged, Unknown::Needed));
        let max_score = self.max_score();
        let test_scores = vec![None; self.tests.len()];
        Scored {
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

    fn scored(&self, root: &Part, walk: Walk<'_>) -> Scored {
        let accepted = self.judged.iter().flatten().filter(|judged| judged.verdict.is_accepted()).count();
        let passed = u32::try_from(accepted).unwrap_or(u32::MAX);
        let verdict = self.verdict(root);
        let pays = matches!(verdict, Verdict::Accepted | Verdict::Partial);
        let score = match self.suite.scoring {
            Scoring::PassFail => pass_rate(passed, self.total()),
            Scoring::MorePoints | Scoring::FewerPoints if pays => root.score,
            Scoring::MorePoints | Scoring::FewerPoints => 0.0,
        };
        Scored {
            verdict,
            passed,
            total: self.total(),
            score,
            max_score: self.max_score(),
            groups: self.group_results(&walk),
            test_scores: walk.test_scores,
            faults: walk.faults,
        }
    }

    fn verdict(&self, root: &Part) -> Verdict {
        match (root.verdict, self.suite.scoring) {
            (Some(Verdict::Accepted), Scoring::PassFail) => Verdict::Accepted,
            (Some(Verdict::Accepted), Scoring::MorePoints | Scoring::FewerPoints) => {
                self.verdict_on_points(root)
            }
            (Some(verdict), _) => verdict,
            // Nothing in the root was run that counts: the worst of what was run says why.
            (None, _) => self.worst(),
        }
    }

    /// Whether points are all points, some or none.
    fn verdict_on_points(&self, root: &Part) -> Verdict {
        let most = self.max_score().filter(|_| self.suite.scoring == Scoring::MorePoints);
        let full = most.map_or(root.complete, |most| score::reaches(root.score, most));
        if full {
            Verdict::Accepted
        } else if root.score > 0.0 || self.worst().is_accepted() {
            Verdict::Partial
        } else {
            self.worst()
        }
    }

    fn worst(&self) -> Verdict {
        let verdicts = self.judged.iter().flatten().map(|judged| judged.verdict);
        verdicts.max_by_key(|verdict| verdict.severity()).unwrap_or(Verdict::Accepted)
    }

    fn max_score(&self) -> Option<f64> {
        match self.suite.scoring {
            Scoring::PassFail => Some(100.0),
            Scoring::MorePoints => score::most(self.suite, &self.suite.root),
            // Where fewer points are better, the most possible ones say nothing.
            Scoring::FewerPoints => None,
        }
    }

    fn total(&self) -> u32 {
        u32::try_from(self.tests.len()).unwrap_or(u32::MAX)
    }

    fn group_results(&self, walk: &Walk<'_>) -> Vec<GroupResult> {
        let mut results = Vec::new();
        self.push_groups(&self.suite.root, walk, &mut results);
        results
    }

    fn push_groups(&self, group: &TestGroup, walk: &Walk<'_>, results: &mut Vec<GroupResult>) {
        if !group.name.is_empty() {
            let part = walk.parts.get(group.name.as_str());
            results.push(GroupResult {
                name: group.name.clone(),
                verdict: part.and_then(|part| part.verdict),
                score: part.map_or(0.0, |part| part.score),
                max_score: score::most(self.suite, group),
            });
        }
        for member in &group.members {
            if let GroupMember::Group(inner) = member {
                self.push_groups(inner, walk, results);
            }
        }
    }
}
