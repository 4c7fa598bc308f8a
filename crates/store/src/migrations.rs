//! The tables, brought to the form that this version expects.
//!
//! The files in `migrations/` are the same for both engines, and their README has the rule that lets two versions of the
//! program work on one database: a change only adds.

use sqlx::migrate::Migrator;

/// All that this version knows of. It ignores those of newer versions that it finds: they have only added.
pub(crate) fn all() -> Migrator {
    let mut all = sqlx::migrate!();
    all.set_ignore_missing(true);
    all
}
