//! Durability and concurrency of writes.

use futures_util::future::join_all;
use model::{JobId, JobStatus};
use store::{StoreError, SubmitOutcome};

use super::{Engine, Harness, ID, job};

pub(crate) async fn acknowledged_writes_survive_the_death_of_the_process(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    let submitted = (1..=300).map(|id| {
        let (store, job) = (harness.store.clone(), job(id));
        async move { store.submit(&job, "print").await.expect("submits") }
    });
    join_all(submitted).await;
    harness.begin(1).await;
    harness.complete(1).await;
    let harness = harness.reopen(engine).await;
    assert_eq!(harness.status().await, JobStatus::Completed);
    assert_eq!(harness.store.unfinished(None, 1_000).await.expect("reads").len(), 299);
}

pub(crate) async fn closing_completes_queued_writes_and_closes_every_handle(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    let waiting: Vec<_> = (1..=50)
        .map(|id| {
            let (store, job) = (harness.store.clone(), job(id));
            tokio::spawn(async move { store.submit(&job, "print").await })
        })
        .collect();
    tokio::task::yield_now().await;
    let other = harness.store.clone();
    harness.store.close().await;
    let mut written = 0;
    for answer in join_all(waiting).await {
        match answer.expect("runs") {
            Ok(_) => written += 1,
            Err(error) => assert!(matches!(error, StoreError::Closed), "{error}"),
        }
    }
    assert!(matches!(other.submit(&job(99), "print").await, Err(StoreError::Closed)));
    assert!(matches!(other.record(ID).await, Err(StoreError::Closed)));
    assert!(matches!(other.ping().await, Err(StoreError::Closed)));
    let store = engine.open().await;
    assert_eq!(store.unfinished(None, 100).await.expect("reads").len(), written);
}

pub(crate) async fn an_open_store_answers_a_ping(engine: &dyn Engine) {
    Harness::open(engine).await.store.ping().await.expect("answers");
}

pub(crate) async fn reads_continue_during_many_writes(engine: &dyn Engine) {
    let harness = Harness::with_a_job(engine).await;
    let store = harness.store.clone();
    let writers = (2..=400).map(|id| {
        let store = store.clone();
        async move { store.submit(&job(id), "print").await.map(drop) }
    });
    let readers = (0..400).map(|_| {
        let store = store.clone();
        async move { store.record(ID).await.map(drop) }
    });
    let (written, read) = tokio::join!(join_all(writers), join_all(readers));
    for answer in written.into_iter().chain(read) {
        answer.expect("neither waits for the other");
    }
}

pub(crate) async fn a_failing_write_does_not_fail_others(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    // Stands for any error of one row.
    engine.make_job_13_fail().await;
    let submitted = (1..=60).map(|id| {
        let (store, job) = (harness.store.clone(), job(id));
        async move { store.submit(&job, "print").await }
    });
    let answers = join_all(submitted).await;
    for (id, answer) in (1..).zip(answers) {
        let there = harness.store.record(JobId::from_u128(id)).await.expect("reads").is_some();
        assert_eq!(there, id != 13, "job {id}");
        match answer {
            Ok(answer) => assert!(answer == SubmitOutcome::New && id != 13, "job {id}: {answer:?}"),
            Err(error) => assert!(matches!(error, StoreError::Write(_)) && id == 13, "job {id}: {error}"),
        }
    }
}
