//! Batches of submissions, and reading many results.

mod common;

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use broker::EmbeddedSettings;
use common::{Answer, World, hello};
use execution::{Settings, SubmissionLimits};
use model::{Bytes, JobStatus, Principal};
use serde_json::{Value, json};

fn batch(submissions: &[Value], headers: &[(&str, &str)]) -> Request<Body> {
    let mut request = Request::post("/api/execution/batch").header(header::CONTENT_TYPE, "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Body::from(json!({"submissions": submissions}).to_string())).expect("a request")
}

/// The entries of the answer.
#[track_caller]
fn entries(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    answer.json()["submissions"].as_array().expect("a list").clone()
}

/// The status of each entry: 202 for those that were taken.
fn statuses(entries: &[Value]) -> Vec<u64> {
    entries.iter().map(|entry| entry["status"].as_u64().unwrap_or(202)).collect()
}

fn ids(entries: &[Value]) -> Vec<String> {
    entries.iter().filter_map(|entry| Some(entry["jobId"].as_str()?.to_owned())).collect()
}

#[tokio::test]
async fn each_submission_is_taken_or_refused_by_itself_in_the_order_sent() {
    let world = World::new().await;
    let sent = [
        hello(),
        json!({"language": "cobol", "code": "x"}),
        hello(),
        json!(3),
        json!({"language": "python", "code": "x", "limits": {"cpu_ms": 1}}),
        json!({"language": "python", "code": "x", "code": "y", "priority": "high"}),
    ];
    let entries = entries(&world.ask(batch(&sent, &[])).await);
    assert_eq!(statuses(&entries), [202, 422, 202, 422, 422, 422]);
    assert_eq!((&entries[0]["position"], &entries[2]["position"]), (&json!(1), &json!(2)));
    let fields: Vec<_> = entries.iter().filter_map(|entry| entry["errors"][0]["field"].as_str()).collect();
    assert_eq!(fields, ["language", "The submission", "limits.cpu_ms", "priority"]);
    assert!(entries[4]["detail"].as_str().expect("a sentence").contains("did you mean cpuMs?"));
    for id in ids(&entries) {
        let record = world.execution.store().record(id.parse().expect("an id")).await.expect("reads");
        assert_eq!(record.expect("is there").status, JobStatus::Queued);
        world.run_one().await;
    }
}

#[tokio::test]
async fn a_batch_of_none_or_too_many_is_refused_as_a_whole() {
    let world = World::new().await;
    for (count, says) in [(0, "between 1 and 100 entries; there are 0"), (101, "there are 101")] {
        let answer = world.ask(batch(&vec![hello(); count], &[])).await;
        assert!(answer.problem(422, "invalid-request").contains(says), "{}", answer.text);
    }
    let all = world.ask(batch(&vec![hello(); 100], &[])).await;
    assert_eq!(statuses(&entries(&all)), [202; 100]);
    for (body, status) in
        [("{", 400), ("[]", 422), ("{\"submissions\":{}}", 422), ("{\"submissions\":[],\"x\":1}", 422)]
    {
        let request = Request::post("/api/execution/batch").header(header::CONTENT_TYPE, "application/json");
        let answer = world.ask(request.body(Body::from(body)).expect("a request")).await;
        assert_eq!(answer.status.as_u16(), status, "{body}: {}", answer.text);
    }
}

#[tokio::test]
async fn a_repeated_batch_with_its_key_returns_the_same_jobs_and_retries_refused_ones() {
    let settings = Settings { max_waiting: 2, ..Settings::default() };
    let world = World::with(settings, EmbeddedSettings::default()).await;
    let (sent, key) = (vec![hello(); 3], [("idempotency-key", "once")]);
    let first = entries(&world.ask(batch(&sent, &key)).await);
    assert_eq!(statuses(&first), [202, 202, 503], "the third finds the queue full");
    world.run_one().await;
    let again = entries(&world.ask(batch(&sent, &key)).await);
    let told: Vec<_> = again.iter().map(|entry| (&entry["status"], &entry["position"])).collect();
    let (queued, completed) = (json!("queued"), json!("completed"));
    assert_eq!(told, [(&completed, &json!(null)), (&queued, &json!(1)), (&queued, &json!(2))]);
    assert_eq!(ids(&again)[..2], ids(&first));
    // Now the queue is full, and all the same every job is found.
    let third = entries(&world.ask(batch(&sent, &key)).await);
    assert_eq!(ids(&third), ids(&again));
    let other = world.ask(batch(&[hello()], &key)).await;
    other.problem(422, "idempotency-key-reused");
    // Room for one more.
    world.run_one().await;
    let mut alone = common::submission("", &hello());
    alone.headers_mut().insert("idempotency-key", "once".parse().expect("a value"));
    assert_eq!(world.ask(alone).await.status, StatusCode::ACCEPTED, "a key of a batch is another one");
}

#[tokio::test]
async fn those_beyond_the_limits_of_the_caller_are_refused_with_the_time_to_wait() {
    let world = World::new().await;
    let told = [("x-batch-admitted", "2"), ("x-batch-retry-after", "30")];
    let entries = entries(&world.ask(batch(&vec![hello(); 4], &told)).await);
    assert_eq!(statuses(&entries), [202, 202, 429, 429]);
    assert_eq!(entries[2]["type"], "urn:coderunner:limit-exceeded");
    assert!(entries[2]["detail"].as_str().expect("a sentence").contains("in 30 s"), "{}", entries[2]);
}

#[tokio::test]
async fn many_results_come_in_the_order_asked_and_unknown_ones_are_named() {
    let world = World::new().await;
    let (first, second) = (world.submit_job().await, world.submit_job().await);
    world.run_one().await;
    let stranger = "0192d3a4-5b6c-7d8e-9f01-23456789abcd";
    let owned = world.ask_as(Some(Principal::Account("ada".into())), common::submission("", &hello())).await;
    let owned = owned.json()["jobId"].as_str().expect("an id").to_owned();
    let path = format!("/api/execution/results?ids={second},{stranger},{owned},{first}");
    let answer = world.get(&path).await.json();
    let results = answer["results"].as_array().expect("a list");
    let told: Vec<_> = results.iter().map(|one| (one["jobId"].as_str(), one["status"].as_str())).collect();
    assert_eq!(told, [(Some(second.as_str()), Some("queued")), (Some(first.as_str()), Some("completed"))]);
    assert_eq!(answer["unknown"], json!([stranger, owned]), "another's job is as one that there is not");
    assert_eq!(answer["left"], json!([]));
    let request = Request::get(&path).body(Body::empty()).expect("a request");
    let ada = world.ask_as(Some(Principal::Account("ada".into())), request).await.json();
    assert_eq!(ada["unknown"], json!([stranger]));
}

#[tokio::test]
async fn an_answer_with_many_results_is_bounded_and_lists_omitted_ones() {
    let submissions = SubmissionLimits { max_results: Bytes(4000), ..SubmissionLimits::default() };
    let settings = Settings { submissions, ..Settings::default() };
    let world = World::with(settings, EmbeddedSettings::default()).await;
    let mut jobs = Vec::new();
    for output in ["x".repeat(3000), "y".repeat(10), "z".repeat(3000)] {
        jobs.push(world.submit_job().await);
        world.begin().await.finish(&output).await;
    }
    let ask = async |ids: &[&String]| {
        let ids: Vec<_> = ids.iter().map(|id| id.as_str()).collect();
        let answer = world.get(&format!("/api/execution/results?ids={}", ids.join(","))).await.json();
        (answer["results"].as_array().expect("a list").len(), answer["left"].clone())
    };
    assert_eq!(ask(&[&jobs[0], &jobs[1]]).await, (1, json!([jobs[1]])), "one always comes");
    assert_eq!(ask(&[&jobs[1], &jobs[2], &jobs[0]]).await, (1, json!([jobs[2], jobs[0]])));
}

/// Regression: the details of tests did not count, so a response with a hundred gradings had no bound.
#[tokio::test]
async fn the_tests_of_a_grading_count_for_the_length_of_an_answer() {
    let submissions = SubmissionLimits { max_results: Bytes(8000), ..SubmissionLimits::default() };
    let world =
        World::with(Settings { submissions, ..Settings::default() }, EmbeddedSettings::default()).await;
    let mut jobs = Vec::new();
    for _ in 0..3 {
        jobs.push(world.submit_job().await);
        let report = common::graded_report(&"x".repeat(5000));
        world.begin().await.end(model::Completion::Completed(report)).await;
    }
    let answer = world.get(&format!("/api/execution/results?ids={}", jobs.join(","))).await.json();
    assert_eq!(answer["results"].as_array().map(Vec::len), Some(1), "{answer}");
    assert_eq!(answer["left"], json!(jobs[1..]));
}

#[tokio::test]
async fn ids_that_are_none_or_too_many_are_refused() {
    let world = World::new().await;
    let one = "0192d3a4-5b6c-7d8e-9f01-23456789abcd";
    for (query, says) in [
        (String::new(), "the ids of 1 to 100 jobs"),
        ("?ids=".to_owned(), "names 0"),
        (format!("?ids={}", vec![one; 101].join(",")), "names 101"),
        (format!("?ids={one},"), "\"\" in ids is not a job id"),
        (format!("?ids={one},nonsense"), "\"nonsense\" in ids is not a job id"),
        (format!("?ids={one}&wait=1"), "The query parameter here is ids"),
    ] {
        let answer = world.get(&format!("/api/execution/results{query}")).await;
        assert!(answer.problem(400, "bad-parameter").contains(says), "{query}: {}", answer.text);
    }
}
