//! Submissions and idempotency keys.

use std::{collections::HashSet, time::Duration};

use futures_util::future::join_all;
use model::{IdempotencyKey, Job, JobId, JobStatus, Principal, SessionOptions, TerminalSize};
use store::SubmitOutcome;

use super::{Engine, Harness, ID, at, job, keyed};

pub(crate) async fn a_submitted_job_reads_back_whole_and_queued(engine: &dyn Engine) {
    let harness = Harness::with_a_job(engine).await;
    let record = harness.record().await;
    assert_eq!(record.job, job(1));
    assert_eq!(record.status, JobStatus::Queued);
    assert_eq!((record.started_at, record.finished_at), (None, None));
    assert_eq!((record.worker, record.completion), (None, None));
}

pub(crate) async fn a_live_session_reads_back(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    let terminal = Some(TerminalSize { cols: 80, rows: 24 });
    let session = Some(SessionOptions { terminal, idle_timeout: Duration::from_mins(2) });
    let held = Job { session, ..job(1) };
    assert_eq!(harness.store.submit(&held, "a").await.expect("submits"), SubmitOutcome::New);
    assert_eq!(harness.record().await.job, held);
}

pub(crate) async fn an_unknown_job_has_no_record(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    assert_eq!(harness.store.record(ID).await.expect("reads"), None);
}

pub(crate) async fn a_repeated_idempotency_key_returns_the_first_job(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    let me = Principal::Account("me".into());
    let submit =
        async |job: Job, fingerprint| harness.store.submit(&job, fingerprint).await.expect("submits");
    assert_eq!(submit(keyed(1, &me, "k"), "a").await, SubmitOutcome::New);
    assert_eq!(submit(keyed(2, &me, "k"), "a").await, SubmitOutcome::Existing(ID));
    assert_eq!(submit(keyed(3, &me, "k"), "b").await, SubmitOutcome::KeyReused);
    assert_eq!(submit(keyed(4, &me, "other"), "b").await, SubmitOutcome::New);
    assert_eq!(submit(keyed(5, &Principal::Key("me".into()), "k"), "b").await, SubmitOutcome::New);
    assert_eq!(submit(job(6), "a").await, SubmitOutcome::New);
    assert_eq!(submit(job(7), "a").await, SubmitOutcome::New, "without a key nothing is ever the same");
    assert_eq!(harness.store.record(JobId::from_u128(2)).await.expect("reads"), None);
}

pub(crate) async fn a_submission_is_found_by_its_idempotency_key(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    let (me, other) = (Principal::Account("me".into()), Principal::Key("me".into()));
    harness.submit(&keyed(1, &me, "k")).await;
    let sent = async |principal: &Principal, key: &str, fingerprint| {
        harness
            .store
            .find_by_idempotency_key(principal, &IdempotencyKey::new(key), fingerprint)
            .await
            .expect("reads")
    };
    assert_eq!(sent(&me, "k", "print").await, Some(SubmitOutcome::Existing(ID)));
    assert_eq!(sent(&me, "k", "other").await, Some(SubmitOutcome::KeyReused));
    assert_eq!((sent(&me, "K", "print").await, sent(&other, "k", "print").await), (None, None));
}

pub(crate) async fn the_same_job_submitted_again_is_found(engine: &dyn Engine) {
    let harness = Harness::with_a_job(engine).await;
    let again = harness.store.submit(&job(1), "print").await.expect("submits");
    assert_eq!(again, SubmitOutcome::Existing(ID));
}

pub(crate) async fn only_one_of_many_concurrent_submissions_with_one_key_is_new(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    let me = Principal::Anonymous("192.0.2.1".into());
    let sent = (1..=100).map(|id| {
        let (store, job) = (harness.store.clone(), keyed(id, &me, "k"));
        async move { store.submit(&job, "same").await.expect("submits") }
    });
    let answers = join_all(sent).await;
    assert_eq!(answers.iter().filter(|answer| **answer == SubmitOutcome::New).count(), 1);
    let existing: HashSet<_> = answers
        .iter()
        .filter_map(|answer| match answer {
            SubmitOutcome::Existing(id) => Some(*id),
            _ => None,
        })
        .collect();
    assert_eq!(existing.len(), 1, "all are told the same job");
}

pub(crate) async fn a_key_lives_as_long_as_its_record(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    let me = Principal::Account("me".into());
    harness.submit(&keyed(1, &me, "k")).await;
    harness.cancel().await;
    let again = harness.store.submit(&keyed(2, &me, "k"), "print").await.expect("submits");
    assert_eq!(again, SubmitOutcome::Existing(ID));
    assert_eq!(harness.store.delete_finished_before(at(9_000), 10).await.expect("forgets"), [ID]);
    let again = harness.store.submit(&keyed(2, &me, "k"), "print").await.expect("submits");
    assert_eq!(again, SubmitOutcome::New);
}
