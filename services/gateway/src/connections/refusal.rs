//! The answer to a connection for which there is no place.
//!
//! It is given once the client has said something, as clients expect, and is read to its end by a client that is still sending,
//! within a second or two. So few are told at once that those who are refused cannot exhaust descriptors either; the others find
//! their connection closed.

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

use super::Full;

/// How many are told at the same time.
const MOST_TOLD: usize = 64;
/// How long a client is waited for before and after.
const PATIENCE: Duration = Duration::from_secs(1);
/// After how many seconds trying again makes sense.
const RETRY_AFTER: u64 = 5;

/// Tells clients that there is no place for them.
#[derive(Debug, Clone)]
pub(crate) struct Refuser(Arc<Semaphore>);

impl Refuser {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Semaphore::new(MOST_TOLD)))
    }

    /// Tells this client, if not too many are being told.
    pub(crate) fn refuse(&self, stream: TcpStream, full: Full) {
        if let Ok(permit) = self.0.clone().try_acquire_owned() {
            tokio::spawn(tell(stream, full, permit));
        }
    }
}

async fn tell(mut stream: TcpStream, full: Full, _permit: OwnedSemaphorePermit) {
    let mut said = [0; 4096];
    if !matches!(timeout(PATIENCE, stream.read(&mut said)).await, Ok(Ok(1..))) {
        return;
    }
    // Whoever has gone need not be told.
    let _told = timeout(PATIENCE, async {
        stream.write_all(&answer(problem(full))).await?;
        stream.shutdown().await?;
        while stream.read(&mut said).await? > 0 {}
        std::io::Result::Ok(())
    })
    .await;
}

/// What a client is told.
pub(crate) fn problem(full: Full) -> ProblemDetails {
    let problem = match full {
        Full::Total => ProblemDetails::new(
            ProblemType::TooManyConnections,
            "As many connections are open as this server takes. Close those that you do not need; try again in a moment.",
        ),
        Full::Client(most) => ProblemDetails::new(
            ProblemType::LimitExceeded,
            format!(
                "Your address may have {most} connections open at once. Close some, or use them again for the next request."
            ),
        ),
    };
    problem.retry_after(RETRY_AFTER)
}

fn answer(problem: ProblemDetails) -> Vec<u8> {
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
    fn a_refusal_is_a_problem_with_an_id_like_any_other() {
        let text = String::from_utf8(answer(problem(Full::Client(100)))).expect("text");
        let (head, body) = text.split_once("\r\n\r\n").expect("a head and a body");
        assert!(head.starts_with("HTTP/1.1 429 Too Many Requests\r\n"), "{head}");
        assert!(head.contains(&format!("\r\ncontent-length: {}\r\n", body.len())), "{head}");
        let id = head.split_once("x-request-id: ").expect("an id").1.lines().next().expect("a line");
        assert!(body.contains(id) && body.contains("may have 100 connections"), "{body}");
        let text = String::from_utf8(answer(problem(Full::Total))).expect("text");
        assert!(text.starts_with("HTTP/1.1 503 ") && text.contains("retry-after: 5"), "{text}");
    }
}
