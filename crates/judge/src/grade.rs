//! The grading of a submission, put together out of what was run and what it is worth.

use model::{
    Bytes, Call, CallResult, Content, Digest, Ending, Grading, Limits, Outcome, Stream, TestDetails,
    TestResult, Usage, Verdict, explain_ending, explain_failure,
};

use crate::{
    compare::Compared,
    course::{Course, Scored},
    diff::diff,
    prompt,
    values::{show_call, show_returned},
};

/// How much of an input, an answer and an output is kept to be shown.
pub const MOST_SHOWN: Bytes = Bytes::kib(4);

/// What came of running one test.
#[derive(Debug, Clone, PartialEq)]
pub struct Ran {
    /// Of this test.
    pub verdict: Verdict,
    /// What the run used.
    pub usage: Usage,
    /// What people look at.
    pub shown: TestDetails,
}

/// Puts a grading together. `ran` has a place for each test, in file order, empty for those that were not run; what is beyond
/// the last test is passed over, and what is missing was not run.
pub fn grading(suite: Digest, course: &Course<'_>, scored: Scored, mut ran: Vec<Option<Ran>>) -> Grading {
    ran.resize(scored.test_scores.len(), None);
    let places = ran.into_iter().zip(&scored.test_scores).enumerate();
    let tests =
        places.filter_map(|(place, (ran, score))| Some(result(course.test(place)?, ran, *score))).collect();
    Grading {
        suite,
        verdict: scored.verdict,
        passed: scored.passed,
        total: scored.total,
        score: scored.score,
        max_score: scored.max_score,
        tests,
        groups: scored.groups,
        faults: scored.faults,
    }
}

fn result(test: &model::TestCase, ran: Option<Ran>, score: Option<f64>) -> TestResult {
    let (verdict, usage, shown) = match ran {
        Some(Ran { verdict, usage, shown }) => (Some(verdict), Some(usage), shown),
        None => (None, None, TestDetails::default()),
    };
    TestResult { name: test.name.clone(), visibility: test.visibility, verdict, score, usage, details: shown }
}

/// What people look at in a test of streams, from the beginnings of each; [`MOST_SHOWN`] bytes of a text are enough.
/// `compared` is absent where the run failed before anything was compared.
pub fn shown_streams(input: &[u8], got: &[u8], expected: &[u8], compared: Option<&Compared>) -> TestDetails {
    let mut shown = TestDetails {
        input: shown_beginning(input),
        expected: shown_beginning(expected),
        actual: shown_beginning(got),
        ..TestDetails::default()
    };
    if let Some(Compared::Different(difference)) = compared {
        let prompt = prompt::advice(shown.actual.as_bytes(), shown.expected.as_bytes());
        shown.message = Some(match prompt {
            Some(prompt) => format!("{difference}. {prompt}."),
            None => difference.to_string(),
        });
        // What is the same in the beginnings that were kept differs further on, and has no diff.
        shown.diff = diff(shown.actual.as_bytes(), shown.expected.as_bytes()).map(|diff| diff.text);
    }
    shown
}

/// What people look at in a test that calls a function. `got` is absent where the run failed before it returned;
/// `wrong` is the sentence of [`crate::values::check`].
pub fn shown_call(
    call: &Call,
    got: Option<&CallResult>,
    expected: &CallResult,
    wrong: Option<String>,
) -> TestDetails {
    TestDetails {
        input: show_call(call).into(),
        expected: show_returned(expected).into(),
        actual: got.map(show_returned).unwrap_or_default().into(),
        message: wrong,
        ..TestDetails::default()
    }
}

/// How much of what a failed program wrote to stderr is told with its failure: the end, where the reason is.
pub const MOST_STDERR_SHOWN: usize = 2048;

/// The same, of a run that failed: with why, in the words that results have, and of a program that failed by itself with the end of
/// what it wrote to stderr.
#[must_use]
pub fn with_failure(shown: TestDetails, verdict: Verdict, outcome: &Outcome, limits: &Limits) -> TestDetails {
    let ending = blamed(verdict, outcome.ending);
    let explanation =
        explain_ending(ending, outcome.forbidden_call.as_ref(), limits).or_else(|| explain_failure(outcome));
    let message = Some(sentence(verdict, outcome, limits));
    TestDetails { message, explanation, ..shown }
}

/// Why a run failed, in a sentence for its submitter; of a program that failed by itself with the end of what it wrote to
/// stderr.
pub fn sentence(verdict: Verdict, outcome: &Outcome, limits: &Limits) -> String {
    let ending = blamed(verdict, outcome.ending);
    let explained = explain_ending(ending, outcome.forbidden_call.as_ref(), limits);
    let reason = explained.unwrap_or_else(|| match ending {
        Ending::Exited(code) if outcome.ran_out_of_input() => {
            format!("The program wanted to read more input than there is, and ended with exit code {code}.")
        }
        Ending::Exited(code) => format!("The program ended with exit code {code}."),
        ending => format!("The program ended unexpectedly: {ending:?}."),
    });
    let stderr = outcome.transcript.of(Stream::Stderr);
    if verdict != Verdict::RuntimeError || stderr.is_empty() {
        return reason;
    }
    let end = model::utf8_suffix(&stderr, MOST_STDERR_SHOWN);
    format!("{reason}\n{}", String::from_utf8_lossy(end).trim_end())
}

