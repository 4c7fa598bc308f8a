//! A gateway in front of upstream services, on real sockets.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, Request, ws::WebSocketUpgrade},
    http::HeaderMap,
    response::{IntoResponse as _, Response},
    routing::{any, get, post},
};
use futures_util::{SinkExt as _, StreamExt as _};
use gateway::{
    ConnectionSettings, Forwarding, GatewaySettings, OpenApiRouter, Readiness, UpstreamSettings, Upstreams,
    app, serve,
};
use http_body_util::BodyExt as _;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::{Notify, watch},
    time::timeout,
};
use tokio_tungstenite::tungstenite;
use tokio_util::sync::CancellationToken;
use wire::Json;

const LONG_TIMEOUT: Duration = Duration::from_secs(20);

/// An address without a listener.
async fn unused_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("an address")
}

async fn server(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(serve(listener, router, ConnectionSettings::default(), CancellationToken::new()));
    address
}

/// Returns what arrived.
async fn echo(headers: HeaderMap, body: Bytes) -> Response {
    let headers: Vec<_> = headers
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().expect("text").to_owned()))
        .collect();
    let body = String::from_utf8_lossy(&body).into_owned();
    (
        [("x-own", "1"), ("connection", "x-private"), ("x-private", "2")],
        Json(json!({"headers": headers, "body": body})),
    )
        .into_response()
}

/// A gateway in front of these servers of one service.
struct TestGateway {
    address: SocketAddr,
    forwarding: Forwarding,
    client: Client<HttpConnector, Body>,
}

impl TestGateway {
    async fn start_gateway(servers: &[SocketAddr]) -> Self {
        Self::set_up(servers, UpstreamSettings::default()).await
    }

    async fn set_up(servers: &[SocketAddr], settings: UpstreamSettings) -> Self {
        let addresses: Vec<_> = servers.iter().map(|server| format!("http://{server}")).collect();
        let forwarding = Forwarding::default();
        let upstreams =
            Upstreams::new("execution", &addresses, &settings, forwarding.clone()).expect("addresses");
        let services = OpenApiRouter::new().route("/api/{*rest}", upstreams.forwarding_route());
        let (_, readiness) = watch::channel(Readiness::Ready { notes: Vec::new() });
        let address = server(app(services, &GatewaySettings::default(), readiness)).await;
        let client = Client::builder(TokioExecutor::new()).build_http();
        Self { address, forwarding, client }
    }

    async fn send(&self, request: axum::http::request::Builder, body: impl Into<Body>) -> Response {
        let request = request.body(body.into()).expect("a request");
        let answer =
            timeout(LONG_TIMEOUT, self.client.request(request)).await.expect("in time").expect("an answer");
        answer.map(Body::new)
    }

    fn at(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    async fn post(&self, path: &str, body: impl Into<Body>) -> Response {
        self.send(Request::post(self.at(path)), body).await
    }

    async fn get(&self, path: &str) -> Response {
        self.send(Request::get(self.at(path)), Body::empty()).await
    }
}

async fn text(answer: Response) -> String {
    let body = answer.into_body().collect().await.expect("a whole body");
    String::from_utf8_lossy(&body.to_bytes()).into_owned()
}

async fn problem(answer: Response) -> (u16, String) {
    let status = answer.status().as_u16();
    let problem: Value = serde_json::from_str(&text(answer).await).expect("a problem");
    assert!(problem["requestId"].is_string(), "{problem}");
    (status, problem["type"].as_str().expect("a type").to_owned())
}

#[tokio::test]
async fn a_request_is_forwarded_with_client_address_and_request_id() {
    let service = server(Router::new().route("/api/{*rest}", any(echo))).await;
    let front = TestGateway::start_gateway(&[service]).await;
    let request = Request::post(front.at("/api/a%20b?c=d"))
        .header("host", "code.example")
        .header("x-request-id", "r1")
        .header("x-forwarded-for", "203.0.113.5");
    let answer = front.send(request, "hello").await;
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["x-request-id"]),
        (200, &"r1".parse().expect("a value"))
    );
    assert_eq!(answer.headers()["x-own"], "1");
    assert!(
        !answer.headers().contains_key("x-private"),
        "meant for the gateway only: {:?}",
        answer.headers()
    );
    let seen: Value = serde_json::from_str(&text(answer).await).expect("what arrived");
    assert_eq!(seen["body"], "hello");
    let header = |name: &str| {
        let found = seen["headers"].as_array()?.iter().find(|pair| pair[0] == name)?;
        found[1].as_str().map(str::to_owned)
    };
    assert_eq!(header("x-real-ip").as_deref(), Some("127.0.0.1"));
    assert_eq!(
        header("x-forwarded-for").as_deref(),
        Some("127.0.0.1"),
        "what a stranger claims is not passed on"
    );
    assert_eq!(header("x-request-id").as_deref(), Some("r1"));
    assert_eq!(header("host"), Some(service.to_string()), "each is called by its own name");
    assert!(header("idempotency-key").is_some());
}

