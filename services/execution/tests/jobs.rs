//! Jobs over HTTP: submitting, reading and cancelling.

mod common;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode, header},
};
use broker::{Control, EmbeddedSettings, RedisBroker, RedisSettings, TicketState};
use common::{World, hello, report, submission};
use execution::{ExecutionParts, Settings};
use http_body_util::BodyExt as _;
use model::{Completion, Ending, JobId, JobStatus, Principal};
use serde_json::{Value, json};
use tower::ServiceExt as _;

fn id(text: &str) -> JobId {
    text.parse().expect("an id")
}

#[tokio::test]
async fn a_submission_is_recorded_enqueued_and_acknowledged() {
    let world = World::new().await;
    for (place, path) in [(1, "/api/execution/submit"), (2, "/api/submit")] {
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/json");
        let answer = world.ask(request.body(Body::from(hello().to_string())).expect("a request")).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED);
        let body = answer.json();
        assert_eq!((&body["status"], &body["position"]), (&json!("queued"), &json!(place)));
        let job = body["jobId"].as_str().expect("an id");
        assert_eq!(answer.headers[header::LOCATION], format!("/api/execution/result/{job}"));
        let record = world.execution.store().record(id(job)).await.expect("reads").expect("is there");
        assert_eq!(record.status, JobStatus::Queued);
        let ticket = world.execution.broker().ticket(id(job)).await.expect("looks");
        assert_eq!(ticket, Some(TicketState::Waiting));
    }
}

#[tokio::test]
async fn a_result_is_read_by_its_id() {
    let world = World::new().await;
    let job = world.submit_job().await;
    let path = format!("/api/execution/result/{job}");
    assert_eq!(world.get(&path).await.json()["status"], "queued");
    let running = world.begin().await;
    assert_eq!(world.get(&path).await.json()["status"], "processing");
    running.finish("hi\n").await;
    let answer = world.get(&path).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
    let body = answer.json();
    assert_eq!((&body["status"], &body["output"]), (&json!("completed"), &json!("hi\n")));
    assert_eq!((&body["toolchain"], &body["run"]["exitCode"]), (&json!("CPython 3.11.2"), &json!(0)));
}

#[tokio::test]
async fn waiting_gives_the_result_as_soon_as_it_is_there() {
    let world = World::new().await;
    let began = Instant::now();
    let body = hello();
    let (answer, ()) = tokio::join!(world.submit("?wait=30", &body), world.run_one());
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    assert_eq!(answer.json()["output"], "hi\n");

    let job = world.submit_job().await;
    let path = format!("/api/execution/result/{job}?wait=30");
    let (answer, ()) = tokio::join!(world.get(&path), world.run_one());
    assert_eq!(answer.json()["status"], "completed");
    assert!(began.elapsed() < Duration::from_secs(1), "woken by the event, not by looking again");
}

#[tokio::test]
async fn who_waits_gets_the_result_from_the_record_while_the_queue_cannot_be_reached() {
    let world = World::new().await;
    let job = world.submit_job().await;
    let away = RedisBroker::connect("redis://127.0.0.1:1", RedisSettings::default()).expect("an address");
    let parts = ExecutionParts { broker: Arc::new(away), ..world.execution.parts() };
    let router: Router = execution::router(parts.into()).into();
    let request = Request::get(format!("/api/execution/result/{job}?wait=30")).body(Body::empty());
    let waited = router.oneshot(request.expect("a request"));
    let (response, ()) = tokio::join!(waited, world.run_one());
    let response = response.expect("infallible");
    assert_eq!(response.status(), StatusCode::OK);
    let body = response.into_body().collect().await.expect("a body").to_bytes();
    let body: Value = serde_json::from_slice(&body).expect("JSON");
    assert_eq!(body["status"], "completed", "{body}");
}

#[tokio::test]
async fn waiting_ends_with_patience_or_with_the_server() {
    let world = World::new().await;
    let answer = world.submit("?wait=0.05", &hello()).await;
    assert_eq!((answer.status, &answer.json()["status"]), (StatusCode::ACCEPTED, &json!("queued")));
    let path = format!("/api/execution/result/{}", answer.json()["jobId"].as_str().expect("an id"));
    let waited = world.get(&format!("{path}?wait=0.05")).await;
    assert_eq!((waited.status, &waited.json()["status"]), (StatusCode::OK, &json!("queued")));

    world.execution.shutdown().stop_waits();
    let began = Instant::now();
    assert_eq!(world.get(&format!("{path}?wait=60")).await.status, StatusCode::OK);
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_result_without_an_event_is_found_in_the_record() {
    let settings = Settings { recheck_interval: Duration::from_millis(20), ..Settings::default() };
    let world = World::with(settings, EmbeddedSettings::default()).await;
    let job = world.submit_job().await;
    let path = format!("/api/execution/result/{job}?wait=30");
    let silently = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        world.execution.store().cancel(id(&job), model::Timestamp::now()).await.expect("cancels");
    };
    let (answer, ()) = tokio::join!(world.get(&path), silently);
    assert_eq!(answer.json()["status"], "cancelled");
}

