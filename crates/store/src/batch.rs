//! Many writes of one kind in one trip to SQLite.
//!
//! sqlx runs SQLite on a thread of its own, and going there and back costs several times what a statement does. So the
//! statement is repeated, with its parameters renumbered, and all of it sent at once. It stays what it is alone: each
//! repetition is run in its turn, sees what those before it did, and answers for itself.

use futures_util::TryStreamExt as _;
use sqlx::{
    AssertSqlSafe, Either, Executor as _, SqliteConnection, query_with,
    sqlite::{SqliteArguments, SqliteRow},
};

/// Repetitions in one trip, at most. A power of two, like all smaller numbers that are used, so that the few texts there
/// are stay prepared.
const MOST: usize = 32;

/// What one statement did.
pub(crate) struct Made {
    /// The rows that it returned.
    pub(crate) rows: Vec<SqliteRow>,
    /// How many rows it changed.
    pub(crate) changed: u64,
}

impl Made {
    /// The row of a statement that returns one.
    pub(crate) fn row(&self) -> Result<&SqliteRow, sqlx::Error> {
        self.rows.first().ok_or(sqlx::Error::RowNotFound)
    }
}

/// How many of `left` writes go together next.
pub(crate) fn next_size(left: usize) -> usize {
    let most = left.clamp(1, MOST);
    1 << most.ilog2()
}

/// Runs the statement `times` times; `parameters` holds those of each time, one after the other.
pub(crate) async fn run(
    db: &mut SqliteConnection,
    statement: &str,
    times: usize,
    parameters: SqliteArguments,
) -> Result<Vec<Made>, sqlx::Error> {
    // Safe: `repeat` only changes numbers in a text of ours.
    let text = AssertSqlSafe(repeat(statement, times));
    let mut steps = db.fetch_many(query_with(text, parameters));
    let (mut made, mut rows) = (Vec::with_capacity(times), Vec::new());
    while let Some(step) = steps.try_next().await? {
        match step {
            Either::Right(returned) => rows.push(returned),
            Either::Left(done) => {
                made.push(Made { rows: std::mem::take(&mut rows), changed: done.rows_affected() });
            }
        }
    }
    Ok(made)
}

/// The statement so often, `$1` of the second time being the number after the highest of the first.
fn repeat(statement: &str, times: usize) -> String {
    let mut pieces = statement.split('$');
    let head = pieces.next().unwrap_or_default();
    let parameters: Vec<(usize, &str)> = pieces.map(split_number).collect();
    let count = parameters.iter().map(|(number, _)| *number).max().unwrap_or(0);

    let mut text = String::with_capacity((statement.len() + 2 * count) * times);
    for time in 0..times {
        text.push_str(head);
        for (number, rest) in &parameters {
            text.push('$');
            text.push_str(&(number + time * count).to_string());
            text.push_str(rest);
        }
        text.push(';');
    }
    text
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
        let text = repeat("UPDATE t SET a = $2, b = $2 WHERE c = $1", 3);
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
