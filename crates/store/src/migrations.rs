//! Migrations: the tables and their changes, the same for both engines.
//!
//! The README in `migrations/` has the rule that lets two versions of the program use one database: a change
//! only adds. The files are listed by hand: `sqlx`'s macro would compile both engines and TLS a second time for
//! the compiler's own use.

use sqlx::{
    SqlSafeStr as _,
    migrate::{Migration, MigrationType, Migrator},
};

/// Number, name and statements of each migration.
const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "jobs", include_str!("../migrations/0001_jobs.sql")),
    (2, "problems", include_str!("../migrations/0002_problems.sql")),
    (3, "attempts", include_str!("../migrations/0003_attempts.sql")),
    (4, "webhooks", include_str!("../migrations/0004_webhooks.sql")),
    (5, "sessions", include_str!("../migrations/0005_sessions.sql")),
    (6, "shares", include_str!("../migrations/0006_shares.sql")),
];

/// All migrations of this version. Newer ones in the database are ignored: they have only added.
pub(crate) fn all() -> Migrator {
    let migrations = MIGRATIONS.iter().map(|&(number, name, statements)| {
        Migration::new(number, name.into(), MigrationType::Simple, statements.into_sql_str(), false)
    });
    let mut all = Migrator::with_migrations(migrations.collect());
    all.set_ignore_missing(true);
    all
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::MIGRATIONS;

    #[test]
    fn every_file_of_the_folder_is_listed() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
        let names =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut files: Vec<String> = names.filter(|name| name != "README.md").collect();
        files.sort();
        let listed: Vec<String> =
            MIGRATIONS.iter().map(|(number, name, _)| format!("{number:04}_{name}.sql")).collect();
        assert_eq!(listed, files);
    }
}
