//! Reconciliation of records and queue after losses on either side.

mod common;

use std::{sync::Arc, time::Duration};

use broker::{EmbeddedBroker, EmbeddedSettings, RetryPolicy, TicketState};
use common::World;
use execution::{Execution, ExecutionParts, Reconciler, Settings};
use model::JobId;
use serde_json::json;
use store::{JobScan, ObjectKey};
use tokio_util::sync::CancellationToken;

/// Reconciles for as long as the test needs.
fn reconcile(execution: &Execution) -> CancellationToken {
    let stop = CancellationToken::new();
    let (reconciler, until) = (Reconciler::new(execution.clone()), stop.clone());
    tokio::spawn(async move {
        reconciler.rebuild().await;
        reconciler.run(until).await;
    });
    stop
}

async fn wait_until(mut reached: impl AsyncFnMut() -> bool) {
    for _ in 0..500 {
        if reached().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it does not happen");
}

#[tokio::test]
async fn a_job_that_the_queue_has_lost_is_enqueued_again() {
    let world = World::new().await;
    let id: JobId = world.submit_job().await.parse().expect("an id");
    // A queue that knows nothing, as after its journal was lost.
    let folder = tempfile::tempdir().expect("a folder");
    let empty = EmbeddedBroker::open(folder.path(), EmbeddedSettings::default()).await.expect("a broker");
    let execution = Execution::from(ExecutionParts { broker: Arc::new(empty), ..world.execution.parts() });
    let _stop = reconcile(&execution).drop_guard();
    wait_until(async || execution.broker().ticket(id).await.expect("looks") == Some(TicketState::Waiting))
        .await;
}

/// Five hundred whole jobs were read for each page, and the queue asked for one after the other.
#[tokio::test]
async fn jobs_that_wait_are_compared_with_the_queue_without_their_code() {
    let world = World::new().await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(world.submit_job().await.parse::<JobId>().expect("an id"));
    }
    for waits in &ids[..2] {
        world.damage_code(*waits).await;
    }
    world.execution.broker().cancel(ids[2]).await.expect("is taken out");
    let _stop = reconcile(&world.execution).drop_guard();
    let state = async || world.execution.broker().ticket(ids[2]).await.expect("looks");
    wait_until(async || state().await == Some(TicketState::Waiting)).await;
}

#[tokio::test]
async fn a_finished_job_is_not_enqueued_again() {
    let world = World::new().await;
    let done: JobId = world.submit_job().await.parse().expect("an id");
    world.run_one().await;
    let waiting: JobId = world.submit_job().await.parse().expect("an id");
    let folder = tempfile::tempdir().expect("a folder");
    let empty = EmbeddedBroker::open(folder.path(), EmbeddedSettings::default()).await.expect("a broker");
    let execution = Execution::from(ExecutionParts { broker: Arc::new(empty), ..world.execution.parts() });
    let _stop = reconcile(&execution).drop_guard();
    wait_until(async || execution.broker().ticket(waiting).await.expect("looks").is_some()).await;
    assert_eq!(execution.broker().ticket(done).await.expect("looks"), None);
}

#[tokio::test]
async fn a_job_without_attempts_left_fails_and_its_waiting_clients_are_notified() {
    let retry = RetryPolicy { max_attempts: 1, ..RetryPolicy::default() };
    let queue =
        EmbeddedSettings { lease_time: Duration::from_millis(10), retry, ..EmbeddedSettings::default() };
    let settings = Settings { recheck_interval: Duration::from_mins(1), ..Settings::default() };
    let world = World::with(settings, queue).await;
    let job = world.submit_job().await;
    let _lost = world.begin().await;
    let _stop = reconcile(&world.execution).drop_guard();
    let body = world.get(&format!("/api/execution/result/{job}?wait=30")).await.json();
    assert_eq!(body["status"], "failed");
    let error = body["error"].as_str().expect("a sentence");
    assert!(error.contains("lost once") && error.contains("our fault"), "{error}");
    assert_eq!(body["run"], json!(null));
}

