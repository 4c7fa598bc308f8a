//! Attempt log: entries, replacement, lost attempts and retention.

use model::{AttemptEnd, AttemptLog, AttemptTimestamps, JobId, LanguageId, PoolKind};
use store::CompleteOutcome;

use super::{Engine, Harness, ID, at, completion, worker_name};

fn log(attempt: u32) -> AttemptLog {
    let timestamps = AttemptTimestamps {
        queued: Some(at(1_000)),
        claimed: Some(at(1_900)),
        leased: Some(at(2_100)),
        compiled: None,
        ran: Some(at(2_900)),
        recorded: Some(at(3_000)),
    };
    AttemptLog {
        job: ID,
        attempt,
        worker: worker_name(),
        pool: PoolKind::Container,
        language: LanguageId::new("python"),
        toolchain: Some("CPython 3.11.2".into()),
        end: AttemptEnd::Completed,
        error: None,
        timestamps,
    }
}

pub(crate) async fn an_attempt_is_logged_and_read_back(engine: &dyn Engine) {
    let harness = Harness::with_an_attempt(engine).await;
    assert_eq!(harness.store.attempt_logs(ID).await.expect("reads"), []);
    let completed = completion();
    let complete = harness.store.complete(ID, 1, &completed, at(3_000));
    let log = log(1);
    let (completed, logged) = tokio::join!(complete, harness.store.log_attempt(&log));
    assert_eq!(completed.expect("completes"), CompleteOutcome::Recorded);
    logged.expect("is logged");
    assert_eq!(harness.store.attempt_logs(ID).await.expect("reads"), [log]);
    assert_eq!(harness.store.attempt_logs(JobId::from_u128(2)).await.expect("reads"), []);
}

pub(crate) async fn a_repeated_log_replaces_the_earlier_one(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    let late = AttemptLog { end: AttemptEnd::Stale, ..log(1) };
    let (early, other) = (log(1), log(2));
    // Also concurrently: of two logs of the same attempt the later counts.
    let (one, two, three) = tokio::join!(
        harness.store.log_attempt(&early),
        harness.store.log_attempt(&late),
        harness.store.log_attempt(&other)
    );
    one.and(two).and(three).expect("are logged");
    assert_eq!(harness.store.attempt_logs(ID).await.expect("reads"), [late, other]);
}

pub(crate) async fn an_attempt_without_a_log_is_logged_as_lost(engine: &dyn Engine) {
    let harness = Harness::with_a_job(engine).await;
    harness.store.log_lost_attempt(&harness.record().await, at(4_000)).await.expect("is noted");
    assert_eq!(harness.store.attempt_logs(ID).await.expect("reads"), [], "none had begun");
    harness.begin(1).await;
    harness.store.log_lost_attempt(&harness.record().await, at(4_000)).await.expect("is noted");
    let logged = harness.store.attempt_logs(ID).await.expect("reads");
    let timestamps = AttemptTimestamps {
        claimed: Some(at(2_000)),
        recorded: Some(at(4_000)),
        ..AttemptTimestamps::default()
    };
    assert_eq!(logged, [AttemptLog { end: AttemptEnd::Lost, toolchain: None, timestamps, ..log(1) }]);
}

pub(crate) async fn a_log_of_an_attempt_is_not_replaced_by_its_loss(engine: &dyn Engine) {
    let harness = Harness::with_an_attempt(engine).await;
    harness.store.log_attempt(&log(1)).await.expect("is logged");
    harness.store.log_lost_attempt(&harness.record().await, at(4_000)).await.expect("changes nothing");
    assert_eq!(harness.store.attempt_logs(ID).await.expect("reads"), [log(1)]);
}

pub(crate) async fn old_logs_are_deleted_and_need_no_record(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    for (attempt, ms) in [(1, 100), (2, 200), (3, 300)] {
        let mut log = log(attempt);
        log.timestamps.recorded = Some(at(ms));
        harness.store.log_attempt(&log).await.expect("is logged");
    }
    let forget =
        async |ms, most| harness.store.delete_attempt_logs_before(at(ms), most).await.expect("forgets");
    assert_eq!(forget(300, 1).await, 1, "the oldest");
    assert_eq!(forget(300, 10).await, 1);
    assert_eq!(forget(300, 10).await, 0);
    let left = harness.store.attempt_logs(ID).await.expect("reads");
    assert_eq!(left.iter().map(|log| log.attempt).collect::<Vec<_>>(), [3]);
}
