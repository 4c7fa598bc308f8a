//! Attempts begin once, and only forward.

use futures_util::future::join_all;
use model::{Job, JobStatus};
use store::{Begun, Completed, GivenBack};

use super::{Bench, Engine, ID, ada, at, job};

pub(crate) async fn an_attempt_begins_with_the_job_and_marks_the_record(engine: &dyn Engine) {
    let bench = Bench::with_a_job(engine).await;
    let begun = bench.begin(1).await;
    assert_eq!(begun, Begun::Run(Box::new(Job { attempt: 1, ..job(1) })));
    let record = bench.record().await;
    assert_eq!((record.status, record.job.attempt), (JobStatus::Processing, 1));
    assert_eq!((record.started_at, record.worker), (Some(at(2_000)), Some(ada())));
}

pub(crate) async fn an_attempt_begins_once_and_only_forward(engine: &dyn Engine) {
    let bench = Bench::with_an_attempt(engine).await;
    assert_eq!(bench.begin(1).await, Begun::Stale);
    assert!(matches!(bench.begin(3).await, Begun::Run(job) if job.attempt == 3));
    assert_eq!(bench.begin(2).await, Begun::Stale);
    assert_eq!(bench.record().await.job.attempt, 3);
}

pub(crate) async fn of_many_that_begin_the_same_attempt_one_does(engine: &dyn Engine) {
    let bench = Bench::with_a_job(engine).await;
    let begun = join_all((0..50).map(|_| bench.begin(1))).await;
    assert_eq!(begun.iter().filter(|begun| matches!(begun, Begun::Run(_))).count(), 1);
    assert_eq!(begun.iter().filter(|begun| **begun == Begun::Stale).count(), 49);
}

pub(crate) async fn no_attempt_begins_at_what_has_ended_or_never_was(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    assert_eq!(bench.begin(1).await, Begun::Missing);
    bench.submit(&job(1)).await;
    bench.cancel().await;
    assert_eq!(bench.begin(1).await, Begun::Ended);
}

pub(crate) async fn an_attempt_given_back_leaves_the_job_queued(engine: &dyn Engine) {
    let bench = Bench::with_an_attempt(engine).await;
    let give_back = async |attempt| bench.store.give_back(ID, attempt).await.expect("gives back");
    assert_eq!(give_back(2).await, GivenBack::Stale);
    assert_eq!(give_back(1).await, GivenBack::Requeued);
    assert_eq!(give_back(1).await, GivenBack::Stale);
    let record = bench.record().await;
    assert_eq!((record.status, record.started_at), (JobStatus::Queued, None));
    assert_eq!(bench.complete(1).await, Completed::Stale, "an attempt given back cannot complete");
    assert_eq!(bench.begin(1).await, Begun::Stale, "nor begin again");
    assert!(matches!(bench.begin(2).await, Begun::Run(_)));
    assert_eq!(give_back(1).await, GivenBack::Stale, "nor take the next one back");
}
