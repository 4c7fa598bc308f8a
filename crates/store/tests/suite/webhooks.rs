//! Who is to be told that a job has ended.

use std::time::Duration;

use model::{Job, JobId, Principal};
use store::DueWebhook;

use super::{Bench, Engine, ID, ada, at, completed, job};

const TERM: Duration = Duration::from_secs(30);
const URL: &str = "https://example.org/hook";

fn due(tries: u32) -> DueWebhook {
    DueWebhook { job: ID, url: URL.to_owned(), tries }
}

pub(crate) async fn a_webhook_is_due_once_its_job_has_ended(engine: &dyn Engine) {
    let bench = Bench::with_an_attempt(engine).await;
    bench.store.note_webhook(ID, URL, at(1_000)).await.expect("is noted");
    assert_eq!(bench.store.take_webhooks(at(2_000), TERM, 10).await.expect("looks"), []);
    bench.store.complete(ID, 1, &completed(), at(3_000)).await.expect("completes");
    assert_eq!(bench.store.take_webhooks(at(3_000), TERM, 10).await.expect("looks"), [due(1)]);
}

pub(crate) async fn a_webhook_that_is_taken_comes_again_only_after_its_term(engine: &dyn Engine) {
    let bench = Bench::with_an_attempt(engine).await;
    bench.store.note_webhook(ID, URL, at(1_000)).await.expect("is noted");
    bench.store.complete(ID, 1, &completed(), at(3_000)).await.expect("completes");
    let (one, two) = tokio::join!(
        bench.store.take_webhooks(at(3_000), TERM, 10),
        bench.store.take_webhooks(at(3_000), TERM, 10)
    );
    assert_eq!([one.expect("looks"), two.expect("looks")].concat(), [due(1)], "one of the two has it");
    assert_eq!(bench.store.take_webhooks(at(32_999), TERM, 10).await.expect("looks"), []);
    assert_eq!(bench.store.take_webhooks(at(33_000), TERM, 10).await.expect("looks"), [due(2)]);
    bench.store.put_off_webhook(ID, at(90_000)).await.expect("is put off");
    assert_eq!(bench.store.take_webhooks(at(89_999), TERM, 10).await.expect("looks"), []);
    assert_eq!(bench.store.take_webhooks(at(90_000), TERM, 0).await.expect("looks"), [], "none is wanted");
    assert_eq!(bench.store.take_webhooks(at(90_000), TERM, 10).await.expect("looks"), [due(3)]);
    bench.store.drop_webhook(ID).await.expect("is dropped");
    assert_eq!(bench.store.take_webhooks(at(999_000), TERM, 10).await.expect("looks"), []);
}

pub(crate) async fn a_webhook_of_a_job_that_never_was_is_forgotten(engine: &dyn Engine) {
    let bench = Bench::with_an_attempt(engine).await;
    let never = JobId::from_u128(99);
    for id in [ID, never] {
        bench.store.note_webhook(id, URL, at(1_000)).await.expect("is noted");
    }
    bench.store.forget_webhooks_without_a_job(at(1_000)).await.expect("forgets");
    bench.store.forget_webhooks_without_a_job(at(1_001)).await.expect("forgets");
    bench.store.complete(ID, 1, &completed(), at(3_000)).await.expect("completes");
    assert_eq!(
        bench.store.take_webhooks(at(3_000), TERM, 10).await.expect("looks"),
        [due(1)],
        "this one is kept"
    );
}

/// One submitter's messages went out before all others, were there thousands and each slow.
pub(crate) async fn submitters_take_turns_with_their_webhooks(engine: &dyn Engine) {
    let bench = Bench::open(engine).await;
    for (id, name) in [(1, "eager"), (2, "eager"), (3, "eager"), (4, "late"), (5, "later")] {
        let job = Job { principal: Principal::Account(name.to_owned()), ..job(id) };
        bench.submit(&job).await;
        let due = i64::try_from(id).expect("is small");
        bench.store.note_webhook(job.id, URL, at(due)).await.expect("is noted");
        bench.store.begin_attempt(job.id, 1, &ada(), at(2_000)).await.expect("begins");
        bench.store.complete(job.id, 1, &completed(), at(3_000)).await.expect("completes");
    }
    let take = async |most| {
        let taken = bench.store.take_webhooks(at(4_000), TERM, most).await.expect("looks");
        let mut jobs: Vec<_> = taken.iter().map(|due| due.job.as_u128()).collect();
        jobs.sort_unstable();
        jobs
    };
    assert_eq!(take(3).await, [1, 4, 5]);
    assert_eq!(take(10).await, [2, 3]);
}
