//! Suite run tests: verdicts and scores of groups, and the selection of tests.

use judge::{
    suite_run::{Step, SuiteResult, SuiteRun, TestJudgement, TestSelection},
    validator::FeedbackScore,
};
use model::{
    Comparison, GroupMember, GroupRules, JudgingStyle, LanguageId, LimitsRequest, OnReject, ScoreRange,
    ScoreRule, Scoring, SourceFile, Suite, TestCase, TestGroup, TestScore, Validator, ValidatorScores,
    Verdict, VerdictRule,
};

const LEGACY: fn() -> GroupRules = GroupRules::default;

fn on_and_on() -> GroupRules {
    GroupRules { on_reject: OnReject::Continue, ..LEGACY() }
}

/// A group as 2025-09 has it.
fn modern(score: ScoreRule, max_score: Option<f64>) -> GroupRules {
    GroupRules {
        verdict: VerdictRule::AlwaysAccept,
        score,
        max_score,
        test_score: TestScore::Share,
        on_reject: OnReject::Continue,
        ..LEGACY()
    }
}

fn group(name: &str, rules: GroupRules, tests: usize) -> GroupMember {
    let tests = (1..=tests).map(|n| GroupMember::Test(TestCase::streams(format!("{name}/{n}"), "", "")));
    GroupMember::Group(TestGroup { name: name.to_owned(), rules, members: tests.collect() })
}

fn suite(scoring: Scoring, root: GroupRules, members: Vec<GroupMember>) -> Suite {
    let mut suite = Suite::plain(JudgingStyle::Streams(Comparison::default()), Vec::new());
    suite.scoring = scoring;
    suite.root = TestGroup { name: String::new(), rules: root, members };
    suite.check().expect("a sound suite");
    suite
}

/// Runs a suite whose tests get these judgements, by index; returns the order of the runs and the result.
fn run_suite(suite: &Suite, judged: &[TestJudgement]) -> (Vec<usize>, SuiteResult) {
    go_all(SuiteRun::new(suite), judged)
}

fn go_all(mut run: SuiteRun<'_>, judged: &[TestJudgement]) -> (Vec<usize>, SuiteResult) {
    let mut order = Vec::new();
    loop {
        match run.next_step() {
            Step::Run(index) => {
                assert!(run.test(index).is_some() && !order.contains(&index));
                order.push(index);
                run.record(index, judged[index]);
            }
            Step::Done(result) => return (order, result),
        }
    }
}

fn test_judgements(letters: &str) -> Vec<TestJudgement> {
    let verdict = |letter| match letter {
        'A' => Verdict::Accepted,
        'W' => Verdict::WrongAnswer,
        'T' => Verdict::TimeLimit,
        'M' => Verdict::MemoryLimit,
        'O' => Verdict::OutputLimit,
        'R' => Verdict::RuntimeError,
        'J' => Verdict::JudgeError,
        other => panic!("{other} is no verdict"),
    };
    letters.chars().map(verdict).map(TestJudgement::new).collect()
}

/// Tests that get these verdicts: how many are run, the verdict, the score.
#[track_caller]
fn check(suite: &Suite, letters: &str, run: usize, verdict: Verdict, score: f64) -> SuiteResult {
    let (places, scored) = run_suite(suite, &test_judgements(letters));
    assert_eq!(
        places,
        (0..letters.len()).filter(|index| places.contains(index)).collect::<Vec<_>>(),
        "in file order"
    );
    assert_eq!((places.len(), scored.verdict), (run, verdict), "{letters}: {scored:?}");
    assert!((scored.score - score).abs() < 1e-9, "{letters}: {} is not {score}", scored.score);
    scored
}

#[test]
fn pass_fail_stops_at_the_first_error_where_it_may() {
    let stops =
        suite(Scoring::PassFail, LEGACY(), vec![group("sample", LEGACY(), 1), group("secret", LEGACY(), 2)]);
    check(&stops, "AAA", 3, Verdict::Accepted, 100.0);
    check(&stops, "WAA", 1, Verdict::WrongAnswer, 0.0);
    check(&stops, "ATR", 2, Verdict::TimeLimit, 33.33);
}

#[test]
fn pass_fail_that_goes_on_tells_the_worst_or_the_first_error() {
    let worst = suite(Scoring::PassFail, on_and_on(), vec![group("a", on_and_on(), 4)]);
    let scored = check(&worst, "WOTM", 4, Verdict::MemoryLimit, 0.0);
    assert_eq!((scored.passed, scored.total), (0, 4));
    check(&worst, "WARA", 4, Verdict::RuntimeError, 50.0);
    let rules = GroupRules { verdict: VerdictRule::FirstError, ..on_and_on() };
    let first = suite(Scoring::PassFail, rules.clone(), vec![group("a", rules, 4)]);
    check(&first, "AWRT", 4, Verdict::WrongAnswer, 25.0);
}