#[tokio::test]
async fn old_results_are_forgotten() {
    let settings = Settings { retention: Duration::ZERO, ..Settings::default() };
    let world = World::with(settings, EmbeddedSettings::default()).await;
    let done: JobId = world.submit_job().await.parse().expect("an id");
    world.run_one().await;
    let waiting: JobId = world.submit_job().await.parse().expect("an id");
    tokio::time::sleep(Duration::from_millis(5)).await;
    let _stop = reconcile(&world.execution).drop_guard();
    wait_until(async || world.execution.store().record(done).await.expect("reads").is_none()).await;
    assert!(world.execution.store().record(waiting).await.expect("reads").is_some());
}

async fn objects_of(world: &World) -> Vec<JobId> {
    world.execution.objects().next_jobs(&mut JobScan::default(), 100).await.expect("lists")
}

#[tokio::test]
async fn files_go_with_the_result_that_lists_them() {
    let settings = Settings { retention: Duration::ZERO, ..Settings::default() };
    let world = World::with(settings, EmbeddedSettings::default()).await;
    let done: JobId = world.submit_job().await.parse().expect("an id");
    world.begin().await.leave(&[("a", b"x", "a/b")]).await;
    assert_eq!(objects_of(&world).await, [done]);
    tokio::time::sleep(Duration::from_millis(5)).await;
    let _stop = reconcile(&world.execution).drop_guard();
    wait_until(async || objects_of(&world).await.is_empty()).await;
    assert!(world.execution.store().record(done).await.expect("reads").is_none());
}

#[tokio::test]
async fn files_that_no_result_lists_are_swept_and_others_stay() {
    let world = World::new().await;
    let put = async |job, attempt| {
        let key = ObjectKey { job, attempt, index: 0 };
        world.execution.objects().put(key, b"x".to_vec()).await.expect("is kept");
        key
    };
    let is_there = async |key| world.execution.objects().get(key).await.expect("is looked for").is_some();
    // A job with files, of which an earlier attempt has left some too; and one that has ended without any.
    let listed: JobId = world.submit_job().await.parse().expect("an id");
    world.begin().await.leave(&[("a", b"x", "a/b")]).await;
    let earlier = put(listed, 0).await;
    let unlisted: JobId = world.submit_job().await.parse().expect("an id");
    world.run_one().await;
    let unlisted = put(unlisted, 1).await;
    let running: JobId = world.submit_job().await.parse().expect("an id");
    let _running = world.begin().await;
    let running = put(running, 1).await;
    let gone = put(JobId::from_u128(1), 1).await;

    let _stop = reconcile(&world.execution).drop_guard();
    wait_until(async || !is_there(earlier).await && !is_there(unlisted).await && !is_there(gone).await).await;
    assert!(is_there(ObjectKey { job: listed, attempt: 1, index: 0 }).await);
    assert!(is_there(running).await, "its record may list it yet");
}

#[tokio::test]
async fn long_code_stays_as_long_as_its_record_and_may_come_before_it() {
    let world = World::new().await;
    let long = json!({"language": "python", "code": "#".repeat(40_000)});
    let submit = async || {
        world.submit("", &long).await.json()["jobId"].as_str().expect("an id").parse().expect("an id")
    };
    let done: JobId = submit().await;
    world.run_one().await;
    let large =
        world.execution.store().record(done).await.expect("reads").expect("is there").job.submission.large[0];
    // Objects of a lost attempt; and of two jobs without a record, of which one may still be submitted.
    let left = ObjectKey { job: done, attempt: 2, index: 0 };
    world.execution.objects().put(left, b"x".to_vec()).await.expect("is kept");
    let (young, old) = (JobId::generate(), JobId::from_u128(7));
    for job in [young, old] {
        world.execution.objects().put_large(job, &large, vec![b'#'; 40_000]).await.expect("is kept");
    }
    let stop = reconcile(&world.execution).drop_guard();
    let is_left = async || world.execution.objects().get(left).await.expect("looks").is_some();
    wait_until(async || !is_left().await && !objects_of(&world).await.contains(&old)).await;
    for job in [young, done] {
        assert_eq!(world.execution.objects().get_large(job, &large).await.expect("is there").len(), 40_000);
    }
    drop(stop);
    world.execution.store().delete_finished_before(model::Timestamp::now(), 10).await.expect("forgets");
    world.execution.objects().delete_jobs(&[done]).await.expect("forgets");
    assert_eq!(objects_of(&world).await, [young]);
}
