//! The first difference between two texts, for people: the lines round it side by side, what cannot be seen shown.
//!
//! The texts are the beginnings that were kept of an output and of the expected answer, and need not be UTF-8. The diff
//! is by lines that stand at the same place, not by what could be moved where: a student looks for the first line that is
//! wrong. Whatever comes in, what comes out is at most [`MOST_LINES`] lines of [`MOST_WIDE`] characters for each side.

use std::fmt::Write as _;

/// Lines that are shown before the first that differs, and after it.
pub const LINES_AROUND: usize = 2;
/// The most lines of one side: those around and the one that differs.
pub const MOST_LINES: usize = 2 * LINES_AROUND + 1;
/// The most characters of one line that are shown.
pub const MOST_WIDE: usize = 120;
/// Characters that are shown before the first that differs, in a line too long to be shown whole.
const BEFORE: usize = 40;

/// Where two texts differ, and how that looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diff {
    /// The line of the first difference, from 1.
    pub line: usize,
    /// The character in that line, from 1. A byte that is no UTF-8 counts as a character.
    pub column: usize,
    /// The lines around it: `  3 │ both`, `- 4 │ expected⏎`, `+ 4 │ got⏎`.
    pub text: String,
}

/// The first difference of two texts, byte by byte; nothing if there is none.
pub fn diff(got: &[u8], expected: &[u8]) -> Option<Diff> {
    let equal = got.iter().zip(expected).take_while(|(got, expected)| got == expected).count();
    if equal == got.len() && equal == expected.len() {
        return None;
    }
    let (got_lines, expected_lines) = (lines(got), lines(expected));
    let same = got_lines.iter().zip(&expected_lines).take_while(|(got, expected)| got == expected).count();
    let side = |lines: &[&[u8]]| lines.get(same).map(|line| visible(line)).unwrap_or_default();
    let (came, wanted) = (side(&got_lines), side(&expected_lines));
    let column = came.iter().zip(&wanted).take_while(|(came, wanted)| came == wanted).count();
    let text = Sides { got: &got_lines, expected: &expected_lines, same, column }.to_text();
    Some(Diff { line: same + 1, column: column + 1, text })
}

/// A line for people: what cannot be seen is shown, and it is cut after [`MOST_WIDE`] characters.
pub fn show_line(line: &[u8]) -> String {
    cut(&visible(line), 0)
}

/// The lines of a text, each with its end.
fn lines(text: &[u8]) -> Vec<&[u8]> {
    text.split_inclusive(|byte| *byte == b'\n').collect()
}

/// What is shown of each character: itself, a sign or an escape.
fn visible(line: &[u8]) -> Vec<String> {
    let mut shown = Vec::new();
    for chunk in line.utf8_chunks() {
        shown.extend(chunk.valid().chars().map(sign));
        shown.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}")));
    }
    shown
}

fn sign(character: char) -> String {
    match character {
        ' ' => "·".to_owned(),
        '\t' => "→".to_owned(),
        '\n' => "⏎".to_owned(),
        '\r' => "␍".to_owned(),
        '\0' => "␀".to_owned(),
        // A joiner keeps an emoji of several characters in one piece, and is seen by what it does.
        '\u{200d}' => character.to_string(),
        // Control characters, and those that turn the direction of the text or take no room.
        c if c.is_control() || is_hidden(c) => c.escape_unicode().to_string(),
        c => c.to_string(),
    }
}

const fn is_hidden(character: char) -> bool {
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

/// At most [`MOST_WIDE`] characters of a line, such that the one at `column` is among them.
fn cut(shown: &[String], column: usize) -> String {
    if shown.len() <= MOST_WIDE {
        return shown.concat();
    }
    let start = if column < MOST_WIDE { 0 } else { column - BEFORE };
    let end = shown.len().min(start + MOST_WIDE);
    let before = if start > 0 { "…" } else { "" };
    let after = if end < shown.len() { "…" } else { "" };
    format!("{before}{}{after}", shown[start..end].concat())
}

struct Sides<'a> {
    got: &'a [&'a [u8]],
    expected: &'a [&'a [u8]],
    /// How many lines are the same before the first that differs.
    same: usize,
    /// The character that differs there.
    column: usize,
}

impl Sides<'_> {
    fn to_text(&self) -> String {
        let mut text = String::new();
        for line in self.same.saturating_sub(LINES_AROUND)..self.same {
            self.put(&mut text, ' ', self.got, line);
        }
        for line in self.same..=self.same + LINES_AROUND {
            match (self.got.get(line), self.expected.get(line)) {
                (Some(got), Some(expected)) if got == expected => self.put(&mut text, ' ', self.got, line),
                _ => {
                    self.put(&mut text, '-', self.expected, line);
                    self.put(&mut text, '+', self.got, line);
                }
            }
        }
        text
    }

    fn put(&self, text: &mut String, mark: char, lines: &[&[u8]], line: usize) {
        let Some(bytes) = lines.get(line) else { return };
        let column = if line == self.same { self.column } else { 0 };
        writeln!(text, "{mark} {} │ {}", line + 1, cut(&visible(bytes), column)).expect("a string takes all");
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(got: &[u8], expected: &[u8], place: (usize, usize), text: &[&str]) {
        let diff = diff(got, expected).expect("they differ");
        assert_eq!((diff.line, diff.column), place);
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
        let expected = format!("- 1 │ …{}Y{}…", "a".repeat(BEFORE), "b".repeat(MOST_WIDE - BEFORE - 1));
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
                prop_assert!(line.chars().count() <= 10 + 8 * (MOST_WIDE + 2));
            }
            prop_assert!(diff.is_none_or(|diff| diff.text.lines().count() <= 2 * MOST_LINES));
        }
    }
}
