//! Diff for people: the lines around the first difference, side by side, with invisible characters made
//! visible.
//!
//! The texts are the excerpts of an output and of the expected answer, and need not be UTF-8. Lines are
//! compared at the same line number, without a search for moved lines: a student looks for the first wrong
//! line. The result has at most [`MAX_LINES`] lines of [`MAX_LINE_CHARS`] characters for each side, whatever
//! the input.

use std::fmt::Write as _;

/// Context lines before and after the first difference.
pub const LINES_AROUND: usize = 2;
/// Maximum number of lines of one side: the context and the line that differs.
pub const MAX_LINES: usize = 2 * LINES_AROUND + 1;
/// Maximum number of characters shown of a line.
pub const MAX_LINE_CHARS: usize = 120;
/// Characters shown before the difference in a line that is cut.
const CONTEXT_CHARS: usize = 40;

/// The position of a difference and its rendering.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diff {
    /// Line of the first difference, from 1.
    pub line: usize,
    /// Character in that line, from 1. A byte that is not UTF-8 counts as a character.
    pub column: usize,
    /// Rendered lines: `  3 │ both`, `- 4 │ expected⏎`, `+ 4 │ got⏎`.
    pub text: String,
}

/// The first difference between two texts, byte by byte; `None` if they are equal.
pub fn diff(got: &[u8], expected: &[u8]) -> Option<Diff> {
    let equal = got.iter().zip(expected).take_while(|(got, expected)| got == expected).count();
    if equal == got.len() && equal == expected.len() {
        return None;
    }
    let (got_lines, expected_lines) = (lines(got), lines(expected));
    let equal_lines =
        got_lines.iter().zip(&expected_lines).take_while(|(got, expected)| got == expected).count();
    let side =
        |lines: &[&[u8]]| lines.get(equal_lines).map(|line| visible_characters(line)).unwrap_or_default();
    let (got_line, expected_line) = (side(&got_lines), side(&expected_lines));
    let column = got_line.iter().zip(&expected_line).take_while(|(got, expected)| got == expected).count();
    let text = SideBySide { got: &got_lines, expected: &expected_lines, equal_lines, column }.to_text();
    Some(Diff { line: equal_lines + 1, column: column + 1, text })
}

/// A line with invisible characters made visible, cut after [`MAX_LINE_CHARS`] characters.
pub fn show_line(line: &[u8]) -> String {
    cut(&visible_characters(line), 0)
}

/// Splits a text into lines, each with its line feed.
fn lines(text: &[u8]) -> Vec<&[u8]> {
    text.split_inclusive(|byte| *byte == b'\n').collect()
}

/// The visible form of each character: itself, a symbol or an escape.
fn visible_characters(line: &[u8]) -> Vec<String> {
    let mut shown = Vec::new();
    for chunk in line.utf8_chunks() {
        shown.extend(chunk.valid().chars().map(visible_char));
        shown.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}")));
    }
    shown
}

fn visible_char(character: char) -> String {
    match character {
        ' ' => "·".to_owned(),
        '\t' => "→".to_owned(),
        '\n' => "⏎".to_owned(),
        '\r' => "␍".to_owned(),
        '\0' => "␀".to_owned(),
        // A joiner keeps an emoji of several characters together, and its effect is visible.
        '\u{200d}' => character.to_string(),
        // Control characters, and characters that change the text direction or take no room.
        c if c.is_control() || is_invisible(c) => c.escape_unicode().to_string(),
        c => c.to_string(),
    }
}

const fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{a0}'
            | '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{2000}'..='\u{200c}'
            | '\u{200e}'..='\u{200f}'
            | '\u{2028}'..='\u{202f}'
            | '\u{205f}'..='\u{206f}'
            | '\u{3000}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// At most [`MAX_LINE_CHARS`] characters of a line, including the one at `column`.
fn cut(shown: &[String], column: usize) -> String {
    if shown.len() <= MAX_LINE_CHARS {
        return shown.concat();
    }
    let start = if column < MAX_LINE_CHARS { 0 } else { column - CONTEXT_CHARS };
    let end = shown.len().min(start + MAX_LINE_CHARS);
    let before = if start > 0 { "…" } else { "" };
    let after = if end < shown.len() { "…" } else { "" };
    format!("{before}{}{after}", shown[start..end].concat())
}

struct SideBySide<'a> {
    got: &'a [&'a [u8]],
    expected: &'a [&'a [u8]],
    /// Number of equal lines before the first difference.
    equal_lines: usize,
    /// Index of the character that differs in that line.
    column: usize,
}

