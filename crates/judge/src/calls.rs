//! Function calls: extraction of the harness frame from standard output, and the verdict on the returned
//! value.
//!
//! A harness (in the crate `languages`) writes one frame to standard output, beside the output of the
//! submission: a nonce that is new for each call, JSON, and the nonce again. The nonce separates the frame
//! from other output. It is no secret, since the submission shares its memory with the harness: a forged
//! frame only states a return value, and the submission may return any. The expected value is known only
//! here.
//!
//! There is exactly one complete frame. No frame means that the submission ended before its function
//! returned. If the nonce does not occur exactly twice, the submission tampered with the frame, and it does
//! not count.

use std::ops::Range;

use model::{CallResult, CallRules, Exception, Limits, Outcome, Stream, Value, Verdict};
use serde::Deserialize;

use crate::{
    values::{self, MAX_SHOWN_CHARS, ReadValueError, ValueLimits},
    verdict::run_error,
};

/// The expected result of a call.
#[derive(Debug, Clone, Copy)]
pub struct ExpectedReturn<'a> {
    /// Rules of equality.
    pub rules: &'a CallRules,
    /// Expected return value or exception.
    pub returned: &'a CallResult,
}

/// The result of a call.
#[derive(Debug, Clone, PartialEq)]
pub struct CallJudgement {
    /// Verdict on the test.
    pub verdict: Verdict,
    /// Returned value or raised exception, if the frame was readable.
    pub got: Option<CallResult>,
    /// Description of the failure, in a sentence for the student.
    pub message: Option<String>,
    /// Output of the submission itself, without the frame.
    pub printed: Vec<u8>,
}

/// A frame that is missing or unusable. Each case is a fault of the submission, and its text is for the
/// student.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// No frame: the program ended before the function returned.
    #[error("the program ended before the function returned")]
    Missing,
    /// The function called exit, which in some languages is an exception.
    #[error("the program ended with exit code {code} before the function returned")]
    Exited {
        /// Exit code.
        code: i32,
        /// Exception that stands for it.
        raised: Exception,
    },
    /// An incomplete frame, or several frames.
    #[error("what the function returned was overwritten: the program wrote into it, or wrote one of its own")]
    Corrupt,
    /// No such function, or a return value of an unsupported type. The text comes from the harness and ends a
    /// sentence.
    #[error("{0}")]
    Unsupported(String),
    /// Invalid or oversized value.
    #[error(transparent)]
    InvalidValue(#[from] ReadValueError),
}

/// Judges a call by the outcome of its run and the frame on standard output.
///
/// An exception where a value is expected is a run-time error, as it would be in a program that calls the
/// function; all other differences are wrong answers.
pub fn judge_call(
    outcome: &Outcome,
    limits: &Limits,
    nonce: &str,
    expected: ExpectedReturn<'_>,
) -> CallJudgement {
    let stdout = outcome.transcript.of(Stream::Stdout);
    let (printed, frame) = split_frame(&stdout, nonce);
    if let Some(verdict) = run_error(outcome, limits) {
        return CallJudgement { verdict, got: None, message: None, printed };
    }
    let returned = match (frame, expected.returned) {
        (Err(FrameError::Exited { raised, .. }), CallResult::Raised(_)) => Ok(CallResult::Raised(raised)),
        (Err(FrameError::Exited { code: 0, .. }), CallResult::Value(_)) => Err(FrameError::Missing),
        (frame, _) => frame,
    };
    match returned {
        Err(error) => {
            let verdict = match error {
                // The same verdict as for a program that exits with this code.
                FrameError::Exited { .. } => Verdict::RuntimeError,
                FrameError::Missing
                | FrameError::Corrupt
                | FrameError::Unsupported(_)
                | FrameError::InvalidValue(_) => Verdict::WrongAnswer,
            };
            CallJudgement { verdict, got: None, message: Some(error.to_string()), printed }
        }
        Ok(got) => match values::check(expected.rules, &got, expected.returned) {
            Ok(()) => CallJudgement { verdict: Verdict::Accepted, got: Some(got), message: None, printed },
            Err(wrong) => {
                let wrong = format!("{wrong}{}", hint(&got, expected.returned, &printed));
                CallJudgement {
                    verdict: mismatch_verdict(&got, expected.returned),
                    got: Some(got),
                    message: Some(wrong),
                    printed,
                }
            }
        },
    }
}

