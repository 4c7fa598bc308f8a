//! Evaluation: depth-first traversal of the group tree, in file order, over the judgements so far.

use std::collections::{HashMap, HashSet};

use model::{GroupMember, OnReject, ScoreRule, Suite, TestCase, TestGroup, Verdict, VerdictRule, Visibility};

use super::{judgement::TestJudgement, score};

/// The evaluation needs the judgement of the test with this index.
pub(super) struct MissingJudgement(pub(super) usize);

/// The result of a test or a group.
#[derive(Debug, Clone)]
pub(super) struct NodeResult {
    /// Absent if no test in it was run.
    pub(super) verdict: Option<Verdict>,
    pub(super) score: f64,
    /// Whether all its tests were run and accepted.
    pub(super) complete: bool,
}

impl NodeResult {
    /// A test that is assumed to pass, or a group of such tests with an unknown score.
    const PASSED: Self = Self { verdict: Some(Verdict::Accepted), score: 0.0, complete: true };
    const NOT_RUN: Self = Self { verdict: None, score: 0.0, complete: false };

    fn is_accepted(&self) -> bool {
        self.verdict == Some(Verdict::Accepted)
    }
}

/// The results of a group's members.
struct Members {
    /// Results that count, in file order.
    results: Vec<NodeResult>,
    /// Whether all tests of the group were run and accepted.
    complete: bool,
}

/// The treatment of tests without a judgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MissingPolicy {
    /// The evaluation stops and asks for the test.
    Stop,
    /// A hidden test passes with an unknown score; at a public test the evaluation stops.
    AssumeHiddenPassed,
}

pub(super) struct Evaluation<'a> {
    suite: &'a Suite,
    policy: MissingPolicy,
    judgements: &'a [Option<TestJudgement>],
    /// Index of the next test in file order.
    index: usize,
    /// Set by a judge error: no further test is run.
    halted: bool,
    /// Names of the groups whose tests were all accepted.
    complete: HashSet<&'a str>,
    /// Results of the groups visited so far.
    pub(super) groups: HashMap<&'a str, NodeResult>,
    pub(super) test_scores: Vec<Option<f64>>,
    pub(super) faults: Vec<String>,
}

impl<'a> Evaluation<'a> {
    pub(super) fn new(
        suite: &'a Suite,
        judgements: &'a [Option<TestJudgement>],
        policy: MissingPolicy,
    ) -> Self {
        let halted = judgements.iter().flatten().any(|judgement| judgement.verdict == Verdict::JudgeError);
        Self {
            suite,
            policy,
            judgements,
            index: 0,
            halted,
            complete: HashSet::new(),
            groups: HashMap::new(),
            test_scores: vec![None; judgements.len()],
            faults: Vec::new(),
        }
    }

    pub(super) fn group(&mut self, group: &'a TestGroup) -> Result<NodeResult, MissingJudgement> {
        let after = self.index + count_tests(group);
        let result = if group.rules.require_pass.iter().all(|name| self.complete.contains(name.as_str())) {
            self.members(group)?
        } else {
            NodeResult::NOT_RUN
        };
        self.index = after;
        if result.complete {
            self.complete.insert(&group.name);
        }
        self.groups.insert(&group.name, result.clone());
        Ok(result)
    }

    /// Evaluates a group's members until `on_reject` stops it, and combines their results.
    fn members(&mut self, group: &'a TestGroup) -> Result<NodeResult, MissingJudgement> {
        let mut results = Vec::new();
        let mut complete = true;
        let counted = group.members.iter().filter(|member| score::has_tests(member));
        let total = counted.clone().count();
        for (number, member) in counted.enumerate() {
            let result = self.member(group, member)?;
            complete &= result.complete;
            if number == 0 && group.rules.ignore_sample {
                continue;
            }
            let rejected = !result.is_accepted();
            results.push(result);
            if rejected && group.rules.on_reject == OnReject::Break {
                complete &= number + 1 == total;
                break;
            }
        }
        Ok(self.combine_results(group, &Members { results, complete }))
    }

    fn member(
        &mut self,
        group: &'a TestGroup,
        member: &'a GroupMember,
    ) -> Result<NodeResult, MissingJudgement> {
        match member {
            GroupMember::Group(inner) => self.group(inner),
            GroupMember::Test(test) => self.test(group, test),
        }
    }

