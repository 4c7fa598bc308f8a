//! Large code and input: objects beside the record, which refers to them by digest.

mod common;

use std::fs;

use axum::{Router, http::StatusCode};
use broker::EmbeddedSettings;
use common::{World, submission};
use execution::{ExecutionParts, Settings, SubmissionLimits};
use model::{Bytes, Job, JobId, SubmissionPart};
use serde_json::{Value, json};
use store::{JobScan, Objects, ObjectsError};
use tower::ServiceExt as _;

fn id(answer: &common::Answer) -> JobId {
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text);
    answer.json()["jobId"].as_str().expect("an id").parse().expect("an id")
}

/// A mebibyte of code, and a file and an input that are large enough.
fn large_submission() -> Value {
    json!({"language": "python", "stdin": "i".repeat(32 * 1024 + 1), "files": [
        {"name": "main.py", "content": "#".repeat(1024 * 1024)},
        {"name": "short.txt", "content": "s".repeat(32 * 1024)},
        {"name": "data/long.txt", "content": "l".repeat(32 * 1024 + 1)},
    ]})
}

async fn job(world: &World, id: JobId) -> Job {
    world.execution.store().record(id).await.expect("reads").expect("is there").job
}

#[tokio::test]
async fn a_record_references_large_content_and_holds_the_rest() {
    let world = World::new().await;
    let id = id(&world.submit("", &large_submission()).await);
    let job = job(&world, id).await;
    let places: Vec<_> = job.submission.large.iter().map(|large| large.part).collect();
    assert_eq!(places, [SubmissionPart::File(0), SubmissionPart::File(2), SubmissionPart::Stdin]);
    assert_eq!(job.submission.files[1].content.len(), 32 * 1024);
    assert_eq!(job.schema, Job::SCHEMA, "older programs, which would run nothing, refuse it");
    let stored = serde_json::to_string(&job).expect("has a form");
    assert!(stored.len() < 36 * 1024, "{} bytes", stored.len());
    for (large, byte) in job.submission.large.iter().zip([b'#', b'l', b'i']) {
        let bytes = world.execution.objects().get_large(id, large).await.expect("is there");
        assert!(bytes.len() as u64 == large.size.get() && bytes.iter().all(|one| *one == byte), "{large:?}");
    }
}

#[tokio::test]
async fn a_record_of_a_mebibyte_of_code_is_short() {
    let world = World::new().await;
    let body =
        json!({"language": "python", "files": [{"name": "main.py", "content": "#".repeat(1024 * 1024)}]});
    let id = id(&world.submit("", &body).await);
    let bytes = world.stored_bytes(id).await;
    println!("the record of a job with 1 MiB of code has {bytes} bytes");
    assert!(bytes < 2048, "{bytes} bytes");
}

#[tokio::test]
async fn short_submissions_have_no_objects_and_the_old_form() {
    let world = World::new().await;
    let id = world.submit_job().await.parse().expect("an id");
    let job = job(&world, id).await;
    assert_eq!((job.schema, job.submission.large.len()), (1, 0));
    assert_eq!(world.execution.objects().next_jobs(&mut JobScan::default(), 10).await.expect("lists"), []);
}

#[tokio::test]
async fn how_large_is_large_is_a_setting() {
    let submissions = SubmissionLimits { max_inline: Bytes(10), ..SubmissionLimits::default() };
    let world =
        World::with(Settings { submissions, ..Settings::default() }, EmbeddedSettings::default()).await;
    let id = id(&world.submit("", &common::hello()).await);
    assert_eq!(job(&world, id).await.submission.large.len(), 1);
}

#[tokio::test]
async fn bytes_with_another_digest_than_the_record_are_refused() {
    let world = World::new().await;
    let id = id(&world.submit("", &large_submission()).await);
    let large = job(&world, id).await.submission.large[0];
    let place = world.folder().join(format!("objects/artifacts/{id}/input/{}", large.digest));
    let lost = async || {
        matches!(world.execution.objects().get_large(id, &large).await, Err(ObjectsError::LargeMissing(_)))
    };
    assert!(!lost().await);
    let mut bytes = fs::read(&place).expect("is there");
    bytes[7] ^= 1;
    fs::write(&place, &bytes).expect("is written");
    assert!(lost().await, "another byte");
    fs::write(&place, &bytes[1..]).expect("is written");
    assert!(lost().await, "another size");
    fs::remove_file(&place).expect("is there");
    assert!(lost().await, "not there");
}

#[tokio::test]
async fn nothing_is_accepted_while_objects_cannot_be_kept() {
    let world = World::new().await;
    // A file is where the folder of jobs should be.
    let broken = tempfile::tempdir().expect("a folder");
    let objects = Objects::open_folder(broken.path()).expect("opens");
    fs::remove_dir(broken.path().join("artifacts")).expect("is empty");
    fs::write(broken.path().join("artifacts"), "").expect("is written");
    let parts = ExecutionParts { objects, ..world.execution.parts() };
    let router: Router = execution::router(parts.into()).into();
    let response = router.clone().oneshot(submission("", &large_submission())).await.expect("infallible");
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(response.headers().contains_key("retry-after"));
    let unfinished = world.execution.store().unfinished(None, 10).await.expect("reads");
    assert_eq!(unfinished, [], "there is no record");
    // Short content needs no objects.
    let response = router.oneshot(submission("", &common::hello())).await.expect("infallible");
    assert_eq!(response.status(), StatusCode::ACCEPTED);
}

#[tokio::test]
async fn what_was_kept_for_a_job_that_is_not_new_goes_again() {
    let world = World::new().await;
    let send = async |body: &Value| {
        let mut request = submission("", body);
        request.headers_mut().insert("idempotency-key", "once".parse().expect("a value"));
        world.ask(request).await
    };
    let first = id(&send(&large_submission()).await);
    assert_eq!(id(&send(&large_submission()).await), first);
    let other = json!({"language": "python", "code": "#".repeat(40_000)});
    send(&other).await.problem(422, "idempotency-key-reused");
    let jobs = world.execution.objects().next_jobs(&mut JobScan::default(), 10).await.expect("lists");
    assert_eq!(jobs, [first]);
}
