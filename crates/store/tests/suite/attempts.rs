//! Attempts: begun once, with rising numbers.

use futures_util::future::join_all;
use model::{Job, JobStatus};
use store::{BeginOutcome, CompleteOutcome, RequeueOutcome};

use super::{Engine, Harness, ID, at, job, worker_name};

pub(crate) async fn beginning_an_attempt_returns_the_job_and_updates_the_record(engine: &dyn Engine) {
    let harness = Harness::with_a_job(engine).await;
    let begun = harness.begin(1).await;
    assert_eq!(begun, BeginOutcome::Run(Box::new(Job { attempt: 1, ..job(1) })));
    let record = harness.record().await;
    assert_eq!((record.status, record.job.attempt), (JobStatus::Processing, 1));
    assert_eq!((record.started_at, record.worker), (Some(at(2_000)), Some(worker_name())));
}

pub(crate) async fn an_attempt_begins_once_and_only_with_a_higher_number(engine: &dyn Engine) {
    let harness = Harness::with_an_attempt(engine).await;
    assert_eq!(harness.begin(1).await, BeginOutcome::Stale);
    assert!(matches!(harness.begin(3).await, BeginOutcome::Run(job) if job.attempt == 3));
    assert_eq!(harness.begin(2).await, BeginOutcome::Stale);
    assert_eq!(harness.record().await.job.attempt, 3);
}

pub(crate) async fn only_one_of_many_concurrent_begins_succeeds(engine: &dyn Engine) {
    let harness = Harness::with_a_job(engine).await;
    let begun = join_all((0..50).map(|_| harness.begin(1))).await;
    assert_eq!(begun.iter().filter(|begun| matches!(begun, BeginOutcome::Run(_))).count(), 1);
    assert_eq!(begun.iter().filter(|begun| **begun == BeginOutcome::Stale).count(), 49);
}

pub(crate) async fn no_attempt_begins_for_an_ended_or_missing_job(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    assert_eq!(harness.begin(1).await, BeginOutcome::Missing);
    harness.submit(&job(1)).await;
    harness.cancel().await;
    assert_eq!(harness.begin(1).await, BeginOutcome::Ended);
}

pub(crate) async fn a_requeued_attempt_leaves_the_job_queued(engine: &dyn Engine) {
    let harness = Harness::with_an_attempt(engine).await;
    let requeue = async |attempt| harness.store.requeue(ID, attempt).await.expect("gives back");
    assert_eq!(requeue(2).await, RequeueOutcome::Stale);
    assert_eq!(requeue(1).await, RequeueOutcome::Requeued);
    assert_eq!(requeue(1).await, RequeueOutcome::Stale);
    let record = harness.record().await;
    assert_eq!((record.status, record.started_at), (JobStatus::Queued, None));
    assert_eq!(harness.complete(1).await, CompleteOutcome::Stale, "an attempt given back cannot complete");
    assert_eq!(harness.begin(1).await, BeginOutcome::Stale, "nor begin again");
    assert!(matches!(harness.begin(2).await, BeginOutcome::Run(_)));
    assert_eq!(requeue(1).await, RequeueOutcome::Stale, "nor take the next one back");
}
