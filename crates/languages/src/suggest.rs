//! Name suggestions ("did you mean …"): nearest name by edit distance.

/// Levenshtein distance: number of letters to add, remove or replace.
pub(crate) fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, right) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(left != *right);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

/// The nearest name, if it is near enough: one letter in three may differ, and at least one.
pub(crate) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // A very long name is no misspelling, and the distance would take long to compute.
    if name.len() > 64 {
        return None;
    }
    let name = name.to_lowercase();
    let allowed = (name.chars().count() / 3).max(1);
    let measured = known.map(|known| (distance(&name, known), known));
    measured.filter(|(distance, _)| *distance <= allowed).min().map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_levenshteins() {
        for (a, b, expected) in
            [("", "", 0), ("", "abc", 3), ("kitten", "sitting", 3), ("pyhton", "python", 2), ("c", "c", 0)]
        {
            assert_eq!(distance(a, b), expected, "{a} {b}");
            assert_eq!(distance(b, a), expected, "{b} {a}");
        }
    }

    #[test]
    fn only_a_slip_is_corrected() {
        let known = || ["bash", "c++", "python", "rust"].into_iter();
        for (name, expected) in [
            ("pyhton", Some("python")),
            ("Pythom", Some("python")),
            ("bahs", None),
            ("bsh", Some("bash")),
            ("cobol", None),
            ("", None),
        ] {
            assert_eq!(nearest(name, known()), expected, "{name}");
        }
        assert_eq!(nearest(&"p".repeat(100_000), known()), None);
    }
}
