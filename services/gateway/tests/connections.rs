//! Connections on real sockets: none stays open because its client does nothing, and none is one too many.

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
    Application, ConnectionSettings, GatewaySettings, Hosts, OpenApiRouter, Readiness, app, serve, starting,
};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpSocket, TcpStream},
    sync::{mpsc, watch},
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

/// How long the server waits in these tests.
const SHORT: Duration = Duration::from_millis(300);
/// Far longer, for machines that are busy.
const PATIENCE: Duration = Duration::from_secs(20);
const LARGE: usize = 64 * 1024 * 1024;

fn short() -> ConnectionSettings {
    ConnectionSettings {
        head: SHORT,
        body: SHORT,
        idle: SHORT,
        write: SHORT,
        ..ConnectionSettings::default()
    }
}

fn settings() -> GatewaySettings {
    let trusted_proxies = vec!["127.0.0.0/8".parse().expect("a network")];
    GatewaySettings { trusted_proxies, ..GatewaySettings::default() }
}

/// Routes that take their time, or much of the reader's.
fn routes(ended: mpsc::UnboundedSender<()>) -> OpenApiRouter {
    let flood = move |upgrade: WebSocketUpgrade| {
        let ended = ended.clone();
        std::future::ready(upgrade.on_upgrade(move |mut socket| async move {
            let piece = Bytes::from(vec![b'x'; 64 * 1024]);
            while socket.send(Message::Binary(piece.clone())).await.is_ok() {}
            let _nobody_asks = ended.send(());
        }))
    };
    let mirror = |upgrade: WebSocketUpgrade| {
        std::future::ready(upgrade.on_upgrade(|mut socket| async move {
            while let Some(Ok(message)) = socket.next().await {
                if socket.send(message).await.is_err() {
                    return;
                }
            }
        }))
    };
    let slow = || async {
        sleep(3 * SHORT).await;
        "done"
    };
    OpenApiRouter::new()
        .route("/api/slow", get(slow))
        .route("/api/large", get(|| async { large() }))
        .route("/api/echo", post(|body: String| async { body }))
        .route("/api/flood", any(flood))
        .route("/api/mirror", any(mirror))
}