#[tokio::test]
async fn invalid_parameters_are_refused_with_the_valid_values() {
    let world = World::new().await;
    let job = world.submit_job().await;
    for query in ["?wait=61", "?wait=-1", "?wait=soon", "?wait=NaN", "?wait=inf", "?wait=", "?wiat=1"] {
        let detail = world.submit(query, &hello()).await.problem(400, "bad-parameter");
        assert!(detail.contains("from 0 to 60, such as ?wait=10"), "{query}: {detail}");
        world.get(&format!("/api/execution/result/{job}{query}")).await.problem(400, "bad-parameter");
    }
    for path in ["/api/execution/result/42", "/api/execution/stream/42"] {
        let detail = world.get(path).await.problem(400, "bad-parameter");
        assert!(detail.contains("expected a UUID such as"), "{detail}");
    }
    world.get("/api/execution/result/%ff").await.problem(400, "bad-parameter");
    world.delete("/api/execution/../etc").await;
    world.delete("/api/execution/42").await.problem(400, "bad-parameter");
}

#[tokio::test]
async fn a_job_that_is_not_there_is_not_found() {
    let world = World::new().await;
    let unknown = JobId::generate();
    world.get(&format!("/api/execution/result/{unknown}")).await.problem(404, "job-not-found");
    world.get(&format!("/api/execution/result/{unknown}?wait=5")).await.problem(404, "job-not-found");
    world.get(&format!("/api/execution/stream/{unknown}")).await.problem(404, "job-not-found");
    world.delete(&format!("/api/execution/{unknown}")).await.problem(404, "job-not-found");
}

#[tokio::test]
async fn bad_bodies_are_refused_and_nothing_is_recorded() {
    let world = World::new().await;
    let ask = |content_type: &'static str, body: Vec<u8>| {
        let request = Request::post("/api/execution/submit").header(header::CONTENT_TYPE, content_type);
        world.ask(request.body(Body::from(body)).expect("a request"))
    };
    let json = "application/json";
    let detail = ask("text/plain", b"{}".to_vec()).await.problem(415, "unsupported-media-type");
    assert!(detail.contains("Content-Type: application/json (not text/plain)"), "{detail}");
    ask(json, b"{".to_vec()).await.problem(400, "malformed-body");
    ask(json, b"\xff".to_vec()).await.problem(400, "malformed-body");
    let detail = ask(json, vec![b' '; 10 * 1024 * 1024]).await.problem(413, "body-too-large");
    assert!(detail.contains("at most 4 MiB"), "{detail}");
    let answer = world.submit("", &json!({"language": "pyhton", "code": ""})).await;
    answer.problem(422, "invalid-request");
    assert_eq!(answer.json()["errors"].as_array().map(Vec::len), Some(2), "{}", answer.text);
    assert!(world.execution.store().unfinished(None, 10).await.expect("reads").is_empty());
}

#[tokio::test]
async fn the_same_key_with_the_same_body_is_the_same_job() {
    let world = World::new().await;
    let ask = |key: &'static str, body: Value, principal: Option<Principal>| {
        let mut request = submission("", &body);
        request.headers_mut().insert("idempotency-key", key.parse().expect("a header value"));
        world.ask_as(principal, request)
    };
    let first = ask("k1", hello(), None).await.json();
    let again = ask("k1", hello(), None).await;
    assert_eq!((again.status, &again.json()["jobId"]), (StatusCode::ACCEPTED, &first["jobId"]));

    let other = json!({"language": "python", "code": "print('other')"});
    ask("k1", other, None).await.problem(422, "idempotency-key-reused");
    ask("two words", hello(), None).await.problem(400, "bad-parameter");
    assert_ne!(ask("k2", hello(), None).await.json()["jobId"], first["jobId"]);
    let ada = Some(Principal::Account("ada".into()));
    assert_ne!(ask("k1", hello(), ada).await.json()["jobId"], first["jobId"], "keys are everybody's own");

    world.run_one().await;
    let done = ask("k1", hello(), None).await;
    assert_eq!((done.status, &done.json()["output"]), (StatusCode::OK, &json!("hi\n")));
}

