//! Batches, large code and deletion: over HTTP, with a real server.

use reqwest::Method;
use serde_json::json;
use testkit::{Client, Cluster, Server, Setup, bash, python};
use wire::{BatchBody, BatchItemBody, BatchResponseBody, FileBody, JobStatusName, ResultsBody, SubmitBody};

fn batch(client: &Client, submissions: Vec<SubmitBody>) -> reqwest::RequestBuilder {
    client.request(Method::POST, "/api/execution/batch").json(&BatchBody { submissions })
}

/// The ids of the accepted jobs, and the statuses of the refused ones.
fn ids_and_statuses(answer: &BatchResponseBody) -> (Vec<String>, Vec<u16>) {
    let (mut ids, mut refused) = (Vec::new(), Vec::new());
    for item in &answer.submissions {
        match item {
            BatchItemBody::Accepted(job) => ids.push(job.job_id.clone()),
            BatchItemBody::Refused(problem) => refused.push(problem.status),
        }
    }
    (ids, refused)
}

#[tokio::test]
async fn a_batch_of_programs_is_run_and_its_results_are_read_together() {
    let server = Server::start().await;
    let client = server.client();
    let mut programs: Vec<_> = (0..20).map(|number| bash(&format!("echo {number}"))).collect();
    programs.insert(7, SubmitBody { language: "cobol".to_owned(), ..bash("x") });
    let answer = client.send(batch(client, programs)).await.expect(200);
    let request_id = answer.header("x-request-id").map(str::to_owned);
    let answer: BatchResponseBody = answer.parse();
    let (ids, refused) = ids_and_statuses(&answer);
    assert_eq!((answer.submissions.len(), ids.len(), refused), (21, 20, vec![422]));
    let BatchItemBody::Refused(problem) = &answer.submissions[7] else { panic!("{answer:?}") };
    assert_eq!((problem.errors[0].field.as_str(), &problem.request_id), ("language", &request_id));
    for id in &ids {
        client.wait_for_result(id).await;
    }
    let results: ResultsBody =
        client.get(&format!("/api/execution/results?ids={}", ids.join(","))).await.expect(200).parse();
    let outputs: Vec<_> = results.results.iter().map(|job| job.output.trim().to_owned()).collect();
    assert_eq!(outputs, (0..20).map(|number| number.to_string()).collect::<Vec<_>>(), "in the order asked");
}

#[tokio::test]
async fn each_submission_of_a_batch_counts_as_one() {
    let config = "[plans.anonymous]\nsubmissions = \"5/h\"\n";
    let server = Setup::with_slots(1).config(config).with_local_rate_limits().start().await;
    let client = server.client();
    let answer = client.send(batch(client, vec![bash("true"); 3])).await.expect(200);
    assert!(answer.header("ratelimit").is_some_and(|field| field.contains("\"hour\";r=2;")), "{answer:?}");
    // A limit claimed by the client itself has no effect.
    let answer =
        client.send(batch(client, vec![bash("true"); 4]).header("x-batch-admitted", "4")).await.expect(200);
    assert!(answer.header("ratelimit").is_some_and(|field| field.contains("\"hour\";r=0;")), "{answer:?}");
    let answer: BatchResponseBody = answer.parse();
    let (ids, refused) = ids_and_statuses(&answer);
    assert_eq!((ids.len(), refused), (2, vec![429, 429]));
    let BatchItemBody::Refused(problem) = &answer.submissions[3] else { panic!("{answer:?}") };
    assert!(
        problem.detail.starts_with("You may run no more programs for now; send the rest of the batch in 3"),
        "{problem:?}"
    );
    client.send(batch(client, vec![bash("true")])).await.problem(429, "limit-exceeded");
}

#[tokio::test]
async fn a_batch_that_cannot_be_read_or_is_too_large_is_refused_as_a_whole() {
    let server = Server::start().await;
    let client = server.client();
    let send = async |body: String| {
        let request =
            client.request(Method::POST, "/api/execution/batch").header("content-type", "application/json");
        client.send(request.body(body)).await
    };
    send("{".to_owned()).await.problem(400, "malformed-body");
    send(json!({"submissions": []}).to_string()).await.problem(422, "invalid-request");
    send(json!({"submissions": [{"language": "bash", "code": "#".repeat(5 << 20)}]}).to_string())
        .await
        .problem(413, "body-too-large");
    let half = format!("{{\"submissions\":[{{\"code\":\"{}", "#".repeat(5 << 20));
    let stream = reqwest::Body::wrap_stream(futures_util::stream::iter([Ok::<_, std::io::Error>(half)]));
    let request =
        client.request(Method::POST, "/api/execution/batch").header("content-type", "application/json");
    // Not announced, so it is only found out on the way.
    if let Ok(answer) = client.try_send(request.body(stream)).await {
        answer.problem(413, "body-too-large");
    }
}

