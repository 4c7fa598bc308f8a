//! Test kit: servers, clients and third-party daemons for tests of the whole system, on the real binary.
//!
//! [`Server`] is a `coderunner serve` of its own, with a data folder of its own, that can be killed and started again; [`Cluster`] is
//! several of them that share a Redis and a PostgreSQL; [`Client`] sends requests to it; [`Invocation`] runs any other command. [`host`]
//! lists what they leave on this machine. Every process ends when its value is dropped, in all outcomes of a test.
//!
//! Failures are panics whose message contains all details.

#![allow(clippy::missing_panics_doc, reason = "a panic is how a test fails")]

mod binary;
mod client;
mod cluster;
mod daemon;
mod described;
mod disk;
mod events;
pub mod host;
mod ids;
mod invocation;
mod job;
mod nginx;
mod postgres;
mod program;
mod proxy;
mod receiver;
mod redis;
mod response;
mod s3;
mod server;
mod session;
mod terminal;

use std::time::{Duration, Instant};

pub use binary::binary;
pub use client::Client;
pub use cluster::Cluster;
pub use disk::SmallDisk;
pub use events::{EventStream, SentEvent, output_of_stream};
pub use invocation::{CommandOutput, Invocation};
pub use job::job;
pub use nginx::Nginx;
pub use postgres::Postgres;
pub use program::{bash, grade_request, program, python, with_limits};
pub use proxy::{Direction, FaultProxy};
pub use receiver::{ReceivedRequest, Reply, WebhookReceiver};
pub use redis::Redis;
pub use response::ApiResponse;
pub use s3::S3;
pub use server::{Server, Setup};
pub use session::{CloseFrame, LiveSession};
pub use terminal::{TerminalCommand, TerminalOutput};

/// Polls until the probe returns a value, and fails with `condition` after the timeout.
pub async fn eventually<T>(
    condition: &str,
    timeout: Duration,
    mut probe: impl AsyncFnMut() -> Option<T>,
) -> T {
    let began = Instant::now();
    loop {
        if let Some(seen) = probe().await {
            return seen;
        }
        assert!(began.elapsed() < timeout, "{condition}: not within {timeout:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
