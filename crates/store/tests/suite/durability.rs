//! What was answered for stays.

use futures_util::future::join_all;
use model::{JobId, JobStatus};
use store::{StoreError, Submitted};

use super::{Bench, Engine, ID, job};

pub(crate) async fn what_was_answered_is_there_after_a_death(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    let submitted = (1..=300).map(|id| {
        let (store, job) = (bench.store.clone(), job(id));
        async move { store.submit(&job, "print").await.expect("submits") }
    });
    join_all(submitted).await;
    bench.begin(1).await;
    bench.complete(1).await;
    let bench = bench.reopen(engine).await;
    assert_eq!(bench.status().await, JobStatus::Completed);
    assert_eq!(bench.store.unfinished(None, 1_000).await.expect("reads").len(), 299);
}

pub(crate) async fn closing_writes_what_waits_and_ends_every_handle(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    let waiting: Vec<_> = (1..=50)
        .map(|id| {
            let (store, job) = (bench.store.clone(), job(id));
            tokio::spawn(async move { store.submit(&job, "print").await })
        })
        .collect();
    tokio::task::yield_now().await;
    let other = bench.store.clone();
    bench.store.close().await;
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
    Bench::open(engine).await.store.ping().await.expect("answers");
}

pub(crate) async fn reading_goes_on_while_much_is_written(engine: &dyn Engine) {
    let bench = Bench::with_a_job(engine).await;
    let store = bench.store.clone();
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

pub(crate) async fn a_failing_write_fails_alone(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    // Stands for whatever may be wrong with one row.
    engine.set_trap().await;
    let submitted = (1..=60).map(|id| {
        let (store, job) = (bench.store.clone(), job(id));
        async move { store.submit(&job, "print").await }
    });
    let answers = join_all(submitted).await;
    for (id, answer) in (1..).zip(answers) {
        let there = bench.store.record(JobId::from_u128(id)).await.expect("reads").is_some();
        assert_eq!(there, id != 13, "job {id}");
        match answer {
            Ok(answer) => assert!(answer == Submitted::New && id != 13, "job {id}: {answer:?}"),
            Err(error) => assert!(matches!(error, StoreError::Write(_)) && id == 13, "job {id}: {error}"),
        }
    }
}
