//! SQLite engine: the suite, and guarantees of this engine alone.

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

    async fn make_job_13_fail(&self) {
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

/// A damaged document is not noticed, because it is not read.
#[tokio::test]
async fn progress_and_reconciliation_read_no_code() {
    let engine = Sqlite::new();
    let harness = suite::Harness::open(&engine).await;
    harness.submit(&suite::job(1)).await;
    engine.execute("UPDATE jobs SET job = 'damaged'").await;
    harness.store.record(harness.id).await.expect_err("it is damaged");
    let progress = harness.store.progress(harness.id).await.expect("reads").expect("is there");
    assert_eq!(progress.status, model::JobStatus::Queued);
    assert_eq!(harness.store.unfinished(None, 10).await.expect("reads").len(), 1);
}

#[tokio::test]
async fn an_unwritable_folder_is_named_in_the_error() {
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
    let lock = DataLock::acquire(&below).expect("takes");
    let error = DataLock::acquire(&below).expect_err("is taken");
    assert!(matches!(error, StoreError::InUse { .. }), "{error}");
    assert!(error.to_string().contains("made/on/the/way"), "{error}");
    drop(lock);
    DataLock::acquire(&below).expect("is free again");
}
