//! Grading assembly: test records and suite result become a [`model::Grading`], with excerpts and failure
//! messages.

use model::{
    Bytes, Call, CallResult, Content, Digest, Ending, Grading, Limits, Outcome, Stream, TestDetails,
    TestResult, Usage, Verdict, explain_ending, explain_failure,
};

use crate::{
    compare::ComparisonResult,
    diff::diff,
    prompt,
    suite_run::{SuiteResult, SuiteRun},
    values::{format_call, format_returned},
};

/// Maximum size of the excerpt of an input, an answer or an output.
pub const MAX_EXCERPT: Bytes = Bytes::kib(4);

/// The record of one test that was run.
#[derive(Debug, Clone, PartialEq)]
pub struct TestRecord {
    /// Verdict on this test.
    pub verdict: Verdict,
    /// Resources used by the run.
    pub usage: Usage,
    /// Input, answer and output excerpts, with messages.
    pub shown: TestDetails,
}

/// Builds a grading. `records` has one entry for each test, in file order, `None` for tests that were not
/// run. Missing entries count as not run; surplus entries are ignored.
pub fn build_grading(
    suite: Digest,
    run: &SuiteRun<'_>,
    result: SuiteResult,
    mut records: Vec<Option<TestRecord>>,
) -> Grading {
    records.resize(result.test_scores.len(), None);
    let indexed = records.into_iter().zip(&result.test_scores).enumerate();
    let tests = indexed
        .filter_map(|(index, (record, score))| Some(test_result(run.test(index)?, record, *score)))
        .collect();
    Grading {
        suite,
        verdict: result.verdict,
        passed: result.passed,
        total: result.total,
        score: result.score,
        max_score: result.max_score,
        tests,
        groups: result.groups,
        faults: result.faults,
    }
}

fn test_result(test: &model::TestCase, record: Option<TestRecord>, score: Option<f64>) -> TestResult {
    let (verdict, usage, shown) = match record {
        Some(TestRecord { verdict, usage, shown }) => (Some(verdict), Some(usage), shown),
        None => (None, None, TestDetails::default()),
    };
    TestResult { name: test.name.clone(), visibility: test.visibility, verdict, score, usage, details: shown }
}

/// The details of a stream test, from the beginning of each stream; [`MAX_EXCERPT`] bytes of each are enough.
/// `compared` is absent if the run failed before the comparison.
pub fn stream_details(
    input: &[u8],
    actual: &[u8],
    expected: &[u8],
    compared: Option<&ComparisonResult>,
) -> TestDetails {
    let mut shown = TestDetails {
        input: excerpt(input),
        expected: excerpt(expected),
        actual: excerpt(actual),
        ..TestDetails::default()
    };
    if let Some(ComparisonResult::Different(difference)) = compared {
        let prompt = prompt::prompt_advice(shown.actual.as_bytes(), shown.expected.as_bytes());
        shown.message = Some(match prompt {
            Some(prompt) => format!("{difference}. {prompt}."),
            None => difference.to_string(),
        });
        // If the excerpts are equal, the difference is further on, and there is no diff.
        shown.diff = diff(shown.actual.as_bytes(), shown.expected.as_bytes()).map(|diff| diff.text);
    }
    shown
}

/// The details of a test that calls a function. `got` is absent if the run failed before the function
/// returned; `wrong` is the sentence of [`crate::values::check`].
pub fn call_details(
    call: &Call,
    actual: Option<&CallResult>,
    expected: &CallResult,
    wrong: Option<String>,
) -> TestDetails {
    TestDetails {
        input: format_call(call).into(),
        expected: format_returned(expected).into(),
        actual: actual.map(format_returned).unwrap_or_default().into(),
        message: wrong,
        ..TestDetails::default()
    }
}

/// Maximum length, in bytes, of the stderr excerpt in a failure message. The end is kept, since it has the
/// reason.
pub const MAX_STDERR_EXCERPT: usize = 2048;

/// Adds the failure message and the explanation to the details of a failed run, in the wording of plain
/// results.
#[must_use]
pub fn with_failure(shown: TestDetails, verdict: Verdict, outcome: &Outcome, limits: &Limits) -> TestDetails {
    let ending = reported_ending(verdict, outcome.ending);
    let explanation =
        explain_ending(ending, outcome.forbidden_call.as_ref(), limits).or_else(|| explain_failure(outcome));
    let message = Some(failure_message(verdict, outcome, limits));
    TestDetails { message, explanation, ..shown }
}

