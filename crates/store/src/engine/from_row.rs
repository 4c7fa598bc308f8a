//! Row decoding: a macro that reads columns into struct fields of the same names.
//!
//! It replaces `sqlx`'s derive macro, which would compile both engines a second time for the compiler's own
//! use.

/// Implements [`sqlx::FromRow`] for both engines, for a struct whose fields are numbers (`i64`, `i32`) and
/// texts, or options of them. A last field after a semicolon is a struct that is read from the same row.
macro_rules! from_row {
    ($row:ident { $($column:ident),+ $(; $nested:ident)? }) => {
        impl<'r, R> sqlx::FromRow<'r, R> for $row
        where
            R: sqlx::Row,
            for<'name> &'name str: sqlx::ColumnIndex<R>,
            String: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
            i64: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
            i32: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
        {
            fn from_row(row: &'r R) -> Result<Self, sqlx::Error> {
                Ok(Self {
                    $($column: row.try_get(stringify!($column))?,)+
                    $($nested: sqlx::FromRow::from_row(row)?,)?
                })
            }
        }
    };
}

pub(crate) use from_row;
