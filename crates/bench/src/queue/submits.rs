//! HTTP load: closed loop of requests on many persistent connections.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use futures_util::{StreamExt as _, stream::FuturesUnordered};

use super::count::Count;
use crate::client::{Connection, address, request};

/// The submitted program; it never runs.
const HELLO: &str = r#"{"language":"python","code":"name = input('Who are you? ')\nprint('Hello,', name)\n","stdin":"world\n"}"#;

/// Occupies a server's only slot longer than any bench.
const SLEEPER: &str = r#"{"language":"python","code":"import time\ntime.sleep(29)","priority":"normal"}"#;

/// Persistent connections to one server.
pub(super) struct Clients {
    connections: Vec<Connection>,
}

/// A request, and the status of a correct response.
pub(super) struct RequestSpec {
    request: Vec<u8>,
    status: u16,
}

impl RequestSpec {
    /// A submission, answered after its record is on disk.
    pub(super) fn submit() -> Self {
        Self { request: request("POST", "/api/execution/submit", HELLO), status: 202 }
    }

    /// An empty request: the cost of HTTP alone, middleware included.
    pub(super) fn empty_request() -> Self {
        Self { request: request("GET", "/health", ""), status: 200 }
    }

    /// A program that occupies the slot for half a minute.
    pub(super) fn sleeper() -> Self {
        Self { request: request("POST", "/api/execution/submit", SLEEPER), status: 202 }
    }

    /// Repeats the request until `end`. A connection that fails is dropped.
    async fn over_and_over(&self, connection: &mut Connection, end: Instant) -> Count {
        let mut count = Count::default();
        while Instant::now() < end && count.is_clean() {
            count.add(self.send_once(connection).await);
        }
        count
    }

    async fn send_once(&self, connection: &mut Connection) -> Result<(), String> {
        let answer = connection.ask(&self.request).await?;
        if answer.status == self.status {
            return Ok(());
        }
        Err(format!("status {}: {}", answer.status, String::from_utf8_lossy(answer.body)))
    }
}

impl Clients {
    pub(super) async fn connect(url: &str, connections: u32) -> anyhow::Result<Self> {
        let address: SocketAddr = address(url)?;
        let mut clients = Self { connections: Vec::new() };
        for _ in 0..connections {
            clients.connections.push(Connection::open(address).await?);
        }
        Ok(clients)
    }

    /// Repeats the request on all connections for `length`. One task for all is cheaper than one per
    /// connection.
    pub(super) async fn ask(&mut self, asked: &RequestSpec, length: Duration) -> Count {
        let start = Instant::now();
        let all: FuturesUnordered<_> =
            self.connections.iter_mut().map(|one| asked.over_and_over(one, start + length)).collect();
        let count = all.fold(Count::default(), |sum, one| async move { sum.with(one) }).await;
        count.with_elapsed(start.elapsed())
    }

    /// Sends the request once.
    pub(super) async fn ask_once(&mut self, asked: &RequestSpec) -> anyhow::Result<()> {
        let connection = self.connections.first_mut().expect("there is a connection");
        asked.send_once(connection).await.map_err(anyhow::Error::msg)
    }
}
