//! The verdict on one call of a function, from facts and from what its harness said.
//!
//! A harness (the crate `languages` has them) writes a frame to standard output, beside whatever the submission prints: a
//! word that is new for each call, JSON, and the word again. The word keeps frames and prints apart; it is no secret, since a
//! submission shares its memory with the harness. Whoever forges a frame has said what the function returns, which is
//! anybody's right: what is expected is known only here.
//!
//! There is exactly one frame, whole. None means that the submission ended before its function returned. If the word comes
//! more or less often than twice, somebody meddled, and it counts for nothing.

use std::ops::Range;

use model::{CallResult, CallRules, Exception, Limits, Outcome, Stream, Value, Verdict};
use serde::Deserialize;

use crate::{
    decide::error_of_run,
    values::{self, MOST_SHOWN, ReadValueError, ValueCaps},
};

/// What a call should come to.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// When values count as the same.
    pub rules: &'a CallRules,
    /// What the call should come to.
    pub returned: &'a CallResult,
}

/// What came of a call.
#[derive(Debug, Clone, PartialEq)]
pub struct Called {
    /// On the test.
    pub verdict: Verdict,
    /// What it returned or raised, if it said so.
    pub got: Option<CallResult>,
    /// What is wrong, in a sentence.
    pub wrong: Option<String>,
    /// What the submission itself wrote to standard output.
    pub printed: Vec<u8>,
}

/// Why a harness said nothing that can be compared. Each is the submission's doing, and its text is for the student.
#[derive(Debug, thiserror::Error)]
pub enum NothingSaid {
    /// No frame.
    #[error("the program ended before the function returned")]
    Ended,
    /// The function asked for the end of the program, which in some languages is an exception.
    #[error("the program ended with exit code {code} before the function returned")]
    Exited {
        /// With which it would have ended.
        code: i32,
        /// The exception.
        raised: Exception,
    },
    /// Half a frame, or several.
    #[error("what the function returned was overwritten: the program wrote into it, or wrote one of its own")]
    Meddled,
    /// There is no such function, or it returned something that is no value. The harness says what, in a sentence's end.
    #[error("{0}")]
    Unfit(String),
    /// No value of ours, or too much of it.
    #[error(transparent)]
    Unreadable(#[from] ReadValueError),
}

/// Judges a call by how its run ended and what is on standard output.
///
/// An exception where a value is expected is a run-time error, as it would be in a program that calls the function; all
/// else that is not as expected is a wrong answer.
pub fn judge(outcome: &Outcome, limits: &Limits, nonce: &str, expected: Expected<'_>) -> Called {
    let stdout = outcome.transcript.of(Stream::Stdout);
    let (printed, said) = said(&stdout, nonce);
    if let Some(verdict) = error_of_run(outcome, limits) {
        return Called { verdict, got: None, wrong: None, printed };
    }
    let said = match (said, expected.returned) {
        (Err(NothingSaid::Exited { raised, .. }), CallResult::Raised(_)) => Ok(CallResult::Raised(raised)),
        (Err(NothingSaid::Exited { code: 0, .. }), CallResult::Value(_)) => Err(NothingSaid::Ended),
        (said, _) => said,
    };
    match said {
        Err(nothing) => {
            let verdict = match nothing {
                // As when the program had ended so by itself.
                NothingSaid::Exited { .. } => Verdict::RuntimeError,
                NothingSaid::Ended
                | NothingSaid::Meddled
                | NothingSaid::Unfit(_)
                | NothingSaid::Unreadable(_) => Verdict::WrongAnswer,
            };
            Called { verdict, got: None, wrong: Some(nothing.to_string()), printed }
        }
        Ok(got) => match values::check(expected.rules, &got, expected.returned) {
            Ok(()) => Called { verdict: Verdict::Accepted, got: Some(got), wrong: None, printed },
            Err(wrong) => {
                let wrong = format!("{wrong}{}", hint(&got, expected.returned, &printed));
                Called {
                    verdict: verdict_on(&got, expected.returned),
                    got: Some(got),
                    wrong: Some(wrong),
                    printed,
                }
            }
        },
    }
}

/// The verdict on what is not as expected.
fn verdict_on(got: &CallResult, expected: &CallResult) -> Verdict {
    match (got, expected) {
        (CallResult::Raised(_), CallResult::Value(_)) => Verdict::RuntimeError,
        (CallResult::Value(_), _) | (CallResult::Raised(_), CallResult::Raised(_)) => Verdict::WrongAnswer,
    }
}

/// Whoever begins prints what should be returned.
fn hint(got: &CallResult, expected: &CallResult, printed: &[u8]) -> &'static str {
    match (got, expected) {
        (CallResult::Value(Value::Null), CallResult::Value(_)) if !printed.is_empty() => {
            ": it printed something, but returned nothing"
        }
        (CallResult::Value(Value::Null), CallResult::Value(_)) => ": it returned nothing",
        (CallResult::Value(_) | CallResult::Raised(_), _) => "",
    }
}

