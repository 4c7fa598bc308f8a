//! Names, counts and seeds of generated tests.

use sha2::{Digest as _, Sha512};

/// Maximum number of tests of one entry.
const MAX_COUNT: i64 = 100;

/// The name of the `number`-th of `all` entries of a list: `07-name`, or `07` without a name.
pub(super) fn numbered(number: usize, all: usize, name: &str) -> String {
    let width = all.to_string().len();
    if name.is_empty() { format!("{number:0width$}") } else { format!("{number:0width$}-{name}") }
}

/// Whether a name is a valid file name, without a path.
pub(super) fn is_valid_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() < 200
        && !name.starts_with(['.', '-'])
        && !name.contains(['/', '\\', '\0', '\n'])
}

/// The values of `{count}`: `3` is one to three, `-2..=2` from one to another, `1..3` without the last.
pub(super) fn counts(text: &str) -> Option<Vec<i64>> {
    let range = |from: i64, to: i64| (to - from < MAX_COUNT).then(|| (from..=to).collect::<Vec<_>>());
    if let Some((from, to)) = text.split_once("..=") {
        return range(from.trim().parse().ok()?, to.trim().parse().ok()?);
    }
    if let Some((from, to)) = text.split_once("..") {
        return range(from.trim().parse().ok()?, to.trim().parse::<i64>().ok()?.checked_sub(1)?);
    }
    range(1, text.trim().parse().ok()?)
}

/// Names for each count, as wide as the widest: `name-01`.
pub(super) fn with_counts(name: &str, counts: &[i64]) -> Vec<(String, i64)> {
    if counts.len() == 1 {
        return vec![(name.to_owned(), counts[0])];
    }
    let width = counts.len().to_string().len();
    let each = counts.iter().enumerate().map(|(n, count)| (format!("{name}-{:0width$}", n + 1), *count));
    each.collect()
}

/// The arguments of a command: words, with `{seed}`, `{seed:7}`, `{name}` and `{count}` replaced.
pub(super) fn arguments(command: &str, salt: &str, count: i64) -> Vec<String> {
    let seed = seed(command, salt).to_string();
    let words = split_words(command).into_iter().skip(1);
    words
        .map(|word| {
            let word = word.replace("{name}", "testcase").replace("{count}", &count.to_string());
            with_seed(&word, &seed)
        })
        .collect()
}

/// Splits a command as a shell does: quotes keep white space, and a backslash the next letter. An
/// unterminated quote extends to the end.
fn split_words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut letters = command.chars();
    while let Some(letter) = letters.next() {
        match (letter, quote) {
            (_, Some(open)) if letter == open => quote = None,
            ('\'' | '"', None) => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            ('\\', None) => word.get_or_insert_default().extend(letters.next()),
            ('\\', Some('"')) => {
                let next = letters.next();
                let escaped = word.get_or_insert_default();
                // Before other characters it is kept.
                if !matches!(next, Some('"' | '\\')) {
                    escaped.push(letter);
                }
                escaped.extend(next);
            }
            (_, None) if letter.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

fn with_seed(word: &str, seed: &str) -> String {
    let Some((before, behind)) = word.split_once("{seed") else { return word.to_owned() };
    let Some((label, after)) = behind.split_once('}') else { return word.to_owned() };
    let is_label =
        label.is_empty() || label.strip_prefix(':').is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit()));
    if is_label { format!("{before}{seed}{after}") } else { word.to_owned() }
}

/// BAPCtools' seed: the SHA-512 of salt and command as a number, modulo 2³¹.
fn seed(command: &str, salt: &str) -> u32 {
    let digest = Sha512::digest(format!("{salt}{command}").as_bytes());
    let last = digest.iter().rev().take(4).rev().fold(0u32, |number, byte| number << 8 | u32::from(*byte));
    last & 0x7fff_ffff
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_those_of_the_format() {
        // int(hashlib.sha512(b"abcgraph {seed}").hexdigest(), 16) % 2**31
        assert_eq!(seed("graph {seed}", "abc"), SEED);
        assert_eq!(
            arguments("graph  {seed} s={seed:2} {seed:x} {name} {count}", "", 7)[2..],
            ["{seed:x}", "testcase", "7"]
        );
        assert_ne!(seed("graph {seed:2}", "abc"), SEED);
    }

    #[test]
    fn arguments_are_parted_as_a_shell_does() {
        for (command, expected) in [
            ("gen 't' {count} 0", &["t", "3", "0"][..]),
            ("gen \"a b\"c '' d", &["a bc", "", "d"]),
            (r"gen a\ b '\' c", &["a b", "\\", "c"]),
            (r#"gen "a\ b" "\"\\"  "#, &["a\\ b", "\"\\"]),
            ("gen 'it", &["it"]),
            ("gen  x\ty ", &["x", "y"]),
            ("gen", &[]),
        ] {
            assert_eq!(arguments(command, "", 3), expected, "{command}");
        }
    }

    const SEED: u32 = 957_459_336;

    #[test]
    fn counts_are_numbers_and_ranges() {
        assert_eq!(counts("3"), Some(vec![1, 2, 3]));
        assert_eq!(counts("-1..=1"), Some(vec![-1, 0, 1]));
        assert_eq!(counts("0..2"), Some(vec![0, 1]));
        for none in ["1..=1000000", "x", "0..=9999999999999999999"] {
            assert_eq!(counts(none), None, "{none}");
        }
        assert_eq!(with_counts("a", &[5, 6]), [("a-1".to_owned(), 5), ("a-2".to_owned(), 6)]);
        assert_eq!(numbered(3, 10, "x"), "03-x");
        assert_eq!(numbered(3, 9, ""), "3");
    }

    #[test]
    fn names_that_lead_elsewhere_are_none() {
        for name in ["", "..", "a/b", "a\\b", "-x", ".x", "a\nb"] {
            assert!(!is_valid_name(name), "{name:?}");
        }
        assert!(is_valid_name("01-a b") && is_valid_name("1.2"));
    }
}
