//! The grading of a submission, put together out of what was run and what it is worth.

use model::{Bytes, Call, Content, Digest, Grading, Returned, Shown, TestResult, Usage, Verdict};

use crate::{
    compare::Compared,
    course::{Course, Scored},
    diff::diff,
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
    pub shown: Shown,
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
        None => (None, None, Shown::default()),
    };
    TestResult { name: test.name.clone(), visibility: test.visibility, verdict, score, usage, shown }
}

/// What people look at in a test of streams, from the beginnings of each; [`MOST_SHOWN`] bytes of a text are enough.
/// `compared` is absent where the run failed before anything was compared.
pub fn shown_streams(input: &[u8], got: &[u8], expected: &[u8], compared: Option<&Compared>) -> Shown {
    let mut shown = Shown {
        input: beginning(input),
        expected: beginning(expected),
        got: beginning(got),
        ..Shown::default()
    };
    if let Some(Compared::Different(difference)) = compared {
        shown.message = Some(difference.to_string());
        // What is the same in the beginnings that were kept differs further on, and has no diff.
        shown.diff = diff(shown.got.as_bytes(), shown.expected.as_bytes()).map(|diff| diff.text);
    }
    shown
}

/// What people look at in a test that calls a function. `got` is absent where the run failed before it returned;
/// `wrong` is the sentence of [`crate::values::check`].
pub fn shown_call(call: &Call, got: Option<&Returned>, expected: &Returned, wrong: Option<String>) -> Shown {
    Shown {
        input: show_call(call).into(),
        expected: show_returned(expected).into(),
        got: got.map(show_returned).unwrap_or_default().into(),
        message: wrong,
        ..Shown::default()
    }
}

/// The first [`MOST_SHOWN`] bytes, cut between two characters if they are text.
fn beginning(bytes: &[u8]) -> Content {
    let cut = &bytes[..bytes.len().min(MOST_SHOWN.as_usize())];
    let whole = match std::str::from_utf8(cut) {
        // Only a last character is cut through, and nothing else is wrong with the text.
        Err(error) if error.error_len().is_none() && cut.len() < bytes.len() => error.valid_up_to(),
        Err(_) | Ok(_) => cut.len(),
    };
    cut[..whole].to_vec().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::compare_bytes;

    #[test]
    fn a_text_is_cut_between_characters_and_bytes_anywhere() {
        let most = MOST_SHOWN.as_usize();
        let text = format!("{}é", "a".repeat(most - 1));
        assert_eq!(beginning(text.as_bytes()).len(), most - 1);
        assert_eq!(beginning(&vec![0xff; most + 1]).len(), most);
        assert_eq!(beginning("é".as_bytes()).as_text(), Some("é"));
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
    fn a_call_is_shown_with_what_it_came_to() {
        let call =
            Call { function: "add".to_owned(), arguments: vec![1.into(), 2.into()], named: Vec::new() };
        let (got, expected) = (Returned::Value(4.into()), Returned::Value(3.into()));
        let shown = shown_call(&call, Some(&got), &expected, Some("got 4, expected 3".to_owned()));
        let texts =
            [&shown.input, &shown.got, &shown.expected].map(|content| content.as_text().unwrap_or_default());
        assert_eq!(texts, ["add(1, 2)", "4", "3"]);
    }
}
