//! A run is made a second time only if a limit ended it, and hardly; never as a second try.
//!
//! Reruns are counted for the operator, and checked here.

mod measured {
    use std::time::Duration;

    use metrics_exporter_prometheus::PrometheusBuilder;
    use model::{
        Call, CallResult, CallRules, Exception, JudgingStyle, Limits, Submission, Suite, TestCase, TestKind,
        Verdict,
    };
    use worker::Grader;

    use crate::hall::{cases, grade, grader, streams, submission, validator};

    /// A Python program that uses so many milliseconds of CPU time in all; a second is its limit.
    fn cpu_burning_code(ms: u32, then: &str) -> String {
        format!("import time\nwhile time.process_time() < {ms} / 1000: pass\n{then}")
    }

    fn submission_with_limit(code: &str) -> Submission {
        let submission = submission("python", code);
        let limits =
            Limits { cpu: Duration::from_secs(1), wall: Duration::from_mins(1), ..submission.limits };
        Submission { limits, ..submission }
    }

    /// Number of reruns while this is judged, from the worker's metrics.
    async fn count_reruns(grader: &Grader, suite: &Suite, code: &str, verdict: Verdict) -> u32 {
        let recorder = PrometheusBuilder::new().build_recorder();
        let page = recorder.handle();
        let counting = metrics::set_default_local_recorder(&recorder);
        let graded = grade(grader, suite, &submission_with_limit(code)).await;
        drop(counting);
        assert_eq!(graded.grading.verdict, verdict, "{code}: {:#?}", graded.grading.tests);
        let page = page.render();
        let counted = page.lines().find_map(|line| line.strip_prefix("coderunner_tests_run_again_total "));
        counted.map_or(0, |number| number.parse().expect("a number"))
    }

    async fn check(suite: &Suite, cases: &[(String, Verdict, u32)]) {
        let grader = grader(2).await;
        for (code, verdict, expected) in cases {
            assert_eq!(count_reruns(&grader, suite, code, *verdict).await, *expected, "{code}");
        }
    }

    const READS: &str =
        "import sys\nprint('go', flush=True)\nsys.exit(42 if sys.stdin.readline() == 'right\\n' else 43)";

    fn suites() -> [Suite; 3] {
        [
            streams(&[("", "right\n")]),
            Suite::plain(JudgingStyle::Validated(validator(READS)), cases(&[("", "")])),
            Suite::plain(JudgingStyle::Interactive(validator(READS)), cases(&[("", "")])),
        ]
    }

    #[tokio::test]
    async fn only_a_run_that_its_limit_ended_is_made_again() {
        for suite in suites() {
            check(
                &suite,
                &[
                    (cpu_burning_code(950, "print('right')"), Verdict::Accepted, 0),
                    (cpu_burning_code(950, "print('wrong')"), Verdict::WrongAnswer, 0),
                    (cpu_burning_code(950, "print('right', flush=True)\nexit(3)"), Verdict::RuntimeError, 0),
                    (cpu_burning_code(1050, "print('right')"), Verdict::TimeLimit, 1),
                    (cpu_burning_code(5000, "print('right')"), Verdict::TimeLimit, 0),
                ],
            )
            .await;
        }
    }

    #[tokio::test]
    async fn the_same_holds_for_calls() {
        let call = Call { function: "late".to_owned(), arguments: Vec::new(), named: Vec::new() };
        let mut test = TestCase::streams("1", "", "");
        let expected = CallResult::Raised(Exception { kind: Some("ValueError".to_owned()), message: None });
        test.kind = TestKind::Call { call, expected };
        let suite = Suite::plain(JudgingStyle::Calls(CallRules::default()), vec![test]);
        check(
            &suite,
            &[
                (cpu_burning_code(950, "def late(): raise ValueError"), Verdict::Accepted, 0),
                (cpu_burning_code(950, "def late(): return 1"), Verdict::WrongAnswer, 0),
                (cpu_burning_code(1050, "def late(): raise ValueError"), Verdict::TimeLimit, 1),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn a_conversation_that_the_validator_ended_is_never_held_again() {
        // It says the wrong thing, and only then uses up its time.
        let code = format!("print('wrong', flush=True)\n{}", cpu_burning_code(1050, ""));
        let [.., talking] = suites();
        check(&talking, &[(code, Verdict::WrongAnswer, 0)]).await;
    }
}

use std::time::Duration;

use model::Verdict;

use crate::hall::{grade, grader, streams, submission};

/// Says which network namespace it is in, and ends when it has used so much of a second.
const WHERE: &str =
    "import os, time\nprint(os.readlink('/proc/self/ns/net'), flush=True)\nwhile time.process_time() < ";

#[tokio::test]
async fn a_run_that_is_made_again_is_in_another_network_namespace() {
    let grader = grader(1).await;
    let suite = streams(&[("", "right\n")]);
    let mut places = Vec::new();
    for (seconds, verdict) in [("0: pass", Verdict::WrongAnswer), ("0.315: pass", Verdict::TimeLimit)] {
        let mut submission = submission("python", &format!("{WHERE}{seconds}"));
        submission.limits.cpu = Duration::from_millis(300);
        let graded = grade(&grader, &suite, &submission).await;
        assert_eq!(graded.grading.verdict, verdict, "{:#?}", graded.grading.tests);
        places.push(graded.grading.tests[0].details.actual.clone());
    }
    assert!(places.iter().all(|place| !place.is_empty()));
    assert_ne!(places[0], places[1]);
}
