//! HTTP basics: headers of every response, and requests that are never accepted, on the real server.

use std::io::{Read as _, Write as _};

use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use reqwest::Method;
use testkit::{Client, Server, python};
use wire::ResultBody;

const SUBMIT: &str = "/api/execution/submit?wait=20";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("into memory");
    encoder.finish().expect("into memory")
}

async fn with_credentials(client: &Client, method: Method, path: &str) -> testkit::ApiResponse {
    let upgrade = [("connection", "upgrade"), ("upgrade", "websocket"), ("sec-websocket-version", "13")];
    let mut request = client.request(method.clone(), path).header("authorization", "Bearer made-up");
    if method == Method::GET && path.ends_with("session") {
        request = upgrade.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        request = request.header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
    }
    client.send(request).await
}

#[tokio::test]
async fn credentials_are_refused_by_every_route_but_those_of_monitors() {
    let server = Server::start().await;
    let job = server.client().submit(&python("print(1)")).await;
    for (method, path) in [
        (Method::POST, SUBMIT.to_owned()),
        (Method::POST, "/api/submit/grade".to_owned()),
        (Method::GET, format!("/api/execution/result/{job}")),
        (Method::GET, format!("/api/execution/stream/{job}")),
        (Method::DELETE, format!("/api/execution/{job}")),
        (Method::GET, "/api/execution/session".to_owned()),
        (Method::POST, "/api/execution/session".to_owned()),
        (Method::POST, format!("/api/execution/{job}/stdin")),
        (Method::POST, format!("/api/execution/{job}/eof")),
        (Method::POST, format!("/api/execution/{job}/signal")),
        (Method::POST, format!("/api/execution/{job}/resize")),
        (Method::GET, "/api/languages".to_owned()),
        (Method::GET, "/openapi.json".to_owned()),
        (Method::GET, "/".to_owned()),
    ] {
        let answer = with_credentials(server.client(), method, &path).await;
        let problem = answer.problem(401, "not-signed-in");
        assert!(problem.detail.contains("Leave it out"), "{path}: {problem:?}");
        assert!(answer.header("www-authenticate").is_some_and(|told| told.starts_with("Bearer ")), "{path}");
    }
    for path in ["/health", "/ready"] {
        with_credentials(server.client(), Method::GET, path).await.expect(200);
        with_credentials(server.admin(), Method::GET, path).await.expect(200);
    }
    with_credentials(server.admin(), Method::GET, "/metrics").await.expect(200);
}

#[tokio::test]
async fn a_gzip_submission_runs_and_a_bomb_is_refused_by_its_unpacked_size() {
    let server = Server::start().await;
    let send = async |body: Vec<u8>, encoding: &str| {
        let request =
            server.client().request(Method::POST, SUBMIT).header("content-type", "application/json");
        server.client().send(request.header("content-encoding", encoding).body(body)).await
    };
    let program = serde_json::to_vec(&python("print('naïve')")).expect("serializes");
    let job: ResultBody = send(gzip(&program), "gzip").await.expect(200).parse();
    assert_eq!(job.run.expect("it ran").stdout, "naïve\n");
    // 32 MiB in 32 kB, sixteen times one after the other: half a gigabyte.
    let bomb = gzip(&vec![b' '; 32 << 20]).repeat(16);
    assert!(bomb.len() < 1 << 20, "{} bytes", bomb.len());
    send(bomb, "gzip").await.problem(413, "body-too-large");
    let problem = send(program.clone(), "gzip").await.problem(400, "malformed-body");
    assert!(problem.detail.contains("it cannot be unpacked"), "{problem:?}");
    let problem = send(program, "br").await.problem(415, "unsupported-encoding");
    assert!(problem.detail.contains("Content-Encoding is br"), "{problem:?}");
}

#[tokio::test]
async fn answers_end_with_a_newline_and_large_ones_are_compressed_where_that_is_taken() {
    let server = Server::start().await;
    let job = server.client().submit(&python("print(1)")).await;
    server.client().wait_for_result(&job).await;
    for path in [
        format!("/api/execution/result/{job}"),
        "/api/languages".to_owned(),
        "/api/problems".to_owned(),
        "/api/execution/queue/stats".to_owned(),
        "/openapi.json".to_owned(),
        "/health".to_owned(),
        "/api/execution/result/nonsense".to_owned(),
        "/nothing".to_owned(),
    ] {
        let answer = server.client().get(&path).await;
        assert!(answer.body.ends_with(b"}\n"), "{path}: {}", answer.text());
        let length: usize = answer.header("content-length").expect("a length").parse().expect("a number");
        assert_eq!(length, answer.body.len(), "{path}");
    }
    let request = server.client().request(Method::GET, "/openapi.json").header("accept-encoding", "gzip");
    let answer = server.client().send(request).await;
    assert_eq!(answer.header("content-encoding"), Some("gzip"));
    let mut text = String::new();
    GzDecoder::new(answer.body.as_slice()).read_to_string(&mut text).expect("gzip");
    assert!(text.ends_with("}\n") && answer.body.len() < text.len() / 3);
}

#[tokio::test]
async fn events_are_not_held_back_to_be_compressed() {
    let server = Server::start().await;
    let job = server.client().submit(&python("print('x' * 5000)")).await;
    let path = format!("/api/execution/stream/{job}");
    let request = server.client().request(Method::GET, &path).header("accept-encoding", "gzip");
    let answer = server.client().send(request).await.expect(200);
    assert_eq!(answer.header("content-encoding"), None);
    assert!(answer.text().contains("event: finished"), "{}", answer.text());
}

/// More arguments than fit into a message to a sandbox were a lost worker, three times.
#[tokio::test]
async fn as_many_arguments_as_are_taken_reach_the_program() {
    let server = Server::start().await;
    let program = python("import sys\nprint(len(sys.argv), sum(map(len, sys.argv[1:])))");
    let most = wire::SubmitBody { args: Some(vec!["x".repeat(4095); 24]), ..program.clone() };
    assert_eq!(server.client().run(&most).await.output, "25 98280\n");
    let many = wire::SubmitBody { args: Some(vec!["x".repeat(4096); 64]), ..program };
    let problem =
        server.client().try_submit("", &many).await.expect("an answer").problem(422, "invalid-request");
    assert!(problem.detail.contains("96 KiB together"), "{problem:?}");
}
