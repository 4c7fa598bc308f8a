//! Prompt detection: advice for an output that is correct except for prompts such as "Enter n: ".

/// Maximum length of a quoted prompt, in characters.
const MAX_QUOTED: usize = 60;

/// Advice for an output that would be correct without its prompts, as far as these excerpts show; `None`
/// otherwise.
pub(crate) fn prompt_advice(got: &[u8], expected: &[u8]) -> Option<String> {
    let (got, expected) =
        (std::str::from_utf8(got).ok()?.trim_end(), std::str::from_utf8(expected).ok()?.trim_end());
    let prompt = before_all(got, expected).or_else(|| before_lines(got, expected))?;
    let shown: String = prompt.chars().take(MAX_QUOTED).collect();
    let cut = if shown.len() < prompt.len() { "…" } else { "" };
    Some(format!(
        "It also printed {shown:?}{cut}: only the answer belongs in the output, so read the input without a prompt"
    ))
}

/// The text before the whole expected text, on its line or on lines of its own.
fn before_all<'a>(got: &'a str, expected: &str) -> Option<&'a str> {
    let prompt = got.strip_suffix(expected).filter(|_| !expected.is_empty())?;
    is_prompt(prompt).then_some(prompt)
}

/// The first text before an expected line, if each line equals the expected one except for such a text.
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

/// Whether a text has a letter and ends as a prompt does: with white space or one of the usual signs.
fn is_prompt(text: &str) -> bool {
    let ends_as_one = text.ends_with(char::is_whitespace) || text.ends_with([':', '?', '>', '=', '.', '!']);
    ends_as_one && text.contains(char::is_alphabetic)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(got: &str, expected: &str, quote: Option<&str>) {
        let prompt_advice = prompt_advice(got.as_bytes(), expected.as_bytes());
        match quote {
            Some(quote) => {
                assert!(
                    prompt_advice.as_deref().is_some_and(|said| said.contains(quote)),
                    "{got:?}: {prompt_advice:?}"
                );
            }
            None => assert_eq!(prompt_advice, None, "{got:?}"),
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
        assert_eq!(prompt_advice(b"\xff: 3", b"3"), None);
    }
}
