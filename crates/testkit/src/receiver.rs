//! Receiver: HTTP server of a test that records requests and sends scripted replies.

use std::{
    collections::{BTreeMap, VecDeque},
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::TcpListener,
    task::JoinHandle,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        self,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    },
};

use crate::eventually;

/// A received request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedRequest {
    /// Its first line without the version: `POST /hook`.
    pub line: String,
    /// Its headers, by their names in lower case.
    pub headers: BTreeMap<String, String>,
    /// Its body.
    pub body: Vec<u8>,
}

/// A scripted reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// This status.
    Status(u16),
    /// A redirect to this address.
    Redirect(String),
    /// No reply, for as long as the client waits.
    Silence,
    /// 200, and a body that never ends.
    Endless,
}

/// A server on a free port of the loopback interface. It ends when this is dropped.
#[derive(Debug)]
pub struct WebhookReceiver {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    serving: JoinHandle<()>,
    scheme: &'static str,
}

#[derive(Debug, Default)]
struct State {
    received: Vec<ReceivedRequest>,
    replies: VecDeque<Reply>,
    /// Number of accepted connections, with requests or without.
    connections: usize,
    /// Bytes sent of endless bodies.
    sent: usize,
}

impl WebhookReceiver {
    /// A receiver that sends these replies, one after the other, and 204 afterwards.
    pub async fn with_replies(replies: impl IntoIterator<Item = Reply>) -> Self {
        Self::start(replies, None).await
    }

    /// The same over TLS, with a certificate for 127.0.0.1, signed by [`ca_certificate`](Self::ca_certificate).
    pub async fn answering_over_tls(replies: impl IntoIterator<Item = Reply>) -> Self {
        Self::start(replies, Some(acceptor())).await
    }

    /// The certificate file of the authority that signs receivers' certificates; clients trust it only if
    /// configured.
    pub fn ca_certificate() -> PathBuf {
        certificates().join("authority.pem")
    }

    async fn start(replies: impl IntoIterator<Item = Reply>, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("it is bound");
        let state =
            Arc::new(Mutex::new(State { replies: replies.into_iter().collect(), ..State::default() }));
        let scheme = if tls.is_some() { "https" } else { "http" };
        let shared = state.clone();
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                lock(&shared).connections += 1;
                let (shared, tls) = (shared.clone(), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        None => serve(stream, shared).await,
                        // A client that rejects the certificate closes the connection.
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                serve(stream, shared).await;
                            }
                        }
                    }
                });
            }
        });
        Self { address, state, serving, scheme }
    }

    /// Its address.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address of a path of it.
    pub fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.address)
    }

    /// The requests so far.
    pub fn requests(&self) -> Vec<ReceivedRequest> {
        lock(&self.state).received.clone()
    }

    /// Number of connections made to it.
    pub fn connections(&self) -> usize {
        lock(&self.state).connections
    }

    /// Number of bytes sent of endless bodies.
    pub fn bytes_sent(&self) -> usize {
        lock(&self.state).sent
    }

    /// Waits for this number of requests, and returns them.
    pub async fn wait_for(&self, count: usize, timeout: Duration) -> Vec<ReceivedRequest> {
        let condition = format!("{count} requests come");
        eventually(&condition, timeout, async || Some(self.requests()).filter(|all| all.len() >= count)).await
    }
}

impl Drop for WebhookReceiver {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn certificates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("certificates")
}

fn acceptor() -> TlsAcceptor {
    let file = |name| certificates().join(name);
    let chain = CertificateDer::pem_file_iter(file("loopback.pem")).expect("opens");
    let chain = chain.collect::<Result<Vec<_>, _>>().expect("certificates");
    let key = PrivateKeyDer::from_pem_file(file("loopback.key")).expect("a key");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.expect("versions").with_no_client_auth().with_single_cert(chain, key);
    TlsAcceptor::from(Arc::new(config.expect("the key is that of the certificate")))
}

fn lock(state: &Mutex<State>) -> std::sync::MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One request of a connection, and its answer. A client that disconnects is no error.
async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin, state: Arc<Mutex<State>>) {
    let Some(request) = read(&mut stream).await else { return };
    let reply = {
        let mut state = lock(&state);
        state.received.push(request);
        state.replies.pop_front().unwrap_or(Reply::Status(204))
    };
    let head = match &reply {
        Reply::Status(status) => {
            format!("HTTP/1.1 {status} Said\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        }
        Reply::Redirect(to) => {
            format!(
                "HTTP/1.1 307 Elsewhere\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            )
        }
        Reply::Silence => return std::future::pending().await,
        Reply::Endless => "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n".to_owned(),
    };
    let _gone = stream.write_all(head.as_bytes()).await;
    while reply == Reply::Endless && stream.write_all(&[b'x'; 4096]).await.is_ok() {
        lock(&state).sent += 4096;
    }
}

/// Reads one request to its end.
async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Option<ReceivedRequest> {
    let mut bytes = Vec::new();
    let (head, length) = loop {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
        let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        bytes.drain(..end + 4);
        let length = headers(&head).get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        break (head, length);
    };
    while bytes.len() < length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    let line = head.lines().next()?.rsplit_once(' ')?.0.to_owned();
    Some(ReceivedRequest { line, headers: headers(&head), body: bytes })
}

fn headers(head: &str) -> BTreeMap<String, String> {
    let lines = head.lines().skip(1).filter_map(|line| line.split_once(':'));
    lines.map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned())).collect()
}
