//! Comparison tests: a table of outputs that count as equal or different under each rule.

use std::io::{self, Read};

use judge::compare::{
    CompareError, ComparisonResult, MAX_BUFFERED, compare, compare_bytes, parse_flags, split_flags,
};
use model::{Comparison, TokenRules};
use proptest::prelude::*;

fn tokens(flags: &str) -> Comparison {
    Comparison::Tokens(parse_flags(split_flags(flags)).expect("good flags"))
}

fn is_same(rule: &Comparison, got: &[u8], expected: &[u8]) -> bool {
    compare_bytes(rule, got, expected) == ComparisonResult::Equal
}

#[track_caller]
fn check(flags: &str, table: &[(&str, &str, bool)]) {
    for (got, expected, same) in table {
        let rule = tokens(flags);
        assert_eq!(
            is_same(&rule, got.as_bytes(), expected.as_bytes()),
            *same,
            "{flags}: {got:?} for {expected:?}"
        );
    }
}

#[test]
fn without_flags_case_and_spacing_of_words_are_ignored() {
    check(
        "",
        &[
            ("", "", true),
            ("", " \n", true),
            ("1 2 3\n", "1\n2\n3", true),
            ("  1\t2\u{b}\u{c}3\r\n\n", "1 2 3", true),
            ("YES", "yes", true),
            ("straße", "STRASSE", false),
            ("É", "é", false),
            ("1 2", "1 2 3", false),
            ("1 2 3", "1 2", false),
            ("12", "1 2", false),
            ("1.0", "1", false),
            ("a\u{a0}b", "a b", false),
        ],
    );
}

#[test]
fn case_sensitive_minds_the_case_and_no_spaces() {
    check("case_sensitive", &[("Yes", "yes", false), ("yes ", " yes", true)]);
}

#[test]
fn space_change_sensitive_minds_every_space_and_no_case() {
    check(
        "space_change_sensitive",
        &[
            ("A b\n", "a b\n", true),
            ("a  b\n", "a b\n", false),
            ("a\tb\n", "a b\n", false),
            ("a b", "a b\n", false),
            ("a b\n", "a b", false),
            (" a", "a", false),
            ("a\r\n", "a\n", false),
            ("", "\n", false),
        ],
    );
}

#[test]
fn an_absolute_tolerance_is_a_distance() {
    check(
        "float_absolute_tolerance 0.01",
        &[
            ("1.009", "1", true),
            ("1.02", "1", false),
            ("1000001", "1000000", false),
            ("1e0", "1.0", true),
            ("one", "1", false),
            ("1", "one", false),
            ("ONE", "one", true),
        ],
    );
}

#[test]
fn a_relative_tolerance_is_a_share_of_the_expected_number() {
    check(
        "float_relative_tolerance 1e-6",
        &[("1000000.5", "1000000", true), ("1.00001", "1", false), ("1e-9", "0", false), ("-0", "0", true)],
    );
}

#[test]
fn with_both_tolerances_either_is_enough() {
    check("float_tolerance 1e-6", &[("1000000.5", "1000000", true), ("1e-7", "0", true), ("2", "1", false)]);
    check(
        "float_relative_tolerance 0.1 float_absolute_tolerance 0.001",
        &[("109", "100", true), ("0.0005", "0", true)],
    );
}

#[test]
fn with_a_tolerance_whole_numbers_are_numbers_too() {
    check(
        "float_tolerance 0",
        &[("1.0", "1", true), ("0x10", "16", true), ("+1.", "1", true), (".5", "0.5", true)],
    );
}

#[test]
fn words_for_no_number_are_text() {
    check(
        "float_tolerance 1e-6",
        &[
            ("INF", "inf", true),
            ("nan", "NaN", true),
            ("infinity", "inf", false),
            ("nan", "1", false),
            ("inf", "1", false),
            ("1e400", "1e400", true),
            ("1e401", "1e400", false),
        ],
    );
}

#[test]
fn all_flags_work_together() {
    check(
        "case_sensitive space_change_sensitive float_tolerance 0.1",
        &[
            ("x 1.05\n", "x 1\n", true),
            ("X 1\n", "x 1\n", false),
            ("x  1\n", "x 1\n", false),
            ("x 1.2\n", "x 1\n", false),
        ],
    );
}

