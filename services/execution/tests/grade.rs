//! Gradings over HTTP, with a scripted worker.

mod common;

use std::time::Duration;

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use common::{World, report};
use model::{
    Bytes, Completion, Digest, Ending, Grading, GroupResult, JobId, JobKind, Principal, Report, TestDetails,
    TestResult, Usage, Verdict, Visibility,
};
use serde_json::{Value, json};

const PATH: &str = "/api/execution/submit/grade";
const SECRET: &str = "s3cr3t";

fn to_grade(path: &str, body: &Value) -> Request<Body> {
    let request = Request::post(path).header(header::CONTENT_TYPE, "application/json");
    request.body(Body::from(body.to_string())).expect("a request")
}

fn add() -> Value {
    json!({"language": "python", "code": "print(sum(map(int, input().split())))", "problemId": "add-two"})
}

fn result(name: &str, visibility: Visibility, verdict: Verdict) -> TestResult {
    let usage = |ms| Usage {
        cpu: Duration::from_millis(ms),
        wall: Duration::from_millis(ms + 1),
        memory: Bytes(ms * 1000),
        ..Usage::default()
    };
    let told = || Some(format!("about {name}"));
    TestResult {
        name: name.to_owned(),
        visibility,
        verdict: Some(verdict),
        score: None,
        usage: Some(usage(if visibility == Visibility::Hidden { 77 } else { 5 })),
        details: TestDetails {
            input: format!("in {name}").as_str().into(),
            expected: format!("out {name}").as_str().into(),
            actual: vec![0xff].into(),
            message: told(),
            explanation: told(),
            diff: told(),
            hint: told(),
            team_message: told(),
            judge_message: Some(SECRET.to_owned()),
        },
    }
}

fn graded_report() -> Report {
    let grading = Grading {
        suite: Digest::of(b"the suite of add-two"),
        verdict: Verdict::WrongAnswer,
        passed: 1,
        total: 2,
        score: 50.0,
        max_score: Some(100.0),
        tests: vec![
            result("1", Visibility::Public, Verdict::Accepted),
            result(SECRET, Visibility::Hidden, Verdict::WrongAnswer),
        ],
        groups: vec![GroupResult { name: SECRET.into(), verdict: None, score: 0.0, max_score: None }],
        faults: vec![SECRET.to_owned()],
    };
    Report { run: None, grading: Some(grading), ..report(Ending::Exited(0), "") }
}

impl World {
    async fn grade(&self, body: &Value) -> common::Answer {
        self.ask(to_grade(PATH, body)).await
    }

    /// Submits to be judged, and judges it.
    async fn submit_and_judge(&self) -> String {
        let answer = self.grade(&add()).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text);
        let running = self.begin().await;
        running.end(Completion::Completed(graded_report())).await;
        answer.json()["jobId"].as_str().expect("an id").to_owned()
    }
}

#[tokio::test]
async fn a_submission_is_bound_to_the_suite_that_its_problem_has() {
    let world = World::new().await;
    for (path, problem) in [
        (PATH, json!("add-two")),
        ("/api/submit/grade", json!(1)),
        (PATH, json!("1")),
        (PATH, json!("00000000-0000-0000-0000-000000000001")),
    ] {
        let mut body = add();
        body["problemId"] = problem;
        let answer = world.ask(to_grade(path, &body)).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text);
        let id: JobId = answer.json()["jobId"].as_str().expect("an id").parse().expect("an id");
        let record = world.execution.store().record(id).await.expect("reads").expect("is there");
        let judged_by = record.job.suite_ref.expect("is judged");
        assert_eq!(record.job.kind, JobKind::Grade);
        assert_eq!(judged_by.suite, Digest::of(b"the suite of add-two"));
        assert_eq!(judged_by.problem.to_string(), "00000000-0000-0000-0000-000000000001");
        assert_eq!(record.job.deadline, Duration::from_mins(1));
    }
}

