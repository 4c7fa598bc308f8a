//! Rejection of connections above the limit, with a proper response.
//!
//! The response is sent after the client's first bytes, as clients expect, and the client has a second or two
//! to read it. Only a few rejections run at a time, so that rejected clients cannot exhaust descriptors either;
//! the others are closed at once.

use std::{sync::Arc, time::Duration};

use axum::http::StatusCode;
use model::JobId;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};
use wire::{PROBLEM_JSON, ProblemDetails, ProblemType};

use super::connection_limits::ConnectionLimitError;

/// Maximum number of concurrent rejections.
const MAX_CONCURRENT: usize = 64;
/// Timeout for the first bytes of a client, and for the response.
const TIMEOUT: Duration = Duration::from_secs(1);
/// Seconds before a retry.
const RETRY_AFTER: u64 = 5;

/// Sends rejections to clients.
#[derive(Debug, Clone)]
pub(crate) struct Rejecter(Arc<Semaphore>);

impl Rejecter {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Semaphore::new(MAX_CONCURRENT)))
    }

    /// Sends a rejection, unless too many are running.
    pub(crate) fn reject(&self, stream: TcpStream, error: ConnectionLimitError) {
        if let Ok(permit) = self.0.clone().try_acquire_owned() {
            tokio::spawn(send_rejection(stream, error, permit));
        }
    }
}

async fn send_rejection(mut stream: TcpStream, error: ConnectionLimitError, _permit: OwnedSemaphorePermit) {
    let mut buffer = [0; 4096];
    if !matches!(timeout(TIMEOUT, stream.read(&mut buffer)).await, Ok(Ok(1..))) {
        return;
    }
    // A client that has gone away needs no response.
    let _result = timeout(TIMEOUT, async {
        stream.write_all(&encode_response(limit_problem(error))).await?;
        stream.shutdown().await?;
        while stream.read(&mut buffer).await? > 0 {}
        std::io::Result::Ok(())
    })
    .await;
}

/// The error for a client.
pub(crate) fn limit_problem(error: ConnectionLimitError) -> ProblemDetails {
    let problem = match error {
        ConnectionLimitError::Total => ProblemDetails::new(
            ProblemType::TooManyConnections,
            "As many connections are open as this server takes. Close those that you do not need; try again in a moment.",
        ),
        ConnectionLimitError::Client(max) => ProblemDetails::new(
            ProblemType::LimitExceeded,
            format!(
                "Your address may have {max} connections open at once. Close some, or use them again for the next request."
            ),
        ),
    };
    problem.retry_after(RETRY_AFTER)
}

fn encode_response(problem: ProblemDetails) -> Vec<u8> {
    let id = JobId::generate().to_string();
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    let problem = ProblemDetails { request_id: Some(id.clone()), ..problem };
    let body = problem.to_json();
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: {PROBLEM_JSON}\r\ncontent-length: {}\r\nretry-after: {RETRY_AFTER}\r\nx-request-id: {id}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    [head.into_bytes(), body].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rejection_is_a_problem_with_a_request_id() {
        let text = String::from_utf8(encode_response(limit_problem(ConnectionLimitError::Client(100))))
            .expect("text");
        let (head, body) = text.split_once("\r\n\r\n").expect("a head and a body");
        assert!(head.starts_with("HTTP/1.1 429 Too Many Requests\r\n"), "{head}");
        assert!(head.contains(&format!("\r\ncontent-length: {}\r\n", body.len())), "{head}");
        let id = head.split_once("x-request-id: ").expect("an id").1.lines().next().expect("a line");
        assert!(body.contains(id) && body.contains("may have 100 connections"), "{body}");
        let text =
            String::from_utf8(encode_response(limit_problem(ConnectionLimitError::Total))).expect("text");
        assert!(text.starts_with("HTTP/1.1 503 ") && text.contains("retry-after: 5"), "{text}");
    }
}
