//! Regular expressions: translation to the syntax of the crate `regex`, which matches in linear time.
//!
//! Differences: in a set, a bracket is an ordinary character and `&&` and `--` have no meaning; a backslash
//! before a letter without a meaning is ignored; a brace that starts no repetition is an ordinary character.

use regex::bytes::{Regex, RegexBuilder};

use crate::{Limits, error::Fault};

/// Letters with a meaning behind a backslash, in the reference's first edition as in `regex`.
const LETTERS: &[u8] = b"dDsSwWbBntrfvx";

pub(crate) fn compile(pattern: &[u8], limits: &Limits) -> Result<Regex, Fault> {
    let translated = format!("\\A(?:{})", translate(pattern));
    let built = RegexBuilder::new(&translated)
        .unicode(false)
        .size_limit(limits.regex_bytes)
        .dfa_size_limit(limits.regex_bytes)
        .nest_limit(100)
        .build();
    built.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => Fault::Limit("the size of a regular expression that is allowed"),
        _ => Fault::program(format!(
            "{:?} is no regular expression that is known",
            String::from_utf8_lossy(pattern)
        )),
    })
}

fn translate(pattern: &[u8]) -> String {
    let mut out = String::new();
    let mut at = 0;
    while let Some(&next) = pattern.get(at) {
        at += 1;
        match next {
            b'\\' => at += escape(pattern.get(at).copied(), &mut out),
            b'[' => at = set(pattern, at, &mut out),
            b'{' if !begins_repetition(&pattern[at..]) => out.push_str("\\{"),
            other => push(other, &mut out),
        }
    }
    out
}

/// Translates an escape; returns the number of bytes used behind the backslash.
fn escape(next: Option<u8>, out: &mut String) -> usize {
    match next {
        Some(next) if next.is_ascii_punctuation() || LETTERS.contains(&next) => {
            out.push('\\');
            out.push(next.into());
            1
        }
        _ => {
            out.push_str("\\\\");
            0
        }
    }
}

fn push(byte: u8, out: &mut String) {
    if byte.is_ascii() {
        out.push(byte.into());
    } else {
        out.extend(["\\x".to_owned(), format!("{byte:02x}")]);
    }
}

fn begins_repetition(rest: &[u8]) -> bool {
    let inside: Vec<u8> = rest.iter().copied().take_while(|next| *next != b'}').collect();
    let is_digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
    inside.len() < rest.len()
        && inside.first().is_some_and(u8::is_ascii_digit)
        && inside.splitn(2, |next| *next == b',').all(is_digits)
}

/// Translates a set, starting behind its bracket; returns its end.
fn set(pattern: &[u8], mut at: usize, out: &mut String) -> usize {
    out.push('[');
    if pattern.get(at) == Some(&b'^') {
        out.push('^');
        at += 1;
    }
    let begin = at;
    while let Some(&next) = pattern.get(at) {
        at += 1;
        match next {
            b']' if at - 1 > begin => {
                out.push(']');
                return at;
            }
            b'\\' => at += escape(pattern.get(at).copied(), out),
            b'[' if pattern.get(at) == Some(&b':') => {
                let rest = &pattern[at - 1..];
                match rest.windows(2).position(|pair| pair == b":]") {
                    Some(end) => {
                        out.push_str(&String::from_utf8_lossy(&rest[..end + 2]));
                        at += end + 1;
                    }
                    None => out.push_str("\\["),
                }
            }
            b'[' | b']' | b'&' | b'~' => {
                out.push('\\');
                out.push(next.into());
            }
            // First or last, it is literal; doubled, it would be a set difference.
            b'-' if at - 1 == begin || pattern.get(at) == Some(&b']') => out.push_str("\\-"),
            other => push(other, out),
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matched(pattern: &str, text: &str) -> Option<String> {
        let regex = compile(pattern.as_bytes(), &Limits::default()).unwrap();
        regex.find(text.as_bytes()).map(|found| String::from_utf8_lossy(found.as_bytes()).into_owned())
    }

    #[test]
    fn patterns_mean_what_they_mean_to_the_reference() {
        for (pattern, text, expected) in [
            ("[a-z]+", "abc def", Some("abc")),
            ("[a-z]+", " abc", None),
            (".*", "ab\ncd", Some("ab")),
            ("[^\n]*", "a b\nc", Some("a b")),
            ("p|ps", "ps", Some("p")),
            ("[[:digit:]]+", "12a", Some("12")),
            ("[]a]+", "a]b", Some("a]")),
            ("[a[]+", "a[b", Some("a[")),
            ("[-a]+", "a-b", Some("a-")),
            ("[a&&b]+", "a&b", Some("a&b")),
            ("[ -~]+", "a b~\n", Some("a b~")),
            ("a{2,3}", "aaaa", Some("aaa")),
            ("{x}", "{x}", Some("{x}")),
            ("\\.\\*", ".*", Some(".*")),
            ("\\yes", "\\yes", Some("\\yes")),
            ("(0|1)*", "0110 ", Some("0110")),
            ("\\d\\d", "42", Some("42")),
        ] {
            assert_eq!(matched(pattern, text).as_deref(), expected, "{pattern}");
        }
    }

    #[test]
    fn patterns_that_are_none_or_too_large_are_told() {
        for pattern in ["(", "[a", "a**b)", "((((a{1000}){1000}){1000}){1000})", "[z-a]"] {
            assert!(compile(pattern.as_bytes(), &Limits::default()).is_err(), "{pattern}");
        }
    }
}