#[tokio::test]
async fn the_result_shows_public_tests_and_of_hidden_ones_only_whether_they_passed() {
    let world = World::new().await;
    let job = world.submit_and_judge().await;
    let answer = world.get(&format!("/api/execution/result/{job}")).await;
    let body = answer.json();
    assert_eq!((&body["kind"], &body["status"]), (&json!("grade"), &json!("completed")));
    assert_eq!((&body["run"], &body["output"], &body["time"]), (&Value::Null, &json!(""), &json!(6)));
    assert_eq!(
        (&body["verdict"], &body["passed"], &body["total"]),
        (&json!("wrongAnswer"), &json!(1), &json!(2))
    );
    assert_eq!(
        (&body["passRate"], &body["score"], &body["maxScore"]),
        (&json!(50.0), &json!(50.0), &json!(100.0))
    );
    assert_eq!(body["mostUsed"], json!({"cpuMs": 5, "wallMs": 6, "memoryBytes": 5000}));
    assert_eq!(
        body["testResults"],
        json!([
            {"name": "1", "input": "in 1", "expected": "out 1", "got": "/w==", "gotEncoding": "base64",
             "passed": true, "verdict": "accepted", "cpuMs": 5, "wallMs": 6, "memoryBytes": 5000,
             "message": "about 1", "explanation": "about 1", "diff": "about 1", "hint": "about 1", "teamMessage": "about 1"},
            {"passed": false, "hidden": true}
        ])
    );
    assert!(!answer.text.contains(SECRET), "{}", answer.text);
}

#[tokio::test]
async fn a_plain_run_has_nothing_of_a_judgement() {
    let world = World::new().await;
    let job = world.submit_job().await;
    world.run_one().await;
    let body = world.get(&format!("/api/execution/result/{job}")).await.json();
    for field in ["verdict", "passed", "total", "testResults", "mostUsed"] {
        assert!(body.get(field).is_none(), "{field}: {body}");
    }
}

