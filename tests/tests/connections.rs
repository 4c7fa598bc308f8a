//! Connections: slow clients, idle connections, connection limits and foreign origins.

use std::{
    net::SocketAddr,
    process::Stdio,
    time::{Duration, Instant},
};

use reqwest::Method;
use serde_json::json;
use testkit::{Server, Setup, bash, eventually};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    process::Command,
    time::timeout,
};

const PATIENCE: Duration = Duration::from_secs(20);

/// Input of a stalled client: nothing, half a head, half a body.
const SILENT: &str = "";
const HALF_A_HEAD: &str = "GET / HTTP/1.1\r\nHost: localhost\r\nX-A: ";
const HALF_A_BODY: &str = "POST /api/execution/submit HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{";

async fn connect_and_send(address: SocketAddr, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.expect("connects");
    stream.write_all(text.as_bytes()).await.expect("takes it");
    stream
}

/// Everything received until the server closes the connection.
async fn until_end(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let ended = timeout(PATIENCE, stream.read_to_end(&mut bytes)).await;
    ended.expect("the server ends it").expect("reads");
    String::from_utf8_lossy(&bytes).into_owned()
}

fn address_of(client: &testkit::Client) -> SocketAddr {
    client.base().trim_start_matches("http://").parse().expect("an address")
}

#[tokio::test]
async fn stalled_clients_are_disconnected_and_delay_no_other_client() {
    let config = "[connections]\nhead_seconds = 2\nbody_seconds = 2\nidle_seconds = 2\n";
    let server = Setup::default().config(config).start().await;
    let mut held = Vec::new();
    for text in [SILENT, HALF_A_HEAD, HALF_A_BODY] {
        for _ in 0..100 {
            held.push((text, connect_and_send(server.address(), text).await));
        }
    }
    let began = Instant::now();
    assert_eq!(server.client().run(&bash("echo hello")).await.output, "hello\n");
    for (text, stream) in &mut held {
        let answer = until_end(stream).await;
        if *text == HALF_A_BODY {
            assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("body-too-slow"), "{answer}");
        } else {
            assert_eq!(answer, "", "{text}");
        }
    }
    assert!(began.elapsed() < PATIENCE, "{:?}", began.elapsed());
    let metrics = server.admin().get("/metrics").await.text();
    for line in [
        "coderunner_connections_timed_out_total{listener=\"api\",awaited=\"head\"} 200",
        "coderunner_connections_timed_out_total{listener=\"api\",awaited=\"body\"} 100",
    ] {
        assert!(metrics.contains(line), "no {line} in {metrics}");
    }
}

#[tokio::test]
async fn the_listener_for_operators_lets_go_of_them_too() {
    let server = Setup::default().config("[connections]\nhead_seconds = 1\nmost_admin = 8\n").start().await;
    let address = address_of(server.admin());
    let mut held = Vec::new();
    for text in [SILENT, HALF_A_HEAD].repeat(8) {
        held.push(connect_and_send(address, text).await);
    }
    for stream in &mut held {
        timeout(PATIENCE, stream.read_to_end(&mut Vec::new())).await.expect("the server ends it").ok();
    }
    eventually("operators are answered", PATIENCE, async || {
        let admin = server.admin();
        let answer = admin.try_send(admin.request(Method::GET, "/health")).await.ok()?;
        (answer.status == 200).then_some(())
    })
    .await;
}