/// The failure message for the submitter. For a program that failed by itself, it includes the end of stderr.
pub fn failure_message(verdict: Verdict, outcome: &Outcome, limits: &Limits) -> String {
    let ending = reported_ending(verdict, outcome.ending);
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
    let end = model::utf8_suffix(&stderr, MAX_STDERR_EXCERPT);
    format!("{reason}\n{}", String::from_utf8_lossy(end).trim_end())
}

/// The reported ending: the limit named by the verdict, even if the program ended by itself between two looks
/// at the counter.
const fn reported_ending(verdict: Verdict, ending: Ending) -> Ending {
    match (verdict, ending) {
        (Verdict::TimeLimit, Ending::WallLimit | Ending::IdleLimit) => Ending::WallLimit,
        (Verdict::TimeLimit, _) => Ending::CpuLimit,
        (Verdict::MemoryLimit, _) => Ending::MemoryLimit,
        (Verdict::OutputLimit, _) => Ending::OutputLimit,
        (_, ending) => ending,
    }
}

/// The first [`MAX_EXCERPT`] bytes; text is cut between two characters.
fn excerpt(bytes: &[u8]) -> Content {
    model::utf8_prefix(bytes, MAX_EXCERPT.as_usize()).to_vec().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::compare_bytes;

    #[test]
    fn a_text_is_cut_between_characters_and_bytes_anywhere() {
        let most = MAX_EXCERPT.as_usize();
        let text = format!("{}é", "a".repeat(most - 1));
        assert_eq!(excerpt(text.as_bytes()).len(), most - 1);
        assert_eq!(excerpt(&vec![0xff; most + 1]).len(), most);
        assert_eq!(excerpt("é".as_bytes()).as_text(), Some("é"));
    }

    #[test]
    fn a_difference_is_shown_as_a_sentence_and_as_a_diff() {
        let (got, expected) = (b"1\n3\n", b"1\n2\n");
        let compared = compare_bytes(&model::Comparison::default(), got, expected);
        let shown = stream_details(b"in", got, expected, Some(&compared));
        assert_eq!(shown.message.as_deref(), Some("Line 2, column 1: expected \"2\", got \"3\""));
        assert_eq!(shown.diff.as_deref(), Some("  1 │ 1⏎\n- 2 │ 2⏎\n+ 2 │ 3⏎\n"));
        assert_eq!(stream_details(b"in", got, got, None).message, None);
    }

    fn outcome(ending: Ending, stderr: &str) -> Outcome {
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
    }

    #[test]
    fn a_failure_is_described_with_its_limit_or_the_programs_output() {
        for (verdict, ending, told) in [
            (Verdict::TimeLimit, Ending::CpuLimit, "it used more than 10 s of CPU time."),
            (Verdict::TimeLimit, Ending::Exited(0), "it used more than 10 s of CPU time."),
            (Verdict::TimeLimit, Ending::WallLimit, "it was not done after 30 s on the clock."),
            (Verdict::MemoryLimit, Ending::MemoryLimit, "it used more than 128 MiB of memory."),
            (Verdict::OutputLimit, Ending::OutputLimit, "it wrote more than 1 MiB."),
            (Verdict::RuntimeError, Ending::Signalled(9), "The signal SIGKILL ended the program.\nwhy"),
            (Verdict::RuntimeError, Ending::Exited(3), "The program ended with exit code 3.\nwhy"),
        ] {
            let said = failure_message(verdict, &outcome(ending, "why\n"), &Limits::STUDENT);
            assert!(said.contains(told), "{said}");
        }
        let hungry = outcome(Ending::Exited(1), "EOFError: EOF when reading a line\n");
        assert_eq!(
            failure_message(Verdict::RuntimeError, &hungry, &Limits::STUDENT),
            "The program wanted to read more input than there is, and ended with exit code 1.\nEOFError: EOF when reading a line"
        );
        let long = failure_message(
            Verdict::RuntimeError,
            &outcome(Ending::Exited(1), &"é".repeat(5000)),
            &Limits::STUDENT,
        );
        assert!(long.len() < MAX_STDERR_EXCERPT + 100);
    }

    #[test]
    fn a_failure_is_explained_in_the_words_of_results() {
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
    fn a_call_is_shown_with_its_result() {
        let call =
            Call { function: "add".to_owned(), arguments: vec![1.into(), 2.into()], named: Vec::new() };
        let (got, expected) = (CallResult::Value(4.into()), CallResult::Value(3.into()));
        let shown = call_details(&call, Some(&got), &expected, Some("got 4, expected 3".to_owned()));
        let texts = [&shown.input, &shown.actual, &shown.expected]
            .map(|content| content.as_text().unwrap_or_default());
        assert_eq!(texts, ["add(1, 2)", "4", "3"]);
    }
}
