//! Deletion of results: what is deleted, what is retained, and responses to clients that still ask.

mod common;

use std::time::Duration;

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use common::{World, hello, submission};
use model::{JobId, Principal};
use serde_json::json;
use store::{JobScan, ObjectKey};

fn path(job: &str) -> String {
    format!("/api/execution/result/{job}")
}

fn id(job: &str) -> JobId {
    job.parse().expect("an id")
}

#[tokio::test]
async fn a_deleted_result_is_gone_with_its_files() {
    let world = World::new().await;
    let long = json!({"language": "python", "code": "#".repeat(40_000)});
    let job = world.submit("", &long).await.json()["jobId"].as_str().expect("an id").to_owned();
    world.begin().await.leave(&[("plot.png", b"x", "image/png")]).await;
    let file = format!("/api/execution/artifacts/{job}/plot.png");
    assert_eq!(world.get(&file).await.status, StatusCode::OK);
    let answer = world.delete(&path(&job)).await;
    assert_eq!((answer.status, answer.text.as_str()), (StatusCode::NO_CONTENT, ""));
    for gone in [path(&job), file, format!("/api/execution/stream/{job}")] {
        world.get(&gone).await.problem(404, "job-not-found");
    }
    let key = ObjectKey { job: id(&job), attempt: 1, index: 0 };
    assert!(world.execution.objects().get(key).await.expect("looks").is_none());
    let left = world.execution.objects().next_jobs(&mut JobScan::default(), 10).await.expect("lists");
    assert_eq!(left, [], "its code is gone, too");
    // As often as one likes.
    world.delete(&path(&job)).await.problem(404, "job-not-found");
}

#[tokio::test]
async fn a_job_that_has_not_ended_is_cancelled_first() {
    let world = World::new().await;
    let job = world.submit_job().await;
    let queued = world.delete(&path(&job)).await.problem(409, "not-finished");
    assert!(queued.contains("The job is queued. Cancel it with DELETE /api/execution/"), "{queued}");
    let running = world.begin().await;
    let processing = world.delete(&path(&job)).await.problem(409, "not-finished");
    assert!(processing.contains("The job is processing."), "{processing}");
    running.finish("hi\n").await;
    assert_eq!(world.delete(&path(&job)).await.status, StatusCode::NO_CONTENT);
    let cancelled = world.submit_job().await;
    world.delete(&format!("/api/execution/{cancelled}")).await;
    assert_eq!(world.delete(&path(&cancelled)).await.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn only_the_owner_deletes_and_others_cannot_tell_whether_it_is_there() {
    let world = World::new().await;
    let ada = || Some(Principal::Account("ada".into()));
    let job = world.ask_as(ada(), submission("", &hello())).await.json()["jobId"]
        .as_str()
        .expect("an id")
        .to_owned();
    world.run_one().await;
    let delete = || Request::delete(path(&job)).body(Body::empty()).expect("a request");
    for other in [None, Some(Principal::Account("bob".into()))] {
        world.ask_as(other, delete()).await.problem(404, "job-not-found");
    }
    assert_eq!(world.ask_as(ada(), delete()).await.status, StatusCode::NO_CONTENT);
    world.delete("/api/execution/result/nonsense").await.problem(400, "bad-parameter");
}

#[tokio::test]
async fn the_idempotency_key_of_a_deleted_job_is_free_again() {
    let world = World::new().await;
    let send = async |code: &str| {
        let mut request = submission("", &json!({"language": "python", "code": code}));
        request.headers_mut().insert("idempotency-key", "once".parse().expect("a value"));
        world.ask(request).await
    };
    let job = send("1").await.json()["jobId"].as_str().expect("an id").to_owned();
    world.run_one().await;
    send("2").await.problem(422, "idempotency-key-reused");
    world.delete(&path(&job)).await;
    assert_eq!(send("2").await.status, StatusCode::ACCEPTED);
}

/// Requests that wait for a deleted job are answered at once, as for a job that does not exist.
#[tokio::test]
async fn waiting_and_streaming_requests_end_cleanly_when_the_result_is_deleted_at_once() {
    let world = World::new().await;
    let job = world.submit_job().await;
    let running = world.begin().await;
    let (waiting, following) = (format!("{}?wait=30", path(&job)), format!("/api/execution/stream/{job}"));
    let deleted = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        // Its end is recorded and deleted before anybody is told.
        let attempt = &running.claim.attempt;
        let completion = model::Completion::Completed(common::report(model::Ending::Exited(0), "hi"));
        let now = model::Timestamp::now();
        world
            .execution
            .store()
            .complete(attempt.job, attempt.number, &completion, now)
            .await
            .expect("completes");
        assert_eq!(world.delete(&path(&job)).await.status, StatusCode::NO_CONTENT);
        running.finish("hi").await;
    };
    let both = async { tokio::join!(world.get(&waiting), world.get(&following), deleted) };
    let (waited, followed, ()) = tokio::time::timeout(Duration::from_secs(10), both).await.expect("they end");
    waited.problem(404, "job-not-found");
    assert_eq!(followed.status, StatusCode::OK);
    assert!(!followed.text.contains("event: finished"), "{}", followed.text);
}
