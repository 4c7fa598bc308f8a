//! The suite of records on SQLite, and what only a folder of records promises.

mod suite;

use async_trait::async_trait;
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, SqliteConnection, query, query_as, sqlite::SqliteConnectOptions,
};
use store::{DataLock, Store, StoreError};
use tempfile::TempDir;

use suite::{Engine, suite};

/// Records in a folder of their own.
struct Sqlite(TempDir);

impl Sqlite {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    /// Another connection to the records.
    async fn records(&self) -> SqliteConnection {
        let file = self.0.path().join("records.db");
        SqliteConnectOptions::new().filename(file).connect().await.expect("opens")
    }
}

#[async_trait]
impl Engine for Sqlite {
    async fn open(&self) -> Store {
        Store::open(self.0.path()).await.expect("opens")
    }

    async fn execute(&self, statement: &str) {
        query(AssertSqlSafe(statement)).execute(&mut self.records().await).await.expect(statement);
    }

    async fn set_trap(&self) {
        self.execute(
            "CREATE TRIGGER unlucky BEFORE INSERT ON jobs WHEN NEW.id LIKE '%00000d'
             BEGIN SELECT RAISE(ROLLBACK, 'unlucky'); END",
        )
        .await;
    }
}

suite!(Sqlite::new());

#[tokio::test]
async fn the_reconciler_reads_no_finished_records() {
    let engine = Sqlite::new();
    engine.open().await;
    let rows: Vec<(i64, i64, i64, String)> = query_as(
        "EXPLAIN QUERY PLAN SELECT id, attempt, submitted_at FROM jobs
         WHERE finished_at IS NULL AND id > $1 ORDER BY id LIMIT $2",
    )
    .bind("")
    .bind(10)
    .fetch_all(&mut engine.records().await)
    .await
    .expect("explains");
    let plan: Vec<_> = rows.iter().map(|row| row.3.as_str()).collect();
    assert!(plan.iter().all(|step| step.contains("jobs_unfinished")), "{plan:?}");
}

/// A document that would not be read is not even looked at.
#[tokio::test]
async fn whoever_waits_and_the_reconciler_read_no_code() {
    let engine = Sqlite::new();
    let bench = suite::Bench::open(&engine).await;
    bench.submit(&suite::job(1)).await;
    engine.execute("UPDATE jobs SET job = 'damaged'").await;
    bench.store.record(bench.id).await.expect_err("it is damaged");
    let progress = bench.store.progress(bench.id).await.expect("reads").expect("is there");
    assert_eq!(progress.status, model::JobStatus::Queued);
    assert_eq!(bench.store.unfinished(None, 10).await.expect("reads").len(), 1);
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_named() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("file");
    std::fs::write(&file, "").expect("writes");
    let Err(error) = Store::open(&file).await else { panic!("opened") };
    assert!(matches!(error, StoreError::Folder { .. }), "{error}");
    assert!(error.to_string().contains(&file.display().to_string()), "{error}");
}

#[test]
fn a_folder_belongs_to_one_process() {
    let dir = tempfile::tempdir().expect("a folder");
    let below = dir.path().join("made/on/the/way");
    let lock = DataLock::take(&below).expect("takes");
    let error = DataLock::take(&below).expect_err("is taken");
    assert!(matches!(error, StoreError::InUse { .. }), "{error}");
    assert!(error.to_string().contains("made/on/the/way"), "{error}");
    drop(lock);
    DataLock::take(&below).expect("is free again");
}
