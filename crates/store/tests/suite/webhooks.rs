//! Webhooks: due times, leases and deletion.

use std::time::Duration;

use model::{Job, JobId, Principal};
use store::DueWebhook;

use super::{Engine, Harness, ID, at, completion, job, worker_name};

const TERM: Duration = Duration::from_secs(30);
const URL: &str = "https://example.org/hook";

fn due_webhook(tries: u32) -> DueWebhook {
    DueWebhook { job: ID, url: URL.to_owned(), tries }
}

pub(crate) async fn a_webhook_is_due_once_its_job_has_ended(engine: &dyn Engine) {
    let harness = Harness::with_an_attempt(engine).await;
    harness.store.add_webhook(ID, URL, at(1_000)).await.expect("is noted");
    assert_eq!(harness.store.lease_webhooks(at(2_000), TERM, 10).await.expect("looks"), []);
    harness.store.complete(ID, 1, &completion(), at(3_000)).await.expect("completes");
    assert_eq!(harness.store.lease_webhooks(at(3_000), TERM, 10).await.expect("looks"), [due_webhook(1)]);
}

pub(crate) async fn a_leased_webhook_is_due_again_after_its_lease(engine: &dyn Engine) {
    let harness = Harness::with_an_attempt(engine).await;
    harness.store.add_webhook(ID, URL, at(1_000)).await.expect("is noted");
    harness.store.complete(ID, 1, &completion(), at(3_000)).await.expect("completes");
    let (one, two) = tokio::join!(
        harness.store.lease_webhooks(at(3_000), TERM, 10),
        harness.store.lease_webhooks(at(3_000), TERM, 10)
    );
    assert_eq!(
        [one.expect("looks"), two.expect("looks")].concat(),
        [due_webhook(1)],
        "one of the two has it"
    );
    assert_eq!(harness.store.lease_webhooks(at(32_999), TERM, 10).await.expect("looks"), []);
    assert_eq!(harness.store.lease_webhooks(at(33_000), TERM, 10).await.expect("looks"), [due_webhook(2)]);
    harness.store.reschedule_webhook(ID, at(90_000)).await.expect("is put off");
    assert_eq!(harness.store.lease_webhooks(at(89_999), TERM, 10).await.expect("looks"), []);
    assert_eq!(harness.store.lease_webhooks(at(90_000), TERM, 0).await.expect("looks"), [], "none is wanted");
    assert_eq!(harness.store.lease_webhooks(at(90_000), TERM, 10).await.expect("looks"), [due_webhook(3)]);
    harness.store.delete_webhook(ID).await.expect("is dropped");
    assert_eq!(harness.store.lease_webhooks(at(999_000), TERM, 10).await.expect("looks"), []);
}

pub(crate) async fn a_webhook_of_a_missing_job_is_deleted(engine: &dyn Engine) {
    let harness = Harness::with_an_attempt(engine).await;
    let never = JobId::from_u128(99);
    for id in [ID, never] {
        harness.store.add_webhook(id, URL, at(1_000)).await.expect("is noted");
    }
    harness.store.delete_orphaned_webhooks(at(1_000)).await.expect("forgets");
    harness.store.delete_orphaned_webhooks(at(1_001)).await.expect("forgets");
    harness.store.complete(ID, 1, &completion(), at(3_000)).await.expect("completes");
    assert_eq!(
        harness.store.lease_webhooks(at(3_000), TERM, 10).await.expect("looks"),
        [due_webhook(1)],
        "this one is kept"
    );
}

/// Regression test: the webhooks of one submitter were sent before all others, even thousands of slow ones.
pub(crate) async fn webhooks_are_leased_by_submitters_in_turn(engine: &dyn Engine) {
    let harness = Harness::open(engine).await;
    for (id, name) in [(1, "eager"), (2, "eager"), (3, "eager"), (4, "late"), (5, "later")] {
        let job = Job { principal: Principal::Account(name.to_owned()), ..job(id) };
        harness.submit(&job).await;
        let due = i64::try_from(id).expect("is small");
        harness.store.add_webhook(job.id, URL, at(due)).await.expect("is noted");
        harness.store.begin_attempt(job.id, 1, &worker_name(), at(2_000)).await.expect("begins");
        harness.store.complete(job.id, 1, &completion(), at(3_000)).await.expect("completes");
    }
    let lease = async |max| {
        let leased = harness.store.lease_webhooks(at(4_000), TERM, max).await.expect("looks");
        let mut jobs: Vec<_> = leased.iter().map(|due| due.job.as_u128()).collect();
        jobs.sort_unstable();
        jobs
    };
    assert_eq!(lease(3).await, [1, 4, 5]);
    assert_eq!(lease(10).await, [2, 3]);
}
