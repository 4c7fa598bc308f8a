//! Live session frames: JSON objects over a `WebSocket`, each with a `type`.
//!
//! Clients send a [`ClientFrame`], the server sends a [`ServerFrame`].

use model::{SessionSignal, TerminalSize};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{DrawData, Encoding, ImageData, OutputData, ProblemDetails, ResultBody, SubmitBody, WaitReason};

/// The size of a terminal: `pty` of a `start` frame, and the fields of a `resize` frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TerminalBody {
    /// Characters in a line, 1 to 1000.
    #[schema(example = 80, minimum = 1, maximum = 1000)]
    pub cols: u64,
    /// Lines, 1 to 1000.
    #[schema(example = 24, minimum = 1, maximum = 1000)]
    pub rows: u64,
}

/// Fields of a `stdin` frame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StdinBody {
    /// The input, at most 65,536 bytes in a frame.
    #[schema(example = "Ada\n")]
    pub text: String,
    /// Encoding of `text`: `utf8` (the default), or `base64` for bytes that are not text.
    pub encoding: Option<Encoding>,
}

/// Fields of a `signal` frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignalBody {
    /// The signal.
    pub name: SignalName,
}

/// A signal that a client may send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum SignalName {
    /// Ctrl-C.
    Int,
    /// Request to end.
    Term,
    /// Ctrl-\.
    Quit,
    /// Terminal closed.
    Hup,
    /// Unconditional end.
    Kill,
    /// Defined by the program.
    Usr1,
    /// Defined by the program.
    Usr2,
    /// Continuation of a stopped program.
    Cont,
    /// Ctrl-Z.
    Tstp,
}

// Each variant holds a struct: utoipa supports renamed fields of structs, but not of variants.

/// A frame from the server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum ServerFrame {
    /// The program waits in its queue.
    Queued(QueuedFrame),
    /// The program is compiled, if necessary, and runs.
    Started(StartedFrame),
    /// The program wrote output. With a terminal all output is `stdout`.
    Output(OutputData),
    /// The program drew.
    Draw(DrawData),
    /// The program shows an image.
    Artifact(ImageData),
    /// The program ended. Last frame of the session.
    Finished(FinishedFrame),
    /// A frame of the client was invalid, or the session failed.
    Error(ErrorFrame),
}

/// A frame from the client. The first one is `start`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum ClientFrame {
    /// The program to run.
    Start(Box<StartBody>),
    /// Input for the program.
    Stdin(StdinBody),
    /// End of input.
    Eof(EmptyBody),
    /// A new size of the client's terminal.
    Resize(TerminalBody),
    /// A signal for the program.
    Signal(SignalBody),
    /// Request to stop the program.
    Stop(EmptyBody),
}

/// Fields of a `start` frame: those of a submission, and a terminal.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct StartBody {
    /// The submission.
    #[serde(flatten)]
    pub submission: SubmitBody,
    /// The terminal of the program; without one it gets pipes.
    pub pty: Option<TerminalBody>,
}

/// The fields of a frame that has only a type.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EmptyBody {}

/// Fields of a `queued` frame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueuedFrame {
    /// The job's id: its result can be read later, as that of every job.
    #[schema(format = "uuid")]
    pub job_id: String,
    /// Position in the queue; 1 is next.
    #[schema(example = 3)]
    pub position: u64,
    /// Additional reason for waiting; absent if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub waiting_for: Option<WaitReason>,
}

/// Fields of a `started` frame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StartedFrame {
    /// The job's id.
    #[schema(format = "uuid")]
    pub job_id: String,
}

/// Fields of a `finished` frame.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FinishedFrame {
    /// The whole result.
    pub result: Box<ResultBody>,
}

/// Fields of an `error` frame.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ErrorFrame {
    /// The reason.
    pub problem: Box<ProblemDetails>,
}

impl From<SignalName> for SessionSignal {
    fn from(name: SignalName) -> Self {
        match name {
            SignalName::Int => Self::Int,
            SignalName::Term => Self::Term,
            SignalName::Quit => Self::Quit,
            SignalName::Hup => Self::Hup,
            SignalName::Kill => Self::Kill,
            SignalName::Usr1 => Self::Usr1,
            SignalName::Usr2 => Self::Usr2,
            SignalName::Cont => Self::Cont,
            SignalName::Tstp => Self::Tstp,
        }
    }
}

impl TerminalBody {
    /// Maximum of columns and of rows.
    pub const MAX: u64 = 1000;

    /// The size, or the name of the field that is out of range.
    pub fn size(self) -> Result<TerminalSize, &'static str> {
        let within = |value: u64, name| {
            let value =
                u16::try_from(value).ok().filter(|value| (1..=Self::MAX).contains(&u64::from(*value)));
            value.ok_or(name)
        };
        Ok(TerminalSize { cols: within(self.cols, "cols")?, rows: within(self.rows, "rows")? })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_servers_frames_have_their_promised_shapes() {
        let check = |frame: ServerFrame, expected: serde_json::Value| {
            assert_eq!(serde_json::to_value(frame).expect("serializes"), expected);
        };
        check(
            ServerFrame::Queued(QueuedFrame { job_id: "0192".into(), position: 3, waiting_for: None }),
            json!({"type": "queued", "jobId": "0192", "position": 3}),
        );
        check(
            ServerFrame::Started(StartedFrame { job_id: "0192".into() }),
            json!({"type": "started", "jobId": "0192"}),
        );
        check(
            ServerFrame::Output(OutputData { stream: crate::StreamName::Stdout, text: "hi".into() }),
            json!({"type": "output", "stream": "stdout", "text": "hi"}),
        );
    }

    #[test]
    fn the_size_of_a_terminal_is_limited() {
        let size = |cols, rows| TerminalBody { cols, rows }.size();
        assert_eq!(size(80, 24), Ok(TerminalSize { cols: 80, rows: 24 }));
        assert_eq!(size(1000, 1), Ok(TerminalSize { cols: 1000, rows: 1 }));
        assert_eq!((size(0, 24), size(80, 0)), (Err("cols"), Err("rows")));
        assert_eq!((size(1001, 24), size(80, u64::MAX)), (Err("cols"), Err("rows")));
    }
}