/// The verdict on a result that differs from the expected one.
fn mismatch_verdict(got: &CallResult, expected: &CallResult) -> Verdict {
    match (got, expected) {
        (CallResult::Raised(_), CallResult::Value(_)) => Verdict::RuntimeError,
        (CallResult::Value(_), _) | (CallResult::Raised(_), CallResult::Raised(_)) => Verdict::WrongAnswer,
    }
}

/// A hint for beginners, who often print a value instead of returning it.
fn hint(got: &CallResult, expected: &CallResult, printed: &[u8]) -> &'static str {
    match (got, expected) {
        (CallResult::Value(Value::Null), CallResult::Value(_)) if !printed.is_empty() => {
            ": it printed something, but returned nothing"
        }
        (CallResult::Value(Value::Null), CallResult::Value(_)) => ": it returned nothing",
        (CallResult::Value(_) | CallResult::Raised(_), _) => "",
    }
}

/// Splits standard output into the submission's own output and the frame.
pub fn split_frame(stdout: &[u8], nonce: &str) -> (Vec<u8>, Result<CallResult, FrameError>) {
    let positions = nonce_positions(stdout, nonce.as_bytes());
    let ([Range { start, end: from }, Range { start: to, end }], false) = (&positions[..], nonce.is_empty())
    else {
        let error = if positions.is_empty() { FrameError::Missing } else { FrameError::Corrupt };
        return (stdout.to_vec(), Err(error));
    };
    // The line feed behind the frame belongs to it.
    let rest = stdout[*end..].strip_prefix(b"\n").unwrap_or(&stdout[*end..]);
    ([&stdout[..*start], rest].concat(), parse_frame(&stdout[*from..*to]))
}

/// Frame of a harness that could not call the function or encode its value.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UnsupportedFrame {
    #[serde(rename = "unfit")]
    reason: String,
}

/// Frame of a function that called exit.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExitFrame {
    #[serde(rename = "exited")]
    code: i32,
    raised: Exception,
}

fn parse_frame(frame: &[u8]) -> Result<CallResult, FrameError> {
    if let Ok(ExitFrame { code, raised }) = serde_json::from_slice(frame) {
        return Err(FrameError::Exited { code, raised });
    }
    let returned = values::read(frame, &ValueLimits::default());
    match serde_json::from_slice(frame) {
        Ok(UnsupportedFrame { reason }) if returned.is_err() => {
            Err(FrameError::Unsupported(truncate(&reason)))
        }
        Ok(_) | Err(_) => Ok(returned?),
    }
}

