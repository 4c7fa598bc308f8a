//! Paging through records, and forgetting them.

use model::{Fault, IdempotencyKey, Job, JobId, JobStatus};
use store::{Deleted, Progress, Submitted, Unfinished};

use super::{Bench, Engine, at, job};

pub(crate) async fn unfinished_jobs_are_paged_through_by_id(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    for id in (1..=7).rev() {
        bench.submit(&job(id)).await;
    }
    bench.begin(4).await;
    bench.store.cancel(JobId::from_u128(3), at(1)).await.expect("cancels");

    let (mut pages, mut after) = (Vec::new(), None);
    loop {
        let page = bench.store.unfinished(after, 2).await.expect("reads");
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        pages.push(page);
    }
    let ids: Vec<_> = pages.iter().flatten().map(|job| job.id).collect();
    assert_eq!(ids, [1, 2, 4, 5, 6, 7].map(JobId::from_u128));
    let first = Unfinished { id: JobId::from_u128(1), attempt: 4, submitted_at: job(1).submitted_at };
    assert_eq!(pages[0][0], first, "with the attempts begun so far");
}

pub(crate) async fn progress_is_told_without_the_record(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    let progressed = |status, attempt| Progress { principal: job(1).principal, status, attempt };
    let progress = async || bench.store.progress(JobId::from_u128(1)).await.expect("reads");
    assert_eq!(progress().await, None);
    bench.submit(&job(1)).await;
    assert_eq!(progress().await, Some(progressed(JobStatus::Queued, 0)));
    bench.begin(4).await;
    assert_eq!(progress().await, Some(progressed(JobStatus::Processing, 4)));
    bench.store.cancel(JobId::from_u128(1), at(1)).await.expect("cancels");
    let fault = Fault::new("lost");
    bench.store.fail_unfinished(JobId::from_u128(1), &fault, at(2)).await.expect("fails");
    assert_eq!(progress().await, Some(progressed(JobStatus::Failed, 4)));
}

pub(crate) async fn only_what_has_ended_is_deleted_and_its_key_with_it(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    let delete = async |id| bench.store.delete_finished(JobId::from_u128(id)).await.expect("answers");
    let keyed = |id| Job { idempotency_key: Some(IdempotencyKey::new("once")), ..job(id) };
    assert_eq!(delete(1).await, Deleted::Missing);
    bench.submit(&keyed(1)).await;
    bench.submit(&job(2)).await;
    assert_eq!(delete(1).await, Deleted::Unfinished(JobStatus::Queued));
    bench.begin(1).await;
    bench.store.cancel(JobId::from_u128(2), at(1)).await.expect("cancels");
    let fault = Fault::new("lost");
    assert_eq!(delete(1).await, Deleted::Unfinished(JobStatus::Processing));
    bench.store.fail_unfinished(JobId::from_u128(1), &fault, at(2)).await.expect("fails");
    assert_eq!((delete(1).await, delete(1).await), (Deleted::Deleted, Deleted::Missing));
    assert_eq!(bench.store.record(JobId::from_u128(1)).await.expect("reads"), None);
    let again = bench.store.submit(&keyed(3), "f").await.expect("submits");
    assert_eq!(again, Submitted::New, "the key went with the record");
    assert!(bench.store.record(JobId::from_u128(2)).await.expect("reads").is_some(), "another one");
}

pub(crate) async fn retention_forgets_what_ended_before_the_cutoff_oldest_first(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    for id in 1..=5 {
        bench.submit(&job(id)).await;
    }
    for (id, ms) in [(1, 300), (2, 100), (3, 200), (4, 400)] {
        bench.store.cancel(JobId::from_u128(id), at(ms)).await.expect("cancels");
    }
    let forget = async |most| {
        let mut gone = bench.store.forget_finished_before(at(400), most).await.expect("forgets");
        gone.sort_unstable();
        gone
    };
    let is_there = async |id| bench.store.record(JobId::from_u128(id)).await.expect("reads").is_some();
    assert_eq!(forget(2).await, [2, 3].map(JobId::from_u128));
    assert!(is_there(1).await && !is_there(2).await && !is_there(3).await);
    assert_eq!(forget(10).await, [JobId::from_u128(1)]);
    assert_eq!(forget(10).await, []);
    assert!(is_there(4).await, "ended at the cutoff");
    assert!(is_there(5).await, "not ended");
}
