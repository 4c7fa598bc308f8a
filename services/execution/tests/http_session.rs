//! Live sessions without a `WebSocket`: their start, input by requests, and the stream that keeps them alive.

mod common;

use std::{
    pin::{Pin, pin},
    time::Duration,
};

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use broker::{Control, EmbeddedSettings};
use common::{Answer, Running, World, hello};
use execution::{SessionSettings, Settings};
use futures_util::poll;
use http_body_util::BodyExt as _;
use model::{JobId, JobStatus, Principal, SessionSignal, TerminalSize};
use serde_json::{Value, json};
use tokio::time::timeout;
use tower::ServiceExt as _;

const PATIENCE: Duration = Duration::from_secs(20);

async fn world_with(sessions: SessionSettings) -> World {
    let recheck_interval = Duration::from_millis(100);
    let settings =
        Settings { sessions, recheck_interval, max_wait: Duration::from_secs(1), ..Settings::default() };
    World::with(settings, EmbeddedSettings::default()).await
}

async fn world() -> World {
    world_with(SessionSettings::default()).await
}

fn post(path: &str, body: &Value) -> Request<Body> {
    let request = Request::post(path).header(header::CONTENT_TYPE, "application/json");
    request.body(Body::from(body.to_string())).expect("a request")
}

async fn start(world: &World, changes: Value) -> Answer {
    let mut body = json!({"language": "python", "code": "input()"});
    for (field, value) in changes.as_object().expect("an object") {
        body[field] = value.clone();
    }
    world.ask(post("/api/execution/session", &body)).await
}

async fn started(world: &World) -> String {
    let answer = start(world, json!({})).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text);
    answer.json()["jobId"].as_str().expect("an id").to_owned()
}

async fn say(world: &World, id: &str, what: &str, body: Value) -> Answer {
    world.ask(post(&format!("/api/execution/{id}/{what}"), &body)).await
}

/// The next thing that the attempt is told, but for beats.
async fn told(running: &mut Running<'_>) -> Control {
    loop {
        match running.next_control().await.expect("is told something") {
            Control::KeepAlive => {}
            other => return other,
        }
    }
}

#[tokio::test]
async fn a_session_starts_like_a_submission_and_is_one() {
    let world = world().await;
    let answer = start(&world, json!({"pty": {"cols": 80, "rows": 24}})).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text);
    let body = answer.json();
    assert_eq!((&body["status"], &body["position"]), (&"queued".into(), &1.into()));
    let id = body["jobId"].as_str().expect("an id");
    assert_eq!(answer.headers[header::LOCATION], format!("/api/execution/result/{id}"));
    let record = world.execution.store().record(id.parse().expect("an id")).await.expect("reads");
    let session = record.expect("a record").job.session.expect("a session");
    assert_eq!(session.terminal, Some(TerminalSize { cols: 80, rows: 24 }));
}

#[tokio::test]
async fn a_start_that_is_not_valid_says_what_to_change() {
    let world = world().await;
    for (changes, says) in [
        (json!({"pty": {"cols": 80}}), "pty.rows is required"),
        (json!({"type": "start"}), "type is not a known field"),
        (json!({"language": "cobol"}), "language"),
        (json!({"webhook": "https://example.org/"}), "webhook"),
    ] {
        let detail = start(&world, changes.clone()).await.problem(422, "invalid-request");
        assert!(detail.contains(says), "{changes}: {detail}");
    }
    world.ask(post("/api/execution/session", &json!("x"))).await.problem(422, "invalid-request");
}

#[tokio::test]
async fn the_same_start_sent_twice_is_one_session() {
    let world = world_with(SessionSettings { max_sessions: 1, ..SessionSettings::default() }).await;
    let again = || {
        let mut request = post("/api/execution/session", &hello());
        request.headers_mut().insert("idempotency-key", "k1".parse().expect("a value"));
        request
    };
    let first = world.ask(again()).await.json();
    // It needs no place, and there is none.
    assert_eq!(world.ask(again()).await.json()["jobId"], first["jobId"]);
    start(&world, json!({})).await.problem(503, "too-many-sessions");
}

