//! Connections on real sockets: timeouts and limits.

use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    body::{Body, Bytes},
    extract::ws::{Message, WebSocketUpgrade},
    response::Response,
    routing::{any, get, post},
};
use futures_util::{SinkExt as _, StreamExt as _};
use gateway::{
    AllowedHosts, Application, ConnectionSettings, GatewaySettings, OpenApiRouter, Readiness, app, serve,
    startup_routes,
};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpSocket, TcpStream},
    sync::{mpsc, watch},
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

/// Timeouts of the server in these tests.
const SERVER_TIMEOUT: Duration = Duration::from_millis(300);
/// Upper bound for busy machines.
const LONG_TIMEOUT: Duration = Duration::from_secs(20);
const LARGE: usize = 64 * 1024 * 1024;

fn short_timeouts() -> ConnectionSettings {
    ConnectionSettings {
        head: SERVER_TIMEOUT,
        body: SERVER_TIMEOUT,
        idle: SERVER_TIMEOUT,
        write: SERVER_TIMEOUT,
        ..ConnectionSettings::default()
    }
}

fn settings() -> GatewaySettings {
    let trusted_proxies = vec!["127.0.0.0/8".parse().expect("a network")];
    GatewaySettings { trusted_proxies, ..GatewaySettings::default() }
}

/// Routes that are slow, or have long responses.
fn routes(ended: mpsc::UnboundedSender<()>) -> OpenApiRouter {
    let flood = move |upgrade: WebSocketUpgrade| {
        let ended = ended.clone();
        std::future::ready(upgrade.on_upgrade(move |mut socket| async move {
            let piece = Bytes::from(vec![b'x'; 64 * 1024]);
            while socket.send(Message::Binary(piece.clone())).await.is_ok() {}
            let _nobody_asks = ended.send(());
        }))
    };
    let ws_echo = |upgrade: WebSocketUpgrade| {
        std::future::ready(upgrade.on_upgrade(|mut socket| async move {
            while let Some(Ok(message)) = socket.next().await {
                if socket.send(message).await.is_err() {
                    return;
                }
            }
        }))
    };
    let slow = || async {
        sleep(3 * SERVER_TIMEOUT).await;
        "done"
    };
    OpenApiRouter::new()
        .route("/api/slow", get(slow))
        .route("/api/large", get(|| async { large_response() }))
        .route("/api/echo", post(|body: String| async { body }))
        .route("/api/flood", any(flood))
        .route("/api/ws", any(ws_echo))
}

fn large_response() -> Response {
    let piece = Bytes::from(vec![b'x'; 64 * 1024]);
    let pieces =
        futures_util::stream::iter(std::iter::repeat_n(Ok::<_, Infallible>(piece), LARGE / (64 * 1024)));
    Response::new(Body::from_stream(pieces))
}

struct Server {
    address: SocketAddr,
    ended: mpsc::UnboundedReceiver<()>,
}

impl Server {
    async fn start(connections: ConnectionSettings) -> Self {
        let (_, readiness) = watch::channel(Readiness::Ready { notes: Vec::new() });
        let (told, ended) = mpsc::unbounded_channel();
        let address = serving(app(routes(told), &settings(), readiness), connections).await;
        Self { address, ended }
    }

    async fn open(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("connects")
    }

    async fn connect_and_send(&self, text: &str) -> TcpStream {
        let mut stream = self.open().await;
        stream.write_all(text.as_bytes()).await.expect("takes it");
        stream
    }
}

async fn serving(application: impl Into<Application>, connections: ConnectionSettings) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(serve(listener, application.into(), connections, CancellationToken::new()));
    address
}

fn ask(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n")
}

fn ask_for(path: &str, client: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: {client}\r\n\r\n")
}

/// Reads until the connection ends.
async fn read_to_end(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let read = timeout(LONG_TIMEOUT, stream.read_to_end(&mut answer)).await.expect("the connection ends");
    // A reset is an end, too.
    drop(read);
    String::from_utf8_lossy(&answer).into_owned()
}

