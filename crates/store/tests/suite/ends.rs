//! A record ends once.

use futures_util::future::join_all;
use model::{Completion, Fault, Job, JobStatus, WorkerName};
use store::{Begun, Cancelled, Completed};

use super::{Bench, Engine, ID, ada, at, completed, job, report};

pub(crate) async fn a_completion_ends_the_record(engine: &dyn Engine) {
    let bench = Bench::with_an_attempt(engine).await;
    assert_eq!(bench.complete(1).await, Completed::Recorded);
    let record = bench.record().await;
    assert_eq!((record.status, record.finished_at), (JobStatus::Completed, Some(at(3_000))));
    assert_eq!(record.completion, Some(completed()));
}

pub(crate) async fn each_kind_of_end_reads_back(engine: &dyn Engine) {
    let first = Bench::with_an_attempt(engine).await;
    for (id, completion) in (2..).zip([
        completed(),
        Completion::Failed(Fault::new("the sandbox did not start")),
        Completion::Cancelled(None),
        Completion::Cancelled(Some(report())),
    ]) {
        let bench = first.with_another_job(id).await;
        bench.begin(1).await;
        bench.store.complete(bench.id, 1, &completion, at(3_000)).await.expect("completes");
        let record = bench.record().await;
        assert_eq!(record.status, completion.status());
        assert_eq!(record.completion, Some(completion));
    }
}

pub(crate) async fn only_the_running_attempt_can_complete(engine: &dyn Engine) {
    let bench = Bench::with_a_job(engine).await;
    assert_eq!(bench.complete(0).await, Completed::Stale, "none has begun");
    bench.begin(1).await;
    bench.begin(2).await;
    assert_eq!(bench.complete(1).await, Completed::Stale, "a zombie");
    assert_eq!(bench.complete(3).await, Completed::Stale, "one to come");
    assert_eq!(bench.complete(2).await, Completed::Recorded);
    assert_eq!(bench.complete(2).await, Completed::Stale, "twice");
}

pub(crate) async fn of_many_completions_one_counts(engine: &dyn Engine) {
    let bench = Bench::with_an_attempt(engine).await;
    let done = join_all((0..50).map(|_| bench.complete(1))).await;
    assert_eq!(done.iter().filter(|done| **done == Completed::Recorded).count(), 1);
}

pub(crate) async fn a_queued_job_is_cancelled_for_good(engine: &dyn Engine) {
    let bench = Bench::with_a_job(engine).await;
    assert_eq!(bench.cancel().await, Cancelled::WasQueued);
    let record = bench.record().await;
    assert_eq!((record.status, record.finished_at), (JobStatus::Cancelled, Some(at(2_500))));
    assert_eq!(record.completion, Some(Completion::Cancelled(None)));
    assert_eq!(bench.cancel().await, Cancelled::AlreadyFinal(JobStatus::Cancelled));
}

pub(crate) async fn cancelling_a_running_job_leaves_the_end_to_its_attempt(engine: &dyn Engine) {
    let bench = Bench::with_an_attempt(engine).await;
    assert_eq!(bench.cancel().await, Cancelled::Requested);
    assert_eq!(bench.cancel().await, Cancelled::Requested);
    let record = bench.record().await;
    assert_eq!((record.status, record.finished_at), (JobStatus::Processing, None));
    assert_eq!(bench.complete(1).await, Completed::Recorded);
    assert_eq!(bench.cancel().await, Cancelled::AlreadyFinal(JobStatus::Completed));
}

pub(crate) async fn the_wish_to_cancel_reaches_the_next_attempt(engine: &dyn Engine) {
    let bench = Bench::with_an_attempt(engine).await;
    bench.cancel().await;
    let begun = bench.begin(2).await;
    assert_eq!(begun, Begun::CancelRequested(Box::new(Job { attempt: 2, ..job(1) })));
    let cancelled = Completion::Cancelled(None);
    let done = bench.store.complete(ID, 2, &cancelled, at(3_000)).await.expect("completes");
    assert_eq!(done, Completed::Recorded);
}

pub(crate) async fn a_cancellation_that_races_with_an_attempt_has_one_outcome(engine: &dyn Engine) {
    let first = Bench::open(engine).await;
    for id in 1..=30 {
        let bench = first.with_another_job(id).await;
        let (cancelled, begun) = tokio::join!(bench.cancel(), bench.begin(1));
        match (cancelled, begun) {
            (Cancelled::WasQueued, Begun::Ended) | (Cancelled::Requested, Begun::Run(_)) => {}
            other => panic!("{other:?}"),
        }
    }
}

pub(crate) async fn cancelling_what_never_was_says_so(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    assert_eq!(bench.cancel().await, Cancelled::Missing);
}

pub(crate) async fn a_dead_letter_fails_whatever_is_unfinished(engine: &dyn Engine) {
    let fault = Fault::new("it was tried three times");
    let first = Bench::open(engine).await;
    for attempts in 0..=1 {
        let bench = first.with_another_job(attempts.into()).await;
        for attempt in 1..=attempts {
            bench.begin(attempt).await;
        }
        assert!(bench.store.fail_unfinished(bench.id, &fault, at(4_000)).await.expect("fails"));
        assert!(!bench.store.fail_unfinished(bench.id, &fault, at(5_000)).await.expect("fails"));
        let record = bench.record().await;
        assert_eq!((record.status, record.finished_at), (JobStatus::Failed, Some(at(4_000))));
        assert_eq!(record.completion, Some(Completion::Failed(fault.clone())));
        assert_eq!(bench.complete(1).await, Completed::Stale);
    }
}

pub(crate) async fn a_beginning_whose_answer_was_lost_is_known_by_its_moment(engine: &dyn Engine) {
    let bench = Bench::with_an_attempt(engine).await;
    let begun =
        async |attempt, ms| bench.store.begun_attempt(ID, attempt, &ada(), at(ms)).await.expect("reads");
    assert_eq!(begun(1, 2_000).await, Begun::Run(Box::new(Job { attempt: 1, ..job(1) })));
    assert_eq!(begun(1, 2_001).await, Begun::Stale, "somebody else began it, at another moment");
    assert_eq!(begun(2, 2_000).await, Begun::Stale);
    let other = bench.store.begun_attempt(ID, 1, &WorkerName::new("bob"), at(2_000)).await.expect("reads");
    assert_eq!(other, Begun::Stale);
    bench.cancel().await;
    assert!(matches!(begun(1, 2_000).await, Begun::CancelRequested(_)));
    bench.complete(1).await;
    assert_eq!(begun(1, 2_000).await, Begun::Stale);
}

pub(crate) async fn a_completion_whose_answer_was_lost_is_known_by_its_moment(engine: &dyn Engine) {
    let bench = Bench::with_an_attempt(engine).await;
    let is_ours = async |attempt, ms| bench.store.is_completed(ID, attempt, at(ms)).await.expect("reads");
    assert!(!is_ours(1, 3_000).await);
    bench.complete(1).await;
    assert!(is_ours(1, 3_000).await);
    assert!(!is_ours(1, 3_001).await && !is_ours(2, 3_000).await);
}
