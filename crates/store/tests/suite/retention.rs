//! Paging and retention of records.

use std::time::Duration;

use model::{Fault, IdempotencyKey, Job, JobId, JobStatus, SessionOptions};
use store::{DeleteOutcome, JobProgress, SubmitOutcome, UnfinishedJob};

use super::{Engine, Harness, at, job};

pub(crate) async fn unfinished_jobs_are_paged_through_by_id(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    for id in (1..=7).rev() {
        harness.submit(&job(id)).await;
    }
    harness.begin(4).await;
    harness.store.cancel(JobId::from_u128(3), at(1)).await.expect("cancels");

    let (mut pages, mut after) = (Vec::new(), None);
    loop {
        let page = harness.store.unfinished(after, 2).await.expect("reads");
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        pages.push(page);
    }
    let ids: Vec<_> = pages.iter().flatten().map(|job| job.id).collect();
    assert_eq!(ids, [1, 2, 4, 5, 6, 7].map(JobId::from_u128));
    let first = UnfinishedJob { id: JobId::from_u128(1), attempt: 4, submitted_at: job(1).submitted_at };
    assert_eq!(pages[0][0], first, "with the attempts begun so far");
}

pub(crate) async fn progress_is_read_without_the_record(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    let progressed =
        |status, attempt| JobProgress { principal: job(1).principal, status, attempt, is_session: false };
    let progress = async || harness.store.progress(JobId::from_u128(1)).await.expect("reads");
    assert_eq!(progress().await, None);
    harness.submit(&job(1)).await;
    assert_eq!(progress().await, Some(progressed(JobStatus::Queued, 0)));
    harness.begin(4).await;
    assert_eq!(progress().await, Some(progressed(JobStatus::Processing, 4)));
    harness.store.cancel(JobId::from_u128(1), at(1)).await.expect("cancels");
    let fault = Fault::new("lost");
    harness.store.fail_unfinished(JobId::from_u128(1), &fault, at(2)).await.expect("fails");
    assert_eq!(progress().await, Some(progressed(JobStatus::Failed, 4)));

    let options = SessionOptions { terminal: None, idle_timeout: Duration::from_secs(1) };
    harness.submit(&Job { session: Some(options), ..job(2) }).await;
    let session = harness.store.progress(JobId::from_u128(2)).await.expect("reads").expect("is there");
    assert!(session.is_session);
}

pub(crate) async fn only_ended_records_are_deleted_together_with_their_keys(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    let delete = async |id| harness.store.delete_finished(JobId::from_u128(id)).await.expect("answers");
    let keyed = |id| Job { idempotency_key: Some(IdempotencyKey::new("once")), ..job(id) };
    assert_eq!(delete(1).await, DeleteOutcome::Missing);
    harness.submit(&keyed(1)).await;
    harness.submit(&job(2)).await;
    assert_eq!(delete(1).await, DeleteOutcome::Unfinished(JobStatus::Queued));
    harness.begin(1).await;
    harness.store.cancel(JobId::from_u128(2), at(1)).await.expect("cancels");
    let fault = Fault::new("lost");
    assert_eq!(delete(1).await, DeleteOutcome::Unfinished(JobStatus::Processing));
    harness.store.fail_unfinished(JobId::from_u128(1), &fault, at(2)).await.expect("fails");
    assert_eq!((delete(1).await, delete(1).await), (DeleteOutcome::Deleted, DeleteOutcome::Missing));
    assert_eq!(harness.store.record(JobId::from_u128(1)).await.expect("reads"), None);
    let again = harness.store.submit(&keyed(3), "f").await.expect("submits");
    assert_eq!(again, SubmitOutcome::New, "the key went with the record");
    assert!(harness.store.record(JobId::from_u128(2)).await.expect("reads").is_some(), "another one");
}

pub(crate) async fn retention_deletes_records_before_the_cutoff_oldest_first(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    for id in 1..=5 {
        harness.submit(&job(id)).await;
    }
    for (id, ms) in [(1, 300), (2, 100), (3, 200), (4, 400)] {
        harness.store.cancel(JobId::from_u128(id), at(ms)).await.expect("cancels");
    }
    let forget = async |most| {
        let mut gone = harness.store.delete_finished_before(at(400), most).await.expect("forgets");
        gone.sort_unstable();
        gone
    };
    let is_there = async |id| harness.store.record(JobId::from_u128(id)).await.expect("reads").is_some();
    assert_eq!(forget(2).await, [2, 3].map(JobId::from_u128));
    assert!(is_there(1).await && !is_there(2).await && !is_there(3).await);
    assert_eq!(forget(10).await, [JobId::from_u128(1)]);
    assert_eq!(forget(10).await, []);
    assert!(is_there(4).await, "ended at the cutoff");
    assert!(is_there(5).await, "not ended");
}
