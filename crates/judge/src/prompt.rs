//! Prompts in a wrong answer: what a program asks a person, written where only the answer belongs.

/// How long a prompt may be that is quoted, in characters.
const MOST_QUOTED: usize = 60;

/// What to tell somebody whose output would be right without its prompts; nothing where that is not so, as far as these beginnings
/// of both texts show.
pub(crate) fn advice(got: &[u8], expected: &[u8]) -> Option<String> {
    let (got, expected) =
        (std::str::from_utf8(got).ok()?.trim_end(), std::str::from_utf8(expected).ok()?.trim_end());
    let prompt = before_all(got, expected).or_else(|| before_lines(got, expected))?;
    let shown: String = prompt.chars().take(MOST_QUOTED).collect();
    let cut = if shown.len() < prompt.len() { "…" } else { "" };
    Some(format!(
        "It also printed {shown:?}{cut}: only the answer belongs in the output, so read the input without a prompt"
    ))
}

/// What stands before the whole of the expected text, on its line or on lines of its own.
fn before_all<'a>(got: &'a str, expected: &str) -> Option<&'a str> {
    let prompt = got.strip_suffix(expected).filter(|_| !expected.is_empty())?;
    is_prompt(prompt).then_some(prompt)
}

/// What stands first before an expected line, where each line is as expected but for what stands before it.
fn before_lines<'a>(got: &'a str, expected: &str) -> Option<&'a str> {
    if got.lines().count() != expected.lines().count() {
        return None;
    }
    let mut first = None;
    for (got, expected) in got.lines().zip(expected.lines()) {
        let before = got.trim_end().strip_suffix(expected.trim_end())?;
        if !before.is_empty() {
            first.get_or_insert(before);
            is_prompt(before).then_some(())?;
        }
    }
    first
}

/// Whether a text has a word, and ends as questions do or before a space.
fn is_prompt(text: &str) -> bool {
    let ends_as_one = text.ends_with(char::is_whitespace) || text.ends_with([':', '?', '>', '=', '.', '!']);
    ends_as_one && text.contains(char::is_alphabetic)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(got: &str, expected: &str, quoted: Option<&str>) {
        let advice = advice(got.as_bytes(), expected.as_bytes());
        match quoted {
            Some(quoted) => {
                assert!(advice.as_deref().is_some_and(|said| said.contains(quoted)), "{got:?}: {advice:?}");
            }
            None => assert_eq!(advice, None, "{got:?}"),
        }
    }

    #[test]
    fn a_prompt_before_the_answer_is_quoted() {
        check("Enter n: 3\n", "3\n", Some("\"Enter n: \""));
        check("a?b?7", "7\n", Some("\"a?b?\""));
        check("Enter a: Enter b: 3", "3", Some("\"Enter a: Enter b: \""));
        check("How many?\n3\n4\n", "3\n4\n", Some("How many?"));
        check("Zahl: 3\nZahl: 4\n", "3\n4\n", Some("\"Zahl: \""));
    }

    #[test]
    fn what_is_no_prompt_is_not_called_one() {
        check("4\n", "3\n", None);
        check("13\n", "3\n", None);
        check("1 3\n", "3\n", None);
        check("x3\n", "3\n", None);
        check("Enter n: 4\n", "3\n", None);
        check("Enter n: ", "", None);
        check("Zahl: 3\n5\n", "3\n4\n", None);
    }

    #[test]
    fn a_long_prompt_is_cut_and_bytes_are_none() {
        check(&format!("{}: 3", "é".repeat(100)), "3", Some("é\"…"));
        assert_eq!(advice(b"\xff: 3", b"3"), None);
    }
}
