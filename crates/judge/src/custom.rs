//! Results of groups made by a program of the problem's: the legacy formats' custom grader.
//!
//! A [`Regrade`] goes over a course that is done, from the innermost groups outwards. It says what the grader is to be asked
//! ([`Regrade::question`]), is told what it said ([`Regrade::answer`]), and has the result in the end ([`Regrade::finish`]). Groups
//! around such a group whose own rules count are put together anew. A grader that fails is a judge error.

use std::collections::HashMap;

use model::{GroupMember, Scoring, Suite, TestGroup, Verdict};

use crate::course::{Scored, combined, points_text};

/// What came of a test or group: its verdict and its points.
pub type MemberResult = (Verdict, f64);

/// A course that is done, with a grader to be asked.
#[derive(Debug)]
pub struct Regrade<'a> {
    suite: &'a Suite,
    /// The groups whose results are made anew, the innermost first, each with the place of its first test.
    groups: Vec<(&'a TestGroup, usize)>,
    /// Which of them is next.
    at: usize,
    /// What the tests came to, in file order; nothing for those that were not run.
    tests: Vec<Option<MemberResult>>,
    results: HashMap<&'a str, Option<MemberResult>>,
    scored: Scored,
}

/// What the grader is to be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question<'a> {
    /// The group.
    pub group: &'a str,
    /// The grader's arguments.
    pub args: &'a [String],
    /// What it reads: a line for each member that was run.
    pub input: String,
}

impl<'a> Regrade<'a> {
    /// Nothing if no grader has a say: there is none, or the submission was not judged. `verdicts` are those of the tests in file
    /// order.
    pub fn new(suite: &'a Suite, scored: Scored, verdicts: &[Option<Verdict>]) -> Result<Self, Scored> {
        let decided = matches!(scored.verdict, Verdict::JudgeError | Verdict::CompileError);
        if suite.grader.is_none() || decided {
            return Err(scored);
        }
        let scores = &scored.test_scores;
        let each = verdicts.iter().enumerate().map(|(place, verdict)| {
            let score = scores.get(place).copied().flatten().unwrap_or(0.0);
            verdict.map(|verdict| (verdict, score))
        });
        let tests = each.collect();
        let own = scored.groups.iter().map(|group| group.verdict.map(|verdict| (verdict, group.score)));
        let mut names: Vec<&'a str> = Vec::new();
        name_groups(&suite.root, &mut names);
        let results = names.into_iter().filter(|name| !name.is_empty()).zip(own).collect();
        let mut regrade = Self { suite, groups: Vec::new(), at: 0, tests, results, scored };
        regrade.plan(&suite.root, &mut 0);
        Ok(regrade)
    }

    /// Notes the groups whose results are made anew; returns whether this one is among them.
    fn plan(&mut self, group: &'a TestGroup, place: &mut usize) -> bool {
        let first = *place;
        let mut inside = false;
        for member in &group.members {
            match member {
                GroupMember::Test(_) => *place += 1,
                GroupMember::Group(inner) => inside |= self.plan(inner, place),
            }
        }
        let anew = inside || self.args(group).is_some();
        if anew {
            self.groups.push((group, first));
        }
        anew
    }

