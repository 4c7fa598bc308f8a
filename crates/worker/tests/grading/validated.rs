//! The problem's own validator reads the output.

use model::{JudgingStyle, LimitsRequest, Suite, ValidatorScores, Verdict};
use worker::{GradeError, RunError};

use crate::hall::{Objects, cases, grade, grader, judge_with, submission, validator, verdicts};

/// Any even number is right.
const EVEN: &str = r#"
import sys

infile, answer, feedback = sys.argv[1:4]
assert open(infile).read() == "in" and open(answer).read() == "ans"
words = sys.stdin.read().split()
right = len(words) == 1 and words[0].isdigit() and int(words[0]) % 2 == 0
open(feedback + "judgemessage.txt", "w").write("for staff")
open(feedback + "teammessage.txt", "w").write("for the team")
sys.exit(42 if right else 43)
"#;

fn suite(code: &str) -> Suite {
    Suite::plain(JudgingStyle::Validated(validator(code)), cases(&[("in", "ans")]))
}

#[tokio::test]
async fn whatever_it_accepts_is_right() {
    let grader = grader(2).await;
    for (code, verdict) in [
        ("print(4)", Verdict::Accepted),
        ("print(12)", Verdict::Accepted),
        ("print(5)", Verdict::WrongAnswer),
        ("print('x' * 1_000_000)", Verdict::WrongAnswer),
        ("print(4)\nexit(1)", Verdict::RuntimeError),
        ("while True: pass", Verdict::TimeLimit),
    ] {
        let graded = grade(&grader, &suite(EVEN), &submission("python", code)).await;
        let test = &graded.grading.tests[0];
        assert_eq!(test.verdict, Some(verdict), "{code}: {test:#?}");
        if matches!(verdict, Verdict::Accepted | Verdict::WrongAnswer) {
            assert_eq!(test.details.judge_message.as_deref(), Some("for staff"));
            assert_eq!(test.details.team_message.as_deref(), Some("for the team"));
        }
    }
}

#[tokio::test]
async fn one_that_fails_is_our_error_and_says_why() {
    let grader = grader(2).await;
    for (code, told) in [
        ("raise SystemExit(1)", "exit code 1"),
        ("print(1 // 0)", "ZeroDivisionError"),
        ("import os; os.kill(os.getpid(), 9)", "signal 9"),
        ("x = bytearray(1 << 30)", "too much memory"),
        ("open('/box/judging/feedback/score.txt', 'w').write('3'); exit(42)", "gave a score"),
    ] {
        let graded = grade(&grader, &suite(code), &submission("python", "print(4)")).await;
        let test = &graded.grading.tests[0];
        assert_eq!(graded.grading.verdict, Verdict::JudgeError, "{code}");
        let message = test.details.judge_message.as_deref().unwrap_or_default();
        assert!(message.contains(told), "{code}: {message}");
    }
}

#[tokio::test]
async fn one_that_does_not_compile_is_our_error_too() {
    let grader = grader(2).await;
    let mut broken = validator("int main() { return x; }");
    broken.language = model::LanguageId::new("cpp");
    broken.files[0].name = "validate.cpp".into();
    let suite = Suite::plain(JudgingStyle::Validated(broken), cases(&[("in", "ans")]));
    let graded = grade(&grader, &suite, &submission("python", "print(4)")).await;
    assert_eq!(graded.grading.verdict, Verdict::JudgeError);
    assert!(graded.grading.faults[0].contains("does not compile"), "{:?}", graded.grading.faults);
}

#[tokio::test]
async fn one_in_a_compiled_language_is_compiled_once() {
    let grader = grader(2).await;
    let code = r"
#include <fstream>
#include <iostream>
int main(int, char **argv) {
    int wanted, got;
    std::ifstream(argv[2]) >> wanted;
    return std::cin >> got && got == wanted ? 42 : 43;
}
";
    let mut compiled = validator(code);
    compiled.language = model::LanguageId::new("cpp");
    compiled.files[0].name = "validate.cpp".into();
    let suite = Suite::plain(JudgingStyle::Validated(compiled), cases(&[("1", "1"), ("2", "2"), ("3", "4")]));
    let graded = grade(&grader, &suite, &submission("python", "print(input())")).await;
    let right = Some(Verdict::Accepted);
    assert_eq!(verdicts(&graded), [right, right, Some(Verdict::WrongAnswer)], "{graded:#?}");
}

