//! Spelling: names that differ by a slip of the finger or by capitals.

/// The candidate nearest to a word, if it is near enough to be meant.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let max_distance = match word.chars().count() {
        0..=2 => 0,
        3..=4 => 1,
        _ => 2,
    };
    let distances =
        candidates.into_iter().filter(|other| *other != word).map(|other| (distance(word, other), other));
    distances
        .filter(|(distance, _)| *distance <= max_distance)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, other)| other)
}

/// A candidate that differs by capitals only.
pub(crate) fn differs_by_capitals<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    candidates.into_iter().find(|other| *other != word && other.to_lowercase() == word.to_lowercase())
}

/// The distance of Damerau and Levenshtein (optimal string alignment): insertions, deletions, substitutions, and exchanges of
/// neighbours.
fn distance(left: &str, right: &str) -> usize {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    if left.len().abs_diff(right.len()) > 2 {
        return usize::MAX;
    }
    let mut rows = vec![(0..=right.len()).collect::<Vec<_>>()];
    for (i, letter) in left.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, other) in right.iter().enumerate() {
            let mut best =
                (rows[i][j + 1] + 1).min(row[j] + 1).min(rows[i][j] + usize::from(letter != other));
            if i > 0 && j > 0 && *letter == right[j - 1] && left[i - 1] == *other {
                best = best.min(rows[i - 1][j - 1] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[left.len()][right.len()]
}

#[cfg(test)]
mod tests {
    use super::{differs_by_capitals, nearest};

    #[test]
    fn a_name_is_found_that_differs_by_one_slip() {
        assert_eq!(nearest("prnt", ["print", "input"]), Some("print"));
        assert_eq!(nearest("nmae", ["name", "age"]), Some("name"));
        assert_eq!(nearest("x", ["y"]), None);
        assert_eq!(differs_by_capitals("Print", ["print"]), Some("print"));
    }
}