#[tokio::test]
async fn one_address_may_have_four_hundred_connections_and_operators_are_answered_beside() {
    let server = Setup::default().with_local_rate_limits().start().await;
    // Those that waited for the server to be ready may still be open.
    let mut held = Vec::new();
    let refused = loop {
        let mut stream =
            connect_and_send(server.address(), "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
        let mut head = vec![0; 4096];
        let read = timeout(PATIENCE, stream.read(&mut head)).await.expect("an answer").expect("reads");
        let answer = String::from_utf8_lossy(&head[..read]).into_owned();
        if !answer.starts_with("HTTP/1.1 200") {
            break answer;
        }
        held.push(stream);
        assert!(held.len() <= 400, "nobody is refused");
    };
    assert!(held.len() >= 395, "only {}", held.len());
    assert!(refused.starts_with("HTTP/1.1 429") && refused.contains("may have 400 connections"), "{refused}");
    assert_eq!(server.admin().get("/health").await.status, 200);
}

#[tokio::test]
async fn a_page_whose_name_was_made_to_lead_here_can_do_nothing() {
    let server = Server::start().await;
    let name = format!("evil.example:{}", server.address().port());
    let as_page = |client: &testkit::Client, method: Method, path: &str| {
        client.request(method, path).header("host", &name).header("origin", format!("http://{name}"))
    };
    let body = json!({"language": "bash", "code": "echo got in"});
    let client = server.client();
    for (method, path) in [
        (Method::POST, "/api/execution/submit?wait=5"),
        (Method::GET, "/api/languages"),
        (Method::GET, "/api/execution/session"),
        (Method::GET, "/"),
        (Method::GET, "/nothing"),
    ] {
        let answer = client.send(as_page(client, method, path).json(&body)).await;
        let problem = answer.problem(421, "host-not-allowed");
        assert!(problem.detail.contains("gateway.hosts"), "{problem:?}");
    }
    let admin = server.admin();
    for path in ["/metrics", "/ready", "/jobs/x/attempts"] {
        assert_eq!(admin.send(as_page(admin, Method::GET, path)).await.status, 421, "{path}");
    }
    let by_address = admin.request(Method::GET, "/metrics").header("host", "10.0.0.7:9090");
    assert_eq!(admin.send(by_address).await.status, 200, "Prometheus calls by address");
}

#[tokio::test]
async fn a_name_that_is_configured_is_answered_to() {
    let server = Setup::default().config("[gateway]\nhosts = [\"code.school.example\"]\n").start().await;
    let client = server.client();
    let named = |name: &str| client.request(Method::GET, "/api/languages").header("host", name);
    assert_eq!(client.send(named("code.school.example")).await.status, 200);
    assert_eq!(client.send(named("evil.example")).await.status, 421);
}

/// A server that accepts connections and never answers: unreachable records, for a start that never ends.
#[tokio::test]
async fn a_server_that_cannot_start_says_so_at_any_time() {
    let stranger = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = stranger.local_addr().expect("an address").port();
    let mut process = Command::new(testkit::binary())
        .args([
            "serve",
            "--roles",
            "gateway,execution,problems",
            "--listen",
            "127.0.0.1:0",
            "--admin-listen",
            "127.0.0.1:0",
        ])
        .current_dir(env!("CARGO_TARGET_TMPDIR"))
        .env("CODERUNNER_BROKER__URL", format!("redis://127.0.0.1:{port}"))
        .env("CODERUNNER_RECORDS__URL", format!("postgres://u:p@127.0.0.1:{port}/d?sslmode=disable"))
        .env("CODERUNNER_OBJECTS__URL", format!("file://{}/objects", env!("CARGO_TARGET_TMPDIR")))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("starts");
    let mut lines = BufReader::new(process.stdout.take().expect("its output")).lines();
    for _ in 0..2 {
        let line =
            timeout(PATIENCE, lines.next_line()).await.expect("in time").expect("reads").expect("a line");
        let client = testkit::Client::new(line.rsplit(' ').next().expect("an address"));
        assert_eq!(client.get("/health").await.status, 200, "{line}");
        let ready = client.get("/ready").await;
        assert_eq!(ready.status, 503, "{line}");
        let problem = ready.text();
        assert!(
            problem.contains("The server is starting: the queue and the records are being opened."),
            "{problem}"
        );
        let answer = client.get("/api/languages").await;
        assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")), "{line}");
    }
    drop(stranger);
}

#[tokio::test]
async fn a_statement_of_nothing_but_levels_holds_up_no_start() {
    let problem = "problem_format_version: legacy\nname: Deep\n";
    let began = Instant::now();
    let server = Setup::default()
        .with_content("deep/problem.yaml", problem)
        .with_content("deep/problem_statement/problem.en.md", ">".repeat(100_000))
        .with_content("deep/data/secret/1.in", "1\n")
        .with_content("deep/data/secret/1.ans", "1\n")
        .start()
        .await;
    assert!(began.elapsed() < PATIENCE, "{:?}", began.elapsed());
    let task = server.client().get("/api/problems/deep").await.expect(200).text();
    assert!(task.contains("\"statementHtml\":\"\""), "{task}");
    assert!(server.log().contains("within each other"), "the log says why it is not shown");
}
