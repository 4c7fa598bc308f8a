//! Completion and cancellation: a record ends once.

use futures_util::future::join_all;
use model::{Completion, Fault, Job, JobStatus, WorkerName};
use store::{BeginOutcome, CompleteOutcome, RecordCancelOutcome};

use super::{Engine, Harness, ID, at, completion, job, report, worker_name};

pub(crate) async fn a_completion_ends_the_record(engine: &dyn Engine) {
    let harness = Harness::with_an_attempt(engine).await;
    assert_eq!(harness.complete(1).await, CompleteOutcome::Recorded);
    let record = harness.record().await;
    assert_eq!((record.status, record.finished_at), (JobStatus::Completed, Some(at(3_000))));
    assert_eq!(record.completion, Some(completion()));
}

pub(crate) async fn each_kind_of_end_reads_back(engine: &dyn Engine) {
    let first = Harness::with_an_attempt(engine).await;
    for (id, completion) in (2..).zip([
        completion(),
        Completion::Failed(Fault::new("the sandbox did not start")),
        Completion::Cancelled(None),
        Completion::Cancelled(Some(report())),
    ]) {
        let harness = first.with_another_job(id).await;
        harness.begin(1).await;
        harness.store.complete(harness.id, 1, &completion, at(3_000)).await.expect("completes");
        let record = harness.record().await;
        assert_eq!(record.status, completion.status());
        assert_eq!(record.completion, Some(completion));
    }
}

pub(crate) async fn only_the_running_attempt_can_complete(engine: &dyn Engine) {
    let harness = Harness::with_a_job(engine).await;
    assert_eq!(harness.complete(0).await, CompleteOutcome::Stale, "none has begun");
    harness.begin(1).await;
    harness.begin(2).await;
    assert_eq!(harness.complete(1).await, CompleteOutcome::Stale, "a zombie");
    assert_eq!(harness.complete(3).await, CompleteOutcome::Stale, "one to come");
    assert_eq!(harness.complete(2).await, CompleteOutcome::Recorded);
    assert_eq!(harness.complete(2).await, CompleteOutcome::Stale, "twice");
}

pub(crate) async fn only_one_of_many_completions_is_recorded(engine: &dyn Engine) {
    let harness = Harness::with_an_attempt(engine).await;
    let done = join_all((0..50).map(|_| harness.complete(1))).await;
    assert_eq!(done.iter().filter(|done| **done == CompleteOutcome::Recorded).count(), 1);
}

pub(crate) async fn a_queued_job_is_cancelled_for_good(engine: &dyn Engine) {
    let harness = Harness::with_a_job(engine).await;
    assert_eq!(harness.cancel().await, RecordCancelOutcome::WasQueued);
    let record = harness.record().await;
    assert_eq!((record.status, record.finished_at), (JobStatus::Cancelled, Some(at(2_500))));
    assert_eq!(record.completion, Some(Completion::Cancelled(None)));
    assert_eq!(harness.cancel().await, RecordCancelOutcome::AlreadyFinal(JobStatus::Cancelled));
}

pub(crate) async fn cancelling_a_running_job_leaves_the_end_to_its_attempt(engine: &dyn Engine) {
    let harness = Harness::with_an_attempt(engine).await;
    assert_eq!(harness.cancel().await, RecordCancelOutcome::Requested);
    assert_eq!(harness.cancel().await, RecordCancelOutcome::Requested);
    let record = harness.record().await;
    assert_eq!((record.status, record.finished_at), (JobStatus::Processing, None));
    assert_eq!(harness.complete(1).await, CompleteOutcome::Recorded);
    assert_eq!(harness.cancel().await, RecordCancelOutcome::AlreadyFinal(JobStatus::Completed));
}

pub(crate) async fn a_requested_cancellation_reaches_the_next_attempt(engine: &dyn Engine) {
    let harness = Harness::with_an_attempt(engine).await;
    harness.cancel().await;
    let begun = harness.begin(2).await;
    assert_eq!(begun, BeginOutcome::CancelRequested(Box::new(Job { attempt: 2, ..job(1) })));
    let cancelled = Completion::Cancelled(None);
    let done = harness.store.complete(ID, 2, &cancelled, at(3_000)).await.expect("completes");
    assert_eq!(done, CompleteOutcome::Recorded);
}

pub(crate) async fn a_cancellation_that_races_with_an_attempt_has_one_outcome(engine: &dyn Engine) {
    let first = Harness::open(engine).await;
    for id in 1..=30 {
        let harness = first.with_another_job(id).await;
        let (cancelled, begun) = tokio::join!(harness.cancel(), harness.begin(1));
        match (cancelled, begun) {
            (RecordCancelOutcome::WasQueued, BeginOutcome::Ended)
            | (RecordCancelOutcome::Requested, BeginOutcome::Run(_)) => {}
            other => panic!("{other:?}"),
        }
    }
}

pub(crate) async fn cancelling_a_missing_job_returns_missing(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    assert_eq!(harness.cancel().await, RecordCancelOutcome::Missing);
}

pub(crate) async fn a_dead_letter_fails_an_unfinished_job(engine: &dyn Engine) {
    let fault = Fault::new("it was tried three times");
    let first = Harness::open(engine).await;
    for attempts in 0..=1 {
        let harness = first.with_another_job(attempts.into()).await;
        for attempt in 1..=attempts {
            harness.begin(attempt).await;
        }
        assert!(harness.store.fail_unfinished(harness.id, &fault, at(4_000)).await.expect("fails"));
        assert!(!harness.store.fail_unfinished(harness.id, &fault, at(5_000)).await.expect("fails"));
        let record = harness.record().await;
        assert_eq!((record.status, record.finished_at), (JobStatus::Failed, Some(at(4_000))));
        assert_eq!(record.completion, Some(Completion::Failed(fault.clone())));
        assert_eq!(harness.complete(1).await, CompleteOutcome::Stale);
    }
}

pub(crate) async fn a_begin_with_a_lost_reply_is_confirmed_by_its_timestamp(engine: &dyn Engine) {
    let harness = Harness::with_an_attempt(engine).await;
    let begun = async |attempt, ms| {
        harness.store.confirm_attempt(ID, attempt, &worker_name(), at(ms)).await.expect("reads")
    };
    assert_eq!(begun(1, 2_000).await, BeginOutcome::Run(Box::new(Job { attempt: 1, ..job(1) })));
    assert_eq!(begun(1, 2_001).await, BeginOutcome::Stale, "somebody else began it, at another moment");
    assert_eq!(begun(2, 2_000).await, BeginOutcome::Stale);
    let other =
        harness.store.confirm_attempt(ID, 1, &WorkerName::new("bob"), at(2_000)).await.expect("reads");
    assert_eq!(other, BeginOutcome::Stale);
    harness.cancel().await;
    assert!(matches!(begun(1, 2_000).await, BeginOutcome::CancelRequested(_)));
    harness.complete(1).await;
    assert_eq!(begun(1, 2_000).await, BeginOutcome::Stale);
}

pub(crate) async fn a_completion_with_a_lost_reply_is_confirmed_by_its_timestamp(engine: &dyn Engine) {
    let harness = Harness::with_an_attempt(engine).await;
    let is_ours = async |attempt, ms| harness.store.is_completed(ID, attempt, at(ms)).await.expect("reads");
    assert!(!is_ours(1, 3_000).await);
    harness.complete(1).await;
    assert!(is_ours(1, 3_000).await);
    assert!(!is_ours(1, 3_001).await && !is_ours(2, 3_000).await);
}
