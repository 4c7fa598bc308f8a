//! Attempt log for operators.

mod common;

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use common::{Answer, World};
use http_body_util::BodyExt as _;
use model::{AttemptEnd, AttemptLog, AttemptTimestamps, LanguageId, PoolKind, Timestamp, WorkerName};
use serde_json::json;
use tower::ServiceExt as _;

async fn read(world: &World, id: &str) -> Answer {
    let request = Request::get(format!("/jobs/{id}/attempts")).body(Body::empty()).expect("a request");
    let router = execution::operators(world.execution.clone());
    let (head, body) = router.oneshot(request).await.expect("infallible").into_parts();
    let bytes = body.collect().await.expect("a body").to_bytes().to_vec();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Answer { status: head.status, headers: head.headers, bytes, text }
}

#[tokio::test]
async fn operators_read_the_worker_times_and_errors_of_each_attempt() {
    let world = World::new().await;
    let id = world.submit_job().await;
    assert_eq!(read(&world, &id).await.json(), json!({"jobId": id, "attempts": []}), "none has ended");
    let at = |after: i64| Some(Timestamp::from_millis(1_772_357_400_000 + after));
    let log = AttemptLog {
        job: id.parse().expect("an id"),
        attempt: 1,
        worker: WorkerName::new("ada"),
        pool: PoolKind::Container,
        language: LanguageId::new("python"),
        toolchain: None,
        end: AttemptEnd::Requeued,
        error: Some("the sandbox failed".into()),
        timestamps: AttemptTimestamps {
            queued: at(1),
            claimed: at(20),
            recorded: at(300),
            ..AttemptTimestamps::default()
        },
    };
    world.execution.store().log_attempt(&log).await.expect("is logged");
    assert_eq!(
        read(&world, &id).await.json(),
        json!({"jobId": id, "attempts": [{
            "attempt": 1, "worker": "ada", "pool": "container", "language": "python", "end": "given_back",
            "error": "the sandbox failed", "queuedAt": "2026-03-01T09:30:00.001Z",
            "claimedAt": "2026-03-01T09:30:00.020Z", "recordedAt": "2026-03-01T09:30:00.300Z"
        }]})
    );
}

#[tokio::test]
async fn a_job_that_never_was_and_an_id_that_is_none_are_refused() {
    let world = World::new().await;
    let unknown = read(&world, "00000000-0000-0000-0000-000000000001").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND, "{}", unknown.text);
    assert_eq!(read(&world, "seven").await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn they_are_not_on_the_public_listener() {
    let world = World::new().await;
    let id = world.submit_job().await;
    for path in [format!("/jobs/{id}/attempts"), format!("/api/execution/jobs/{id}/attempts")] {
        assert_eq!(world.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}