#[tokio::test]
async fn responses_are_streamed() {
    let go_on = Arc::new(Notify::new());
    let told = go_on.clone();
    let slowly = move || {
        let told = told.clone();
        async move {
            let pieces = futures_util::stream::once(async { Ok::<_, std::io::Error>("first") });
            Body::from_stream(pieces.chain(futures_util::stream::once(async move {
                told.notified().await;
                Ok("second")
            })))
        }
    };
    let front =
        TestGateway::start_gateway(&[server(Router::new().route("/api/slowly", get(slowly))).await]).await;
    let mut body = front.get("/api/slowly").await.into_body();
    let mut piece = async || {
        let frame =
            timeout(LONG_TIMEOUT, body.frame()).await.expect("in time").expect("a piece").expect("whole");
        frame.into_data().expect("data")
    };
    assert_eq!(piece().await, "first");
    go_on.notify_one();
    assert_eq!(piece().await, "second");
}

#[tokio::test]
async fn a_web_socket_is_forwarded_until_one_side_closes() {
    let echo = |upgrade: WebSocketUpgrade| async {
        upgrade.on_upgrade(|mut socket| async move {
            while let Some(Ok(message)) = socket.recv().await {
                if socket.send(message).await.is_err() {
                    return;
                }
            }
        })
    };
    let front =
        TestGateway::start_gateway(&[server(Router::new().route("/api/socket", get(echo))).await]).await;
    let address = format!("ws://{}/api/socket", front.address);
    let (mut socket, _) = tokio_tungstenite::connect_async(&address).await.expect("a socket");
    for word in ["one", "two"] {
        socket.send(tungstenite::Message::text(word)).await.expect("sent");
        assert_eq!(socket.next().await.expect("an echo").expect("whole"), tungstenite::Message::text(word));
    }
    assert!(timeout(Duration::from_millis(50), front.forwarding.wait()).await.is_err(), "it is still open");
    drop(socket);
    timeout(LONG_TIMEOUT, front.forwarding.wait()).await.expect("nothing is open any more");
}

#[tokio::test]
async fn an_unreachable_server_is_skipped() {
    let service = server(Router::new().route("/api/{*rest}", any(echo))).await;
    let front = TestGateway::start_gateway(&[unused_address().await, service]).await;
    for number in 0..6 {
        let answer = front.post("/api/submit", format!("job {number}")).await;
        assert!(text(answer).await.contains(&format!("job {number}")));
    }
}

/// Reads a request and disconnects without a response; records its idempotency key.
async fn disconnecting_server(keys: Arc<Mutex<Vec<String>>>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = vec![0; 4096];
            let read = stream.read(&mut head).await.expect("reads");
            let head = String::from_utf8_lossy(&head[..read]).to_lowercase();
            let key = head.lines().find_map(|line| line.strip_prefix("idempotency-key: ")).map(str::to_owned);
            keys.lock().expect("no panic").extend(key);
        }
    });
    address
}

