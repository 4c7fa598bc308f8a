//! A run is made a second time only if a limit ended it, and hardly; never as a second try.
//!
//! A second run shows in the time that judging takes.

mod measured {
    use std::time::{Duration, Instant};

    use model::{Call, CallRules, Returned, Style, Suite, TestCase, Trial, Verdict};
    use worker::Grader;

    use crate::hall::{cases, grader, judge, streams, submission, validator};

    /// The limit of CPU time.
    const LIMIT: Duration = Duration::from_secs(1);

    /// Uses so many milliseconds of CPU time in all.
    fn burn(ms: u32) -> String {
        format!("import time\nwhile time.process_time() < {ms} / 1000: pass\n")
    }

    /// Runs of the submission, by the time that judging took; it uses about its limit of time in each.
    async fn runs(grader: &Grader, suite: &Suite, code: &str, verdict: Verdict) -> u32 {
        // What is started ahead, and what the languages' modules take, is not measured.
        judge(grader, suite, &submission("python", "")).await;
        let began = Instant::now();
        let graded = judge(grader, suite, &submission("python", code)).await;
        let took = began.elapsed();
        assert_eq!(graded.grading.verdict, verdict, "{code}: {:#?}", graded.grading.tests);
        if took < LIMIT.mul_f32(1.85) { 1 } else { 2 }
    }

    async fn check(suite: &Suite, cases: &[(String, Verdict, u32)]) {
        let grader = grader(2).await;
        for (code, verdict, expected) in cases {
            assert_eq!(runs(&grader, suite, code, *verdict).await, *expected, "{code}");
        }
    }

    fn talking() -> Suite {
        let code =
            "import sys\nprint('go', flush=True)\nsys.exit(42 if sys.stdin.readline() == 'right\\n' else 43)";
        Suite::plain(Style::Interactive(validator(code)), cases(&[("", "")]))
    }

    fn calling() -> Suite {
        let call =
            Call { function: "add".to_owned(), arguments: vec![1.into(), 2.into()], named: Vec::new() };
        let mut test = TestCase::streams("1", "", "");
        test.trial = Trial::Call { call, expected: Returned::Value(3.into()) };
        Suite::plain(Style::Calls(CallRules::default()), vec![test])
    }

    #[tokio::test]
    async fn an_accepted_run_a_wrong_answer_and_a_crash_near_the_limit_stand() {
        let reads = "import sys\nsys.exit(42 if sys.stdin.read().split() == ['right'] else 43)";
        let read = Suite::plain(Style::Validated(validator(reads)), cases(&[("", "")]));
        for suite in [streams(&[("", "right\n")]), read, talking()] {
            check(
                &suite,
                &[
                    (format!("{}print('right')", burn(950)), Verdict::Accepted, 1),
                    (format!("{}print('wrong')", burn(950)), Verdict::WrongAnswer, 1),
                    (format!("{}exit(3)", burn(950)), Verdict::RuntimeError, 1),
                    (format!("{}print('right')", burn(1050)), Verdict::TimeLimit, 2),
                ],
            )
            .await;
        }
        check(
            &calling(),
            &[
                (format!("{}def add(a, b): return a + b", burn(950)), Verdict::Accepted, 1),
                (format!("{}def add(a, b): return a - b", burn(950)), Verdict::WrongAnswer, 1),
                (format!("{}def add(a, b): raise ValueError", burn(950)), Verdict::RuntimeError, 1),
                (format!("{}def add(a, b): return a + b", burn(1050)), Verdict::TimeLimit, 2),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn a_conversation_that_the_validator_ended_is_never_held_again() {
        // It says the wrong thing, and only then uses up its time.
        let code = format!("print('wrong', flush=True)\n{}", burn(1050));
        check(&talking(), &[(code, Verdict::WrongAnswer, 1)]).await;
    }
}

use std::time::Duration;

use model::Verdict;

use crate::hall::{grader, judge, streams, submission};

/// Says which network namespace it is in, and ends when it has used so much of a second.
const WHERE: &str = "import os, time\nprint(os.readlink('/proc/self/ns/net'))\nwhile time.process_time() < ";

#[tokio::test]
async fn a_run_that_is_made_again_is_in_another_network_namespace() {
    let grader = grader(1).await;
    let suite = streams(&[("", "right\n")]);
    let mut places = Vec::new();
    for (seconds, verdict) in [("0: pass", Verdict::WrongAnswer), ("0.315: pass", Verdict::TimeLimit)] {
        let mut submission = submission("python", &format!("{WHERE}{seconds}"));
        submission.limits.cpu = Duration::from_millis(300);
        let graded = judge(&grader, &suite, &submission).await;
        assert_eq!(graded.grading.verdict, verdict, "{:#?}", graded.grading.tests);
        places.push(graded.grading.tests[0].shown.got.clone());
    }
    assert_ne!(places[0], places[1]);
}