#[test]
fn exact_is_byte_by_byte() {
    for (got, expected, same) in
        [("a\n", "a\n", true), ("a", "a\n", false), ("a\n", "a", false), ("A", "a", false)]
    {
        assert_eq!(
            is_same(&Comparison::Exact, got.as_bytes(), expected.as_bytes()),
            same,
            "{got:?} for {expected:?}"
        );
    }
}

#[test]
fn bytes_that_are_no_text_are_compared_as_bytes() {
    assert!(is_same(&tokens(""), b"\xff\x00 \xfe", b"\xff\x00\n\xfe"));
    assert!(!is_same(&tokens(""), b"\xff\x00a", b"\xff\x00b"));
}

#[test]
fn the_first_difference_is_reported_with_its_position() {
    for (rule, got, expected, told) in [
        (tokens(""), "1 2\n3 5\n", "1 2\n3 4\n", "Line 2, column 3: expected \"4\", got \"5\""),
        (tokens(""), "", "7\n", "Line 1, column 1: the output is empty, expected \"7\""),
        (tokens(""), "1\n", "1\n2\n", "Line 2, column 1: the output ends too early, expected \"2\" next"),
        (tokens(""), "1\n2 3\n", "1\n2\n", "Line 2, column 3: the output should have ended, got \"3\" too"),
        (tokens("float_tolerance 0"), "x", "1", "Line 1, column 1: expected the number 1, got \"x\""),
        (
            tokens("float_tolerance 0.1"),
            "1.5",
            "1",
            "Line 1, column 1: expected 1, got 1.5, which is off by 5e-1, more than is tolerated",
        ),
        (
            tokens("space_change_sensitive"),
            "a  b",
            "a b",
            "Line 1, column 3: expected no more white space, got a space",
        ),
        (Comparison::Exact, "a b", "a\nb", "Line 1, column 2: expected the end of the line, got a space"),
    ] {
        match compare_bytes(&rule, got.as_bytes(), expected.as_bytes()) {
            ComparisonResult::Equal => panic!("{got:?} is not {expected:?}"),
            ComparisonResult::Different(difference) => assert_eq!(difference.to_string(), told),
        }
    }
}

/// As many bytes as wanted, made as they are read, in pieces of odd sizes.
fn repeat_pattern(pattern: &'static [u8], count: u64) -> impl Read {
    struct Pattern(&'static [u8], usize);
    impl Read for Pattern {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = buffer.len().min(4093);
            for byte in &mut buffer[..count] {
                *byte = self.0[self.1];
                self.1 = (self.1 + 1) % self.0.len();
            }
            Ok(count)
        }
    }
    Pattern(pattern, 0).take(count)
}

#[test]
fn words_and_white_space_larger_than_the_buffer_are_compared_in_parts() {
    let long = 64 * MAX_BUFFERED as u64;
    let same =
        compare(&tokens("float_tolerance 1"), repeat_pattern(b"abc", long), repeat_pattern(b"ABC", long));
    assert_eq!(same.expect("readable"), ComparisonResult::Equal);
    for shorter in [long - 1, long - MAX_BUFFERED as u64] {
        let cut = compare(&tokens(""), repeat_pattern(b"abc", shorter), repeat_pattern(b"abc", long))
            .expect("readable");
        assert_ne!(cut, ComparisonResult::Equal);
    }
    let spaces = compare(&tokens(""), repeat_pattern(b" \n", long).chain(&b"x"[..]), &b"x"[..]);
    assert_eq!(spaces.expect("readable"), ComparisonResult::Equal);
    let exact = compare(&Comparison::Exact, repeat_pattern(b"abc", long), repeat_pattern(b"abc", long));
    assert_eq!(exact.expect("readable"), ComparisonResult::Equal);
}

#[test]
fn a_word_of_exactly_the_buffer_size_is_one_word() {
    let word = vec![b'1'; MAX_BUFFERED];
    let split = [&word[..], b" 1"].concat();
    let joined = [&word[..], b"1"].concat();
    assert!(is_same(&tokens(""), &word, &word));
    assert!(!is_same(&tokens(""), &split, &joined));
    assert!(!is_same(&tokens(""), &joined, &split));
}

