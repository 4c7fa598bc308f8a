//! Custom grader of the legacy formats: group results computed by a program of the problem.
//!
//! A [`CustomGrading`] visits the groups of a finished suite run from the inside out. It prepares the runs of
//! the grader ([`CustomGrading::next_run`]), takes their output ([`CustomGrading::record_output`]) and
//! returns the final result ([`CustomGrading::finish`]). Enclosing groups without a grader are combined again
//! by their own rules. A grader that fails is a judge error.

use std::collections::HashMap;

use model::{GroupMember, Scoring, Suite, TestGroup, Verdict};

use crate::suite_run::{SuiteResult, combine_members, format_points};

/// The verdict and the points of a test or group.
pub type MemberResult = (Verdict, f64);

/// A finished suite run whose results a grader recomputes.
#[derive(Debug)]
pub struct CustomGrading<'a> {
    suite: &'a Suite,
    /// Groups to recompute, the innermost first, each with the index of its first test.
    groups: Vec<(&'a TestGroup, usize)>,
    /// Index of the next group in `groups`.
    next: usize,
    /// Results of the tests in file order; `None` for tests that were not run.
    tests: Vec<Option<MemberResult>>,
    results: HashMap<&'a str, Option<MemberResult>>,
    result: SuiteResult,
}

/// One run of the grader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GraderRun<'a> {
    /// Name of the group.
    pub group: &'a str,
    /// Arguments of the grader.
    pub args: &'a [String],
    /// Standard input: a line for each member that was run.
    pub stdin: String,
}

impl<'a> CustomGrading<'a> {
    /// Returns the result unchanged as `Err` if no grader applies: the problem has none, or the submission
    /// was not judged. `verdicts` are those of the tests in file order.
    pub fn new(
        suite: &'a Suite,
        result: SuiteResult,
        verdicts: &[Option<Verdict>],
    ) -> Result<Self, SuiteResult> {
        let is_final = matches!(result.verdict, Verdict::JudgeError | Verdict::CompileError);
        if suite.grader.is_none() || is_final {
            return Err(result);
        }
        let scores = &result.test_scores;
        let members = verdicts.iter().enumerate().map(|(index, verdict)| {
            let score = scores.get(index).copied().flatten().unwrap_or(0.0);
            verdict.map(|verdict| (verdict, score))
        });
        let tests = members.collect();
        let own = result.groups.iter().map(|group| group.verdict.map(|verdict| (verdict, group.score)));
        let mut names: Vec<&'a str> = Vec::new();
        name_groups(&suite.root, &mut names);
        let results = names.into_iter().filter(|name| !name.is_empty()).zip(own).collect();
        let mut grading = Self { suite, groups: Vec::new(), next: 0, tests, results, result };
        grading.plan(&suite.root, &mut 0);
        Ok(grading)
    }

    /// Collects the groups to recompute; returns whether this group is one of them.
    fn plan(&mut self, group: &'a TestGroup, index: &mut usize) -> bool {
        let first = *index;
        let mut inside = false;
        for member in &group.members {
            match member {
                GroupMember::Test(_) => *index += 1,
                GroupMember::Group(inner) => inside |= self.plan(inner, index),
            }
        }
        let recomputed = inside || self.args(group).is_some();
        if recomputed {
            self.groups.push((group, first));
        }
        recomputed
    }

