//! One walk over the groups, in file order, with what has been judged so far.

use std::collections::{HashMap, HashSet};

use model::{GroupMember, OnReject, ScoreRule, Suite, TestCase, TestGroup, Verdict, VerdictRule, Visibility};

use super::{Judged, score};

/// The walk cannot go on before the test at this place has been run.
pub(super) struct Needs(pub(super) usize);

/// What came of a test or a group.
#[derive(Debug, Clone)]
pub(super) struct Part {
    /// Absent if nothing in it was run.
    pub(super) verdict: Option<Verdict>,
    pub(super) score: f64,
    /// Whether every test in it was run and accepted.
    pub(super) complete: bool,
}

impl Part {
    /// A test that is taken to be passed, or a group of such whose score is not known.
    const PASSED: Self = Self { verdict: Some(Verdict::Accepted), score: 0.0, complete: true };
    const NOT_RUN: Self = Self { verdict: None, score: 0.0, complete: false };

    fn is_accepted(&self) -> bool {
        self.verdict == Some(Verdict::Accepted)
    }
}

/// What a test is taken for that has not been run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unknown {
    /// The walk cannot go on without it.
    Needed,
    /// If it is hidden it is passed, with a score that nobody knows; else the walk cannot go on without it.
    HiddenIsPassed,
}

pub(super) struct Walk<'a> {
    suite: &'a Suite,
    unknown: Unknown,
    judged: &'a [Option<Judged>],
    /// The place of the next test in file order.
    place: usize,
    /// Whether there was a judge error: nothing more is run.
    halted: bool,
    /// The groups whose every test was accepted.
    complete: HashSet<&'a str>,
    /// What came of each group that has been reached.
    pub(super) parts: HashMap<&'a str, Part>,
    pub(super) test_scores: Vec<Option<f64>>,
    pub(super) faults: Vec<String>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(suite: &'a Suite, judged: &'a [Option<Judged>], unknown: Unknown) -> Self {
        let halted = judged.iter().flatten().any(|judged| judged.verdict == Verdict::JudgeError);
        Self {
            suite,
            unknown,
            judged,
            place: 0,
            halted,
            complete: HashSet::new(),
            parts: HashMap::new(),
            test_scores: vec![None; judged.len()],
            faults: Vec::new(),
        }
    }

    pub(super) fn group(&mut self, group: &'a TestGroup) -> Result<Part, Needs> {
        let after = self.place + count_tests(group);
        let part = if group.rules.require_pass.iter().all(|name| self.complete.contains(name.as_str())) {
            self.members(group)?
        } else {
            Part::NOT_RUN
        };
        self.place = after;
        if part.complete {
            self.complete.insert(&group.name);
        }
        self.parts.insert(&group.name, part.clone());
        Ok(part)
    }

    /// Goes through what is in a group until something stops it, and puts the results together.
    fn members(&mut self, group: &'a TestGroup) -> Result<Part, Needs> {
        let mut parts = Vec::new();
        let mut complete = true;
        let counting = group.members.iter().filter(|member| score::has_tests(member));
        let all = counting.clone().count();
        for (number, member) in counting.enumerate() {
            let part = self.member(group, member)?;
            complete &= part.complete;
            if number == 0 && group.rules.ignore_sample {
                continue;
            }
            let rejected = !part.is_accepted();
            parts.push(part);
            if rejected && group.rules.on_reject == OnReject::Break {
                complete &= number + 1 == all;
                break;
            }
        }
        Ok(self.together(group, &parts, complete))
    }

    fn member(&mut self, group: &'a TestGroup, member: &'a GroupMember) -> Result<Part, Needs> {
        match member {
            GroupMember::Group(inner) => self.group(inner),
            GroupMember::Test(test) => self.test(group, test),
        }
    }

    fn test(&mut self, group: &TestGroup, test: &TestCase) -> Result<Part, Needs> {
        let place = self.place;
        self.place += 1;
        let Some(judged) = self.judged.get(place).copied().flatten() else {
            return self.not_run(test, place);
        };
        if !score::has_points(self.suite) {
            let complete = judged.verdict.is_accepted();
            return Ok(Part { verdict: Some(judged.verdict), score: 0.0, complete });
        }
        match score::of_test(group, judged) {
            Ok(score) => {
                self.test_scores[place] = Some(score);
                Ok(Part { verdict: Some(judged.verdict), score, complete: judged.verdict.is_accepted() })
            }
            Err(reason) => {
                Ok(self.fault(format!("the score of test {:?} is impossible: {reason}", test.name)))
            }
        }
    }

    fn not_run(&self, test: &TestCase, place: usize) -> Result<Part, Needs> {
        match (self.unknown, test.visibility) {
            _ if self.halted => Ok(Part::NOT_RUN),
            (Unknown::HiddenIsPassed, Visibility::Hidden) => Ok(Part::PASSED),
            (Unknown::HiddenIsPassed, Visibility::Public) | (Unknown::Needed, _) => Err(Needs(place)),
        }
    }

    /// The result of a group out of those of its members.
    fn together(&mut self, group: &TestGroup, parts: &[Part], complete: bool) -> Part {
        let verdict = verdict_of(group, parts);
        let scores: Vec<_> = parts.iter().map(|part| part.score).collect();
        let score = match group.rules.score {
            ScoreRule::PassFail if complete => group.rules.max_score.unwrap_or_default(),
            ScoreRule::PassFail => 0.0,
            rule => score::together(rule, &scores),
        };
        if !score::has_points(self.suite) {
            return Part { verdict, score: 0.0, complete };
        }
        let too_much = group.rules.max_score.is_some_and(|most| score::exceeds(score, most));
        let outside = verdict == Some(Verdict::Accepted) && !group.rules.range.contains(score);
        if too_much || outside {
            return self.fault(format!(
                "the score {} of group {:?} is not among its possible ones",
                super::points_text(score),
                group.name
            ));
        }
        Part { verdict, score, complete }
    }

    fn fault(&mut self, reason: String) -> Part {
        if self.unknown == Unknown::HiddenIsPassed {
            // Scores are not known yet.
            return Part::PASSED;
        }
        self.halted = true;
        self.faults.push(reason);
        Part { verdict: Some(Verdict::JudgeError), score: 0.0, complete: false }
    }
}

pub(super) fn verdict_of(group: &TestGroup, parts: &[Part]) -> Option<Verdict> {
    let verdicts = || parts.iter().filter_map(|part| part.verdict);
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
    let all_run = parts.iter().all(|part| part.verdict.is_some());
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