/// What is told as the end of a run: the limit of its verdict, also where it ended by itself between two looks at the counter.
const fn blamed(verdict: Verdict, ending: Ending) -> Ending {
    match (verdict, ending) {
        (Verdict::TimeLimit, Ending::WallLimit | Ending::IdleLimit) => Ending::WallLimit,
        (Verdict::TimeLimit, _) => Ending::CpuLimit,
        (Verdict::MemoryLimit, _) => Ending::MemoryLimit,
        (Verdict::OutputLimit, _) => Ending::OutputLimit,
        (_, ending) => ending,
    }
}

/// The first [`MOST_SHOWN`] bytes, cut between two characters if they are text.
fn shown_beginning(bytes: &[u8]) -> Content {
    model::utf8_prefix(bytes, MOST_SHOWN.as_usize()).to_vec().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::compare_bytes;

    #[test]
    fn a_text_is_cut_between_characters_and_bytes_anywhere() {
        let most = MOST_SHOWN.as_usize();
        let text = format!("{}é", "a".repeat(most - 1));
        assert_eq!(shown_beginning(text.as_bytes()).len(), most - 1);
        assert_eq!(shown_beginning(&vec![0xff; most + 1]).len(), most);
        assert_eq!(shown_beginning("é".as_bytes()).as_text(), Some("é"));
    }

    #[test]
    fn a_difference_is_shown_as_a_sentence_and_as_a_diff() {
        let (got, expected) = (b"1\n3\n", b"1\n2\n");
        let compared = compare_bytes(&model::Comparison::default(), got, expected);
        let shown = shown_streams(b"in", got, expected, Some(&compared));
        assert_eq!(shown.message.as_deref(), Some("Line 2, column 1: expected \"2\", got \"3\""));
        assert_eq!(shown.diff.as_deref(), Some("  1 │ 1⏎\n- 2 │ 2⏎\n+ 2 │ 3⏎\n"));
        assert_eq!(shown_streams(b"in", got, got, None).message, None);
    }

    #[test]
    fn a_failure_is_told_with_its_limit_or_with_what_the_program_said() {
        let outcome = |ending, stderr: &str| {
            let mut transcript = model::Transcript::default();
            transcript.push(Stream::Stderr, stderr.as_bytes());
            let usage = Usage::default();
            Outcome {
                ending,
                forbidden_call: None,
                usage,
                transcript,
                stdout_truncated: false,
                stderr_truncated: false,
            }
        };
        for (verdict, ending, told) in [
            (Verdict::TimeLimit, Ending::CpuLimit, "it used more than 10 s of CPU time."),
            (Verdict::TimeLimit, Ending::Exited(0), "it used more than 10 s of CPU time."),
            (Verdict::TimeLimit, Ending::WallLimit, "it was not done after 30 s on the clock."),
            (Verdict::MemoryLimit, Ending::MemoryLimit, "it used more than 128 MiB of memory."),
            (Verdict::OutputLimit, Ending::OutputLimit, "it wrote more than 1 MiB."),
            (Verdict::RuntimeError, Ending::Signalled(9), "The signal SIGKILL ended the program.\nwhy"),
            (Verdict::RuntimeError, Ending::Exited(3), "The program ended with exit code 3.\nwhy"),
        ] {
            let said = sentence(verdict, &outcome(ending, "why\n"), &Limits::STUDENT);
            assert!(said.contains(told), "{said}");
        }
        let hungry = outcome(Ending::Exited(1), "EOFError: EOF when reading a line\n");
        assert_eq!(
            sentence(Verdict::RuntimeError, &hungry, &Limits::STUDENT),
            "The program wanted to read more input than there is, and ended with exit code 1.\nEOFError: EOF when reading a line"
        );
        let long =
            sentence(Verdict::RuntimeError, &outcome(Ending::Exited(1), &"é".repeat(5000)), &Limits::STUDENT);
        assert!(long.len() < MOST_STDERR_SHOWN + 100);
    }

    #[test]
    fn a_failure_is_explained_in_the_words_of_results() {
        let outcome = |ending, stderr: &str| {
            let mut transcript = model::Transcript::default();
            transcript.push(Stream::Stderr, stderr.as_bytes());
            let usage = Usage::default();
            Outcome {
                ending,
                forbidden_call: None,
                usage,
                transcript,
                stdout_truncated: false,
                stderr_truncated: false,
            }
        };
        let explained = |verdict, ending, stderr| {
            with_failure(TestDetails::default(), verdict, &outcome(ending, stderr), &Limits::STUDENT)
                .explanation
        };
        for (verdict, ending) in
            [(Verdict::TimeLimit, Ending::CpuLimit), (Verdict::RuntimeError, Ending::Signalled(11))]
        {
            assert_eq!(explained(verdict, ending, "why"), explain_ending(ending, None, &Limits::STUDENT));
        }
        let missing = explained(
            Verdict::RuntimeError,
            Ending::Exited(1),
            "ModuleNotFoundError: No module named 'numpy'\n",
        );
        assert!(missing.is_some_and(|said| said.contains("Python module \"numpy\" was not found")));
        assert_eq!(
            explained(Verdict::RuntimeError, Ending::Exited(3), "why"),
            None,
            "its own words are enough"
        );
    }

    #[test]
    fn a_call_is_shown_with_what_it_came_to() {
        let call =
            Call { function: "add".to_owned(), arguments: vec![1.into(), 2.into()], named: Vec::new() };
        let (got, expected) = (CallResult::Value(4.into()), CallResult::Value(3.into()));
        let shown = shown_call(&call, Some(&got), &expected, Some("got 4, expected 3".to_owned()));
        let texts = [&shown.input, &shown.actual, &shown.expected]
            .map(|content| content.as_text().unwrap_or_default());
        assert_eq!(texts, ["add(1, 2)", "4", "3"]);
    }
}