/// Parts standard output into what was printed and what the call came to.
pub fn said(stdout: &[u8], nonce: &str) -> (Vec<u8>, Result<CallResult, NothingSaid>) {
    let words = places(stdout, nonce.as_bytes());
    let ([Range { start, end: from }, Range { start: to, end }], false) = (&words[..], nonce.is_empty())
    else {
        let nothing = if words.is_empty() { NothingSaid::Ended } else { NothingSaid::Meddled };
        return (stdout.to_vec(), Err(nothing));
    };
    // The line's end belongs to the frame.
    let rest = stdout[*end..].strip_prefix(b"\n").unwrap_or(&stdout[*end..]);
    ([&stdout[..*start], rest].concat(), understand(&stdout[*from..*to]))
}

/// What a harness says instead of a value.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unfit {
    unfit: String,
}

/// What a harness says of a function that asked for the end of the program.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exited {
    exited: i32,
    raised: Exception,
}

fn understand(frame: &[u8]) -> Result<CallResult, NothingSaid> {
    if let Ok(Exited { exited: code, raised }) = serde_json::from_slice(frame) {
        return Err(NothingSaid::Exited { code, raised });
    }
    let returned = values::read(frame, &ValueCaps::default());
    match serde_json::from_slice(frame) {
        Ok(Unfit { unfit }) if returned.is_err() => Err(NothingSaid::Unfit(shortened(&unfit))),
        Ok(_) | Err(_) => Ok(returned?),
    }
}

fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(MOST_SHOWN).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// Where the word is, up to the third time: more make no difference.
fn places(text: &[u8], word: &[u8]) -> Vec<Range<usize>> {
    let mut places = Vec::new();
    let mut from = 0;
    while places.len() < 3 && !word.is_empty() {
        let Some(at) = text[from..].windows(word.len()).position(|window| window == word) else { break };
        places.push(from + at..from + at + word.len());
        from += at + word.len();
    }
    places
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use model::{Ending, Transcript, Usage};

    use super::*;

    const NONCE: &str = "4f1c";

    fn outcome(ending: Ending, stdout: &str) -> Outcome {
        let mut transcript = Transcript::default();
        transcript.push(Stream::Stdout, stdout.as_bytes());
        let usage = Usage { cpu: Duration::from_millis(5), ..Usage::default() };
        Outcome {
            ending,
            forbidden_call: None,
            usage,
            transcript,
            stdout_truncated: false,
            stderr_truncated: false,
        }
    }

    fn judged(ending: Ending, stdout: &str, returned: &CallResult) -> Called {
        let expected = Expected { rules: &CallRules::default(), returned };
        judge(&outcome(ending, stdout), &Limits::STUDENT, NONCE, expected)
    }

    fn three() -> CallResult {
        CallResult::Value(Value::from(3))
    }

    /// What a program that ended well and wrote this gets where 3 is expected, with a part of the message.
    fn check(stdout: &str, verdict: Verdict, message: &str) {
        let called = judged(Ending::Exited(0), stdout, &three());
        assert_eq!(called.verdict, verdict, "{stdout}");
        let wrong = called.wrong.unwrap_or_default();
        assert!(wrong.contains(message), "{stdout}: {wrong}");
    }

    #[test]
    fn what_was_returned_is_taken_out_of_what_was_printed() {
        for (stdout, printed) in [
            ("4f1c{\"value\":3}4f1c\n", ""),
            ("a\nb4f1c{\"value\":3}4f1c\n", "a\nb"),
            ("\n4f1c{\"value\":3}4f1c\nlate", "\nlate"),
            ("4f1c{\"value\":3.0}4f1c", ""),
        ] {
            let called = judged(Ending::Exited(0), stdout, &three());
            let text = String::from_utf8(called.printed).expect("text");
            assert_eq!((called.verdict, text.as_str()), (Verdict::Accepted, printed), "{stdout}");
        }
    }

    #[test]
    fn what_is_not_said_once_and_whole_counts_for_nothing() {
        check("", Verdict::WrongAnswer, "ended before");
        check("3\n", Verdict::WrongAnswer, "ended before");
        check("{\"value\":3}", Verdict::WrongAnswer, "ended before");
        check("4f1c{\"value\":3}", Verdict::WrongAnswer, "overwritten");
        check("4f1c{\"value\":3}4f1c\n4f1c{\"value\":3}4f1c\n", Verdict::WrongAnswer, "overwritten");
        check("4f1c4f1c{\"value\":3}4f1c", Verdict::WrongAnswer, "overwritten");
        check("4f1c4f1c", Verdict::WrongAnswer, "cannot be understood");
        check("4f1c3 {\"value\":3}4f1c", Verdict::WrongAnswer, "cannot be understood");
        check("4f1c{\"value\":3,\"value\":4}4f1c", Verdict::WrongAnswer, "cannot be understood");
        check("4f1c{\"value\":3,\"raised\":{}}4f1c", Verdict::WrongAnswer, "cannot be understood");
        check("4f1c{\"value\":4}4f1c", Verdict::WrongAnswer, "got 4, expected 3");
    }

    #[test]
    fn a_harness_says_why_there_is_nothing_to_compare() {
        let unfit = "4f1c{\"unfit\":\"returned a Foo\"}4f1c";
        check(unfit, Verdict::WrongAnswer, "returned a Foo");
        let long = format!("4f1c{{\"unfit\":\"{}\"}}4f1c", "é".repeat(100_000));
        let wrong = judged(Ending::Exited(0), &long, &three()).wrong.expect("a message");
        assert_eq!(wrong.chars().count(), MOST_SHOWN + 1);
    }

    #[test]
    fn whoever_printed_instead_of_returning_is_told() {
        check("4f1c{\"value\":null}4f1c", Verdict::WrongAnswer, "expected 3: it returned nothing");
        let printed = "3\n4f1c{\"value\":null}4f1c";
        check(printed, Verdict::WrongAnswer, "expected 3: it printed something, but returned nothing");
    }

    #[test]
    fn an_exception_is_a_run_time_error_unless_one_is_expected() {
        let stdout = "4f1c{\"raised\":{\"kind\":\"ValueError\",\"message\":\"no\"}}4f1c";
        let kind = |kind: &str| CallResult::Raised(Exception { kind: Some(kind.to_owned()), message: None });
        for (expected, verdict) in [
            (three(), Verdict::RuntimeError),
            (kind("ValueError"), Verdict::Accepted),
            (kind("TypeError"), Verdict::WrongAnswer),
        ] {
            assert_eq!(judged(Ending::Exited(0), stdout, &expected).verdict, verdict, "{expected:?}");
        }
        let value = "4f1c{\"value\":3}4f1c";
        assert_eq!(judged(Ending::Exited(0), value, &kind("ValueError")).verdict, Verdict::WrongAnswer);
    }

    #[test]
    fn a_function_that_ends_the_program_has_not_returned_unless_that_is_expected() {
        let exit =
            |code: i32| format!("4f1c{{\"exited\":{code},\"raised\":{{\"kind\":\"SystemExit\"}}}}4f1c");
        check(&exit(0), Verdict::WrongAnswer, "ended before the function returned");
        check(&exit(3), Verdict::RuntimeError, "exit code 3");
        let expected = CallResult::Raised(Exception { kind: Some("SystemExit".to_owned()), message: None });
        assert_eq!(judged(Ending::Exited(0), &exit(3), &expected).verdict, Verdict::Accepted);
    }

    #[test]
    fn how_a_run_ended_comes_before_what_it_said() {
        let said = "4f1c{\"value\":3}4f1c\n";
        for (ending, verdict) in [
            (Ending::Exited(0), Verdict::Accepted),
            (Ending::Exited(1), Verdict::RuntimeError),
            (Ending::Signalled(9), Verdict::RuntimeError),
            (Ending::CpuLimit, Verdict::TimeLimit),
            (Ending::OutputLimit, Verdict::OutputLimit),
        ] {
            assert_eq!(judged(ending, said, &three()).verdict, verdict, "{ending:?}");
        }
        let failed = judged(Ending::Exited(1), "before\n", &three());
        assert_eq!((failed.got, failed.printed), (None, b"before\n".to_vec()));
    }
}