/// The first line of a response, with the rest of what was read.
async fn head(stream: &mut TcpStream) -> String {
    let mut bytes = vec![0; 16 * 1024];
    let read = timeout(LONG_TIMEOUT, stream.read(&mut bytes)).await.expect("an answer").expect("reads");
    String::from_utf8_lossy(&bytes[..read]).into_owned()
}

/// Asserts that the connection ends after the timeout, and not before.
async fn assert_closed_after_timeout(stream: &mut TcpStream, since: Instant) -> String {
    let answer = read_to_end(stream).await;
    let took = since.elapsed();
    assert!(took >= SERVER_TIMEOUT * 9 / 10, "after {took:?}");
    answer
}

#[tokio::test]
async fn a_silent_connection_is_closed() {
    let server = Server::start(short_timeouts()).await;
    let began = Instant::now();
    assert_eq!(assert_closed_after_timeout(&mut server.open().await, began).await, "");
}

#[tokio::test]
async fn a_slowly_sent_head_is_closed_at_the_timeout() {
    let server = Server::start(short_timeouts()).await;
    let began = Instant::now();
    let mut stream = server.connect_and_send("GET /health HTTP/1.1\r\nHost: x\r\nX-A: ").await;
    let (mut reader, mut writer) = stream.split();
    let mut answer = Vec::new();
    let dripping = async {
        while writer.write_all(b"x").await.is_ok() {
            sleep(SERVER_TIMEOUT / 10).await;
        }
    };
    tokio::select! {
        () = dripping => {}
        _ = reader.read_to_end(&mut answer) => {}
        () = sleep(LONG_TIMEOUT) => panic!("it is still open"),
    }
    assert!(answer.is_empty() && began.elapsed() >= SERVER_TIMEOUT * 9 / 10, "{answer:?}");
}

#[tokio::test]
async fn a_missing_body_is_answered_at_the_timeout() {
    let server = Server::start(short_timeouts()).await;
    let began = Instant::now();
    let mut stream =
        server.connect_and_send("POST /api/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{").await;
    let answer = assert_closed_after_timeout(&mut stream, began).await;
    assert!(answer.starts_with("HTTP/1.1 4") && answer.contains("application/problem+json"), "{answer}");
}

#[tokio::test]
async fn an_idle_connection_has_a_longer_timeout_than_a_new_one() {
    let idle = 4 * SERVER_TIMEOUT;
    let server = Server::start(ConnectionSettings { idle, ..short_timeouts() }).await;
    let mut stream = server.connect_and_send(&ask("/health")).await;
    assert!(head(&mut stream).await.starts_with("HTTP/1.1 200"));
    sleep(2 * SERVER_TIMEOUT).await;
    stream.write_all(ask("/health").as_bytes()).await.expect("it is still open");
    assert!(head(&mut stream).await.starts_with("HTTP/1.1 200"));
    let answered = Instant::now();
    assert_eq!(read_to_end(&mut stream).await, "");
    assert!(
        answered.elapsed() >= idle * 9 / 10,
        "each request begins the wait anew: {:?}",
        answered.elapsed()
    );
    // The head of a later request has the same timeout as that of the first.
    let mut stream = server.connect_and_send(&ask("/health")).await;
    head(&mut stream).await;
    stream.write_all(b"GET /hea").await.expect("it is still open");
    let began = Instant::now();
    assert_eq!(read_to_end(&mut stream).await, "");
    assert!(began.elapsed() < idle, "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_slow_response_is_not_cut_off() {
    let server = Server::start(short_timeouts()).await;
    let answer = read_to_end(&mut server.connect_and_send(&ask("/api/slow")).await).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("done"), "{answer}");
}

/// A connection of a client with a small receive buffer.
async fn small_reader(address: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(16 * 1024).expect("a size");
    socket.connect(address).await.expect("connects")
}

#[tokio::test]
async fn a_client_that_reads_nothing_is_closed() {
    let server = Server::start(short_timeouts()).await;
    let mut stream = small_reader(server.address).await;
    stream.write_all(ask("/api/large").as_bytes()).await.expect("takes it");
    sleep(4 * SERVER_TIMEOUT).await;
    let got = read_to_end(&mut stream).await.len();
    assert!(got < LARGE, "all {got} bytes came");
}