#[tokio::test]
async fn an_owned_job_is_its_owners_alone() {
    let world = World::new().await;
    let ada = || Some(Principal::Account("ada".into()));
    let eve = || Some(Principal::Account("eve".into()));
    let job = world.ask_as(ada(), submission("", &hello())).await.json()["jobId"].clone();
    let job = job.as_str().expect("an id");
    let paths = [format!("/api/execution/result/{job}"), format!("/api/execution/stream/{job}")];
    for path in &paths {
        for stranger in [None, eve(), Some(Principal::Key("ada".into()))] {
            let request = Request::get(path).body(Body::empty()).expect("a request");
            world.ask_as(stranger, request).await.problem(404, "job-not-found");
        }
    }
    for stranger in [None, eve()] {
        let request =
            Request::delete(format!("/api/execution/{job}")).body(Body::empty()).expect("a request");
        world.ask_as(stranger, request).await.problem(404, "job-not-found");
    }
    let own = Request::get(&paths[0]).body(Body::empty()).expect("a request");
    assert_eq!(world.ask_as(ada(), own).await.json()["status"], "queued");
    let own = Request::delete(format!("/api/execution/{job}")).body(Body::empty()).expect("a request");
    assert_eq!(world.ask_as(ada(), own).await.json()["status"], "cancelled");
}

#[tokio::test]
async fn an_anonymous_job_is_accessible_to_every_holder_of_its_id() {
    let world = World::new().await;
    let job = world.submit_job().await;
    let request =
        Request::get(format!("/api/execution/result/{job}")).body(Body::empty()).expect("a request");
    let answer = world.ask_as(Some(Principal::Account("ada".into())), request).await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn cancelling_a_waiting_job_ends_it_at_once() {
    let world = World::new().await;
    let job = world.submit_job().await;
    let path = format!("/api/execution/result/{job}?wait=30");
    let cancelling = async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        world.delete(&format!("/api/execution/{job}")).await
    };
    let began = Instant::now();
    let (waited, cancelled) = tokio::join!(world.get(&path), cancelling);
    assert!(began.elapsed() < Duration::from_secs(1), "whoever waits is told");
    assert_eq!((cancelled.status, &cancelled.json()["status"]), (StatusCode::OK, &json!("cancelled")));
    assert_eq!(waited.json()["status"], "cancelled");
    assert_eq!(world.execution.broker().ticket(id(&job)).await.expect("looks"), None);

    let detail = world.delete(&format!("/api/execution/{job}")).await.problem(409, "already-finished");
    assert!(detail.contains("The job is cancelled"), "{detail}");
}

#[tokio::test]
async fn cancelling_a_running_job_tells_its_attempt() {
    let world = World::new().await;
    let job = world.submit_job().await;
    let mut running = world.begin().await;
    let answer = world.delete(&format!("/api/execution/{job}")).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED);
    assert_eq!(answer.json(), json!({"jobId": job, "status": "cancelling"}));
    assert_eq!(running.next_control().await, Some(Control::Cancel));
    running.end(Completion::Cancelled(Some(report(Ending::Cancelled, "so far")))).await;
    let body = world.get(&format!("/api/execution/result/{job}")).await.json();
    assert_eq!((&body["status"], &body["output"]), (&json!("cancelled"), &json!("so far")));
    assert_eq!(body["run"]["signal"], "SIGKILL");
}

/// The record says processing, since its attempt was lost and not abandoned, and the ticket waits for the next one.
#[tokio::test]
async fn cancelling_between_two_attempts_ends_the_job() {
    let queue = EmbeddedSettings { lease_time: Duration::from_millis(1), ..EmbeddedSettings::default() };
    let world = World::with(Settings::default(), queue).await;
    let job = world.submit_job().await;
    let lost = world.begin().await;
    tokio::time::sleep(Duration::from_millis(10)).await;
    world.execution.broker().expire_leases().await.expect("expires");
    assert_eq!(world.execution.broker().ticket(id(&job)).await.expect("looks"), Some(TicketState::Waiting));

    let answer = world.delete(&format!("/api/execution/{job}")).await;
    assert_eq!(
        (answer.status, &answer.json()["status"]),
        (StatusCode::OK, &json!("cancelled")),
        "{}",
        answer.text
    );
    lost.finish("too late").await;
    assert_eq!(world.get(&format!("/api/execution/result/{job}")).await.json()["status"], "cancelled");
}

