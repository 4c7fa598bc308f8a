//! Functions that are called.

use model::{Call, CallResult, CallRules, Exception, JudgingStyle, Suite, TestCase, Value, Verdict};
use worker::GradeError;

use crate::hall::{Objects, grade, grader, judge_with, submission, verdicts};

fn suite() -> Suite {
    let call = |arguments: &[i64]| Call {
        function: "divide".to_owned(),
        arguments: arguments.iter().map(|number| Value::from(*number)).collect(),
        named: Vec::new(),
    };
    let raised = Exception { kind: Some("ZeroDivisionError".to_owned()), message: None };
    let tests = vec![
        TestCase::call("1", call(&[6, 3]), CallResult::Value(Value::from(2))),
        TestCase::call("2", call(&[1, 0]), CallResult::Raised(raised)),
    ];
    Suite::plain(JudgingStyle::Calls(CallRules::default()), tests)
}

#[tokio::test]
async fn what_a_function_returns_or_raises_is_compared() {
    let grader = grader(1).await;
    let (right, wrong, failed) =
        (Some(Verdict::Accepted), Some(Verdict::WrongAnswer), Some(Verdict::RuntimeError));
    for (code, expected) in [
        ("def divide(a, b): return a / b", [right, right]),
        ("def divide(a, b):\n    print('prints do not matter')\n    return a // b", [right, right]),
        ("def divide(a, b): return 2", [right, wrong]),
        ("def divide(a, b): raise ValueError", [failed, wrong]),
        ("divide = 3", [wrong, wrong]),
        ("print(2)\nexit(0)", [wrong, wrong]),
        ("exit(1)", [failed, failed]),
    ] {
        let graded = grade(&grader, &suite(), &submission("python", code)).await;
        assert_eq!(verdicts(&graded), expected, "{code}: {:#?}", graded.grading.tests);
    }
    let graded = grade(&grader, &suite(), &submission("python", "def divide(a, b): return 3")).await;
    let shown = &graded.grading.tests[0].details;
    assert_eq!(shown.input.as_text(), Some("divide(6, 3)"));
    assert_eq!((shown.actual.as_text(), shown.expected.as_text()), (Some("3"), Some("2")));
}

#[tokio::test]
async fn a_language_without_a_harness_is_named() {
    let grader = grader(1).await;
    let submission = submission("bash", "divide() { :; }");
    let error = judge_with(&grader, &suite(), &submission, &Objects::default()).await;
    assert!(matches!(&error, Err(GradeError::NoCalls(language)) if language.as_str() == "bash"), "{error:?}");
}
