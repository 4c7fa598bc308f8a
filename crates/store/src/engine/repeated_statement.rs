//! Repeated statement: one statement several times in one text, so that many writes take one round trip.
//!
//! A round trip costs several times as much as a statement: SQLite runs on a thread of its own, PostgreSQL
//! behind a network. The statement is therefore repeated with renumbered parameters and sent once.

/// Maximum number of repetitions per round trip. A power of two, like all smaller numbers in use, so that the
/// few resulting texts stay prepared.
const MAX_REPETITIONS: usize = 32;

/// Number of the `left` writes in the next batch.
pub(super) fn next_batch_size(left: usize) -> usize {
    let max = left.clamp(1, MAX_REPETITIONS);
    1 << max.ilog2()
}

/// A statement to repeat: `$1` of the second repetition gets the number after the highest of the first.
pub(super) struct RepeatedStatement<'a> {
    head: &'a str,
    /// Number of each parameter, and the text after it.
    rest: Vec<(usize, &'a str)>,
    parameters: usize,
}

impl<'a> RepeatedStatement<'a> {
    pub(super) fn new(statement: &'a str) -> Self {
        let mut pieces = statement.split('$');
        let head = pieces.next().unwrap_or_default();
        let rest: Vec<(usize, &str)> = pieces.map(split_number).collect();
        let parameters = rest.iter().map(|(number, _)| *number).max().unwrap_or(0);
        Self { head, rest, parameters }
    }

    /// Writes one repetition, counted from 0.
    pub(super) fn write(&self, repetition: usize, to: &mut String) {
        to.push_str(self.head);
        for (number, rest) in &self.rest {
            to.push('$');
            to.push_str(&(number + repetition * self.parameters).to_string());
            to.push_str(rest);
        }
    }
}

fn split_number(piece: &str) -> (usize, &str) {
    let end = piece.find(|c: char| !c.is_ascii_digit()).unwrap_or(piece.len());
    let (number, rest) = piece.split_at(end);
    (number.parse().expect("a statement of ours has a number after each $"), rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_repetition_has_its_own_parameters() {
        let repeated = RepeatedStatement::new("UPDATE t SET a = $2, b = $2 WHERE c = $1");
        let mut text = String::new();
        for repetition in 0..3 {
            repeated.write(repetition, &mut text);
            text.push(';');
        }
        assert_eq!(
            text,
            "UPDATE t SET a = $2, b = $2 WHERE c = $1;\
             UPDATE t SET a = $4, b = $4 WHERE c = $3;\
             UPDATE t SET a = $6, b = $6 WHERE c = $5;"
        );
    }

    #[test]
    fn sizes_are_powers_of_two_that_add_up() {
        for total in 1..200 {
            let mut left = total;
            while left > 0 {
                let size = next_batch_size(left);
                assert!(
                    size.is_power_of_two() && size <= MAX_REPETITIONS && size <= left,
                    "{size} of {left}"
                );
                left -= size;
            }
        }
    }
}