#[tokio::test]
async fn it_may_give_points_and_has_arguments() {
    let grader = grader(2).await;
    let mut scoring =
        validator("import sys\nopen(sys.argv[3] + 'score.txt', 'w').write(sys.argv[4])\nsys.exit(42)");
    scoring.scores = ValidatorScores::Allowed;
    scoring.args = vec!["7.5".into()];
    let mut suite = Suite::plain(JudgingStyle::Validated(scoring), cases(&[("", ""), ("", "")]));
    suite.scoring = model::Scoring::MorePoints;
    if let model::GroupMember::Test(test) = &mut suite.root.members[1] {
        test.validator_args = Some(vec!["2".into()]);
    }
    let graded = grade(&grader, &suite, &submission("python", "")).await;
    let scores: Vec<_> = graded.grading.tests.iter().map(|test| test.score).collect();
    assert_eq!(scores, [Some(7.5), Some(2.0)], "{graded:#?}");
}

#[tokio::test]
async fn it_may_ask_for_more_passes_and_keeps_its_notes_between_them() {
    let grader = grader(2).await;
    let doubling = r#"
import os, sys

infile, answer, feedback = sys.argv[1:4]
notes = feedback + "notes"
passes = int(open(notes).read()) if os.path.exists(notes) else 0
said = int(sys.stdin.read())
if said != 2 * int(open(infile).read()):
    sys.exit(43)
if passes < 2:
    open(notes, "w").write(str(passes + 1))
    open(feedback + "nextpass.in", "w").write(str(said))
sys.exit(42)
"#;
    let mut three = validator(doubling);
    three.passes = 3;
    let suite = Suite::plain(JudgingStyle::Validated(three.clone()), cases(&[("1", "")]));
    for (code, verdict) in [
        ("print(2 * int(input()))", Verdict::Accepted),
        ("n = int(input())\nprint(2 * n if n < 4 else 0)", Verdict::WrongAnswer),
        ("n = int(input())\nprint(2 * n if n < 4 else 1 // 0)", Verdict::RuntimeError),
    ] {
        let graded = grade(&grader, &suite, &submission("python", code)).await;
        assert_eq!(graded.grading.verdict, verdict, "{code}: {graded:#?}");
    }
    three.passes = 2;
    let suite = Suite::plain(JudgingStyle::Validated(three), cases(&[("1", "")]));
    let graded = grade(&grader, &suite, &submission("python", "print(2 * int(input()))")).await;
    let message = graded.grading.tests[0].details.judge_message.as_deref().unwrap_or_default();
    assert!(message.contains("more than 2 passes"), "{message}");
}

#[tokio::test]
async fn a_validator_may_use_the_limits_of_its_problem() {
    let grader = grader(2).await;
    let mut short = validator("while True: pass");
    short.limits = LimitsRequest { cpu: Some(std::time::Duration::from_millis(300)), ..short.limits };
    let suite = Suite::plain(JudgingStyle::Validated(short), cases(&[("", "")]));
    let graded = grade(&grader, &suite, &submission("python", "")).await;
    let message = graded.grading.tests[0].details.judge_message.as_deref().unwrap_or_default();
    assert!(message.contains("took too long"), "{message}");
}

#[tokio::test]
async fn it_needs_a_second_sandbox() {
    let grader = grader(1).await;
    let error = judge_with(&grader, &suite(EVEN), &submission("python", "print(4)"), &Objects::default())
        .await
        .expect_err("there is one sandbox");
    let GradeError::Run(RunError::Sandbox(error)) = error else { panic!("{error:?}") };
    assert_eq!(error.to_string(), "2 sandboxes are needed at once, and there are 1: raise worker.slots");
}

#[tokio::test]
async fn many_at_once_wait_for_two_sandboxes_without_holding_one() {
    let grader = grader(3).await;
    let suite = suite(EVEN);
    let submission = submission("python", "print(4)");
    let judged = (0..6).map(|_| grade(&grader, &suite, &submission));
    for graded in futures_util::future::join_all(judged).await {
        assert_eq!(graded.grading.verdict, Verdict::Accepted);
    }
}
