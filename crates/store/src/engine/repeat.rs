//! One statement, so many times in one text, so that many writes make one trip.
//!
//! Going to an engine and back costs several times what a statement does: SQLite lives on a thread of its own, PostgreSQL
//! behind a network. So the statement is repeated, with its parameters renumbered, and all of it sent at once.

/// Repetitions in one trip, at most. A power of two, like all smaller numbers that are used, so that the few texts there
/// are stay prepared.
const MOST: usize = 32;

/// How many of `left` writes go together next.
pub(super) fn next_size(left: usize) -> usize {
    let most = left.clamp(1, MOST);
    1 << most.ilog2()
}

/// The statement, to be repeated: `$1` of the second time is the number after the highest of the first.
pub(super) struct Repeated<'a> {
    head: &'a str,
    /// Each parameter's number and what follows it.
    rest: Vec<(usize, &'a str)>,
    parameters: usize,
}

impl<'a> Repeated<'a> {
    pub(super) fn new(statement: &'a str) -> Self {
        let mut pieces = statement.split('$');
        let head = pieces.next().unwrap_or_default();
        let rest: Vec<(usize, &str)> = pieces.map(split_number).collect();
        let parameters = rest.iter().map(|(number, _)| *number).max().unwrap_or(0);
        Self { head, rest, parameters }
    }

    /// Writes it for this time, counted from 0.
    pub(super) fn write(&self, time: usize, to: &mut String) {
        to.push_str(self.head);
        for (number, rest) in &self.rest {
            to.push('$');
            to.push_str(&(number + time * self.parameters).to_string());
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
    fn a_repeated_statement_has_parameters_of_its_own_each_time() {
        let repeated = Repeated::new("UPDATE t SET a = $2, b = $2 WHERE c = $1");
        let mut text = String::new();
        for time in 0..3 {
            repeated.write(time, &mut text);
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
                let size = next_size(left);
                assert!(size.is_power_of_two() && size <= MOST && size <= left, "{size} of {left}");
                left -= size;
            }
        }
    }
}