#[tokio::test]
async fn a_full_queue_refuses_and_leaves_nothing_behind() {
    let settings = Settings { max_waiting: 1, ..Settings::default() };
    let world = World::with(settings, EmbeddedSettings::default()).await;
    world.submit_job().await;
    let answer = world.submit("", &hello()).await;
    assert!(answer.problem(503, "queue-full").contains("Try again in 5 s"));
    assert_eq!(answer.headers[header::RETRY_AFTER], "5");
    assert_eq!(world.execution.store().unfinished(None, 10).await.expect("reads").len(), 1);
}

#[tokio::test]
async fn a_queue_that_fills_up_between_looking_and_enqueuing_leaves_nothing_unfinished() {
    let queue = EmbeddedSettings { max_waiting: Some(1), ..EmbeddedSettings::default() };
    let world = World::with(Settings::default(), queue).await;
    world.submit_job().await;
    world.submit("", &hello()).await.problem(503, "queue-full");
    assert_eq!(world.execution.store().unfinished(None, 10).await.expect("reads").len(), 1);
}

#[tokio::test]
async fn the_statistics_of_the_queue_are_served() {
    let world = World::new().await;
    world.submit_job().await;
    world.submit_job().await;
    let running = world.begin().await;
    let body = world.get("/api/execution/queue/stats").await.json();
    assert_eq!((&body["shedding"], &body["deadLetters"]), (&json!("none"), &json!(0)));
    let pool = &body["pools"][0];
    assert_eq!((&pool["pool"], &pool["running"]), (&json!("container"), &json!(1)));
    assert_eq!(pool["waiting"], json!({"high": 0, "normal": 1, "low": 0}));
    running.finish("").await;
}

#[tokio::test]
async fn languages_are_listed_with_those_that_cannot_run() {
    let world = World::new().await;
    let body = world.get("/api/languages").await.json();
    let find = |id: &str| {
        let all = body["languages"].as_array().expect("a list");
        all.iter().find(|language| language["id"] == id).unwrap_or_else(|| panic!("{id} is missing")).clone()
    };
    let python = find("python");
    assert_eq!((&python["available"], &python["version"]), (&json!(true), &json!("3.11.2")));
    assert_eq!((&python["toolchain"], &python["mainFile"]), (&json!("CPython 3.11.2"), &json!("main.py")));
    assert!(python["hello"].as_str().expect("a program").contains("print"));
    let c = find("c");
    assert_eq!(
        (&c["available"], &c["version"], &c["toolchain"]),
        (&json!(false), &json!(null), &json!(null))
    );
    assert!(!c["reason"].as_str().expect("a reason").is_empty());
}

/// A look at the record every few milliseconds would find its code damaged.
#[tokio::test]
async fn whoever_waits_reads_the_record_once() {
    let settings = Settings { recheck_interval: Duration::from_millis(5), ..Settings::default() };
    let world = World::with(settings, EmbeddedSettings::default()).await;
    let job = world.submit_job().await;
    let running = world.begin().await;
    let waits = async {
        let (result, stream) =
            (format!("/api/execution/result/{job}?wait=30"), format!("/api/execution/stream/{job}"));
        tokio::join!(world.get(&result), world.get(&stream))
    };
    let ends = async {
        world.damage_code(id(&job)).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        world.mend_code(id(&job)).await;
        running.finish("hi\n").await;
    };
    let ((result, stream), ()) = tokio::join!(waits, ends);
    assert_eq!(result.json()["status"], "completed", "{}", result.text);
    assert!(stream.text.contains("event: finished"), "{}", stream.text);
}

#[tokio::test]
async fn what_was_sent_before_is_found_though_the_queue_is_full() {
    let settings = Settings { max_waiting: 1, ..Settings::default() };
    let world = World::with(settings, EmbeddedSettings::default()).await;
    let send = async |body: &Value, key: &str| {
        let mut request = submission("", body);
        request.headers_mut().insert("idempotency-key", key.parse().expect("a value"));
        world.ask(request).await
    };
    let first = send(&hello(), "once").await;
    assert_eq!(first.status, StatusCode::ACCEPTED);
    send(&hello(), "another").await.problem(503, "queue-full");
    let again = send(&hello(), "once").await;
    assert_eq!(
        (again.status, again.json()["jobId"].clone()),
        (StatusCode::ACCEPTED, first.json()["jobId"].clone())
    );
    let other = json!({"language": "python", "code": "print('other')"});
    send(&other, "once").await.problem(422, "idempotency-key-reused");
}
