//! Live session: `WebSocket` client.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{self, Message, client::IntoClientRequest as _},
};
use wire::{ProblemDetails, ResultBody, ServerFrame};

use crate::Client;

/// Longer than any step of a session.
const PATIENCE: Duration = Duration::from_secs(40);

/// An open session. If dropped, the connection ends without a close frame.
#[derive(Debug)]
pub struct LiveSession {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    written: String,
}

/// End of the connection by the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CloseFrame {
    /// The code of its close frame; `None` if the connection ended without one.
    pub code: Option<u16>,
}

impl LiveSession {
    /// Connects without sending a frame.
    pub async fn connect(client: &Client) -> Self {
        Self::try_connect(client, None).await.unwrap_or_else(|error| panic!("no session: {error}"))
    }

    /// Connects as a page of this origin would; the error is the status that the server answered with.
    pub async fn try_connect(client: &Client, origin: Option<&str>) -> Result<Self, u16> {
        let address = format!("{}/api/execution/session", client.base().replacen("http", "ws", 1));
        let mut request = address.into_client_request().expect("an address");
        if let Some(origin) = origin {
            request.headers_mut().insert("origin", origin.parse().expect("an origin"));
        }
        match timeout(PATIENCE, connect_async(request)).await.expect("an answer") {
            Ok((socket, _)) => Ok(Self { socket, written: String::new() }),
            Err(tungstenite::Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("no connection: {error}"),
        }
    }

    /// Connects and starts a program.
    pub async fn start(client: &Client, language: &str, code: &str, pty: Value) -> Self {
        let mut session = Self::connect(client).await;
        session.send(json!({"type": "start", "language": language, "code": code, "pty": pty})).await;
        session
    }

    /// Sends a frame.
    pub async fn send(&mut self, frame: Value) {
        self.send_text(&frame.to_string()).await;
    }

    /// Sends any text, which may be no valid frame.
    pub async fn send_text(&mut self, text: &str) {
        self.socket.send(Message::text(text)).await.expect("the server listens");
    }

    /// Sends a binary message.
    pub async fn send_binary(&mut self, bytes: &[u8]) {
        self.socket.send(Message::binary(bytes.to_vec())).await.expect("the server listens");
    }

    /// Sends input to the program.
    pub async fn send_stdin(&mut self, text: &str) {
        self.send(json!({"type": "stdin", "text": text})).await;
    }

    /// The next frame, or the close frame of the server.
    pub async fn next(&mut self) -> Result<ServerFrame, CloseFrame> {
        loop {
            let message = timeout(PATIENCE, self.socket.next()).await.expect("the server goes on");
            match message {
                Some(Ok(Message::Text(text))) => {
                    let frame = serde_json::from_str(&text);
                    return Ok(frame.unwrap_or_else(|error| panic!("{error}: {text}")));
                }
                Some(Ok(Message::Close(frame))) => {
                    return Err(CloseFrame { code: frame.map(|frame| frame.code.into()) });
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(CloseFrame { code: None }),
            }
        }
    }

    /// Waits until the program has written this, after what was waited for before; output in between is skipped.
    pub async fn until_output(&mut self, text: &str) {
        loop {
            if let Some(found) = self.written.find(text) {
                self.written.drain(..found + text.len());
                return;
            }
            match self.next().await {
                Ok(ServerFrame::Output(output)) => self.written.push_str(&output.text),
                Ok(ServerFrame::Queued(_) | ServerFrame::Started(_) | ServerFrame::Draw(_)) => {}
                other => panic!("{other:?} instead of {text:?}, after {:?}", self.written),
            }
        }
    }

    /// Waits until the program starts, and returns its job's id.
    pub async fn until_started(&mut self) -> String {
        loop {
            match self.next().await {
                Ok(ServerFrame::Started(started)) => return started.job_id,
                Ok(ServerFrame::Queued(_)) => {}
                other => panic!("{other:?} instead of a start"),
            }
        }
    }

    /// The next problem; output before it is skipped.
    pub async fn problem(&mut self) -> ProblemDetails {
        loop {
            match self.next().await {
                Ok(ServerFrame::Error(error)) => return *error.problem,
                Ok(ServerFrame::Finished(_)) | Err(_) => panic!("no problem is told"),
                Ok(_) => {}
            }
        }
    }

    /// Waits for the result, and checks the close frame of the server.
    pub async fn wait_for_result(mut self) -> ResultBody {
        loop {
            match self.next().await {
                Ok(ServerFrame::Finished(finished)) => {
                    assert_eq!(self.next().await, Err(CloseFrame { code: Some(1000) }));
                    return *finished.result;
                }
                Ok(ServerFrame::Error(error)) => panic!("{:?}", error.problem),
                Err(goodbye) => panic!("{goodbye:?} without a result"),
                Ok(_) => {}
            }
        }
    }
}