#[tokio::test]
async fn a_slow_reader_gets_the_whole_response() {
    let server = Server::start(ConnectionSettings { write: 3 * SERVER_TIMEOUT, ..short_timeouts() }).await;
    let mut stream = small_reader(server.address).await;
    stream.write_all(ask("/api/large").as_bytes()).await.expect("takes it");
    let (mut piece, mut got) = (vec![0; 1024 * 1024], 0);
    while got < LARGE {
        if got < 4 * 1024 * 1024 {
            sleep(SERVER_TIMEOUT / 10).await;
        }
        let read = timeout(LONG_TIMEOUT, stream.read(&mut piece)).await.expect("goes on").expect("reads");
        assert!(read > 0, "it ended after {got} bytes");
        got += read;
    }
}

#[tokio::test]
async fn a_web_socket_whose_client_reads_nothing_is_closed() {
    let mut server = Server::start(short_timeouts()).await;
    let address = format!("ws://{}/api/flood", server.address);
    let stream = small_reader(server.address).await;
    let (socket, _) = tokio_tungstenite::client_async(address, stream).await.expect("opens");
    timeout(LONG_TIMEOUT, server.ended.recv()).await.expect("the handler is told").expect("it tells us");
    drop(socket);
}

#[tokio::test]
async fn a_silent_web_socket_stays_open() {
    let server = Server::start(short_timeouts()).await;
    let address = format!("ws://{}/api/ws", server.address);
    let stream = server.open().await;
    let (mut socket, _) = tokio_tungstenite::client_async(address, stream).await.expect("opens");
    sleep(4 * SERVER_TIMEOUT).await;
    socket.send("still there".into()).await.expect("sends");
    let heard =
        timeout(LONG_TIMEOUT, socket.next()).await.expect("an answer").expect("a message").expect("sound");
    assert_eq!(heard.into_text().expect("text").as_str(), "still there");
}

#[tokio::test]
async fn a_connection_above_the_limit_is_rejected_and_a_later_one_accepted() {
    for (connections, status, says) in [
        (
            ConnectionSettings { max: 2, ..ConnectionSettings::default() },
            "HTTP/1.1 503",
            "too-many-connections",
        ),
        (
            ConnectionSettings { max_per_client: Some(2), ..ConnectionSettings::default() },
            "HTTP/1.1 429",
            "may have 2 connections",
        ),
    ] {
        let server = Server::start(connections).await;
        let mut held = Vec::new();
        for _ in 0..2 {
            held.push(server.connect_and_send(&ask("/health")).await);
            assert!(head(held.last_mut().expect("one")).await.starts_with("HTTP/1.1 200"));
        }
        let rejected = read_to_end(&mut server.connect_and_send(&ask("/health")).await).await;
        assert!(rejected.starts_with(status) && rejected.contains(says), "{rejected}");
        assert!(rejected.contains("retry-after: 5") && rejected.contains("x-request-id: "), "{rejected}");
        drop(held);
        let began = Instant::now();
        while !head(&mut server.connect_and_send(&ask("/health")).await).await.starts_with("HTTP/1.1 200") {
            assert!(began.elapsed() < LONG_TIMEOUT, "no place is free again");
            sleep(SERVER_TIMEOUT / 10).await;
        }
    }
}

#[tokio::test]
async fn exempt_networks_count_only_in_total() {
    let exempt = Arc::from(["127.0.0.0/8".parse().expect("a network")]);
    let connections = ConnectionSettings { max_per_client: Some(1), exempt, ..ConnectionSettings::default() };
    let server = Server::start(connections).await;
    let mut held = Vec::new();
    for _ in 0..4 {
        held.push(server.connect_and_send(&ask("/health")).await);
        assert!(head(held.last_mut().expect("one")).await.starts_with("HTTP/1.1 200"));
    }
}

