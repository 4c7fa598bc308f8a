//! Server-sent events: progress and output of a job.

use model::Stream;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{DrawData, ImageData, ResultBody, WaitReason};

/// An event of a stream: `event` is the name in its `event:` line, and `data` is the JSON in its `data:` line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "event", content = "data", rename_all = "camelCase")]
pub enum StreamEvent {
    /// The job waits in its queue.
    Queued(QueuedData),
    /// An attempt has begun.
    Started(StartedData),
    /// The program wrote output.
    Output(OutputData),
    /// The program drew.
    Draw(DrawData),
    /// The program shows an image.
    Artifact(ImageData),
    /// A test of a grading was run.
    Test(TestResultData),
    /// The job has ended with this result. Last event of the stream.
    Finished(Box<ResultBody>),
}

impl StreamEvent {
    /// The name of the event.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Queued(_) => "queued",
            Self::Started(_) => "started",
            Self::Output(_) => "output",
            Self::Draw(_) => "draw",
            Self::Artifact(_) => "artifact",
            Self::Test(_) => "test",
            Self::Finished(_) => "finished",
        }
    }

    /// Its data as JSON, in one line.
    pub fn data(&self) -> serde_json::Result<String> {
        match self {
            Self::Queued(data) => serde_json::to_string(data),
            Self::Started(data) => serde_json::to_string(data),
            Self::Output(data) => serde_json::to_string(data),
            Self::Draw(data) => serde_json::to_string(data),
            Self::Artifact(data) => serde_json::to_string(data),
            Self::Test(data) => serde_json::to_string(data),
            Self::Finished(data) => serde_json::to_string(data),
        }
    }
}

/// Data of `queued`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct QueuedData {
    /// Position in the queue; 1 is next.
    #[schema(example = 3)]
    pub position: u64,
    /// Additional reason for waiting; absent if there is none.
    #[serde(default, rename = "waitingFor", skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub waiting_for: Option<WaitReason>,
}

/// Data of `started`. Discard earlier output: it belongs to an attempt that was lost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StartedData {
    /// The number of the attempt; above 1 only if a worker died.
    #[schema(example = 1)]
    pub attempt: u32,
}

/// Data of `output`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OutputData {
    /// The output stream.
    pub stream: StreamName,
    /// The output as text; bytes that are not UTF-8 are replaced here and complete in the result.
    #[schema(example = "Hello\n")]
    pub text: String,
}

/// Data of `test`: a test of a grading was run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TestResultData {
    /// Its index in `testResults`, from 0.
    #[schema(example = 2)]
    pub index: u64,
    /// Whether it was passed.
    pub passed: bool,
    /// Whether it is hidden: the result then has no further details of it.
    pub hidden: bool,
}

/// An output stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum StreamName {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

impl From<Stream> for StreamName {
    fn from(stream: Stream) -> Self {
        match stream {
            Stream::Stdout => Self::Stdout,
            Stream::Stderr => Self::Stderr,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// Compares the event as sent with the serialized type, on which the OpenAPI description is based.
    fn check(event: &StreamEvent) {
        let data: Value = serde_json::from_str(&event.data().expect("serializes")).expect("JSON");
        assert_eq!(
            serde_json::to_value(event).expect("serializes"),
            json!({"event": event.name(), "data": data})
        );
    }

    #[test]
    fn an_event_is_sent_as_it_is_described() {
        check(&StreamEvent::Queued(QueuedData { position: 3, waiting_for: None }));
        check(&StreamEvent::Started(StartedData { attempt: 1 }));
        check(&StreamEvent::Output(OutputData { stream: StreamName::Stderr, text: "a\nb".into() }));
        let commands = vec![model::DrawCommand::limit(model::PictureLimit::DrawRate)];
        check(&StreamEvent::Draw(DrawData { commands }));
        let image = ImageData { name: "a".into(), content_type: "image/gif".into(), content: "R0lG".into() };
        check(&StreamEvent::Artifact(image));
        check(&StreamEvent::Test(TestResultData { index: 2, passed: true, hidden: false }));
    }
}