#[test]
fn a_judge_error_ends_the_grading_under_all_rules() {
    let rules =
        GroupRules { verdict: VerdictRule::AlwaysAccept, accept_if_any_accepted: true, ..on_and_on() };
    let lenient =
        suite(Scoring::MorePoints, rules.clone(), vec![group("a", rules.clone(), 2), group("b", rules, 1)]);
    check(&lenient, "AJA", 2, Verdict::JudgeError, 0.0);
}

#[test]
fn legacy_scores_are_summed_averaged_or_the_least_or_the_most() {
    for (rule, score) in
        [(ScoreRule::Sum, 20.0), (ScoreRule::Avg, 5.0), (ScoreRule::Min, 0.0), (ScoreRule::Max, 10.0)]
    {
        let rules = GroupRules {
            verdict: VerdictRule::AlwaysAccept,
            score: rule,
            test_score: TestScore::Fixed { accept: 10.0, reject: 0.0 },
            ..on_and_on()
        };
        let verdict = match rule {
            ScoreRule::Min => Verdict::TimeLimit,
            ScoreRule::Max => Verdict::Accepted,
            ScoreRule::Sum | ScoreRule::Avg | ScoreRule::PassFail => Verdict::Partial,
        };
        let points = suite(Scoring::MorePoints, rules.clone(), vec![group("a", rules, 4)]);
        check(&points, "AWAT", 4, verdict, score);
    }
}

#[test]
fn legacy_subtasks_give_their_points_when_all_their_tests_pass() {
    let subtask = |points| GroupRules {
        score: ScoreRule::Min,
        test_score: TestScore::Fixed { accept: points, reject: 0.0 },
        ..LEGACY()
    };
    let secret = GroupRules { verdict: VerdictRule::AlwaysAccept, ..on_and_on() };
    let root = GroupRules { ignore_sample: true, ..on_and_on() };
    let groups = vec![group("g1", subtask(30.0), 2), group("g2", subtask(70.0), 2)];
    let secret = GroupMember::Group(TestGroup { name: "secret".to_owned(), rules: secret, members: groups });
    let points = suite(Scoring::MorePoints, root, vec![group("sample", LEGACY(), 1), secret]);
    let full = check(&points, "AAAAA", 5, Verdict::Accepted, 100.0);
    assert_eq!(full.max_score, Some(100.0));
    let some = check(&points, "AAAWA", 4, Verdict::Partial, 30.0);
    let told: Vec<_> =
        some.groups.iter().map(|group| (group.name.as_str(), group.verdict, group.score)).collect();
    assert_eq!(
        told,
        [
            ("sample", Some(Verdict::Accepted), 1.0),
            ("secret", Some(Verdict::Accepted), 30.0),
            ("g1", Some(Verdict::Accepted), 30.0),
            ("g2", Some(Verdict::WrongAnswer), 0.0),
        ]
    );
    assert_eq!(some.test_scores, [Some(1.0), Some(30.0), Some(30.0), Some(0.0), None]);
    check(&points, "ARAWA", 3, Verdict::RuntimeError, 0.0);
    check(&points, "WAAAA", 5, Verdict::Accepted, 100.0);
}

#[test]
fn a_rejected_submission_to_a_legacy_scoring_problem_has_no_points() {
    let points = suite(Scoring::MorePoints, on_and_on(), vec![group("a", on_and_on(), 3)]);
    check(&points, "AAW", 3, Verdict::WrongAnswer, 0.0);
    check(&points, "AAA", 3, Verdict::Accepted, 3.0);
}

#[test]
fn a_group_may_be_accepted_for_one_accepted_member() {
    let any = GroupRules { accept_if_any_accepted: true, ..on_and_on() };
    let one = suite(Scoring::PassFail, LEGACY(), vec![group("a", any, 3)]);
    check(&one, "WAT", 3, Verdict::Accepted, 33.33);
    check(&one, "WWT", 3, Verdict::TimeLimit, 0.0);
}

#[test]
fn a_group_without_tests_counts_for_nothing() {
    let least = GroupRules { score: ScoreRule::Min, ..LEGACY() };
    let points =
        suite(Scoring::MorePoints, least, vec![group("sample", LEGACY(), 0), group("secret", LEGACY(), 2)]);
    check(&points, "AA", 2, Verdict::Accepted, 2.0);
}

