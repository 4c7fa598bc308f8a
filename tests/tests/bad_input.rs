//! Invalid requests: each gets an error with a remedy, and the server keeps working.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use testkit::{ApiResponse, Client, Server, bash};

const SUBMIT: &str = "/api/execution/submit";
const NOBODYS: &str = "0192d3a4-5b6c-7d8e-9f01-23456789abcd";
const MIB: usize = 1024 * 1024;

/// A sound submission with one field replaced.
fn submission_with_field(field: &str, value: impl Into<Value>) -> Value {
    let mut body = json!({"language": "python", "code": "print('hi')"});
    body[field] = value.into();
    body
}

/// A valid submission with these files.
fn of_files(files: &Value) -> Value {
    json!({"language": "python", "files": files})
}

fn submission_with_name(name: &str) -> Value {
    submission_with_field("files", json!([{"name": name, "content": ""}]))
}

async fn submit(client: &Client, body: impl Into<reqwest::Body>) -> ApiResponse {
    let request = client.request(Method::POST, SUBMIT).header("content-type", "application/json");
    client.send(request.body(body)).await
}

/// Sends a submission and checks that it is refused for this field, with advice.
async fn check_field(client: &Client, body: Value, field: &str, says: &str) {
    let answer = submit(client, body.to_string()).await;
    let problem = answer.problem(422, "invalid-request");
    assert_eq!(problem.errors.len(), 1, "{problem:?}");
    assert_eq!(problem.errors[0].field, field, "{problem:?}");
    assert!(problem.detail.contains(says) && problem.detail.contains(field), "{says:?}: {problem:?}");
    assert!(problem.errors[0].message.contains(says), "{says:?}: {problem:?}");
}

#[track_caller]
fn check(answer: &ApiResponse, status: u16, kind: &str, says: &str) {
    let problem = answer.problem(status, kind);
    assert!(problem.detail.contains(says), "{says:?}: {problem:?}");
}

async fn check_body(client: &Client, body: impl Into<reqwest::Body>, status: u16, kind: &str, says: &str) {
    check(&submit(client, body).await, status, kind, says);
}

/// Checks that the server is up, has taken none of it and has lost nothing.
async fn check_unimpressed(server: &Server) {
    let client = server.client();
    let queue = client.queue().await;
    let left: u64 =
        queue.pools.iter().map(|pool| pool.waiting.normal + pool.waiting.low + pool.running).sum();
    assert_eq!((left, queue.dead_letters), (0, 0), "{queue:?}");
    assert_eq!(client.run(&bash("echo hello")).await.output, "hello\n");
    assert_eq!(client.get("/ready").await.status, 200);
    let log = server.log();
    assert!(!log.contains("panic") && !log.contains("ERROR"), "it complained of itself");
}

#[tokio::test]
async fn each_field_that_must_change_is_named() {
    let server = Server::start().await;
    let client = server.client();
    let f = async |body: Value, field: &str, says: &str| check_field(client, body, field, says).await;

    f(submission_with_field("language", "pyton"), "language", "did you mean \"python\"?").await;
    f(submission_with_field("language", "brainfuck"), "language", "there are bash, c, cpp,").await;
    f(submission_with_field("language", ""), "language", "names no language").await;
    f(submission_with_field("language", 3), "language", "must be a string").await;
    f(json!({"code": "print(1)"}), "language", "is required").await;

    f(submission_with_field("version", "newest"), "version", "such as \">=3.10\"").await;
    f(submission_with_field("version", ">=99"), "version", "of Python there is").await;
    f(submission_with_field("version", ""), "version", "such as").await;

    f(submission_with_field("code", ""), "code", "must not be empty").await;
    f(submission_with_field("code", " \n\t "), "code", "must not be empty").await;
    f(submission_with_field("code", "print(1)\n\0"), "code", "NUL characters; there is one in line 2").await;
    f(submission_with_field("code", "#".repeat(256 * 1024 + 1)), "code", "at most 256 KiB").await;
    f(submission_with_field("code", Value::Null), "code", "is required").await;
    f(of_files(&json!([])), "code", "is required").await;

    f(submission_with_field("stdin", "x".repeat(MIB + 1)), "stdin", "at most 1 MiB").await;
    f(submission_with_field("args", json!(["a\0b"])), "args[0]", "NUL").await;
    f(submission_with_field("args", json!(["a", "b".repeat(4097)])), "args[1]", "at most 4 KiB").await;
    f(submission_with_field("args", vec!["a"; 65]), "args", "at most 64").await;
    f(submission_with_field("args", "a b"), "args", "must be a list").await;
    f(submission_with_field("priority", "high"), "priority", "signed in").await;
    f(submission_with_field("priority", "urgent"), "priority", "low, normal, high").await;

    f(submission_with_field("problemId", "a\0b"), "problemId", "as \"a\\u{0}b\" does").await;
    f(submission_with_field("problemId", "\u{1b}[2J"), "problemId", "characters that cannot be seen").await;
    f(submission_with_field("problemId", "a\u{202e}b"), "problemId", "characters that cannot be seen").await;
    f(submission_with_field("problemId", "x".repeat(256)), "problemId", "between 1 and 255").await;

    f(submission_with_field("colour", "red"), "colour", "not a known field").await;
    f(submission_with_field("stdIn", "x"), "stdIn", "did you mean stdin?").await;
    f(submission_with_field("limits", json!({"cpu_ms": 5})), "limits.cpu_ms", "did you mean cpuMs?").await;
    check_unimpressed(&server).await;
}