    /// The grader's arguments for a group, if it grades the group.
    fn args(&self, group: &TestGroup) -> Option<&'a [String]> {
        let grader = self.suite.grader.as_ref()?;
        grader.groups.iter().find(|(name, _)| *name == group.name).map(|(_, args)| args.as_slice())
    }

    /// The next run of the grader; `None` when all groups have results.
    pub fn next_run(&mut self) -> Option<GraderRun<'a>> {
        while let Some(&(group, first)) = self.groups.get(self.next) {
            let members = self.members(group, first);
            match self.args(group) {
                Some(args) if !members.is_empty() => {
                    let lines = members
                        .iter()
                        .map(|(verdict, score)| format!("{} {score}\n", abbreviation(*verdict)));
                    return Some(GraderRun { group: &group.name, args, stdin: lines.collect() });
                }
                Some(_) => self.record(None),
                None => {
                    let result = combine_members(group, &members);
                    self.record_in_range(group, result);
                }
            }
        }
        None
    }

    /// Results of a group's members that were run and count.
    fn members(&self, group: &'a TestGroup, first: usize) -> Vec<MemberResult> {
        let mut index = first;
        let mut results = Vec::new();
        for (n, member) in group.members.iter().enumerate() {
            let result = match member {
                GroupMember::Test(_) => {
                    index += 1;
                    self.tests.get(index - 1).copied().flatten()
                }
                GroupMember::Group(inner) => {
                    index += count_tests(inner);
                    self.results.get(inner.name.as_str()).copied().flatten()
                }
            };
            if n > 0 || !group.rules.ignore_sample {
                results.extend(result);
            }
        }
        results
    }

    /// Records the output of the grader, or the reason of its failure.
    pub fn record_output(&mut self, output: Result<&[u8], String>) {
        let Some(&(group, _)) = self.groups.get(self.next) else { return };
        let parsed = output.and_then(|output| {
            parse_output(output).ok_or_else(|| {
                let shown = String::from_utf8_lossy(&output[..output.len().min(100)]).trim().to_owned();
                format!("the grader wrote {shown:?}: it must write a verdict and a finite score, as in AC 50")
            })
        });
        match parsed {
            Ok(result) => self.record_in_range(group, Some(result)),
            Err(reason) => self.fault(group, &reason),
        }
    }

    /// Records a result; points outside the group's range are a fault.
    fn record_in_range(&mut self, group: &TestGroup, result: Option<MemberResult>) {
        match result.and_then(|result| self.range_error(group, result)) {
            Some(reason) => self.fault(group, &reason),
            None => self.record(result),
        }
    }

    /// Describes points outside the range. A rejected group may have 0 points, whatever its range.
    fn range_error(&self, group: &TestGroup, (verdict, score): MemberResult) -> Option<String> {
        let range = &group.rules.range;
        let is_nothing = !verdict.is_accepted() && score == 0.0;
        if self.suite.scoring == Scoring::PassFail
            || verdict == Verdict::JudgeError
            || is_nothing
            || range.contains(score)
        {
            return None;
        }
        let end = |end: Option<f64>, none: &str| end.map_or_else(|| none.to_owned(), format_points);
        Some(format!(
            "it has {} points, and its range is {} to {}: change the grader, or `range` in testdata.yaml",
            format_points(score),
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
        self.result.faults.push(format!("{name}: {reason}"));
        self.record(Some((Verdict::JudgeError, 0.0)));
    }

    fn record(&mut self, result: Option<MemberResult>) {
        if let Some((group, _)) = self.groups.get(self.next) {
            self.results.insert(&group.name, result);
        }
        self.next += 1;
    }

    /// The final result, after the last run.
    pub fn finish(mut self) -> SuiteResult {
        for group in &mut self.result.groups {
            if let Some(result) = self.results.get(group.name.as_str()).copied() {
                group.verdict = result.map(|(verdict, _)| verdict);
                group.score = result.map_or(0.0, |(_, score)| score);
            }
        }
        let failed = self.results.values().flatten().any(|(verdict, _)| *verdict == Verdict::JudgeError);
        let root = self.results.get("").copied().flatten();
        let (verdict, score) = match root {
            _ if failed => (Verdict::JudgeError, 0.0),
            Some(root) => self.root_result(root),
            None => (self.result.verdict, self.result.score),
        };
        SuiteResult { verdict, score, ..self.result }
    }

    /// In scoring problems fewer than all points are a partial verdict; in others the grader's points have no
    /// meaning.
    fn root_result(&self, (verdict, score): MemberResult) -> MemberResult {
        match (self.suite.scoring, verdict) {
            (Scoring::PassFail, verdict) => (verdict, self.result.score),
            (_, Verdict::Accepted) => {
                let max = self.result.max_score.filter(|_| self.suite.scoring == Scoring::MorePoints);
                let is_all = max.is_none_or(|max| score >= max);
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

/// Verdict abbreviations in the grader's input and output.
const ABBREVIATIONS: [(&str, Verdict); 7] = [
    ("AC", Verdict::Accepted),
    ("WA", Verdict::WrongAnswer),
    ("TLE", Verdict::TimeLimit),
    ("RTE", Verdict::RuntimeError),
    ("MLE", Verdict::MemoryLimit),
    ("OLE", Verdict::OutputLimit),
    ("JE", Verdict::JudgeError),
];

fn abbreviation(verdict: Verdict) -> &'static str {
    let known = ABBREVIATIONS.iter().find(|(_, other)| *other == verdict).map(|(word, _)| *word);
    // A partial result is an accepted one to a grader.
    known.unwrap_or("AC")
}

/// Parses a verdict and a finite score.
fn parse_output(output: &[u8]) -> Option<MemberResult> {
    let text = std::str::from_utf8(output).ok()?;
    let mut words = text.split_ascii_whitespace();
    let (verdict, score) = (words.next()?, words.next()?);
    let verdict = ABBREVIATIONS.iter().find(|(word, _)| *word == verdict).map(|(_, verdict)| *verdict)?;
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
    use crate::suite_run::{Step, SuiteRun, TestJudgement};

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

    /// Judges by these verdicts; returns the grader's inputs and the final result.
    fn grade(
        graded: &[&str],
        verdicts: [Verdict; 3],
        grader: impl Fn(&GraderRun<'_>) -> String,
    ) -> (Vec<String>, SuiteResult) {
        grade_by(&suite(graded), verdicts, grader)
    }

    fn grade_by(
        suite: &Suite,
        verdicts: [Verdict; 3],
        grader: impl Fn(&GraderRun<'_>) -> String,
    ) -> (Vec<String>, SuiteResult) {
        let mut run = SuiteRun::new(suite);
        let result = loop {
            match run.next_step() {
                Step::Run(index) => run.record(index, TestJudgement::new(verdicts[index])),
                Step::Done(result) => break result,
            }
        };
        let mut grading = CustomGrading::new(suite, result, &verdicts.map(Some)).expect("there is a grader");
        let mut asked = Vec::new();
        while let Some(run) = grading.next_run() {
            asked.push(format!("{}: {}", run.args.join(" "), run.stdin.replace('\n', ", ")));
            grading.record_output(Ok(grader(&run).as_bytes()));
        }
        (asked, grading.finish())
    }

    const RIGHT: Verdict = Verdict::Accepted;
    const WRONG: Verdict = Verdict::WrongAnswer;

    #[test]
    fn a_grader_is_asked_from_the_inside_out_and_has_the_last_word() {
        let best = |run: &GraderRun<'_>| {
            let scores = run.stdin.lines().filter_map(|line| line.split(' ').nth(1)?.parse::<f64>().ok());
            format!("AC {}\n", scores.fold(0.0, f64::max) + 10.0)
        };
        let (asked, result) = grade(&["a", "b", ""], [RIGHT, WRONG, WRONG], best);
        assert_eq!(asked, ["--a: AC 1, WA 0, ", "--b: WA 0, ", "--: AC 11, AC 10, "]);
        assert_eq!((result.verdict, result.score), (Verdict::Accepted, 21.0));
        let groups: Vec<_> = result.groups.iter().map(|group| (group.name.as_str(), group.score)).collect();
        assert_eq!(groups, [("a", 11.0), ("b", 10.0)]);
    }

    #[test]
    fn groups_around_it_are_put_together_by_their_own_rules() {
        let (asked, result) = grade(&["a"], [RIGHT, WRONG, RIGHT], |_| "AC 5".to_owned());
        assert_eq!(asked.len(), 1);
        assert_eq!((result.verdict, result.score), (Verdict::Accepted, 6.0));
        let (_, result) = grade(&["a"], [RIGHT, RIGHT, RIGHT], |_| "WA 0".to_owned());
        assert_eq!((result.verdict, result.score), (WRONG, 0.0));
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
            let (_, result) = grade_by(&suite, [RIGHT, RIGHT, RIGHT], |_| said.to_owned());
            assert_eq!(result.verdict, Verdict::JudgeError, "{said}");
            assert!(result.faults[0].starts_with(names), "{said}: {:?}", result.faults);
        }
    }

    #[test]
    fn points_of_a_grader_count_within_its_range_and_where_it_has_none() {
        let mut with_range = suite(&["", "a"]);
        give_range(&mut with_range.root);
        for said in ["AC 0", "AC 100", "WA 0"] {
            let (_, result) = grade_by(&with_range, [RIGHT, RIGHT, RIGHT], |_| said.to_owned());
            assert_eq!(result.faults, [""; 0], "{said}");
        }
        // Without a range the maximum of the grader is unknown, so there is no maximum score.
        let (_, result) = grade(&[""], [RIGHT, RIGHT, RIGHT], |_| "AC 50".to_owned());
        assert_eq!((result.verdict, result.score, result.max_score), (Verdict::Accepted, 50.0, None));
    }

    #[test]
    fn a_group_around_one_with_a_grader_keeps_its_range_too() {
        let mut suite = suite(&["a"]);
        suite.root.rules.range = model::ScoreRange { min: Some(0.0), max: Some(10.0) };
        let (_, result) = grade_by(&suite, [RIGHT, RIGHT, RIGHT], |_| "AC 50".to_owned());
        assert_eq!(result.verdict, Verdict::JudgeError);
        assert!(result.faults[0].contains("it has 51 points"), "{:?}", result.faults);
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
            let (_, result) = grade(&[""], [RIGHT, RIGHT, RIGHT], |_| said.to_owned());
            assert_eq!((result.verdict, result.faults.len()), (Verdict::JudgeError, 1), "{said:?}");
        }
    }
}