#[tokio::test]
async fn a_late_subscriber_gets_the_tests_from_the_record() {
    let world = World::new().await;
    let job = world.submit_and_judge().await;
    let path = format!("/api/execution/stream/{job}");
    // The worker here has told no test, so the log has none: a reader whose log is gone is told by the record.
    let live = world.get(&path).await;
    assert!(live.text.contains("event: finished") && !live.text.contains(SECRET), "{}", live.text);
    let retold = execution_retold(&world, &job).await;
    assert_eq!(retold.matches("event: test").count(), 2, "{retold}");
    assert!(retold.contains(r#"{"index":0,"passed":true,"hidden":false}"#), "{retold}");
    assert!(retold.contains(r#"{"index":1,"passed":false,"hidden":true}"#), "{retold}");
    assert!(!retold.contains(SECRET), "{retold}");
}

/// The stream of a job as another process tells it, which has the record and no log.
async fn execution_retold(world: &World, job: &str) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let settings = broker::EmbeddedSettings::default();
    let broker = broker::EmbeddedBroker::open(folder.path(), settings).await.expect("a broker");
    let parts = execution::ExecutionParts { broker: std::sync::Arc::new(broker), ..world.execution.parts() };
    let router: axum::Router = execution::router(parts.into()).into();
    let request =
        Request::get(format!("/api/execution/stream/{job}")).body(Body::empty()).expect("a request");
    let response = tower::ServiceExt::oneshot(router, request).await.expect("infallible");
    let body = http_body_util::BodyExt::collect(response.into_body()).await.expect("a body");
    String::from_utf8_lossy(&body.to_bytes()).into_owned()
}

#[tokio::test]
async fn what_does_not_belong_is_refused_by_name() {
    let world = World::new().await;
    for (field, value) in
        [("stdin", json!("1")), ("args", json!([])), ("limits", json!({})), ("artifacts", json!(true))]
    {
        let mut body = add();
        body[field] = value;
        let detail = world.grade(&body).await.problem(422, "invalid-request");
        assert!(detail.starts_with(&format!("{field} is not taken here: ")), "{detail}");
    }
    let detail =
        world.grade(&json!({"language": "python", "code": "1"})).await.problem(422, "invalid-request");
    assert_eq!(detail, "problemId is required.");
}

#[tokio::test]
async fn an_unknown_problem_is_not_found_and_the_nearest_one_is_named() {
    let world = World::new().await;
    let mut body = add();
    body["problemId"] = json!("add-too");
    let detail = world.grade(&body).await.problem(404, "problem-not-found");
    assert!(detail.contains("did you mean \"add-two\"?"), "{detail}");
    body["problemId"] = json!(42);
    let detail = world.grade(&body).await.problem(404, "problem-not-found");
    assert!(detail.contains("no problem with the number 42"), "{detail}");
}

#[tokio::test]
async fn every_caller_is_refused_hidden_tests() {
    let world = World::new().await;
    let job = world.submit_and_judge().await;
    let path = format!("/api/execution/result/{job}");
    for principal in [None, Some(Principal::Account("teacher".into())), Some(Principal::Key("k".into()))] {
        let request = Request::get(format!("{path}?reveal=true")).body(Body::empty()).expect("a request");
        let detail = world.ask_as(principal, request).await.problem(403, "forbidden");
        assert!(detail.contains("Only staff may see hidden tests"), "{detail}");
    }
    assert_eq!(world.get(&format!("{path}?reveal=false")).await.status, StatusCode::OK);
    world.ask(to_grade(&format!("{PATH}?reveal=true&wait=5"), &add())).await.problem(403, "forbidden");
    world.get(&format!("{path}?reveal=perhaps")).await.problem(400, "bad-parameter");
}

#[tokio::test]
async fn only_the_owner_of_a_grading_reads_and_stops_it() {
    let world = World::new().await;
    let (ada, bob) = (Some(Principal::Account("ada".into())), Some(Principal::Account("bob".into())));
    let answer = world.ask_as(ada.clone(), to_grade(PATH, &add())).await;
    let job = answer.json()["jobId"].as_str().expect("an id").to_owned();
    let ask = async |principal: Option<Principal>, method: &str, path: &str| {
        let request = Request::builder().method(method).uri(path).body(Body::empty()).expect("a request");
        world.ask_as(principal, request).await
    };
    let (result, stream, cancel) = (
        format!("/api/execution/result/{job}"),
        format!("/api/execution/stream/{job}"),
        format!("/api/execution/{job}"),
    );
    for other in [bob, None] {
        ask(other.clone(), "GET", &result).await.problem(404, "job-not-found");
        ask(other.clone(), "GET", &stream).await.problem(404, "job-not-found");
        ask(other, "DELETE", &cancel).await.problem(404, "job-not-found");
    }
    assert_eq!(ask(ada.clone(), "GET", &result).await.status, StatusCode::OK);
    assert_eq!(ask(ada, "DELETE", &cancel).await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_idempotency_key_that_ran_a_program_does_not_judge_one() {
    let world = World::new().await;
    let ask = async |path: &str, body: &Value| {
        let mut request = to_grade(path, body);
        request.headers_mut().insert("idempotency-key", "k".parse().expect("a value"));
        world.ask(request).await
    };
    let body = add();
    assert_eq!(ask("/api/execution/submit", &body).await.status, StatusCode::ACCEPTED);
    ask(PATH, &body).await.problem(422, "idempotency-key-reused");
}

#[tokio::test]
async fn high_priority_needs_a_signed_in_user() {
    let world = World::new().await;
    let mut body = add();
    body["priority"] = json!("high");
    let detail = world.grade(&body).await.problem(422, "invalid-request");
    assert!(detail.starts_with("priority must be"), "{detail}");
    let known = world.ask_as(Some(Principal::Account("ada".into())), to_grade(PATH, &body)).await;
    assert_eq!(known.status, StatusCode::ACCEPTED, "{}", known.text);
}