    /// The grader's arguments for a group that it grades.
    fn args(&self, group: &TestGroup) -> Option<&'a [String]> {
        let grader = self.suite.grader.as_ref()?;
        grader.groups.iter().find(|(name, _)| *name == group.name).map(|(_, args)| args.as_slice())
    }

    /// What the grader is to be asked next; nothing when all is known.
    pub fn question(&mut self) -> Option<Question<'a>> {
        while let Some(&(group, first)) = self.groups.get(self.at) {
            let members = self.members(group, first);
            match self.args(group) {
                Some(args) if !members.is_empty() => {
                    let lines =
                        members.iter().map(|(verdict, score)| format!("{} {score}\n", word(*verdict)));
                    return Some(Question { group: &group.name, args, input: lines.collect() });
                }
                Some(_) => self.record(None),
                None => {
                    let result = combined(group, &members);
                    self.record_in_range(group, result);
                }
            }
        }
        None
    }

    /// The results of a group's members that were run; those that do not count are left out.
    fn members(&self, group: &'a TestGroup, first: usize) -> Vec<MemberResult> {
        let mut place = first;
        let mut found = Vec::new();
        for (n, member) in group.members.iter().enumerate() {
            let result = match member {
                GroupMember::Test(_) => {
                    place += 1;
                    self.tests.get(place - 1).copied().flatten()
                }
                GroupMember::Group(inner) => {
                    place += count_tests(inner);
                    self.results.get(inner.name.as_str()).copied().flatten()
                }
            };
            if n > 0 || !group.rules.ignore_sample {
                found.extend(result);
            }
        }
        found
    }

    /// Takes what the grader wrote, or why it failed.
    pub fn answer(&mut self, said: Result<&[u8], String>) {
        let Some(&(group, _)) = self.groups.get(self.at) else { return };
        let understood = said.and_then(|written| {
            understand(written).ok_or_else(|| {
                let shown = String::from_utf8_lossy(&written[..written.len().min(100)]).trim().to_owned();
                format!("the grader wrote {shown:?}: it must write a verdict and a finite score, as in AC 50")
            })
        });
        match understood {
            Ok(result) => self.record_in_range(group, Some(result)),
            Err(reason) => self.fault(group, &reason),
        }
    }

    /// Notes a result, unless its points are none that the group says it can have.
    fn record_in_range(&mut self, group: &TestGroup, result: Option<MemberResult>) {
        match result.and_then(|result| self.outside(group, result)) {
            Some(reason) => self.fault(group, &reason),
            None => self.record(result),
        }
    }

    /// What is wrong with the points of a result. A rejected group may have none, whatever its range is.
    fn outside(&self, group: &TestGroup, (verdict, score): MemberResult) -> Option<String> {
        let range = &group.rules.range;
        let is_nothing = !verdict.is_accepted() && score == 0.0;
        if self.suite.scoring == Scoring::PassFail
            || verdict == Verdict::JudgeError
            || is_nothing
            || range.contains(score)
        {
            return None;
        }
        let end = |end: Option<f64>, none: &str| end.map_or_else(|| none.to_owned(), points_text);
        Some(format!(
            "it has {} points, and its range is {} to {}: change the grader, or `range` in testdata.yaml",
            points_text(score),
            end(range.min, "-inf"),
            end(range.max, "inf")
        ))
    }

    fn fault(&mut self, group: &TestGroup, reason: &str) {
        let name = if group.name.is_empty() {
            "the group of all tests".to_owned()
        } else {
            format!("the group {}", group.name)
        };
        self.scored.faults.push(format!("{name}: {reason}"));
        self.record(Some((Verdict::JudgeError, 0.0)));
    }

    fn record(&mut self, result: Option<MemberResult>) {
        if let Some((group, _)) = self.groups.get(self.at) {
            self.results.insert(&group.name, result);
        }
        self.at += 1;
    }

    /// The result, once there is nothing more to ask.
    pub fn finish(mut self) -> Scored {
        for group in &mut self.scored.groups {
            if let Some(result) = self.results.get(group.name.as_str()).copied() {
                group.verdict = result.map(|(verdict, _)| verdict);
                group.score = result.map_or(0.0, |(_, score)| score);
            }
        }
        let failed = self.results.values().flatten().any(|(verdict, _)| *verdict == Verdict::JudgeError);
        let root = self.results.get("").copied().flatten();
        let (verdict, score) = match root {
            _ if failed => (Verdict::JudgeError, 0.0),
            Some(root) => self.of_root(root),
            None => (self.scored.verdict, self.scored.score),
        };
        Scored { verdict, score, ..self.scored }
    }

    /// In scoring problems some points are less than all of them; in others the grader's points mean nothing.
    fn of_root(&self, (verdict, score): MemberResult) -> MemberResult {
        match (self.suite.scoring, verdict) {
            (Scoring::PassFail, verdict) => (verdict, self.scored.score),
            (_, Verdict::Accepted) => {
                let most = self.scored.max_score.filter(|_| self.suite.scoring == Scoring::MorePoints);
                let is_all = most.is_none_or(|most| score >= most);
                (if is_all { Verdict::Accepted } else { Verdict::Partial }, score)
            }
            (_, verdict) => (verdict, 0.0),
        }
    }
}

fn name_groups<'a>(group: &'a TestGroup, names: &mut Vec<&'a str>) {
    names.push(&group.name);
    for member in &group.members {
        if let GroupMember::Group(inner) = member {
            name_groups(inner, names);
        }
    }
}

