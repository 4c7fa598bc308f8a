//! Suite run tests: a whole submission judged with functions for programs.

use std::time::Duration;

use judge::{
    compare::compare_bytes,
    grading::{TestRecord, build_grading, stream_details},
    redact::{HiddenOutcome, RedactedTest, for_submitter},
    suite_run::{Step, SuiteRun, TestJudgement},
    verdict::{Rerun, TestRun, rerun, run_error},
};
use model::{
    Comparison, Ending, Grading, JudgingStyle, Limits, Outcome, Stream, Suite, TestCase, TestContent,
    TestKind, Transcript, Usage, Verdict,
};

/// A program: from its input to how it ends, the CPU time it takes and what it writes.
type Program = fn(&str) -> (Ending, Duration, String);

fn run_adder(input: &str) -> (Ending, Duration, String) {
    let sum: i64 = input.split_whitespace().map(|word| word.parse::<i64>().expect("a number")).sum();
    (Ending::Exited(0), Duration::from_millis(1), format!("{sum}\n"))
}

fn adds_small_numbers(input: &str) -> (Ending, Duration, String) {
    match run_adder(input) {
        (_, _, sum) if sum.len() > 4 => (Ending::Exited(0), Duration::from_millis(2), "0\n".to_owned()),
        well => well,
    }
}

fn is_slow(input: &str) -> (Ending, Duration, String) {
    (Ending::Exited(0), Limits::STUDENT.cpu.mul_f32(0.95), run_adder(input).2)
}

fn is_too_slow(input: &str) -> (Ending, Duration, String) {
    (Ending::Exited(0), Limits::STUDENT.cpu.mul_f32(1.05), run_adder(input).2)
}

fn run_crashing_program(_: &str) -> (Ending, Duration, String) {
    (Ending::Signalled(11), Duration::from_millis(1), String::new())
}

fn suite() -> Suite {
    let tests = vec![
        TestCase::streams("1", "1 2\n", "3\n"),
        TestCase::streams("2", "10 20\n", "30\n"),
        TestCase::streams("large", "5000 6000\n", "11000\n").hidden(),
    ];
    Suite::plain(JudgingStyle::Streams(Comparison::default()), tests)
}

fn inline(data: &TestContent) -> &str {
    match data {
        TestContent::Inline(content) => content.as_text().expect("text"),
        TestContent::Object { .. } => panic!("nothing here is an object"),
    }
}

fn outcome(program: Program, input: &str) -> Outcome {
    let (ending, cpu, output) = program(input);
    let mut transcript = Transcript::default();
    transcript.push(Stream::Stdout, output.as_bytes());
    let usage = Usage { cpu, wall: cpu, ..Usage::default() };
    Outcome {
        ending,
        forbidden_call: None,
        usage,
        transcript,
        stdout_truncated: false,
        stderr_truncated: false,
    }
}

/// One test, judged; counts the runs that it took.
fn run(program: Program, test: &TestCase, runs: &mut u32) -> TestRecord {
    let TestKind::Streams { input, expected } = &test.kind else { panic!("all tests are of streams") };
    *runs += 1;
    let mut outcome_of_run = outcome(program, inline(input));
    let error = run_error(&outcome_of_run, &Limits::STUDENT);
    if rerun(TestRun::First, error, &outcome_of_run, &Limits::STUDENT) == Rerun::Isolated {
        *runs += 1;
        outcome_of_run = outcome(program, inline(input));
    }
    let got = outcome_of_run.transcript.of(Stream::Stdout);
    let expected = inline(expected).as_bytes();
    let compared = compare_bytes(&Comparison::default(), &got, expected);
    let error = run_error(&outcome_of_run, &Limits::STUDENT);
    let verdict = error.unwrap_or_else(|| compared.verdict());
    let compared = error.is_none().then_some(compared);
    let shown = stream_details(inline(input).as_bytes(), &got, expected, compared.as_ref());
    TestRecord { verdict, usage: outcome_of_run.usage, shown }
}

fn judge_submission(program: Program) -> (Grading, u32) {
    let suite = suite();
    let mut suite_run = SuiteRun::new(&suite);
    let mut ran = vec![None; suite.tests().count()];
    let mut runs = 0;
    loop {
        match suite_run.next_step() {
            Step::Run(index) => {
                let result = run(program, suite_run.test(index).expect("a test"), &mut runs);
                suite_run.record(index, TestJudgement::new(result.verdict));
                ran[index] = Some(result);
            }
            Step::Done(scored) => return (build_grading(suite.digest(), &suite_run, scored, ran), runs),
        }
    }
}

#[test]
fn a_right_program_is_accepted() {
    let (grading, runs) = judge_submission(run_adder);
    assert_eq!((grading.verdict, grading.passed, grading.total, runs), (Verdict::Accepted, 3, 3, 3));
    assert!((grading.pass_rate() - 100.0).abs() < 1e-9);
}

#[test]
fn a_program_that_fails_a_hidden_test_learns_only_that() {
    let (grading, _) = judge_submission(adds_small_numbers);
    assert_eq!((grading.verdict, grading.passed), (Verdict::WrongAnswer, 2));
    assert!(grading.tests[2].details.message.is_some(), "staff see what is wrong");
    let seen = for_submitter(&grading);
    assert_eq!(seen.tests[2], RedactedTest::Hidden(HiddenOutcome::Failed));
    assert!(seen.tests[0].passed());
    let told = serde_json::to_string(&seen).expect("serializes");
    for secret in ["large", "5000", "11000", "expected \\\"11000"] {
        assert!(!told.contains(secret), "{secret} is in {told}");
    }
}

#[test]
fn a_program_a_little_over_a_limit_is_run_again_and_no_third_time() {
    let (grading, runs) = judge_submission(is_too_slow);
    assert_eq!((grading.verdict, runs), (Verdict::TimeLimit, 6));
}

#[test]
fn a_program_a_little_below_a_limit_is_run_once() {
    let (grading, runs) = judge_submission(is_slow);
    assert_eq!((grading.verdict, runs), (Verdict::Accepted, 3));
}

#[test]
fn a_program_that_crashes_fails_every_test_and_is_compared_with_nothing() {
    let (grading, runs) = judge_submission(run_crashing_program);
    assert_eq!((grading.verdict, grading.passed, runs), (Verdict::RuntimeError, 0, 3));
    assert!(grading.tests.iter().all(|test| test.details.diff.is_none()));
}
