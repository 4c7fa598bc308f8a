//! The number of every problem ever met: given once, in order, and never to another.

use model::ProblemId;

use crate::{
    Store, StoreError,
    engine::{Bound, Made, Parameters, Row, from_row},
    writer::Write,
};

/// How often a number is asked for. Each time that there is none, another process has just taken it for another problem.
const TRIES: usize = 1000;

/// What a package is known by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PackageName {
    /// Its own UUID, which stays when its folder is renamed.
    Id(ProblemId),
    /// Its folder, where it has none.
    Folder(String),
}

/// What a problem is known by, for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Numbered {
    /// Its id: that of its package, or one made when it was first met.
    pub id: ProblemId,
    /// Its number, from 1.
    pub number: u64,
}

impl Store {
    /// The number of this package's problem: the next one, if it has none yet.
    pub async fn number_problem(&self, package: &PackageName) -> Result<Numbered, StoreError> {
        let (package, id) = match package {
            PackageName::Id(id) => (format!("uuid:{id}"), *id),
            PackageName::Folder(folder) => (format!("folder:{folder}"), ProblemId::generate()),
        };
        let damaged = |what| StoreError::DamagedNumber { what };
        let mut found = None;
        for _ in 0..TRIES {
            found = self.writer.make(Number { package: package.clone(), id: id.to_string() }).await?;
            if found.is_some() {
                break;
            }
        }
        let row = found.ok_or_else(|| damaged("place among the others"))?;
        Ok(Numbered {
            id: row.id.parse().map_err(|_| damaged("id"))?,
            number: u64::try_from(row.number).map_err(|_| damaged("number"))?,
        })
    }
}

struct Number {
    package: String,
    id: String,
}

struct NumberRow {
    id: String,
    number: i64,
}

from_row!(NumberRow { id, number });

impl Write for Number {
    /// None if another process took the number, for another problem, at the same moment.
    type Answer = Option<NumberRow>;

    const STATEMENT: &'static str = "INSERT INTO problems (package, id, number)
         SELECT $1, $2, COALESCE(MAX(number), 0) + 1 FROM problems WHERE TRUE ON CONFLICT DO NOTHING
         RETURNING id, number";
    const QUESTION: Option<&'static str> = Some("SELECT id, number FROM problems WHERE package = $1");

    /// One at a time: each counts on from the one before.
    fn about(&self) -> u128 {
        0
    }

    fn bind(&self, to: &mut dyn Parameters) -> Bound {
        to.text(&self.package)?;
        to.text(&self.id)
    }

    fn bind_question(&self, to: &mut dyn Parameters) -> Bound {
        to.text(&self.package)
    }

    fn changed(&self, made: &Made) -> Result<Option<NumberRow>, sqlx::Error> {
        made.row()?.read().map(Some)
    }

    fn unchanged(&self, found: Option<&Row>) -> Result<Option<NumberRow>, sqlx::Error> {
        found.map(Row::read).transpose()
    }
}