#[tokio::test]
async fn a_failed_submission_is_retried_on_the_next_server_with_the_same_key() {
    let keys = Arc::new(Mutex::new(Vec::new()));
    let seen = keys.clone();
    let submit = post(move |headers: HeaderMap, body: Bytes| async move {
        seen.lock().expect("no panic").push(headers["idempotency-key"].to_str().expect("text").to_owned());
        body
    });
    let service = server(Router::new().route("/api/submit", submit)).await;
    let front = TestGateway::start_gateway(&[disconnecting_server(keys.clone()).await, service]).await;
    assert_eq!(text(front.post("/api/submit", "a job").await).await, "a job");
    let keys = keys.lock().expect("no panic");
    assert!(matches!(keys.as_slice(), [first, second] if first == second), "{keys:?}");
}

#[tokio::test]
async fn without_servers_the_client_gets_an_error_with_retry_after() {
    let front = TestGateway::start_gateway(&[unused_address().await, unused_address().await]).await;
    let answer = front.post("/api/submit", "a job").await;
    assert!(answer.headers().contains_key("retry-after"));
    assert_eq!(problem(answer).await, (503, "urn:coderunner:service-unreachable".to_owned()));
    let front = TestGateway::start_gateway(&[disconnecting_server(Arc::default()).await]).await;
    let told = problem(front.post("/api/submit", "a job").await).await;
    assert_eq!(told, (502, "urn:coderunner:service-broke-off".to_owned()));
    let never = server(Router::new().route("/api/never", get(std::future::pending::<()>))).await;
    let settings =
        UpstreamSettings { response_timeout: Duration::from_millis(100), ..UpstreamSettings::default() };
    let told = problem(TestGateway::set_up(&[never], settings).await.get("/api/never").await).await;
    assert_eq!(told, (504, "urn:coderunner:service-too-slow".to_owned()));
}

#[tokio::test]
async fn a_body_that_becomes_too_large_while_streaming_is_rejected() {
    let takes_anything = DefaultBodyLimit::disable();
    let service = server(Router::new().route("/api/{*rest}", any(echo)).layer(takes_anything)).await;
    let front = TestGateway::start_gateway(&[service]).await;
    let most = GatewaySettings::default().max_body.as_usize();
    // Without a content length, so that the size is found out while streaming.
    let pieces =
        futures_util::stream::iter((0..5).map(move |_| Ok::<_, std::io::Error>(vec![b'x'; most / 4])));
    let told = problem(front.post("/api/submit", Body::from_stream(pieces)).await).await;
    assert_eq!(told, (413, "urn:coderunner:body-too-large".to_owned()));
}

#[tokio::test]
async fn shutdown_tells_waiting_clients_to_retry() {
    let never = server(Router::new().route("/api/never", get(std::future::pending::<()>))).await;
    let front = TestGateway::start_gateway(&[never]).await;
    let stop = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        front.forwarding.cancel();
    };
    let (answer, ()) = tokio::join!(front.get("/api/never"), stop);
    assert_eq!(problem(answer).await, (503, "urn:coderunner:not-ready".to_owned()));
    timeout(LONG_TIMEOUT, front.forwarding.wait()).await.expect("nothing is passed on any more");
}

#[tokio::test]
async fn a_disconnected_client_releases_its_upstream_request() {
    let arrived = Arc::new(Notify::new());
    let told = arrived.clone();
    let never = move || {
        told.notify_one();
        std::future::pending::<()>()
    };
    let front =
        TestGateway::start_gateway(&[server(Router::new().route("/api/never", get(never))).await]).await;
    let mut client = TcpStream::connect(front.address).await.expect("connects");
    client.write_all(b"GET /api/never HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("sent");
    timeout(LONG_TIMEOUT, arrived.notified()).await.expect("it is passed on");
    drop(client);
    timeout(LONG_TIMEOUT, front.forwarding.wait()).await.expect("nothing is passed on any more");
}
