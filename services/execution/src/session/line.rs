//! The line to a session's client: frames in, frames out, and whether anybody is there.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use model::Bytes;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, timeout};
use wire::{ErrorFrame, ProblemDetails, ProblemType, ServerFrame};

use super::frame::{ClientFrame, bad_frame};
use crate::{Refusal, Settings};

/// Proxies give up on connections that stay silent for a minute or less.
const PING: Duration = Duration::from_secs(20);
/// A client that has not even answered a ping for so long is gone.
const SILENCE: Duration = Duration::from_mins(1);
/// And so is one that takes nothing of what it is sent.
const DEAFNESS: Duration = Duration::from_secs(30);
/// How long a client may take to say goodbye.
const GOODBYE: Duration = Duration::from_secs(2);

/// The client has hung up, or might as well have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gone;

/// What the client said: a frame, or why it is none.
pub(crate) type Heard = Result<ClientFrame, Refusal>;

/// Why the line is closed by us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closing {
    /// Everything has been said.
    Finished,
    /// The client did not keep to the rules, or was refused.
    Refused,
    /// There is no room now.
    TryAgain,
    /// The server stops.
    GoingAway,
    /// We failed.
    Failed,
}

/// An open `WebSocket`.
pub(crate) struct Line {
    socket: WebSocket,
    ping: Interval,
    heard_at: Instant,
    most: Bytes,
    most_typed: Bytes,
    /// For problems, so that they can be found in the log.
    request_id: Option<String>,
}

impl Line {
    pub(crate) fn new(socket: WebSocket, settings: &Settings, request_id: Option<String>) -> Self {
        let mut ping = interval_at(Instant::now() + PING, PING);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (most, most_typed) = (settings.submissions.max_body, settings.sessions.frame);
        Self { socket, ping, heard_at: Instant::now(), most, most_typed, request_id }
    }

    /// The next thing that the client says. Cancel-safe.
    pub(crate) async fn next(&mut self) -> Result<Heard, Gone> {
        loop {
            let message = tokio::select! {
                message = self.socket.recv() => message,
                _ = self.ping.tick() => {
                    if self.heard_at.elapsed() > SILENCE {
                        return Err(Gone);
                    }
                    self.put(Message::Ping(Vec::new().into())).await?;
                    continue;
                }
            };
            self.heard_at = Instant::now();
            match message {
                Some(Ok(Message::Text(text))) => {
                    return Ok(self.parse(&text));
                }
                Some(Ok(Message::Binary(_))) => {
                    let detail = "Frames must be text, not binary.".to_owned();
                    return Ok(Err(bad_frame(detail)));
                }
                // Answered by whoever reads the socket for us.
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(Gone),
            }
        }
    }

    fn parse(&self, text: &str) -> Heard {
        if text.len() as u64 > self.most.get() {
            let detail = format!("A frame may be at most {}. Send less code, input or files.", self.most);
            return Err(Refusal::new(ProblemType::BodyTooLarge, detail));
        }
        ClientFrame::parse(text, self.most_typed)
    }

    pub(crate) async fn send(&mut self, frame: &ServerFrame) -> Result<(), Gone> {
        // All of this is plain data with text keys, which always serializes.
        let text = serde_json::to_string(frame).map_err(|_| Gone)?;
        self.put(Message::Text(text.into())).await
    }

    /// Tells the client what is wrong.
    pub(crate) async fn complain(&mut self, Refusal(problem): Refusal) -> Result<(), Gone> {
        let problem = Box::new(ProblemDetails { request_id: self.request_id.clone(), ..*problem });
        self.send(&ServerFrame::Error(ErrorFrame { problem })).await
    }

    /// Tells the client what is wrong, and that this was all.
    pub(crate) async fn refuse(mut self, refusal: Refusal) {
        let why = match refusal.0.status {
            503 => Closing::TryAgain,
            500 => Closing::Failed,
            _ => Closing::Refused,
        };
        if self.complain(refusal).await.is_ok() {
            self.close(why).await;
        }
    }

    /// Says goodbye, and waits a moment for the client to do so too.
    pub(crate) async fn close(mut self, why: Closing) {
        let (code, reason) = match why {
            Closing::Finished => (close_code::NORMAL, "finished"),
            Closing::Refused => (close_code::POLICY, "refused"),
            Closing::TryAgain => (close_code::AGAIN, "try again later"),
            Closing::GoingAway => (close_code::AWAY, "the server stops"),
            Closing::Failed => (close_code::ERROR, "failed"),
        };
        let frame = CloseFrame { code, reason: reason.into() };
        if self.put(Message::Close(Some(frame))).await.is_ok() {
            let goodbye = async { while let Some(Ok(_)) = self.socket.recv().await {} };
            // Late or not, the connection ends here.
            let _ = timeout(GOODBYE, goodbye).await;
        }
    }

    async fn put(&mut self, message: Message) -> Result<(), Gone> {
        match timeout(DEAFNESS, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Gone),
        }
    }
}
