//! The data of server-sent events; `finished` carries a [`crate::ResultBody`].

use model::Stream;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Data of `queued`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct QueuedData {
    /// Place in the queue; 1 is next.
    #[schema(example = 3)]
    pub position: u64,
}

/// Data of `started`. Output seen before it belongs to an attempt that was lost, and is void.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StartedData {
    /// Which attempt began; above 1 only if a worker died.
    #[schema(example = 1)]
    pub attempt: u32,
}

/// Data of `output`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OutputData {
    /// Where the program wrote it.
    pub stream: StreamName,
    /// What it wrote; bytes that are not UTF-8 are replaced here and whole in the result.
    #[schema(example = "Hello\n")]
    pub text: String,
}

/// Data of `test`: a test of a grading was run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TestData {
    /// Its place among `testResults`, from 0.
    #[schema(example = 2)]
    pub index: u64,
    /// Whether it was passed.
    pub passed: bool,
    /// Whether nothing else will be told of it.
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