fn large() -> Response {
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

    async fn say(&self, text: &str) -> TcpStream {
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

/// All that comes until the connection ends.
async fn until_end(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let read = timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("the connection ends");
    // Cut off is an end, too.
    drop(read);
    String::from_utf8_lossy(&answer).into_owned()
}

/// The first line of an answer, and what came with it.
async fn head(stream: &mut TcpStream) -> String {
    let mut bytes = vec![0; 16 * 1024];
    let read = timeout(PATIENCE, stream.read(&mut bytes)).await.expect("an answer").expect("reads");
    String::from_utf8_lossy(&bytes[..read]).into_owned()
}

/// Checks that the connection ends once the server has waited for as long as it does, and not before.
async fn check_given_up(stream: &mut TcpStream, since: Instant) -> String {
    let answer = until_end(stream).await;
    let took = since.elapsed();
    assert!(took >= SHORT * 9 / 10, "after {took:?}");
    answer
}

#[tokio::test]
async fn a_connection_that_says_nothing_is_given_up() {
    let server = Server::start(short()).await;
    let began = Instant::now();
    assert_eq!(check_given_up(&mut server.open().await, began).await, "");
}

#[tokio::test]
async fn half_a_head_is_given_up_however_much_it_drips() {
    let server = Server::start(short()).await;
    let began = Instant::now();
    let mut stream = server.say("GET /health HTTP/1.1\r\nHost: x\r\nX-A: ").await;
    let (mut reader, mut writer) = stream.split();
    let mut answer = Vec::new();
    let dripping = async {
        while writer.write_all(b"x").await.is_ok() {
            sleep(SHORT / 10).await;
        }
    };
    tokio::select! {
        () = dripping => {}
        _ = reader.read_to_end(&mut answer) => {}
        () = sleep(PATIENCE) => panic!("it is still open"),
    }
    assert!(answer.is_empty() && began.elapsed() >= SHORT * 9 / 10, "{answer:?}");
}

#[tokio::test]
async fn a_body_that_does_not_come_is_given_up_with_an_answer() {
    let server = Server::start(short()).await;
    let began = Instant::now();
    let mut stream = server.say("POST /api/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{").await;
    let answer = check_given_up(&mut stream, began).await;
    assert!(answer.starts_with("HTTP/1.1 4") && answer.contains("application/problem+json"), "{answer}");
}

#[tokio::test]
async fn a_connection_that_waits_for_its_next_request_is_given_up_later_than_one_that_begins() {
    let idle = 4 * SHORT;
    let server = Server::start(ConnectionSettings { idle, ..short() }).await;
    let mut stream = server.say(&ask("/health")).await;
    assert!(head(&mut stream).await.starts_with("HTTP/1.1 200"));
    sleep(2 * SHORT).await;
    stream.write_all(ask("/health").as_bytes()).await.expect("it is still open");
    assert!(head(&mut stream).await.starts_with("HTTP/1.1 200"));
    let answered = Instant::now();
    assert_eq!(until_end(&mut stream).await, "");
    assert!(
        answered.elapsed() >= idle * 9 / 10,
        "each request begins the wait anew: {:?}",
        answered.elapsed()
    );
    // The head of a later request has no more time than that of the first.
    let mut stream = server.say(&ask("/health")).await;
    head(&mut stream).await;
    stream.write_all(b"GET /hea").await.expect("it is still open");
    let began = Instant::now();
    assert_eq!(until_end(&mut stream).await, "");
    assert!(began.elapsed() < idle, "{:?}", began.elapsed());
}

#[tokio::test]
async fn an_answer_that_takes_long_is_waited_for() {
    let server = Server::start(short()).await;
    let answer = until_end(&mut server.say(&ask("/api/slow")).await).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("done"), "{answer}");
}

/// A connection of a client that has little room for what it does not read.
async fn small_reader(address: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(16 * 1024).expect("a size");
    socket.connect(address).await.expect("connects")
}

#[tokio::test]
async fn a_reader_that_takes_nothing_is_cut_off() {
    let server = Server::start(short()).await;
    let mut stream = small_reader(server.address).await;
    stream.write_all(ask("/api/large").as_bytes()).await.expect("takes it");
    sleep(4 * SHORT).await;
    let got = until_end(&mut stream).await.len();
    assert!(got < LARGE, "all {got} bytes came");
}

#[tokio::test]
async fn a_reader_that_is_slow_gets_it_all() {
    let server = Server::start(ConnectionSettings { write: 3 * SHORT, ..short() }).await;
    let mut stream = small_reader(server.address).await;
    stream.write_all(ask("/api/large").as_bytes()).await.expect("takes it");
    let (mut piece, mut got) = (vec![0; 1024 * 1024], 0);
    while got < LARGE {
        if got < 4 * 1024 * 1024 {
            sleep(SHORT / 10).await;
        }
        let read = timeout(PATIENCE, stream.read(&mut piece)).await.expect("goes on").expect("reads");
        assert!(read > 0, "it ended after {got} bytes");
        got += read;
    }
}

#[tokio::test]
async fn a_web_socket_whose_client_reads_nothing_is_cut_off() {
    let mut server = Server::start(short()).await;
    let address = format!("ws://{}/api/flood", server.address);
    let stream = small_reader(server.address).await;
    let (socket, _) = tokio_tungstenite::client_async(address, stream).await.expect("opens");
    timeout(PATIENCE, server.ended.recv()).await.expect("the handler is told").expect("it tells us");
    drop(socket);
}

#[tokio::test]
async fn a_web_socket_on_which_nothing_is_said_stays_open() {
    let server = Server::start(short()).await;
    let address = format!("ws://{}/api/mirror", server.address);
    let stream = server.open().await;
    let (mut socket, _) = tokio_tungstenite::client_async(address, stream).await.expect("opens");
    sleep(4 * SHORT).await;
    socket.send("still there".into()).await.expect("sends");
    let heard =
        timeout(PATIENCE, socket.next()).await.expect("an answer").expect("a message").expect("sound");
    assert_eq!(heard.into_text().expect("text").as_str(), "still there");
}

#[tokio::test]
async fn one_connection_too_many_is_told_so_and_the_next_is_taken() {
    for (connections, status, says) in [
        (
            ConnectionSettings { most: 2, ..ConnectionSettings::default() },
            "HTTP/1.1 503",
            "too-many-connections",
        ),
        (
            ConnectionSettings { most_per_client: Some(2), ..ConnectionSettings::default() },
            "HTTP/1.1 429",
            "may have 2 connections",
        ),
    ] {
        let server = Server::start(connections).await;
        let mut held = Vec::new();
        for _ in 0..2 {
            held.push(server.say(&ask("/health")).await);
            assert!(head(held.last_mut().expect("one")).await.starts_with("HTTP/1.1 200"));
        }
        let refused = until_end(&mut server.say(&ask("/health")).await).await;
        assert!(refused.starts_with(status) && refused.contains(says), "{refused}");
        assert!(refused.contains("retry-after: 5") && refused.contains("x-request-id: "), "{refused}");
        drop(held);
        let began = Instant::now();
        while !head(&mut server.say(&ask("/health")).await).await.starts_with("HTTP/1.1 200") {
            assert!(began.elapsed() < PATIENCE, "no place is free again");
            sleep(SHORT / 10).await;
        }
    }
}

#[tokio::test]
async fn exempt_networks_are_counted_in_total_only() {
    let exempt = Arc::from(["127.0.0.0/8".parse().expect("a network")]);
    let connections =
        ConnectionSettings { most_per_client: Some(1), exempt, ..ConnectionSettings::default() };
    let server = Server::start(connections).await;
    let mut held = Vec::new();
    for _ in 0..4 {
        held.push(server.say(&ask("/health")).await);
        assert!(head(held.last_mut().expect("one")).await.starts_with("HTTP/1.1 200"));
    }
}

#[tokio::test]
async fn behind_a_proxy_each_client_is_counted_and_the_proxy_is_not() {
    let trusted_proxies = Arc::from(["127.0.0.0/8".parse().expect("a network")]);
    let connections =
        ConnectionSettings { most_per_client: Some(2), trusted_proxies, ..ConnectionSettings::default() };
    let server = Server::start(connections).await;
    let client = "203.0.113.5";
    let held =
        [server.say(&ask_for("/api/slow", client)).await, server.say(&ask_for("/api/slow", client)).await];
    sleep(SHORT).await;
    let mut third = server.say(&ask_for("/health", client)).await;
    let refused = head(&mut third).await;
    assert!(refused.starts_with("HTTP/1.1 429") && refused.contains("x-request-id"), "{refused}");
    // The proxy's connection is good for others.
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
async fn a_session_through_a_proxy_is_its_clients_until_it_ends() {
    let trusted_proxies = Arc::from(["127.0.0.0/8".parse().expect("a network")]);
    let connections =
        ConnectionSettings { most_per_client: Some(1), trusted_proxies, ..ConnectionSettings::default() };
    let server = Server::start(connections).await;
    let key = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    let client = "203.0.113.5";
    let opening = ask_for("/api/mirror", client).replace("\r\n\r\n", &format!("\r\n{key}"));
    let mut session = server.say(&opening).await;
    assert!(head(&mut session).await.starts_with("HTTP/1.1 101"));
    assert!(head(&mut server.say(&ask_for("/health", client)).await).await.starts_with("HTTP/1.1 429"));
    drop(session);
    let began = Instant::now();
    while !head(&mut server.say(&ask_for("/health", client)).await).await.starts_with("HTTP/1.1 200") {
        assert!(began.elapsed() < PATIENCE, "its place is not free again");
        sleep(SHORT / 10).await;
    }
}

#[tokio::test]
async fn while_descriptors_are_short_nothing_spins_and_then_all_are_served() {
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
    sleep(2 * SHORT).await;
    let spent = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime) - cpu;
    setrlimit(Resource::Nofile, before).expect("as it was");
    assert!(spent.tv_sec == 0 && spent.tv_nsec < 100_000_000, "{spent:?} of CPU time");
    for mut stream in waiting {
        assert!(head(&mut stream).await.starts_with("HTTP/1.1 200"));
    }
}

#[tokio::test]
async fn what_listens_before_it_can_serve_says_so_and_serves_on_the_same_connection_later() {
    let reason = "The server is starting: problems are being loaded.".to_owned();
    let (readiness, told) = watch::channel(Readiness::NotReady { reason });
    let application = Application::starting(starting(&GatewaySettings::default(), told.clone()));
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
async fn a_page_whose_name_was_made_to_lead_here_gets_nothing() {
    let hosts = Hosts::of([127, 0, 0, 1].into(), &[]).expect("no names");
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
            "GET /api/mirror HTTP/1.1\r\nHost: evil.example\r\nOrigin: http://evil.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n",
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
async fn what_becomes_of_connections_is_counted() {
    let metrics = gateway::install_metrics().expect("the first recorder");
    let server = Server::start(ConnectionSettings { most: 1, ..short() }).await;
    let mut held = server.say(&ask("/health")).await;
    assert!(head(&mut held).await.starts_with("HTTP/1.1 200"));
    assert!(until_end(&mut server.say(&ask("/health")).await).await.starts_with("HTTP/1.1 503"));
    let line = "coderunner_connections_open{listener=\"api\"} 1";
    assert!(metrics.render().contains(line), "{}", metrics.render());
    until_end(&mut held).await;
    let began = Instant::now();
    while !metrics.render().contains("coderunner_connections_open{listener=\"api\"} 0") {
        assert!(began.elapsed() < PATIENCE, "{}", metrics.render());
        sleep(SHORT / 10).await;
    }
    for line in [
        "coderunner_connections_refused_total{listener=\"api\",reason=\"total\"} 1",
        "coderunner_connections_refused_total{listener=\"api\",reason=\"client\"} 0",
        "coderunner_connections_timed_out_total{listener=\"api\",awaited=\"request\"} 1",
    ] {
        assert!(metrics.render().contains(line), "no {line}");
    }
}