#[tokio::test]
async fn long_code_and_input_run_like_any_other() {
    let server = Server::start().await;
    let client = server.client();
    let long = "x".repeat(1_000_000);
    let files = [
        ("main.py", format!("import lib.data\nprint(len(lib.data.said), len(input()))\n#{long}")),
        ("lib/data.py", format!("said = '{}'", &long[..50_000])),
    ];
    let file = |(name, content): &(&str, String)| FileBody {
        name: (*name).to_owned(),
        content: content.clone(),
        encoding: None,
    };
    let program = SubmitBody {
        code: None,
        files: Some(files.iter().map(file).collect()),
        stdin: Some(format!("{}\n", &long[..40_000])),
        ..python("")
    };
    let job = client.run(&program).await;
    assert_eq!((job.status, job.output.as_str()), (JobStatusName::Completed, "50000 40000\n"), "{job:?}");
    let job =
        client.run(&SubmitBody { code: Some(format!("echo hi\n#{}", &long[..100_000])), ..bash("") }).await;
    assert_eq!(job.output, "hi\n");
}

#[tokio::test]
async fn a_deleted_result_is_nowhere_any_more() {
    let server = Server::start().await;
    let client = server.client();
    let job = client
        .run(&SubmitBody { artifacts: Some(true), ..bash("echo secret-word > left.txt; echo secret-word") })
        .await;
    let path = format!("/api/execution/result/{}", job.job_id);
    client.send(client.request(Method::DELETE, &path)).await.expect(204);
    for gone in [&path, &job.artifacts[0].url, &format!("/api/execution/stream/{}", job.job_id)] {
        client.get(gone).await.problem(404, "job-not-found");
    }
    client.send(client.request(Method::DELETE, &path)).await.problem(404, "job-not-found");
    let running = client.submit(&bash("sleep 20")).await;
    let running_path = format!("/api/execution/result/{running}");
    client.send(client.request(Method::DELETE, &running_path)).await.problem(409, "not-finished");
    client.cancel(&running).await;
    client.wait_for_result(&running).await;
    client.send(client.request(Method::DELETE, &running_path)).await.expect(204);
}

#[tokio::test]
async fn how_large_submissions_may_be_is_a_setting_that_gateway_and_service_share() {
    let config = "[submissions]\nmax_batch = 2\nmax_code_bytes = 20\nmax_files = 1\nmax_folders = 0\nmax_body_bytes = 65536\nmax_stdin_bytes = 3\n";
    let server = Setup::with_slots(1).config(config).with_local_rate_limits().start().await;
    let client = server.client();
    client.send(batch(client, vec![bash("true"); 2])).await.expect(200);
    let problem = client.send(batch(client, vec![bash("true"); 3])).await.problem(422, "invalid-request");
    assert!(problem.detail.contains("must have between 1 and 2 entries; there are 3"), "{problem:?}");
    let file = |name: &str| FileBody { name: name.to_owned(), content: "true".to_owned(), encoding: None };
    let with_files = |files: Vec<FileBody>| SubmitBody { code: None, files: Some(files), ..bash("") };
    for (program, field) in [
        (bash(&"#".repeat(21)), "code"),
        (with_files(vec![file("a.sh"), file("b.sh")]), "files"),
        (with_files(vec![file("a/b.sh")]), "files[0].name"),
        (SubmitBody { stdin: Some("1234".to_owned()), ..bash("true") }, "stdin"),
    ] {
        let answer = client.try_submit("", &program).await.expect("an answer");
        let problem = answer.problem(422, "invalid-request");
        assert_eq!(problem.errors.first().map(|error| error.field.as_str()), Some(field), "{problem:?}");
    }
    let answer = client.try_submit("", &bash(&"#".repeat(70_000))).await.expect("an answer");
    answer.problem(413, "body-too-large");
    let document: serde_json::Value = client.get("/openapi.json").await.expect(200).parse();
    let schemas = &document["components"]["schemas"];
    assert_eq!(schemas["BatchBody"]["properties"]["submissions"]["maxItems"], 2);
    assert_eq!(schemas["SubmitBody"]["allOf"][0]["properties"]["code"]["maxLength"], 20);
}

/// Memory per job that docs/guides/from-one-machine-to-many.md gives for sizing a Redis.
#[tokio::test]
async fn the_redis_memory_of_a_waiting_job_is_independent_of_its_code() {
    const JOBS: u32 = 400;
    let cluster = Cluster::start(&["gateway,execution,problems"]).await;
    let client = cluster.servers[0].client();
    let mut each = Vec::new();
    for code in ["#", &"#".repeat(200_000)] {
        let before = cluster.redis.dataset_bytes();
        for _ in 0..JOBS / 20 {
            client.send(batch(client, vec![bash(code); 20])).await.expect(200);
        }
        each.push(cluster.redis.dataset_bytes().saturating_sub(before) / u64::from(JOBS));
    }
    println!("bytes of Redis for each waiting job, with short and long code: {each:?}");
    // The first jobs pay for the tables that grow, too.
    assert!(each.iter().all(|bytes| (500..2500).contains(bytes)), "{each:?}");
    assert!(each[1] <= each[0], "200,000 bytes of code take no more: {each:?}");
}
