//! A run is made a second time only if a limit ended it, and hardly; never as a second try.
//!
//! A second run shows by when it was started.

mod measured {
    use std::time::{Duration, SystemTime, UNIX_EPOCH};

    use model::{
        Call, CallRules, Comparison, Limits, Raised, Returned, Style, Submission, Suite, TestCase,
        TokenRules, Trial, Verdict,
    };
    use worker::{Graded, Grader};

    use crate::hall::{cases, grader, judge, submission, validator};

    /// The limit of CPU time.
    const LIMIT: Duration = Duration::from_millis(500);

    /// A Python program that notes in `start` when it was started, and uses so many milliseconds of CPU time in all.
    fn burn(ms: u32, then: &str) -> String {
        format!("import time\nstart = time.time()\nwhile time.process_time() < {ms} / 1000: pass\n{then}")
    }

    /// The same, told at once, by one that hardly uses too much.
    const TOO_SLOW: &str =
        "import time\nprint(time.time(), flush=True)\nwhile time.process_time() < 0.525: pass";

    fn limited(code: &str) -> Submission {
        let submission = submission("python", code);
        Submission { limits: Limits { cpu: LIMIT, ..submission.limits }, ..submission }
    }

    fn now() -> f64 {
        SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs_f64()
    }

    /// When the run that counts was started: the number in what it wrote or returned.
    fn start(graded: &Graded) -> f64 {
        let got = graded.grading.tests[0].shown.got.clone();
        let text = got.as_text().expect("text").to_owned();
        let number: String =
            text.chars().filter(|letter| letter.is_ascii_digit() || *letter == '.').collect();
        number.parse().unwrap_or_else(|_| panic!("{text} has no time in it"))
    }

    /// Whether the run that counts is a second one: it started when another had used its time.
    async fn is_second(grader: &Grader, suite: &Suite, code: &str, verdict: Verdict) -> bool {
        // What is made for the first program of a language is not to be waited for.
        judge(grader, suite, &limited("")).await;
        let began = now();
        let graded = judge(grader, suite, &limited(code)).await;
        assert_eq!(graded.grading.verdict, verdict, "{code}: {:#?}", graded.grading.tests);
        start(&graded) - began > LIMIT.mul_f32(0.9).as_secs_f64()
    }

    async fn check(suite: &Suite, cases: &[(String, Verdict, bool)]) {
        let grader = grader(2).await;
        for (code, verdict, expected) in cases {
            assert_eq!(is_second(&grader, suite, code, *verdict).await, *expected, "{code}");
        }
    }

    const READS: &str =
        "import sys\nprint('go', flush=True)\nsys.exit(42 if sys.stdin.readline()[:1] != '-' else 43)";

    /// Tests in which a time is right, and less than nothing is wrong.
    fn suites() -> [Suite; 3] {
        let near = Comparison::Tokens(TokenRules { absolute: Some(1e9), ..TokenRules::default() });
        [
            Suite::plain(Style::Streams(near), cases(&[("", "1.8e9")])),
            Suite::plain(Style::Validated(validator(READS)), cases(&[("", "")])),
            Suite::plain(Style::Interactive(validator(READS)), cases(&[("", "")])),
        ]
    }

    #[tokio::test]
    async fn only_a_run_that_its_limit_ended_is_made_again() {
        for suite in suites() {
            check(
                &suite,
                &[
                    (burn(475, "print(start)"), Verdict::Accepted, false),
                    (burn(475, "print(-start)"), Verdict::WrongAnswer, false),
                    (burn(475, "print(start, flush=True)\nexit(3)"), Verdict::RuntimeError, false),
                    (TOO_SLOW.to_owned(), Verdict::TimeLimit, true),
                ],
            )
            .await;
        }
    }

    #[tokio::test]
    async fn the_same_holds_for_calls() {
        let call = Call { function: "late".to_owned(), arguments: Vec::new(), named: Vec::new() };
        let mut test = TestCase::streams("1", "", "");
        let expected = Returned::Raised(Raised { kind: Some("ValueError".to_owned()), message: None });
        test.trial = Trial::Call { call, expected };
        let suite = Suite::plain(Style::Calls(CallRules::default()), vec![test]);
        check(
            &suite,
            &[
                (burn(475, "def late(): raise ValueError(str(start))"), Verdict::Accepted, false),
                (burn(475, "def late(): return start"), Verdict::WrongAnswer, false),
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn a_conversation_that_the_validator_ended_is_never_held_again() {
        // It says the wrong thing, and only then uses up its time.
        let code = "import time\nstart = time.time()\nprint(-start, flush=True)\n\
                    while time.process_time() < 0.525: pass";
        let [.., talking] = suites();
        check(&talking, &[(code.to_owned(), Verdict::WrongAnswer, false)]).await;
    }
}

use std::time::Duration;

use model::Verdict;

use crate::hall::{grader, judge, streams, submission};

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
        let graded = judge(&grader, &suite, &submission).await;
        assert_eq!(graded.grading.verdict, verdict, "{:#?}", graded.grading.tests);
        places.push(graded.grading.tests[0].shown.got.clone());
    }
    assert!(places.iter().all(|place| !place.is_empty()));
    assert_ne!(places[0], places[1]);
}