impl SideBySide<'_> {
    fn to_text(&self) -> String {
        let mut text = String::new();
        for line in self.equal_lines.saturating_sub(LINES_AROUND)..self.equal_lines {
            self.push_line(&mut text, ' ', self.got, line);
        }
        for line in self.equal_lines..=self.equal_lines + LINES_AROUND {
            match (self.got.get(line), self.expected.get(line)) {
                (Some(got), Some(expected)) if got == expected => {
                    self.push_line(&mut text, ' ', self.got, line);
                }
                _ => {
                    self.push_line(&mut text, '-', self.expected, line);
                    self.push_line(&mut text, '+', self.got, line);
                }
            }
        }
        text
    }

    fn push_line(&self, text: &mut String, mark: char, lines: &[&[u8]], line: usize) {
        let Some(bytes) = lines.get(line) else { return };
        let column = if line == self.equal_lines { self.column } else { 0 };
        writeln!(text, "{mark} {} │ {}", line + 1, cut(&visible_characters(bytes), column))
            .expect("a string takes all");
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(got: &[u8], expected: &[u8], position: (usize, usize), text: &[&str]) {
        let diff = diff(got, expected).expect("they differ");
        assert_eq!((diff.line, diff.column), position);
        assert_eq!(diff.text.lines().collect::<Vec<_>>(), text);
    }

    #[test]
    fn the_first_line_that_differs_is_shown_with_those_around_it() {
        check(
            b"1\n2\n3\n4x\n5\n6\n7\n",
            b"1\n2\n3\n4\n5\n6\n7\n",
            (4, 2),
            &["  2 │ 2⏎", "  3 │ 3⏎", "- 4 │ 4⏎", "+ 4 │ 4x⏎", "  5 │ 5⏎", "  6 │ 6⏎"],
        );
    }

    #[test]
    fn what_cannot_be_seen_is_shown() {
        check(b"a b\t\n", b"a b\n", (1, 4), &["- 1 │ a·b⏎", "+ 1 │ a·b→⏎"]);
        check(b"a\r\n", b"a\n", (1, 2), &["- 1 │ a⏎", "+ 1 │ a␍⏎"]);
        check(b"a\0\x1b[31m", b"a", (1, 2), &["- 1 │ a", "+ 1 │ a␀\\u{1b}[31m"]);
        check("x\u{202e}y\u{a0}".as_bytes(), b"x", (1, 2), &["- 1 │ x", "+ 1 │ x\\u{202e}y\\u{a0}"]);
    }

    #[test]
    fn an_end_that_comes_too_early_or_too_late_is_a_difference() {
        check(b"1\n", b"1\n2\n", (2, 1), &["  1 │ 1⏎", "- 2 │ 2⏎"]);
        check(b"1\n2\n", b"1\n", (2, 1), &["  1 │ 1⏎", "+ 2 │ 2⏎"]);
        check(b"1", b"1\n", (1, 2), &["- 1 │ 1⏎", "+ 1 │ 1"]);
        check(b"", b"1", (1, 1), &["- 1 │ 1"]);
    }

    #[test]
    fn wide_characters_emoji_and_bytes_that_are_no_text_count_one_each() {
        check("日本👩‍🚀x".as_bytes(), "日本👩‍🚀y".as_bytes(), (1, 6), &["- 1 │ 日本👩‍🚀y", "+ 1 │ 日本👩‍🚀x"]);
        check(b"\xff\xfea", b"\xff\xfdb", (1, 2), &["- 1 │ \\xff\\xfdb", "+ 1 │ \\xff\\xfea"]);
    }

    #[test]
    fn a_long_line_is_cut_round_its_difference() {
        let line = |end: &str| format!("{}{end}{}", "a".repeat(1000), "b".repeat(1000));
        let diff = diff(line("X").as_bytes(), line("Y").as_bytes()).expect("they differ");
        assert_eq!((diff.line, diff.column), (1, 1001));
        let expected = format!(
            "- 1 │ …{}Y{}…",
            "a".repeat(CONTEXT_CHARS),
            "b".repeat(MAX_LINE_CHARS - CONTEXT_CHARS - 1)
        );
        assert_eq!(diff.text.lines().next(), Some(expected.as_str()));
    }

    proptest! {
        #[test]
        fn any_two_texts_have_a_diff_of_bounded_size_unless_they_are_equal(
            got in proptest::collection::vec(prop_oneof![Just(b'\n'), any::<u8>()], 0..600),
            expected in proptest::collection::vec(prop_oneof![Just(b'\n'), any::<u8>()], 0..600),
            both in proptest::collection::vec(any::<u8>(), 0..300),
        ) {
            let (got, expected) = ([&both[..], &got].concat(), [&both[..], &expected].concat());
            let diff = diff(&got, &expected);
            prop_assert_eq!(diff.is_none(), got == expected);
            for line in diff.iter().flat_map(|diff| diff.text.lines()) {
                // The longest escape is eight characters.
                prop_assert!(line.chars().count() <= 10 + 8 * (MAX_LINE_CHARS + 2));
            }
            prop_assert!(diff.is_none_or(|diff| diff.text.lines().count() <= 2 * MAX_LINES));
        }
    }
}
