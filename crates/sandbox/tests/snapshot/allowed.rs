//! What may differ between what two programs in one slot see, and why.

/// Patterns of keys, in which a `*` stands for anything, each with the reason why it may differ.
const ALLOWED: &[(&str, &str)] = &[("clock *", "time goes on")];

/// Whether this may differ.
pub(crate) fn is_allowed(key: &str) -> bool {
    ALLOWED.iter().any(|(pattern, _)| matches(pattern, key))
}

fn matches(pattern: &str, key: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == key,
        Some((start, rest)) => key.strip_prefix(start).is_some_and(|left| {
            (0..=left.len()).filter(|at| left.is_char_boundary(*at)).any(|at| matches(rest, &left[at..]))
        }),
    }
}

#[test]
fn a_pattern_stands_for_keys() {
    assert!(matches("clock *", "clock CLOCK_BOOTTIME") && matches("a * c", "a b c") && matches("a", "a"));
    assert!(!matches("clock *", "clocks") && !matches("a * c", "a b d") && !matches("a", "ab"));
}