#[tokio::test]
async fn clients_behind_a_proxy_are_limited_and_the_proxy_is_not() {
    let trusted_proxies = Arc::from(["127.0.0.0/8".parse().expect("a network")]);
    let connections =
        ConnectionSettings { max_per_client: Some(2), trusted_proxies, ..ConnectionSettings::default() };
    let server = Server::start(connections).await;
    let client = "203.0.113.5";
    let held = [
        server.connect_and_send(&ask_for("/api/slow", client)).await,
        server.connect_and_send(&ask_for("/api/slow", client)).await,
    ];
    sleep(SERVER_TIMEOUT).await;
    let mut third = server.connect_and_send(&ask_for("/health", client)).await;
    let rejected = head(&mut third).await;
    assert!(rejected.starts_with("HTTP/1.1 429") && rejected.contains("x-request-id"), "{rejected}");
    // The proxy's connection is usable for others.
    third.write_all(ask_for("/health", "203.0.113.6").as_bytes()).await.expect("it is still open");
    assert!(head(&mut third).await.starts_with("HTTP/1.1 200"));
    for mut stream in held {
        assert!(head(&mut stream).await.starts_with("HTTP/1.1 200"));
        stream.write_all(ask_for("/health", client).as_bytes()).await.expect("it is still open");
        assert!(
            head(&mut stream).await.starts_with("HTTP/1.1 200"),
            "an answer that is over gives its place back"
        );
    }
}

#[tokio::test]
async fn a_session_through_a_proxy_counts_for_its_client() {
    let trusted_proxies = Arc::from(["127.0.0.0/8".parse().expect("a network")]);
    let connections =
        ConnectionSettings { max_per_client: Some(1), trusted_proxies, ..ConnectionSettings::default() };
    let server = Server::start(connections).await;
    let key = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    let client = "203.0.113.5";
    let opening = ask_for("/api/ws", client).replace("\r\n\r\n", &format!("\r\n{key}"));
    let mut session = server.connect_and_send(&opening).await;
    assert!(head(&mut session).await.starts_with("HTTP/1.1 101"));
    assert!(
        head(&mut server.connect_and_send(&ask_for("/health", client)).await)
            .await
            .starts_with("HTTP/1.1 429")
    );
    drop(session);
    let began = Instant::now();
    while !head(&mut server.connect_and_send(&ask_for("/health", client)).await)
        .await
        .starts_with("HTTP/1.1 200")
    {
        assert!(began.elapsed() < LONG_TIMEOUT, "its place is not free again");
        sleep(SERVER_TIMEOUT / 10).await;
    }
}

#[tokio::test]
async fn without_descriptors_the_server_pauses_and_recovers() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let mut waiting = Vec::new();
    for _ in 0..4 {
        let mut stream = TcpStream::connect(address).await.expect("connects");
        stream.write_all(ask("/health").as_bytes()).await.expect("takes it");
        waiting.push(stream);
    }
    let (_, readiness) = watch::channel(Readiness::Ready { notes: Vec::new() });
    let router = app(OpenApiRouter::new(), &GatewaySettings::default(), readiness);
    let before = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: Some(3), ..before }).expect("fewer are always allowed");
    tokio::spawn(serve(listener, router, ConnectionSettings::default(), CancellationToken::new()));
    let cpu = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    sleep(2 * SERVER_TIMEOUT).await;
    let spent = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime) - cpu;
    setrlimit(Resource::Nofile, before).expect("as it was");
    assert!(spent.tv_sec == 0 && spent.tv_nsec < 100_000_000, "{spent:?} of CPU time");
    for mut stream in waiting {
        assert!(head(&mut stream).await.starts_with("HTTP/1.1 200"));
    }
}

#[tokio::test]
async fn a_starting_listener_returns_503_and_later_serves_on_the_same_connection() {
    let reason = "The server is starting: problems are being loaded.".to_owned();
    let (readiness, told) = watch::channel(Readiness::NotReady { reason });
    let application =
        Application::with_startup_routes(startup_routes(&GatewaySettings::default(), told.clone()));
    let address = serving(application.clone(), ConnectionSettings::default()).await;
    let mut stream = TcpStream::connect(address).await.expect("connects");
    for (path, status, says) in [
        ("/health", "HTTP/1.1 200", "\"ok\""),
        ("/ready", "HTTP/1.1 503", "problems are being loaded"),
        ("/api/languages", "HTTP/1.1 503", "problems are being loaded"),
    ] {
        stream.write_all(ask(path).as_bytes()).await.expect("takes it");
        let answer = head(&mut stream).await;
        assert!(answer.starts_with(status) && answer.contains(says), "{path}: {answer}");
        assert!(status.ends_with("200") || answer.contains("retry-after: 1"), "{path}: {answer}");
    }
    let (ended, _) = mpsc::unbounded_channel();
    application.complete(app(routes(ended), &GatewaySettings::default(), told));
    readiness.send_replace(Readiness::Ready { notes: Vec::new() });
    for path in ["/ready", "/api/slow"] {
        stream.write_all(ask(path).as_bytes()).await.expect("takes it");
        assert!(head(&mut stream).await.starts_with("HTTP/1.1 200"), "{path}");
    }
}