fn count_tests(group: &TestGroup) -> usize {
    let each = group.members.iter().map(|member| match member {
        GroupMember::Test(_) => 1,
        GroupMember::Group(inner) => count_tests(inner),
    });
    each.sum()
}

/// Verdicts as graders read and write them.
const WORDS: [(&str, Verdict); 7] = [
    ("AC", Verdict::Accepted),
    ("WA", Verdict::WrongAnswer),
    ("TLE", Verdict::TimeLimit),
    ("RTE", Verdict::RuntimeError),
    ("MLE", Verdict::MemoryLimit),
    ("OLE", Verdict::OutputLimit),
    ("JE", Verdict::JudgeError),
];

fn word(verdict: Verdict) -> &'static str {
    let known = WORDS.iter().find(|(_, other)| *other == verdict).map(|(word, _)| *word);
    // Some of the points are an accepted result to a grader.
    known.unwrap_or("AC")
}

/// A verdict and a finite score.
fn understand(written: &[u8]) -> Option<MemberResult> {
    let text = std::str::from_utf8(written).ok()?;
    let mut words = text.split_ascii_whitespace();
    let (verdict, score) = (words.next()?, words.next()?);
    let verdict = WORDS.iter().find(|(word, _)| *word == verdict).map(|(_, verdict)| *verdict)?;
    let score = score.parse::<f64>().ok().filter(|score| score.is_finite())?;
    words.next().is_none().then_some((verdict, score))
}

#[cfg(test)]
mod tests {
    use model::{
        Comparison, CustomGrader, GroupRules, JudgingStyle, LanguageId, LimitsRequest, OnReject, SourceFile,
        TestCase, Validator, ValidatorScores,
    };

    use super::*;
    use crate::course::{Course, Judged, Step};

    fn suite(graded: &[&str]) -> Suite {
        let group = |name: &str, members| TestGroup {
            name: name.to_owned(),
            rules: GroupRules { on_reject: OnReject::Continue, ..GroupRules::default() },
            members,
        };
        let test = |name: &str| GroupMember::Test(TestCase::streams(name, "", ""));
        let mut suite = Suite::plain(JudgingStyle::Streams(Comparison::default()), Vec::new());
        suite.scoring = Scoring::MorePoints;
        suite.root = group(
            "",
            vec![
                GroupMember::Group(group("a", vec![test("1"), test("2")])),
                GroupMember::Group(group("b", vec![test("3")])),
            ],
        );
        let program = Validator {
            language: LanguageId::new("python"),
            files: vec![SourceFile { name: "g.py".to_owned(), content: "".into() }],
            args: Vec::new(),
            limits: LimitsRequest::default(),
            scores: ValidatorScores::Never,
            rejected_score: model::RejectedScore::default(),
            passes: 1,
        };
        let groups = graded.iter().map(|name| ((*name).to_owned(), vec![format!("--{name}")])).collect();
        suite.grader = Some(CustomGrader { program, groups });
        suite
    }