#[tokio::test]
async fn limits_stay_within_the_maximum() {
    let server = Server::start().await;
    let client = server.client();
    for (limit, least, most) in [
        ("cpuMs", 1, 10_000),
        ("wallMs", 1, 30_000),
        ("memoryBytes", 4 * MIB, 256 * MIB),
        ("outputBytes", 1, MIB),
        ("processes", 1, 50),
    ] {
        let says = format!("must be between {least} and {most}");
        for out in [json!(least - 1), json!(most + 1), json!(u64::MAX)] {
            let body = submission_with_field("limits", json!({limit: out}));
            check_field(client, body, &format!("limits.{limit}"), &says).await;
        }
        for no_number in [json!(-1), json!(1.5), json!("5"), json!(1e300)] {
            let body = submission_with_field("limits", json!({limit: no_number}));
            check_field(client, body, &format!("limits.{limit}"), "whole number").await;
        }
    }
    for out in [json!(0), json!(0.05), json!(1.5), json!(-1)] {
        check_field(
            client,
            submission_with_field("limits", json!({"cpus": out})),
            "limits.cpus",
            "must be between 0.1 and 1",
        )
        .await;
    }
    check_field(
        client,
        submission_with_field("limits", json!({"cpus": "1"})),
        "limits.cpus",
        "must be a number",
    )
    .await;
    let both = submission_with_field("limits", json!({"cpuMs": 0, "processes": 1000}));
    let problem = submit(client, both.to_string()).await.problem(422, "invalid-request");
    let fields: Vec<_> = problem.errors.iter().map(|error| error.field.as_str()).collect();
    assert_eq!(fields, ["limits.cpuMs", "limits.processes"], "all that is wrong is told at once");
    check_unimpressed(&server).await;
}

