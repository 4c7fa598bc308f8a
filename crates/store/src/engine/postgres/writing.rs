//! A connection that writes, many at a time.
//!
//! The statements of a trip are parts of one `WITH`, and all see what was there before the trip. So two that are about the
//! same never make one trip together; the others cannot tell the difference. Writes come sorted by what they are about,
//! so that processes that write the same rows mostly take them in the same order, and rarely wait for each other in a
//! circle.

use std::time::Duration;

use async_trait::async_trait;
use sqlx::{AssertSqlSafe, SqlSafeStr as _, SqlStr, postgres::PgArguments};

use super::link::{self, Link};
use crate::engine::{
    Engine, Made, Order, Remedy, Row, from_row,
    repeat::{Repeated, next_size},
};

/// The column that tells which of the repetitions a row is from.
const PLACE: &str = "repetition";

pub(crate) struct Writing {
    link: Link,
}

impl Writing {
    pub(super) fn new(link: Link) -> Self {
        Self { link }
    }
}

#[async_trait]
impl Engine for Writing {
    fn patience(&self) -> Option<Duration> {
        Some(self.link.settings().acquire)
    }

    async fn begin(&mut self) -> Result<(), sqlx::Error> {
        self.link.ready().await?;
        self.link.command("BEGIN").await
    }

    fn together(&self, writes: &[&dyn Order]) -> usize {
        let apart = writes.windows(2).position(|pair| pair[0].about() == pair[1].about());
        next_size(apart.map_or(writes.len(), |last| last + 1))
    }

    async fn make(&mut self, writes: &[&dyn Order]) -> Result<Vec<Made>, sqlx::Error> {
        let mut parameters = PgArguments::default();
        for write in writes {
            write.bind(&mut parameters).map_err(sqlx::Error::Encode)?;
        }
        let rows = self.link.rows(repeat(writes[0].statement(), writes.len()), parameters).await?;
        let mut made: Vec<Made> = writes.iter().map(|_| Made::default()).collect();
        for row in rows {
            let row = Row::Postgres(row);
            let place = row.read::<Place>()?.repetition;
            let made = usize::try_from(place).ok().and_then(|place| made.get_mut(place));
            let made = made.ok_or_else(|| sqlx::Error::Protocol(format!("a row of write {place}")))?;
            made.is_change = true;
            made.rows.push(row);
        }
        Ok(made)
    }

    async fn ask(&mut self, question: &'static str, write: &dyn Order) -> Result<Vec<Row>, sqlx::Error> {
        let mut parameters = PgArguments::default();
        write.bind_question(&mut parameters).map_err(sqlx::Error::Encode)?;
        let rows = self.link.rows(SqlStr::from_static(question), parameters).await?;
        Ok(rows.into_iter().map(Row::Postgres).collect())
    }

    async fn commit(&mut self) -> Result<(), sqlx::Error> {
        self.link.command("COMMIT").await.map_err(link::in_doubt)
    }

    async fn rollback(&mut self) {
        // A connection that cannot do this is broken, and with it goes the transaction.
        let _ = self.link.command("ROLLBACK").await;
    }

    fn remedy(&self, error: &sqlx::Error) -> Remedy {
        link::remedy(error)
    }

    async fn close(self: Box<Self>) {
        self.link.close().await;
    }
}

struct Place {
    repetition: i32,
}

from_row!(Place { repetition });

/// The statement so many times, with the rows of all of them as the result. A statement that returns none of its own
/// returns one for each row that it changes.
fn repeat(statement: &'static str, times: usize) -> SqlStr {
    let repeated = Repeated::new(statement);
    let returning = if statement.contains("RETURNING") { "" } else { " RETURNING 1" };
    let part = |time: usize| {
        let mut part = format!("w{time} AS (");
        repeated.write(time, &mut part);
        part + returning + ")"
    };
    let rows = |time: usize| format!("SELECT w{time}.*, {time} AS {PLACE} FROM w{time}");
    let parts: Vec<String> = (0..times).map(part).collect();
    let rows: Vec<String> = (0..times).map(rows).collect();
    let text = format!("WITH {} {}", parts.join(", "), rows.join(" UNION ALL "));
    // Safe: put together from texts and numbers of ours.
    AssertSqlSafe(text).into_sql_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_statements_are_parts_of_one_and_their_rows_are_told_apart() {
        let text = repeat("UPDATE t SET a = $2 WHERE b = $1", 2);
        assert_eq!(
            text.as_str(),
            "WITH w0 AS (UPDATE t SET a = $2 WHERE b = $1 RETURNING 1), \
             w1 AS (UPDATE t SET a = $4 WHERE b = $3 RETURNING 1) \
             SELECT w0.*, 0 AS repetition FROM w0 UNION ALL SELECT w1.*, 1 AS repetition FROM w1"
        );
    }
}
