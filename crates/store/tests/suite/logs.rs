//! Who made which attempt, and when.

use model::{AttemptEnd, AttemptLog, AttemptTimestamps, JobId, LanguageId, PoolKind};
use store::Completed;

use super::{Bench, Engine, ID, ada, at, completed};

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
        worker: ada(),
        pool: PoolKind::Container,
        language: LanguageId::new("python"),
        toolchain: Some("CPython 3.11.2".into()),
        end: AttemptEnd::Completed,
        error: None,
        timestamps,
    }
}

pub(crate) async fn an_attempt_is_logged_and_read_back(engine: &dyn Engine) {
    let bench = Bench::with_an_attempt(engine).await;
    assert_eq!(bench.store.attempts(ID).await.expect("reads"), []);
    let completed = completed();
    let complete = bench.store.complete(ID, 1, &completed, at(3_000));
    let log = log(1);
    let (completed, logged) = tokio::join!(complete, bench.store.log_attempt(&log));
    assert_eq!(completed.expect("completes"), Completed::Recorded);
    logged.expect("is logged");
    assert_eq!(bench.store.attempts(ID).await.expect("reads"), [log]);
    assert_eq!(bench.store.attempts(JobId::from_u128(2)).await.expect("reads"), []);
}

pub(crate) async fn what_is_logged_again_replaces_what_was_there(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    let late = AttemptLog { end: AttemptEnd::Stale, ..log(1) };
    let (early, other) = (log(1), log(2));
    // At once too: of two about the same attempt the later counts.
    let (one, two, three) = tokio::join!(
        bench.store.log_attempt(&early),
        bench.store.log_attempt(&late),
        bench.store.log_attempt(&other)
    );
    one.and(two).and(three).expect("are logged");
    assert_eq!(bench.store.attempts(ID).await.expect("reads"), [late, other]);
}

pub(crate) async fn an_attempt_that_was_never_heard_of_again_is_noted_as_lost(engine: &dyn Engine) {
    let bench = Bench::with_a_job(engine).await;
    bench.store.log_lost(&bench.record().await, at(4_000)).await.expect("is noted");
    assert_eq!(bench.store.attempts(ID).await.expect("reads"), [], "none had begun");
    bench.begin(1).await;
    bench.store.log_lost(&bench.record().await, at(4_000)).await.expect("is noted");
    let logged = bench.store.attempts(ID).await.expect("reads");
    let timestamps = AttemptTimestamps {
        claimed: Some(at(2_000)),
        recorded: Some(at(4_000)),
        ..AttemptTimestamps::default()
    };
    assert_eq!(logged, [AttemptLog { end: AttemptEnd::Lost, toolchain: None, timestamps, ..log(1) }]);
}

pub(crate) async fn what_an_attempt_said_itself_is_not_replaced_by_its_loss(engine: &dyn Engine) {
    let bench = Bench::with_an_attempt(engine).await;
    bench.store.log_attempt(&log(1)).await.expect("is logged");
    bench.store.log_lost(&bench.record().await, at(4_000)).await.expect("changes nothing");
    assert_eq!(bench.store.attempts(ID).await.expect("reads"), [log(1)]);
}

pub(crate) async fn old_logs_are_forgotten_and_need_no_record(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    for (attempt, ms) in [(1, 100), (2, 200), (3, 300)] {
        let mut log = log(attempt);
        log.timestamps.recorded = Some(at(ms));
        bench.store.log_attempt(&log).await.expect("is logged");
    }
    let forget = async |ms, most| bench.store.forget_attempts_before(at(ms), most).await.expect("forgets");
    assert_eq!(forget(300, 1).await, 1, "the oldest");
    assert_eq!(forget(300, 10).await, 1);
    assert_eq!(forget(300, 10).await, 0);
    let left = bench.store.attempts(ID).await.expect("reads");
    assert_eq!(left.iter().map(|log| log.attempt).collect::<Vec<_>>(), [3]);
}
