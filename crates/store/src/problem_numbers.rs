//! Problem numbers: a number for every problem, assigned once, in order, never reused.

use model::ProblemId;

use crate::{
    engine::{BindResult, Parameters, Row, StatementResult, from_row},
    error::StoreError,
    store::Store,
    writer::Write,
};

/// Maximum number of tries. A try fails if another process has just assigned the number to another problem.
const MAX_TRIES: usize = 1000;

/// Identity of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PackageKey {
    /// Its UUID, which is independent of its folder.
    Id(ProblemId),
    /// Its folder, if it has no UUID.
    Folder(String),
}

/// Permanent identity of a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProblemNumber {
    /// Its id: that of its package, or one generated at the first import.
    pub id: ProblemId,
    /// Its number, starting at 1.
    pub number: u64,
}

impl Store {
    /// The number of this package's problem; assigns the next one if it has none.
    pub async fn number_problem(&self, package: &PackageKey) -> Result<ProblemNumber, StoreError> {
        let (package, id) = match package {
            PackageKey::Id(id) => (format!("uuid:{id}"), *id),
            PackageKey::Folder(folder) => (format!("folder:{folder}"), ProblemId::generate()),
        };
        let decode_error = |part| StoreError::DamagedNumber { part };
        let mut found = None;
        for _ in 0..MAX_TRIES {
            found = self.writer.write(AssignNumber { package: package.clone(), id: id.to_string() }).await?;
            if found.is_some() {
                break;
            }
        }
        let row = found.ok_or_else(|| decode_error("place among the others"))?;
        Ok(ProblemNumber {
            id: row.id.parse().map_err(|_| decode_error("id"))?,
            number: u64::try_from(row.number).map_err(|_| decode_error("number"))?,
        })
    }
}

struct AssignNumber {
    package: String,
    id: String,
}

struct NumberRow {
    id: String,
    number: i64,
}

from_row!(NumberRow { id, number });

impl Write for AssignNumber {
    /// `None` if another process assigned the number to another problem at the same moment.
    type Output = Option<NumberRow>;

    const STATEMENT: &'static str = "INSERT INTO problems (package, id, number)
         SELECT $1, $2, COALESCE(MAX(number), 0) + 1 FROM problems WHERE TRUE ON CONFLICT DO NOTHING
         RETURNING id, number";
    const FOLLOW_UP: Option<&'static str> = Some("SELECT id, number FROM problems WHERE package = $1");

    /// All conflict with each other: each continues from the one before.
    fn conflict_key(&self) -> u128 {
        0
    }

    fn bind(&self, to: &mut dyn Parameters) -> BindResult {
        to.text(&self.package)?;
        to.text(&self.id)
    }

    fn bind_follow_up(&self, to: &mut dyn Parameters) -> BindResult {
        to.text(&self.package)
    }

    fn on_changed(&self, result: &StatementResult) -> Result<Option<NumberRow>, sqlx::Error> {
        result.row()?.read().map(Some)
    }

    fn on_unchanged(&self, found: Option<&Row>) -> Result<Option<NumberRow>, sqlx::Error> {
        found.map(Row::read).transpose()
    }
}