#[test]
fn a_stream_that_cannot_be_read_is_our_fault_and_no_wrong_answer() {
    struct FailingReader;
    impl Read for FailingReader {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::ErrorKind::ConnectionReset.into())
        }
    }
    for rule in [tokens(""), tokens("space_change_sensitive"), Comparison::Exact] {
        assert!(matches!(compare(&rule, FailingReader, &b"1"[..]), Err(CompareError::Got(_))));
        assert!(matches!(compare(&rule, &b"1"[..], FailingReader), Err(CompareError::Expected(_))));
    }
}

/// One byte at a time.
struct ByteReader<'a>(&'a [u8]);

impl Read for ByteReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let one = buffer.len().min(1);
        self.0.read(&mut buffer[..one])
    }
}

/// The rules, written down once more in the simplest way that holds everything.
fn oracle(rules: &TokenRules, got: &str, expected: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        let is_space = |c| matches!(c, ' ' | '\t' | '\n' | '\u{b}' | '\u{c}' | '\r');
        text.split(is_space).filter(|word| !word.is_empty()).map(str::to_ascii_lowercase).collect()
    };
    let near = |got: &str, expected: &str| match (got.parse::<f64>(), expected.parse::<f64>()) {
        (Ok(got), Ok(expected)) => {
            let off_by = (got - expected).abs();
            off_by <= rules.absolute_tolerance.unwrap_or(-1.0)
                || off_by <= rules.relative_tolerance.unwrap_or(-1.0) * expected.abs()
        }
        _ => got == expected,
    };
    let (got, expected) = (words(got), words(expected));
    got.len() == expected.len()
        && got
            .iter()
            .zip(&expected)
            .all(|(got, expected)| if rules.has_tolerance() { near(got, expected) } else { got == expected })
}

fn text() -> impl Strategy<Value = String> {
    "([a-cA-C1-3.]{1,3}|[ \t\n\r]{1,2}|[0-9]\\.[0-9]){0,6}"
}

proptest! {
    #[test]
    fn every_text_is_the_same_as_itself(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        for rule in [Comparison::Exact, tokens(""), tokens("case_sensitive space_change_sensitive float_tolerance 0")] {
            prop_assert!(is_same(&rule, &bytes, &bytes));
        }
    }

    #[test]
    fn white_space_only_parts_words(text in text(), space in "[ \t\n\u{b}\u{c}\r]{1,3}") {
        let words: Vec<_> = text.split_ascii_whitespace().collect();
        let other = format!("{space}{}{space}", words.join(&space));
        prop_assert!(is_same(&tokens(""), text.as_bytes(), other.as_bytes()));
    }

    #[test]
    fn the_stream_agrees_with_the_simplest_way_to_say_it(got in text(), expected in text(), which in 0..3_usize) {
        let flags = ["", "float_absolute_tolerance 0.5", "float_relative_tolerance 0.5"][which];
        let rules = parse_flags(split_flags(flags)).expect("good flags");
        let same = is_same(&Comparison::Tokens(rules), got.as_bytes(), expected.as_bytes());
        prop_assert_eq!(same, oracle(&rules, &got, &expected));
    }

    #[test]
    fn results_are_independent_of_the_pieces_of_a_stream(got in text(), expected in text(), flags in 0..3_usize) {
        let rule = tokens(["", "space_change_sensitive", "float_tolerance 0.5"][flags]);
        let whole = compare_bytes(&rule, got.as_bytes(), expected.as_bytes());
        let pieces = compare(&rule, ByteReader(got.as_bytes()), expected.as_bytes());
        prop_assert_eq!(pieces.expect("readable"), whole);
    }

    #[test]
    fn what_is_exactly_the_same_is_the_same_by_every_rule(got in text(), expected in text()) {
        if is_same(&Comparison::Exact, got.as_bytes(), expected.as_bytes()) {
            prop_assert!(is_same(&tokens("space_change_sensitive"), got.as_bytes(), expected.as_bytes()));
        }
    }
}