#[tokio::test]
async fn dns_rebinding_is_rejected() {
    let hosts = AllowedHosts::for_listener([127, 0, 0, 1].into(), &[]).expect("no names");
    let (_, readiness) = watch::channel(Readiness::Ready { notes: Vec::new() });
    let (ended, _) = mpsc::unbounded_channel();
    let router = app(routes(ended), &GatewaySettings { hosts, ..settings() }, readiness);
    let address = serving(router, ConnectionSettings::default()).await;
    for (request, status) in [
        ("GET /docs HTTP/1.1\r\nHost: evil.example:23301\r\n", 421),
        ("GET /health HTTP/1.1\r\nHost: evil.example\r\n", 421),
        (
            "POST /api/echo HTTP/1.1\r\nHost: evil.example\r\nOrigin: http://evil.example\r\nContent-Length: 0\r\n",
            421,
        ),
        (
            "GET /api/ws HTTP/1.1\r\nHost: evil.example\r\nOrigin: http://evil.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n",
            421,
        ),
        ("GET http://evil.example/health HTTP/1.1\r\nHost: localhost\r\n", 421),
        ("GET /health HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n", 400),
        ("GET /health HTTP/1.1\r\n", 400),
        ("GET /health HTTP/1.1\r\nHost: LOCALHOST.:23301\r\n", 200),
        ("GET /health HTTP/1.1\r\nHost: 10.0.0.7\r\n", 200),
        ("GET /health HTTP/1.0\r\n", 200),
        ("POST /api/echo HTTP/1.1\r\nHost: 10.0.0.7\r\nContent-Length: 0\r\n", 421),
    ] {
        let mut stream = TcpStream::connect(address).await.expect("connects");
        stream.write_all(format!("{request}Connection: close\r\n\r\n").as_bytes()).await.expect("takes it");
        let answer = head(&mut stream).await;
        let told = answer.split(' ').nth(1).and_then(|status| status.parse::<u16>().ok());
        assert_eq!(told, Some(status), "{request}: {answer}");
        assert!(status != 421 || answer.contains("gateway.hosts"), "{answer}");
    }
}

#[tokio::test]
async fn connection_events_are_counted() {
    let metrics = gateway::install_metrics().expect("the first recorder");
    let server = Server::start(ConnectionSettings { max: 1, ..short_timeouts() }).await;
    let mut held = server.connect_and_send(&ask("/health")).await;
    assert!(head(&mut held).await.starts_with("HTTP/1.1 200"));
    assert!(
        read_to_end(&mut server.connect_and_send(&ask("/health")).await).await.starts_with("HTTP/1.1 503")
    );
    let line = "coderunner_connections_open{listener=\"api\"} 1";
    assert!(metrics.render().contains(line), "{}", metrics.render());
    read_to_end(&mut held).await;
    let began = Instant::now();
    while !metrics.render().contains("coderunner_connections_open{listener=\"api\"} 0") {
        assert!(began.elapsed() < LONG_TIMEOUT, "{}", metrics.render());
        sleep(SERVER_TIMEOUT / 10).await;
    }
    for line in [
        "coderunner_connections_refused_total{listener=\"api\",reason=\"total\"} 1",
        "coderunner_connections_refused_total{listener=\"api\",reason=\"client\"} 0",
        "coderunner_connections_timed_out_total{listener=\"api\",awaited=\"request\"} 1",
    ] {
        assert!(metrics.render().contains(line), "no {line}");
    }
}