#[test]
fn modern_groups_are_all_or_nothing_by_default_and_sum_up() {
    let secret = modern(ScoreRule::Sum, Some(100.0));
    let groups = vec![
        group("secret/1", modern(ScoreRule::PassFail, Some(40.0)), 2),
        group("secret/2", modern(ScoreRule::Sum, Some(60.0)), 3),
    ];
    let secret = GroupMember::Group(TestGroup { name: "secret".to_owned(), rules: secret, members: groups });
    let root = GroupRules { ignore_sample: true, ..modern(ScoreRule::Sum, Some(100.0)) };
    let points = suite(Scoring::MorePoints, root, vec![group("sample", on_and_on(), 1), secret]);
    check(&points, "AAAAAA", 6, Verdict::Accepted, 100.0);
    check(&points, "AAWAAA", 6, Verdict::Partial, 60.0);
    check(&points, "AAAAWT", 6, Verdict::Partial, 60.0);
    check(&points, "AWWWWT", 6, Verdict::TimeLimit, 0.0);
}

#[test]
fn a_group_that_requires_another_is_run_only_after_it_passed() {
    let needs = |names: &[&str]| GroupRules {
        require_pass: names.iter().map(|&name| name.to_owned()).collect(),
        ..modern(ScoreRule::PassFail, Some(50.0))
    };
    let groups = vec![group("1", needs(&[]), 2), group("2", needs(&["1"]), 2)];
    let points = suite(Scoring::MorePoints, modern(ScoreRule::Sum, Some(100.0)), groups);
    check(&points, "AAAA", 4, Verdict::Accepted, 100.0);
    check(&points, "AAAW", 4, Verdict::Partial, 50.0);
    let scored = check(&points, "AWAA", 2, Verdict::WrongAnswer, 0.0);
    assert_eq!(scored.groups[1].verdict, None);
    assert_eq!((scored.passed, scored.total), (1, 4));
}

fn scored_by_validator(rules: GroupRules, tests: usize) -> Suite {
    let mut suite =
        suite(Scoring::MorePoints, modern(rules.score, rules.max_score), vec![group("g", rules, tests)]);
    suite.style = JudgingStyle::Validated(Validator {
        language: LanguageId::new("python"),
        files: vec![SourceFile { name: "v.py".to_owned(), content: "".into() }],
        args: Vec::new(),
        limits: LimitsRequest::default(),
        scores: ValidatorScores::Allowed,
        rejected_score: model::RejectedScore::default(),
        passes: 1,
    });
    suite
}

#[test]
fn the_score_of_a_validator_stays_within_the_points_of_the_test() {
    let given = |score| TestJudgement { verdict: Verdict::Accepted, score };
    let bounded = || scored_by_validator(modern(ScoreRule::Sum, Some(100.0)), 2);
    let unbounded = || scored_by_validator(modern(ScoreRule::Min, None), 2);
    for (suite, first, second, expected) in [
        (bounded(), FeedbackScore::None, FeedbackScore::None, Ok(100.0)),
        (bounded(), FeedbackScore::Points(10.0), FeedbackScore::Multiplier(0.5), Ok(35.0)),
        (bounded(), FeedbackScore::Points(50.5), FeedbackScore::None, Err("more than 50")),
        (bounded(), FeedbackScore::Points(-1.0), FeedbackScore::None, Err("negative")),
        (unbounded(), FeedbackScore::Points(7.0), FeedbackScore::Points(1e6), Ok(7.0)),
        (unbounded(), FeedbackScore::Points(7.0), FeedbackScore::None, Err("must write score.txt")),
        (unbounded(), FeedbackScore::Multiplier(0.5), FeedbackScore::None, Err("share of")),
    ] {
        let (_, scored) = run_suite(&suite, &[given(first), given(second)]);
        match expected {
            Ok(score) => assert!((scored.score - score).abs() < 1e-9, "{scored:?}"),
            Err(part) => {
                assert_eq!(scored.verdict, Verdict::JudgeError);
                assert!(scored.faults[0].contains(part), "{:?} does not say {part}", scored.faults);
            }
        }
    }
}

#[test]
fn a_score_outside_the_range_is_a_judge_error_and_its_end_is_the_full_score() {
    let range = ScoreRange { min: Some(0.0), max: Some(2.0) };
    let rules = GroupRules { range, verdict: VerdictRule::AlwaysAccept, ..on_and_on() };
    let points = suite(Scoring::MorePoints, rules.clone(), vec![group("a", rules, 3)]);
    check(&points, "AAW", 3, Verdict::Accepted, 2.0);
    let over = check(&points, "AAA", 3, Verdict::JudgeError, 0.0);
    assert!(over.faults[0].contains("the score 3 of group \"a\""), "{:?}", over.faults);
}