#[tokio::test]
async fn no_file_name_leads_anywhere_else() {
    let server = Server::start().await;
    let client = server.client();
    let name = async |name: &str, says: &str| {
        check_field(client, submission_with_name(name), "files[0].name", says).await
    };
    name("../x", "begins with a dot").await;
    name("a/../../x", "begins with a dot").await;
    name("/etc/passwd", "not an absolute one").await;
    name("a//b", "an empty part").await;
    name("a/", "an empty part").await;
    name("a\\b", "no \\").await;
    name("1/2/3/4/5/6/7/8/9/x", "at most 8 folders").await;
    for unseen in
        ['\u{202e}', '\u{2066}', '\u{2028}', '\u{2029}', '\u{85}', '\u{200b}', '\u{feff}', '\u{1b}', '\u{7f}']
    {
        name(&format!("gpj{unseen}exe.py"), "characters that cannot be seen").await;
    }
    name("..", "begins with a dot").await;
    name(".", "begins with a dot").await;
    name(".hidden", "begins with a dot").await;
    name("a/.git/config", "begins with a dot").await;
    name("", "must not be empty").await;
    name("a\0b", "characters that cannot be seen").await;
    name("a\nb", "characters that cannot be seen").await;
    name(&"x".repeat(256), "at most 255 bytes").await;

    let f = async |files: &Value, field: &str, says: &str| {
        check_field(client, of_files(files), field, says).await;
    };
    let file = |name: &str, content: &str| json!({"name": name, "content": content});
    let many: Vec<_> = (0..21).map(|n| file(&format!("f{n}"), "x")).collect();
    f(&json!(many), "files", "at most 20").await;
    f(&json!([file("a", "x"), file("a", "y")]), "files", "\"a\" comes twice").await;
    f(&json!([file("a/b", "x"), file("a", "y")]), "files", "\"a\" is a file, and \"a/b\" is in a folder")
        .await;
    f(&json!([file("a", "x"), file("b", &"x".repeat(MIB + 1))]), "files[1].content", "at most 1 MiB").await;
    f(&json!([file("a", "x\0")]), "files[0].content", "NUL").await;
    f(&json!([file("a", "")]), "files[0].content", "must not be empty").await;
    f(&json!([{"name": "a", "content": "%%", "encoding": "base64"}]), "files[0].content", "must be base64")
        .await;
    f(&json!([{"name": "a", "content": "00", "encoding": "hex"}]), "files[0].encoding", "utf8, base64").await;
    f(&json!([{"name": "a"}]), "files[0].content", "is required").await;
    f(&json!([{"name": "a", "content": "x", "mode": 511}]), "files[0].mode", "not a known field").await;
    let clash = submission_with_field("files", json!([file("main.py", "x")]));
    check_field(client, clash, "files", "\"main.py\" comes twice").await;
    check_unimpressed(&server).await;
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_refused() {
    let server = Server::start().await;
    let client = server.client();
    let malformed =
        async |body: &'static [u8], says: &str| check_body(client, body, 400, "malformed-body", says).await;
    malformed(b"", "The body is empty").await;
    malformed(b"{", "in line 1, column 1").await;
    malformed(b"{\"language\": \"python\",\n \"code\": }", "line 2, column 10").await;
    malformed(b"language=python&code=1", "not valid JSON").await;
    malformed(b"{\"language\":\"python\",\"code\":\"\xff\"}", "must be UTF-8, but byte 29").await;
    malformed(b"\0\0\0\0", "not valid JSON").await;
    malformed(b"{\"language\":\"python\",\"code\":\"a\0b\"}", "control character").await;
    let deep: &[u8] = Box::leak("[".repeat(100_000).into_bytes().into_boxed_slice());
    let deep_in_a_field = Box::leak([b"{\"language\":", deep].concat().into_boxed_slice());
    assert!(matches!(submit(client, deep_in_a_field as &[u8]).await.status, 400 | 422));
    let answer = submit(client, deep).await;
    assert!(matches!(answer.status, 400 | 422), "{}", answer.text());

    for media_type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"] {
        let request = client.request(Method::POST, SUBMIT).header("content-type", media_type);
        let answer = client.send(request.body(submission_with_field("stdin", "").to_string())).await;
        check(&answer, 415, "unsupported-media-type", "Content-Type: application/json");
    }
    let bare = client.request(Method::POST, SUBMIT).body(submission_with_field("stdin", "").to_string());
    check(&client.send(bare).await, 415, "unsupported-media-type", "it has none");

    let ten_mib = submission_with_field("code", "#".repeat(10 * MIB)).to_string();
    check_body(client, ten_mib.clone(), 413, "body-too-large", "at most 4 MiB").await;
    // Without a length announced.
    let chunks = ten_mib.as_bytes().chunks(64 * 1024).map(|chunk| Ok::<_, std::io::Error>(chunk.to_vec()));
    let chunked = reqwest::Body::wrap_stream(futures_util::stream::iter(chunks.collect::<Vec<_>>()));
    let request = client.request(Method::POST, SUBMIT).header("content-type", "application/json");
    match client.try_send(request.body(chunked)).await {
        Ok(answer) => {
            check(&answer, 413, "body-too-large", "at most 4 MiB");
            assert_eq!(answer.header("connection"), Some("close"), "nothing more is read there");
        }
        // The server hung up while we were still sending, and its answer was lost on the way.
        Err(error) => assert!(error.is_request() || error.is_body(), "{error:?}"),
    }
    check_unimpressed(&server).await;
}

#[tokio::test]
async fn addresses_and_headers_that_mean_nothing_are_refused() {
    let server = Server::start().await;
    let client = server.client();
    let get = async |path: &str, status: u16, kind: &str, says: &str| {
        check(&client.get(path).await, status, kind, says);
    };
    for route in ["result", "stream"] {
        get(&format!("/api/execution/{route}/{NOBODYS}"), 404, "job-not-found", "no job with this id").await;
        for id in ["1", "not-an-id", "..%2f..%2fetc%2fpasswd", "%00", "%ff", &"a".repeat(2000)] {
            get(&format!("/api/execution/{route}/{id}"), 400, "bad-parameter", "id").await;
        }
    }
    for wait in ["-1", "61", "soon", "", "1e9", "NaN", "inf", "1&wait=2"] {
        let path = format!("/api/execution/result/{NOBODYS}?wait={wait}");
        get(&path, 400, "bad-parameter", "seconds from 0 to 60").await;
    }
    get(&format!("/api/execution/result/{NOBODYS}?weit=1"), 400, "bad-parameter", "?wait=10").await;
    let late = client.try_submit("?wait=61", &bash("true")).await.expect("an answer");
    check(&late, 400, "bad-parameter", "seconds from 0 to 60");

    let header = |name: &str, value: &[u8]| -> RequestBuilder {
        client.request(Method::POST, SUBMIT).json(&bash("true")).header(name, value)
    };
    for key in [&b""[..], b"two words", b"\xff", &[b'k'; 256]] {
        check(&client.send(header("idempotency-key", key)).await, 400, "bad-parameter", "1 to 255");
    }
    let place = client.request(Method::GET, &format!("/api/execution/stream/{NOBODYS}"));
    check(&client.send(place.header("last-event-id", "x")).await, 400, "bad-parameter", "a number");

    get("/api/nothing", 404, "not-found", "/docs lists what there is").await;
    get(SUBMIT, 405, "method-not-allowed", "POST").await;
    let delete = client.request(Method::DELETE, "/health");
    check(&client.send(delete).await, 405, "method-not-allowed", "GET");
    check_unimpressed(&server).await;
}
