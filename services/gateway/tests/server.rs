//! The gateway on a real socket.

use std::{net::SocketAddr, time::Duration};

use axum::extract::ConnectInfo;
use gateway::{ConnectionSettings, GatewaySettings, Readiness, app, serve};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
    time::timeout,
};
use tokio_util::sync::CancellationToken;
use utoipa_axum::{router::OpenApiRouter, routes};

#[utoipa::path(get, path = "/api/peer", responses((status = 200)))]
async fn peer(ConnectInfo(peer): ConnectInfo<SocketAddr>) -> String {
    peer.ip().to_string()
}

#[utoipa::path(get, path = "/api/slow", responses((status = 200)))]
async fn slow_handler() -> &'static str {
    tokio::time::sleep(Duration::from_millis(300)).await;
    "done"
}

async fn start() -> (SocketAddr, CancellationToken, JoinHandle<std::io::Result<()>>) {
    let services = OpenApiRouter::default().routes(routes!(peer)).routes(routes!(slow_handler));
    let (_, readiness) = watch::channel(Readiness::Ready { notes: Vec::new() });
    let router = app(services, &GatewaySettings::default(), readiness);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let shutdown = CancellationToken::new();
    let serving = tokio::spawn(serve(listener, router, ConnectionSettings::default(), shutdown.clone()));
    (address, shutdown, serving)
}

/// Sends these bytes and returns the response.
async fn exchange(address: SocketAddr, head: &str, body: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.expect("connects");
    stream.write_all(head.as_bytes()).await.expect("takes the head");
    stream.write_all(body).await.expect("takes the body");
    let mut answer = Vec::new();
    timeout(Duration::from_secs(10), stream.read_to_end(&mut answer)).await.expect("ends").expect("reads");
    String::from_utf8_lossy(&answer).into_owned()
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
}

#[tokio::test]
async fn services_see_the_peer_address() {
    let (address, ..) = start().await;
    let answer = exchange(address, &get("/api/peer"), b"").await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("127.0.0.1"), "{answer}");
}

/// Such a client often sees only a broken connection, because it is still sending when the response comes.
#[tokio::test]
async fn a_client_that_sends_ten_megabytes_gets_an_error() {
    let (address, ..) = start().await;
    let body = vec![b'x'; 10 * 1024 * 1024];
    let head = format!(
        "POST /api/execution/submit HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let answer = exchange(address, &head, &body).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(answer.contains("at most 4 MiB"), "{answer}");
}

#[tokio::test]
async fn shutdown_completes_running_requests() {
    let (address, shutdown, serving) = start().await;
    let stop = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        shutdown.cancel();
    };
    let slow = get("/api/slow");
    let (answer, ()) = tokio::join!(exchange(address, &slow, b""), stop);
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("done"), "{answer}");
    timeout(Duration::from_secs(5), serving).await.expect("returns").expect("no panic").expect("no error");
    assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
}
