//! Unicode escapes of Java sources, translated before scanning (JLS 3.3): `\u0041` is an `A` everywhere, also
//! in keywords, names and comments.

use std::borrow::Cow;

/// Translates the escapes of a source. An incomplete escape stays as it is: no compiler accepts it.
pub(super) fn decode_escapes(source: &str) -> Cow<'_, str> {
    if !source.contains("\\u") {
        return Cow::Borrowed(source);
    }
    let mut units = Vec::with_capacity(source.len());
    let mut rest = source;
    while let Some(at) = rest.find('\\') {
        units.extend(rest[..at].encode_utf16());
        let (unit, length) = escape(&rest[at..]);
        match unit {
            Some(unit) => units.push(unit),
            None => units.extend(rest[at..at + length].encode_utf16()),
        }
        rest = &rest[at + length..];
    }
    units.extend(rest.encode_utf16());
    // A character beyond 16 bits is written as two escapes.
    Cow::Owned(String::from_utf16_lossy(&units))
}

/// Parses the text after a backslash: the UTF-16 unit, if it is an escape, and its length in bytes. A
/// backslash behind another starts none.
fn escape(text: &str) -> (Option<u16>, usize) {
    const DIGITS: usize = 4;
    let marked = text[1..].trim_start_matches('u');
    let before = text.len() - marked.len();
    let digits = marked.get(..DIGITS).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
    if before > 1
        && let Some(unit) = digits.and_then(|digits| u16::from_str_radix(digits, 16).ok())
    {
        return (Some(unit), before + DIGITS);
    }
    let is_pair = text[1..].starts_with('\\');
    (None, if is_pair { 2 } else { 1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(source: &str, expected: &str) {
        assert_eq!(decode_escapes(source), expected, "{source}");
    }

    #[test]
    fn an_escape_has_any_number_of_us() {
        check(r"cl\u0061ss", "class");
        check(r"cl\uuuu0061ss \u007B\u007d", "class {}");
        check(r"\u00e4\u20AC", "ä€");
    }

    #[test]
    fn a_backslash_behind_an_odd_number_of_others_begins_no_escape() {
        check(r"\\u0061", r"\\u0061");
        check(r"\\\u0061", r"\\a");
        check(r"\\\\u0061", r"\\\\u0061");
    }

    #[test]
    fn what_an_escape_gives_begins_no_other() {
        check(r"\u005cu0061", r"\u0061");
        check(r"\u005c\u0061", r"\a");
    }

    #[test]
    fn two_escapes_may_be_one_letter() {
        check(r"\ud83d\ude00", "😀");
        check(r"\ud83d", "\u{fffd}");
    }

    #[test]
    fn what_is_not_whole_stays() {
        for source in [r"\u", r"\u12", r"\u12g4", r"\n\t\\", "\\", r"\u00é1", r"\uuu"] {
            check(source, source);
        }
    }
}