#[test]
fn where_fewer_points_are_better_every_test_must_pass_for_all() {
    let rules = GroupRules { verdict: VerdictRule::AlwaysAccept, ..on_and_on() };
    let golf = suite(Scoring::FewerPoints, rules.clone(), vec![group("a", rules, 2)]);
    check(&golf, "AA", 2, Verdict::Accepted, 2.0);
    check(&golf, "AW", 2, Verdict::Partial, 1.0);
}

#[test]
fn a_submission_that_does_not_compile_has_passed_nothing_of_everything() {
    let suite = suite(Scoring::PassFail, LEGACY(), vec![group("a", LEGACY(), 3)]);
    let scored = SuiteRun::new(&suite).result_without_runs(Verdict::CompileError);
    assert_eq!((scored.verdict, scored.passed, scored.total), (Verdict::CompileError, 0, 3));
    assert_eq!(scored.groups[0].verdict, None);
}

/// A suite of groups with tests that are public (`p`) or hidden (`h`).
fn mixed(root: GroupRules, groups: &[&str]) -> Suite {
    let test = |group: usize, number: usize, letter| {
        let test = TestCase::streams(format!("{group}/{number}"), "", "");
        GroupMember::Test(if letter == 'h' { test.hidden() } else { test })
    };
    let group = |(group, letters): (usize, &&str)| {
        let tests = letters.chars().enumerate().map(|(number, letter)| test(group, number, letter));
        GroupMember::Group(TestGroup { name: group.to_string(), rules: LEGACY(), members: tests.collect() })
    };
    suite(Scoring::PassFail, root, groups.iter().enumerate().map(group).collect())
}

#[test]
fn hidden_tests_are_run_after_all_public_ones() {
    for (groups, expected) in [
        (&["ph", "pp"][..], &[0, 2, 3, 1][..]),
        (&["h", "p"], &[1, 0]),
        (&["hp", "hp"], &[1, 3, 0, 2]),
        (&["pp", "hh"], &[0, 1, 2, 3]),
    ] {
        for root in [LEGACY(), on_and_on()] {
            let (run, scored) = run_suite(&mixed(root, groups), &test_judgements("AAAA"));
            assert_eq!((run.as_slice(), scored.verdict), (expected, Verdict::Accepted), "{groups:?}");
        }
    }
}

#[test]
fn a_hidden_test_decides_as_if_it_had_been_run_where_it_is_in_the_file() {
    let stops = mixed(LEGACY(), &["h", "pp"]);
    let (run, scored) = run_suite(&stops, &test_judgements("TAW"));
    assert_eq!((run, scored.verdict), (vec![1, 2, 0], Verdict::TimeLimit), "the first error in file order");
    let (run, scored) = run_suite(&stops, &test_judgements("AWA"));
    assert_eq!((run, scored.verdict), (vec![1, 0], Verdict::WrongAnswer), "and nothing after it is run");
}

#[test]
fn public_tests_come_first_where_scores_are_up_to_the_validator() {
    let mut unbounded = mixed(modern(ScoreRule::Sum, None), &["h", "p"]);
    unbounded.scoring = Scoring::MorePoints;
    for member in &mut unbounded.root.members {
        if let GroupMember::Group(group) = member {
            group.rules = modern(ScoreRule::Sum, None);
        }
    }
    let points = TestJudgement { score: FeedbackScore::Points(3.0), ..TestJudgement::new(Verdict::Accepted) };
    let (run, scored) = run_suite(&unbounded, &[points, points]);
    assert_eq!(run, [1, 0]);
    assert!((scored.score - 6.0).abs() < 1e-9, "{scored:?}");
}

#[test]
fn where_all_tests_are_run_the_result_is_that_of_those_that_matter() {
    let stops = mixed(LEGACY(), &["hp", "p"]);
    let all =
        |letters| go_all(SuiteRun::new(&stops).with_selection(TestSelection::All), &test_judgements(letters));
    let (run, scored) = all("WTA");
    assert_eq!((run, scored.verdict), (vec![1, 0, 2], Verdict::WrongAnswer), "the first error in file order");
    let (run, scored) = all("AAA");
    assert_eq!((run.len(), scored.verdict, scored.passed), (3, Verdict::Accepted, 3));
    let (run, scored) = all("JTA");
    assert_eq!((run, scored.verdict), (vec![1, 0], Verdict::JudgeError), "nothing is learnt after that");
}
