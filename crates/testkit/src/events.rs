//! Event stream: server-sent events of a job, with their time of arrival.

use std::time::{Duration, Instant};

use reqwest::{Response, header::HeaderValue};
use serde_json::Value;
use tokio::time::timeout;
use wire::ResultBody;

/// Longer than a server's keep-alive interval.
const PATIENCE: Duration = Duration::from_secs(40);

/// The events of one job, until the server ends them or this is dropped.
#[derive(Debug)]
pub struct EventStream {
    response: Response,
    buffer: Vec<u8>,
}

/// One event.
#[derive(Debug, Clone)]
pub struct SentEvent {
    /// Its id.
    pub id: u64,
    /// Its kind.
    pub name: String,
    /// Its data.
    pub data: Value,
    /// Time of arrival.
    pub at: Instant,
}

impl SentEvent {
    /// The text of an output event.
    #[track_caller]
    pub fn text(&self) -> &str {
        self.data["text"].as_str().unwrap_or_else(|| panic!("no text: {self:?}"))
    }

    /// The result in a finished event.
    #[track_caller]
    pub fn result(&self) -> ResultBody {
        assert_eq!(self.name, "finished", "{self:?}");
        serde_json::from_value(self.data.clone()).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// Concatenated output on this stream, from the output events among these.
pub fn output_of_stream(stream: &str, events: &[SentEvent]) -> String {
    let of_stream = |event: &&SentEvent| event.name == "output" && event.data["stream"] == stream;
    events.iter().filter(of_stream).map(SentEvent::text).collect()
}

impl EventStream {
    pub(crate) fn of(response: Response) -> Self {
        assert_eq!(response.status().as_u16(), 200, "{response:?}");
        let media_type = response.headers().get("content-type").map(HeaderValue::as_bytes);
        assert_eq!(media_type, Some(&b"text/event-stream"[..]), "{response:?}");
        Self { response, buffer: Vec::new() }
    }

    /// The next event; none after the last.
    pub async fn next(&mut self) -> Option<SentEvent> {
        loop {
            while let Some(end) = self.buffer.windows(2).position(|pair| pair == b"\n\n") {
                let block: Vec<u8> = self.buffer.drain(..end + 2).collect();
                if let Some(event) = event(&block) {
                    return Some(event);
                }
            }
            let chunk = timeout(PATIENCE, self.response.chunk()).await.expect("the stream goes on");
            let Some(bytes) = chunk.expect("the stream is whole") else {
                assert_eq!(self.buffer, b"", "the stream ends within an event");
                return None;
            };
            self.buffer.extend_from_slice(&bytes);
        }
    }

    /// The next event of this kind; those before it are skipped.
    pub async fn next_named(&mut self, name: &str) -> SentEvent {
        loop {
            let event = self.next().await.unwrap_or_else(|| panic!("the stream ends without {name}"));
            if event.name == name {
                return event;
            }
        }
    }

    /// The next output event that completes this text of the program, in any number of pieces.
    pub async fn until_output(&mut self, text: &str) -> SentEvent {
        let mut written = String::new();
        loop {
            let event = self.next_named("output").await;
            written.push_str(event.text());
            if written.contains(text) {
                return event;
            }
        }
    }

    /// All remaining events.
    pub async fn rest(mut self) -> Vec<SentEvent> {
        let mut events = Vec::new();
        while let Some(event) = self.next().await {
            events.push(event);
        }
        events
    }
}

/// The event in a block of lines; none if it is a comment.
fn event(block: &[u8]) -> Option<SentEvent> {
    let text = std::str::from_utf8(block).unwrap_or_else(|error| panic!("{error}: {block:?}"));
    if text.starts_with(':') {
        return None;
    }
    let field = |name: &str| {
        let lines: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix(name)).collect();
        lines.join("\n").trim_start().to_owned()
    };
    Some(SentEvent {
        id: field("id:").parse().unwrap_or_else(|_| panic!("no id: {text}")),
        name: field("event:"),
        data: serde_json::from_str(&field("data:")).unwrap_or_else(|error| panic!("{error}: {text}")),
        at: Instant::now(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_read_and_a_comment_is_not_one() {
        let read = event(b"id: 7\nevent: output\ndata: {\"stream\":\"stdout\",\"text\":\"hi\\n\"}\n\n")
            .expect("one");
        assert_eq!((read.id, read.name.as_str(), read.text()), (7, "output", "hi\n"));
        assert_eq!(output_of_stream("stdout", &[read.clone(), read.clone()]), "hi\nhi\n");
        assert_eq!(output_of_stream("stderr", &[read]), "");
        assert!(event(b":\n\n").is_none());
    }
}