#[tokio::test]
async fn a_session_that_has_ended_makes_room_for_another() {
    let world = world_with(SessionSettings { max_sessions: 1, ..SessionSettings::default() }).await;
    started(&world).await;
    world.begin().await.finish("").await;
    timeout(PATIENCE, async {
        while start(&world, json!({})).await.status != StatusCode::ACCEPTED {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await
    .expect("there is room soon");
}

#[tokio::test]
async fn what_a_client_says_reaches_its_attempt_in_order() {
    let world = world().await;
    let id = started(&world).await;
    // Before its turn, and after.
    let mut early: Pin<Box<dyn Future<Output = Answer>>> =
        Box::pin(say(&world, &id, "stdin", json!({"text": "early"})));
    let mut second = pin!(say(&world, &id, "resize", json!({"cols": 132, "rows": 50})));
    for _ in 0..20 {
        assert!(poll!(early.as_mut()).is_pending());
        assert!(poll!(second.as_mut()).is_pending());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let mut running = world.begin().await;
    assert_eq!(early.await.status, StatusCode::NO_CONTENT);
    assert_eq!(second.await.status, StatusCode::NO_CONTENT);
    for (what, body) in [
        ("stdin", json!({"text": "h\u{e9}\n"})),
        ("stdin", json!({"text": "/w==", "encoding": "base64"})),
        ("signal", json!({"name": "USR1"})),
        ("eof", json!({})),
    ] {
        let answer = say(&world, &id, what, body).await;
        assert_eq!((answer.status, answer.text.as_str()), (StatusCode::NO_CONTENT, ""));
    }
    for expected in [
        Control::Stdin(b"early".to_vec()),
        Control::Resize(TerminalSize { cols: 132, rows: 50 }),
        Control::Stdin("h\u{e9}\n".as_bytes().to_vec()),
        Control::Stdin(vec![0xff]),
        Control::Signal(SessionSignal::Usr1),
        Control::Eof,
    ] {
        assert_eq!(told(&mut running).await, expected);
    }
}

#[tokio::test]
async fn input_that_cannot_be_sent_is_answered_with_the_reason() {
    let world = world().await;
    let plain = world.submit_job().await;
    say(&world, &plain, "eof", json!({})).await.problem(409, "not-a-session");
    say(&world, &JobId::from_u128(7).to_string(), "eof", json!({})).await.problem(404, "job-not-found");
    say(&world, "x", "eof", json!({})).await.problem(400, "bad-parameter");
    let id = started(&world).await;
    say(&world, &id, "stdin", json!({"text": 7})).await.problem(422, "invalid-request");
    say(&world, &id, "stdin", json!({"text": "x".repeat(65_537)})).await.problem(413, "body-too-large");
    say(&world, &id, "signal", json!({"name": "STOP"})).await.problem(422, "invalid-request");
    say(&world, &id, "resize", json!({"cols": 0, "rows": 1})).await.problem(422, "invalid-request");
    let late = say(&world, &id, "stdin", json!({"text": "x"})).await;
    assert!(late.headers.contains_key(header::RETRY_AFTER));
    late.problem(503, "not-ready");
    let stopped = world.delete(&format!("/api/execution/{id}")).await;
    assert_eq!(stopped.status, StatusCode::OK, "{}", stopped.text);
    let detail = say(&world, &id, "eof", json!({})).await.problem(409, "already-finished");
    assert!(detail.contains("cancelled"), "{detail}");
}

#[tokio::test]
async fn a_session_ends_while_input_waits_for_its_start() {
    let world = world().await;
    let id = started(&world).await;
    let stop = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        world.delete(&format!("/api/execution/{id}")).await
    };
    let (waiting, stopped) = tokio::join!(say(&world, &id, "eof", json!({})), stop);
    assert_eq!(stopped.status, StatusCode::OK);
    waiting.problem(409, "already-finished");
}

#[tokio::test]
async fn only_the_owner_types() {
    let world = world().await;
    let owner = Some(Principal::Account("ada".into()));
    let answer = world.ask_as(owner.clone(), post("/api/execution/session", &hello())).await;
    let id = answer.json()["jobId"].as_str().expect("an id").to_owned();
    let _running = world.begin().await;
    for (what, body) in [
        ("stdin", json!({"text": "x"})),
        ("eof", json!({})),
        ("signal", json!({"name": "INT"})),
        ("resize", json!({"cols": 1, "rows": 1})),
    ] {
        let request = || post(&format!("/api/execution/{id}/{what}"), &body);
        world.ask(request()).await.problem(404, "job-not-found");
        let other = Some(Principal::Account("eve".into()));
        world.ask_as(other, request()).await.problem(404, "job-not-found");
        assert_eq!(world.ask_as(owner.clone(), request()).await.status, StatusCode::NO_CONTENT, "{what}");
    }
}

#[tokio::test]
async fn more_than_may_wait_is_refused_and_the_rest_is_kept() {
    let world = world().await;
    let id = started(&world).await;
    let part = json!({"text": "x".repeat(65_536)});
    let all = futures_util::future::join_all((0..17).map(|_| say(&world, &id, "stdin", part.clone())));
    let begin = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let mut running = world.begin().await;
        for _ in 0..16 {
            assert!(matches!(told(&mut running).await, Control::Stdin(typed) if typed.len() == 65_536));
        }
        running
    };
    let (answers, _running) = tokio::join!(all, begin);
    let refused: Vec<_> = answers.iter().filter(|answer| answer.status != StatusCode::NO_CONTENT).collect();
    assert_eq!(refused.len(), 1);
    refused[0].problem(413, "body-too-large");
}

#[tokio::test]
async fn a_shutdown_ends_the_session_as_any_other() {
    let world = world().await;
    let id = started(&world).await;
    world.execution.shutdown().end_sessions();
    timeout(PATIENCE, world.execution.shutdown().wait_for_sessions()).await.expect("it is not held any more");
    let progress = world.execution.store().progress(id.parse().expect("an id")).await.expect("reads");
    assert_eq!(progress.expect("is there").status, JobStatus::Cancelled);
}

mod measured {
    use super::*;

    /// The time from the last beat to the end of the session at the worker.
    const WORKER_PATIENCE: Duration = Control::HEARTBEAT.saturating_mul(3);

    /// Silence for as long as the worker waits.
    async fn hears_nothing(running: &mut Running<'_>) {
        let heard = timeout(WORKER_PATIENCE, running.claim.control.recv()).await;
        assert!(heard.is_err(), "{heard:?}");
    }

    #[tokio::test]
    async fn a_stream_keeps_a_session_alive_and_for_a_moment_after_it() {
        let world = world().await;
        let id = started(&world).await;
        let mut running = world.begin().await;
        let request = Request::get(format!("/api/execution/stream/{id}")).body(Body::empty());
        let response = world.router.clone().oneshot(request.expect("a request")).await.expect("infallible");
        let mut stream = response.into_body();
        timeout(PATIENCE, stream.frame()).await.expect("says something").expect("a frame").expect("reads");
        for _ in 0..4 {
            let heard = timeout(WORKER_PATIENCE, running.claim.control.recv()).await;
            assert_eq!(heard.expect("it is held"), Some(Control::KeepAlive));
        }
        drop(stream);
        let last = timeout(Control::HEARTBEAT * 2, running.claim.control.recv()).await;
        assert_eq!(last.expect("a last one"), Some(Control::KeepAlive));
        hears_nothing(&mut running).await;
    }
}