fn truncate(text: &str) -> String {
    let mut short: String = text.chars().take(MAX_SHOWN_CHARS).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// Positions of the nonce, at most three: more make no difference.
fn nonce_positions(text: &[u8], nonce: &[u8]) -> Vec<Range<usize>> {
    let mut positions = Vec::new();
    let mut from = 0;
    while positions.len() < 3 && !nonce.is_empty() {
        let Some(at) = text[from..].windows(nonce.len()).position(|window| window == nonce) else { break };
        positions.push(from + at..from + at + nonce.len());
        from += at + nonce.len();
    }
    positions
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

    fn judge_output(ending: Ending, stdout: &str, returned: &CallResult) -> CallJudgement {
        let expected = ExpectedReturn { rules: &CallRules::default(), returned };
        judge_call(&outcome(ending, stdout), &Limits::STUDENT, NONCE, expected)
    }

    fn value_three() -> CallResult {
        CallResult::Value(Value::from(3))
    }

    /// Judges a program that ended well with this output, where 3 is expected; `message` is part of the
    /// message.
    fn check(stdout: &str, verdict: Verdict, message: &str) {
        let called = judge_output(Ending::Exited(0), stdout, &value_three());
        assert_eq!(called.verdict, verdict, "{stdout}");
        let wrong = called.message.unwrap_or_default();
        assert!(wrong.contains(message), "{stdout}: {wrong}");
    }

    #[test]
    fn the_returned_value_is_removed_from_the_printed_output() {
        for (stdout, printed) in [
            ("4f1c{\"value\":3}4f1c\n", ""),
            ("a\nb4f1c{\"value\":3}4f1c\n", "a\nb"),
            ("\n4f1c{\"value\":3}4f1c\nlate", "\nlate"),
            ("4f1c{\"value\":3.0}4f1c", ""),
        ] {
            let called = judge_output(Ending::Exited(0), stdout, &value_three());
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
        let wrong = judge_output(Ending::Exited(0), &long, &value_three()).message.expect("a message");
        assert_eq!(wrong.chars().count(), MAX_SHOWN_CHARS + 1);
    }

    #[test]
    fn a_function_that_prints_instead_of_returning_gets_advice() {
        check("4f1c{\"value\":null}4f1c", Verdict::WrongAnswer, "expected 3: it returned nothing");
        let printed = "3\n4f1c{\"value\":null}4f1c";
        check(printed, Verdict::WrongAnswer, "expected 3: it printed something, but returned nothing");
    }

    #[test]
    fn an_exception_is_a_run_time_error_unless_one_is_expected() {
        let stdout = "4f1c{\"raised\":{\"kind\":\"ValueError\",\"message\":\"no\"}}4f1c";
        let kind = |kind: &str| CallResult::Raised(Exception { kind: Some(kind.to_owned()), message: None });
        for (expected, verdict) in [
            (value_three(), Verdict::RuntimeError),
            (kind("ValueError"), Verdict::Accepted),
            (kind("TypeError"), Verdict::WrongAnswer),
        ] {
            assert_eq!(judge_output(Ending::Exited(0), stdout, &expected).verdict, verdict, "{expected:?}");
        }
        let value = "4f1c{\"value\":3}4f1c";
        assert_eq!(judge_output(Ending::Exited(0), value, &kind("ValueError")).verdict, Verdict::WrongAnswer);
    }

    #[test]
    fn a_function_that_ends_the_program_has_not_returned_unless_that_is_expected() {
        let exit =
            |code: i32| format!("4f1c{{\"exited\":{code},\"raised\":{{\"kind\":\"SystemExit\"}}}}4f1c");
        check(&exit(0), Verdict::WrongAnswer, "ended before the function returned");
        check(&exit(3), Verdict::RuntimeError, "exit code 3");
        let expected = CallResult::Raised(Exception { kind: Some("SystemExit".to_owned()), message: None });
        assert_eq!(judge_output(Ending::Exited(0), &exit(3), &expected).verdict, Verdict::Accepted);
    }

    #[test]
    fn the_ending_of_a_run_is_shown_before_its_output() {
        let said = "4f1c{\"value\":3}4f1c\n";
        for (ending, verdict) in [
            (Ending::Exited(0), Verdict::Accepted),
            (Ending::Exited(1), Verdict::RuntimeError),
            (Ending::Signalled(9), Verdict::RuntimeError),
            (Ending::CpuLimit, Verdict::TimeLimit),
            (Ending::OutputLimit, Verdict::OutputLimit),
        ] {
            assert_eq!(judge_output(ending, said, &value_three()).verdict, verdict, "{ending:?}");
        }
        let failed = judge_output(Ending::Exited(1), "before\n", &value_three());
        assert_eq!((failed.got, failed.printed), (None, b"before\n".to_vec()));
    }
}
