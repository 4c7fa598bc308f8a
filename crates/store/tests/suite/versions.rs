//! Records and tables of other versions.

use model::JobStatus;
use store::{CompleteOutcome, StoreError};

use super::{Engine, Harness, ID};

pub(crate) async fn a_record_of_a_newer_version_is_rejected(engine: &dyn Engine) {
    let harness = Harness::with_an_attempt(engine).await;
    harness.complete(1).await;
    for column in ["job_schema", "completion_schema"] {
        let set = format!("UPDATE jobs SET {column} = 7");
        engine.execute(&set).await;
        let error = harness.store.record(ID).await.expect_err("is newer");
        assert!(matches!(error, StoreError::Newer { found: 7, .. }), "{error}");
        let unset = format!("UPDATE jobs SET {column} = 1");
        engine.execute(&unset).await;
    }
}

pub(crate) async fn a_record_of_the_first_version_reads_back(engine: &dyn Engine) {
    let harness = Harness::with_a_job(engine).await;
    engine.execute("UPDATE jobs SET job_schema = 1").await;
    let job = harness.record().await.job;
    assert!(job.submission.options.is_empty() && job.submission.large.is_empty(), "{job:?}");
    harness.begin(1).await;
}

pub(crate) async fn a_damaged_record_is_an_error_that_names_the_part(engine: &dyn Engine) {
    let harness = Harness::with_an_attempt(engine).await;
    harness.complete(1).await;
    engine.execute("UPDATE jobs SET completion = '{}'").await;
    let error = harness.store.record(ID).await.expect_err("is damaged");
    assert!(matches!(error, StoreError::Decode { part: "completion", .. }), "{error}");
}

/// The rule of `migrations/README.md`, from the side of the older version.
pub(crate) async fn tables_expanded_by_a_newer_version_keep_working(engine: &dyn Engine) {
    let older = Harness::with_a_job(engine).await;
    engine.execute("ALTER TABLE jobs ADD COLUMN mood TEXT").await;
    engine.execute("CREATE TABLE moods (job TEXT PRIMARY KEY NOT NULL)").await;
    engine
        .execute(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
             VALUES (9999, 'moods', TRUE, '', 0)",
        )
        .await;
    older.begin(1).await;
    assert_eq!(older.complete(1).await, CompleteOutcome::Recorded, "what runs goes on");
    let started = older.reopen(engine).await;
    assert_eq!(started.status().await, JobStatus::Completed, "and the same version can be started again");
    assert_eq!(started.with_another_job(2).await.status().await, JobStatus::Queued);
}
