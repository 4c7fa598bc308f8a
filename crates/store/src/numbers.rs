//! The number of every problem ever met: given once, in order, and never to another.

use async_trait::async_trait;
use model::ProblemId;
use sqlx::{
    Arguments as _, FromRow, SqliteConnection, error::BoxDynError, query_as, sqlite::SqliteArguments,
};

use crate::{Store, StoreError, batch::Made, writer::Write};

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
        let row = self.writer.make(Number { package, id: id.to_string() }).await?;
        let damaged = |what| StoreError::DamagedNumber { what };
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

#[derive(FromRow)]
struct NumberRow {
    id: String,
    number: i64,
}

#[async_trait]
impl Write for Number {
    type Answer = NumberRow;

    const STATEMENT: &'static str = "INSERT INTO problems (package, id, number)
         SELECT $1, $2, COALESCE(MAX(number), 0) + 1 FROM problems WHERE TRUE ON CONFLICT DO NOTHING
         RETURNING id, number";

    fn bind(&self, to: &mut SqliteArguments) -> Result<(), BoxDynError> {
        to.add(&self.package)?;
        to.add(&self.id)
    }

    fn changed(&self, made: Made) -> Result<NumberRow, sqlx::Error> {
        NumberRow::from_row(made.row()?)
    }

    async fn unchanged(&self, db: &mut SqliteConnection) -> Result<NumberRow, sqlx::Error> {
        query_as("SELECT id, number FROM problems WHERE package = $1").bind(&self.package).fetch_one(db).await
    }
}
