//! Session connection: a `WebSocket` with parsed frames, pings and timeouts.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use model::Bytes;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, timeout};
use wire::{ErrorFrame, ProblemDetails, ProblemType, ServerFrame};

use crate::{
    ApiError, Settings,
    live_sessions::frame::{ClientFrame, bad_frame},
};

/// Interval of pings: proxies close connections that are idle for a minute or less.
const PING_INTERVAL: Duration = Duration::from_secs(20);
/// A client that has sent nothing, not even a pong, for this long is disconnected.
const RECEIVE_TIMEOUT: Duration = Duration::from_mins(1);
/// Timeout of sending one frame.
const SEND_TIMEOUT: Duration = Duration::from_secs(30);
/// Timeout of the closing handshake.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// The client is disconnected, or has timed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ClientDisconnected;

/// A received frame, or the reason why it is invalid.
pub(crate) type ReceivedFrame = Result<ClientFrame, ApiError>;

/// Reason of closing the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CloseReason {
    /// The session has finished.
    Finished,
    /// The client violated the protocol, or the submission was rejected.
    Refused,
    /// Temporarily unavailable.
    TryAgain,
    /// The server shuts down.
    GoingAway,
    /// Internal error.
    Failed,
}

/// An open `WebSocket`.
pub(crate) struct SessionConnection {
    socket: WebSocket,
    ping: Interval,
    last_received: Instant,
    max_frame: Bytes,
    max_input: Bytes,
    /// Request id for errors, so that they can be found in the log.
    request_id: Option<String>,
}

impl SessionConnection {
    pub(crate) fn new(socket: WebSocket, settings: &Settings, request_id: Option<String>) -> Self {
        let mut ping = interval_at(Instant::now() + PING_INTERVAL, PING_INTERVAL);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (max_frame, max_input) = (settings.submissions.max_body, settings.sessions.max_input);
        Self { socket, ping, last_received: Instant::now(), max_frame, max_input, request_id }
    }

    /// Receives the next frame. Cancel-safe.
    pub(crate) async fn next(&mut self) -> Result<ReceivedFrame, ClientDisconnected> {
        loop {
            let message = tokio::select! {
                message = self.socket.recv() => message,
                _ = self.ping.tick() => {
                    if self.last_received.elapsed() > RECEIVE_TIMEOUT {
                        return Err(ClientDisconnected);
                    }
                    self.send_message(Message::Ping(Vec::new().into())).await?;
                    continue;
                }
            };
            self.last_received = Instant::now();
            match message {
                Some(Ok(Message::Text(text))) => {
                    return Ok(self.parse(&text));
                }
                Some(Ok(Message::Binary(_))) => {
                    let detail = "Frames must be text, not binary.".to_owned();
                    return Ok(Err(bad_frame(detail)));
                }
                // The WebSocket library answers pings.
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(ClientDisconnected),
            }
        }
    }

    fn parse(&self, text: &str) -> ReceivedFrame {
        if text.len() as u64 > self.max_frame.get() {
            let detail =
                format!("A frame may be at most {}. Send less code, input or files.", self.max_frame);
            return Err(ApiError::new(ProblemType::BodyTooLarge, detail));
        }
        ClientFrame::parse(text, self.max_input)
    }

    pub(crate) async fn send(&mut self, frame: &ServerFrame) -> Result<(), ClientDisconnected> {
        // All of this is plain data with text keys, which always serializes.
        let text = serde_json::to_string(frame).map_err(|_| ClientDisconnected)?;
        self.send_message(Message::Text(text.into())).await
    }

    /// Sends an error frame.
    pub(crate) async fn send_error(&mut self, ApiError(problem): ApiError) -> Result<(), ClientDisconnected> {
        let problem = Box::new(ProblemDetails { request_id: self.request_id.clone(), ..*problem });
        self.send(&ServerFrame::Error(ErrorFrame { problem })).await
    }

    /// Sends an error frame and closes the connection.
    pub(crate) async fn reject(mut self, error: ApiError) {
        let reason = match error.0.status {
            503 => CloseReason::TryAgain,
            500 => CloseReason::Failed,
            _ => CloseReason::Refused,
        };
        if self.send_error(error).await.is_ok() {
            self.close(reason).await;
        }
    }

    /// Closes the connection, and waits for the client's close frame until the timeout.
    pub(crate) async fn close(mut self, reason: CloseReason) {
        let (code, reason) = match reason {
            CloseReason::Finished => (close_code::NORMAL, "finished"),
            CloseReason::Refused => (close_code::POLICY, "refused"),
            CloseReason::TryAgain => (close_code::AGAIN, "try again later"),
            CloseReason::GoingAway => (close_code::AWAY, "the server stops"),
            CloseReason::Failed => (close_code::ERROR, "failed"),
        };
        let frame = CloseFrame { code, reason: reason.into() };
        if self.send_message(Message::Close(Some(frame))).await.is_ok() {
            let goodbye = async { while let Some(Ok(_)) = self.socket.recv().await {} };
            // The connection ends here in any case.
            let _ = timeout(CLOSE_TIMEOUT, goodbye).await;
        }
    }

    async fn send_message(&mut self, message: Message) -> Result<(), ClientDisconnected> {
        match timeout(SEND_TIMEOUT, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(ClientDisconnected),
        }
    }
}