    /// Judges by these verdicts, and lets the grader answer each question.
    fn regrade(
        graded: &[&str],
        verdicts: [Verdict; 3],
        grader: impl Fn(&Question<'_>) -> String,
    ) -> (Vec<String>, Scored) {
        regrade_by(&suite(graded), verdicts, grader)
    }

    fn regrade_by(
        suite: &Suite,
        verdicts: [Verdict; 3],
        grader: impl Fn(&Question<'_>) -> String,
    ) -> (Vec<String>, Scored) {
        let mut course = Course::new(suite);
        let scored = loop {
            match course.step() {
                Step::Run(place) => course.record(place, Judged::new(verdicts[place])),
                Step::Done(scored) => break scored,
            }
        };
        let mut regrade = Regrade::new(suite, scored, &verdicts.map(Some)).expect("there is a grader");
        let mut asked = Vec::new();
        while let Some(question) = regrade.question() {
            asked.push(format!("{}: {}", question.args.join(" "), question.input.replace('\n', ", ")));
            regrade.answer(Ok(grader(&question).as_bytes()));
        }
        (asked, regrade.finish())
    }

    const RIGHT: Verdict = Verdict::Accepted;
    const WRONG: Verdict = Verdict::WrongAnswer;

    #[test]
    fn a_grader_is_asked_from_the_inside_out_and_has_the_last_word() {
        let best = |question: &Question<'_>| {
            let scores =
                question.input.lines().filter_map(|line| line.split(' ').nth(1)?.parse::<f64>().ok());
            format!("AC {}\n", scores.fold(0.0, f64::max) + 10.0)
        };
        let (asked, scored) = regrade(&["a", "b", ""], [RIGHT, WRONG, WRONG], best);
        assert_eq!(asked, ["--a: AC 1, WA 0, ", "--b: WA 0, ", "--: AC 11, AC 10, "]);
        assert_eq!((scored.verdict, scored.score), (Verdict::Accepted, 21.0));
        let groups: Vec<_> = scored.groups.iter().map(|group| (group.name.as_str(), group.score)).collect();
        assert_eq!(groups, [("a", 11.0), ("b", 10.0)]);
    }

    #[test]
    fn groups_around_it_are_put_together_by_their_own_rules() {
        let (asked, scored) = regrade(&["a"], [RIGHT, WRONG, RIGHT], |_| "AC 5".to_owned());
        assert_eq!(asked.len(), 1);
        assert_eq!((scored.verdict, scored.score), (Verdict::Accepted, 6.0));
        let (_, scored) = regrade(&["a"], [RIGHT, RIGHT, RIGHT], |_| "WA 0".to_owned());
        assert_eq!((scored.verdict, scored.score), (WRONG, 0.0));
    }

    #[test]
    fn points_of_a_grader_outside_of_its_range_are_a_judge_error_that_names_the_group() {
        for (group, said, names) in [
            ("a", "AC 1e300", "the group a: it has 1e300 points, and its range is 0 to 100"),
            ("a", "AC -5", "the group a: it has -5 points"),
            ("a", "WA -5", "the group a: it has -5 points"),
            ("a", "AC 100.5", "the group a: it has 100.5 points"),
            ("", "AC 101", "the group of all tests: it has 101 points"),
            ("a", "AC NaN", "the group a: the grader wrote \"AC NaN\""),
        ] {
            let mut suite = suite(&[group]);
            give_range(&mut suite.root);
            let (_, scored) = regrade_by(&suite, [RIGHT, RIGHT, RIGHT], |_| said.to_owned());
            assert_eq!(scored.verdict, Verdict::JudgeError, "{said}");
            assert!(scored.faults[0].starts_with(names), "{said}: {:?}", scored.faults);
        }
    }

    #[test]
    fn points_of_a_grader_count_within_its_range_and_where_it_has_none() {
        let mut with_range = suite(&["", "a"]);
        give_range(&mut with_range.root);
        for said in ["AC 0", "AC 100", "WA 0"] {
            let (_, scored) = regrade_by(&with_range, [RIGHT, RIGHT, RIGHT], |_| said.to_owned());
            assert_eq!(scored.faults, [""; 0], "{said}");
        }
        // What it can give nobody knows then, and so not of how many points they are.
        let (_, scored) = regrade(&[""], [RIGHT, RIGHT, RIGHT], |_| "AC 50".to_owned());
        assert_eq!((scored.verdict, scored.score, scored.max_score), (Verdict::Accepted, 50.0, None));
    }

    #[test]
    fn a_group_around_one_with_a_grader_keeps_its_range_too() {
        let mut suite = suite(&["a"]);
        suite.root.rules.range = model::ScoreRange { min: Some(0.0), max: Some(10.0) };
        let (_, scored) = regrade_by(&suite, [RIGHT, RIGHT, RIGHT], |_| "AC 50".to_owned());
        assert_eq!(scored.verdict, Verdict::JudgeError);
        assert!(scored.faults[0].contains("it has 51 points"), "{:?}", scored.faults);
    }

    fn give_range(group: &mut TestGroup) {
        group.rules.range = model::ScoreRange { min: Some(0.0), max: Some(100.0) };
        for member in &mut group.members {
            if let GroupMember::Group(inner) = member {
                give_range(inner);
            }
        }
    }

    #[test]
    fn a_grader_that_makes_no_sense_is_a_judge_error() {
        for said in ["", "AC", "YES 5", "AC five", "AC nan", "AC 5 6", "\u{fffd}"] {
            let (_, scored) = regrade(&[""], [RIGHT, RIGHT, RIGHT], |_| said.to_owned());
            assert_eq!((scored.verdict, scored.faults.len()), (Verdict::JudgeError, 1), "{said:?}");
        }
    }
}