    fn test(&mut self, group: &TestGroup, test: &TestCase) -> Result<NodeResult, MissingJudgement> {
        let index = self.index;
        self.index += 1;
        let Some(judgement) = self.judgements.get(index).copied().flatten() else {
            return self.not_run(test, index);
        };
        if !score::has_points(self.suite) {
            let complete = judgement.verdict.is_accepted();
            return Ok(NodeResult { verdict: Some(judgement.verdict), score: 0.0, complete });
        }
        match score::test_score(group, judgement) {
            Ok(score) => {
                self.test_scores[index] = Some(score);
                Ok(NodeResult {
                    verdict: Some(judgement.verdict),
                    score,
                    complete: judgement.verdict.is_accepted(),
                })
            }
            Err(reason) => {
                Ok(self.fault(format!("the score of test {:?} is impossible: {reason}", test.name)))
            }
        }
    }

    fn not_run(&self, test: &TestCase, index: usize) -> Result<NodeResult, MissingJudgement> {
        match (self.policy, test.visibility) {
            _ if self.halted => Ok(NodeResult::NOT_RUN),
            (MissingPolicy::AssumeHiddenPassed, Visibility::Hidden) => Ok(NodeResult::PASSED),
            (MissingPolicy::AssumeHiddenPassed, Visibility::Public) | (MissingPolicy::Stop, _) => {
                Err(MissingJudgement(index))
            }
        }
    }

    /// Combines the results of a group's members.
    fn combine_results(&mut self, group: &TestGroup, members: &Members) -> NodeResult {
        let Members { results, complete } = members;
        let complete = *complete;
        let verdict = group_verdict(group, results);
        let scores: Vec<_> = results.iter().map(|result| result.score).collect();
        let score = match group.rules.score {
            ScoreRule::PassFail if complete => group.rules.max_score.unwrap_or_default(),
            ScoreRule::PassFail => 0.0,
            rule => score::combine(rule, &scores),
        };
        if !score::has_points(self.suite) {
            return NodeResult { verdict, score: 0.0, complete };
        }
        let exceeds_max = group.rules.max_score.is_some_and(|max| score::exceeds(score, max));
        let outside = verdict == Some(Verdict::Accepted) && !group.rules.range.contains(score);
        if exceeds_max || outside {
            return self.fault(format!(
                "the score {} of group {:?} is not among its possible ones",
                score::format_points(score),
                group.name
            ));
        }
        NodeResult { verdict, score, complete }
    }

    fn fault(&mut self, reason: String) -> NodeResult {
        if self.policy == MissingPolicy::AssumeHiddenPassed {
            // Scores are policy under this assumption, so they cannot be out of range.
            return NodeResult::PASSED;
        }
        self.halted = true;
        self.faults.push(reason);
        NodeResult { verdict: Some(Verdict::JudgeError), score: 0.0, complete: false }
    }
}

pub(super) fn group_verdict(group: &TestGroup, results: &[NodeResult]) -> Option<Verdict> {
    let verdicts = || results.iter().filter_map(|result| result.verdict);
    if verdicts().any(|verdict| verdict == Verdict::JudgeError) {
        return Some(Verdict::JudgeError);
    }
    if group.rules.accept_if_any_accepted && verdicts().any(Verdict::is_accepted) {
        return Some(Verdict::Accepted);
    }
    let mut rejections = verdicts().filter(|verdict| !verdict.is_accepted());
    let rejection = match group.rules.verdict {
        VerdictRule::AlwaysAccept => return Some(Verdict::Accepted),
        VerdictRule::FirstError => rejections.next(),
        VerdictRule::WorstError => rejections.max_by_key(|verdict| verdict.severity()),
    };
    let all_run = results.iter().all(|result| result.verdict.is_some());
    rejection.or(all_run.then_some(Verdict::Accepted))
}

fn count_tests(group: &TestGroup) -> usize {
    group
        .members
        .iter()
        .map(|member| match member {
            GroupMember::Test(_) => 1,
            GroupMember::Group(inner) => count_tests(inner),
        })
        .sum()
}
