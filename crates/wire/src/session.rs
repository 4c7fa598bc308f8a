//! The frames of a live session: JSON objects over a `WebSocket`, each with a `type`.
//!
//! [`ClientFrame`] has those of the client and [`SessionFrame`] those of the server.

use model::{SessionSignal, TerminalSize};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Encoding, OutputData, Problem, ResultBody, SubmitBody, WaitingFor};

/// The size of a terminal: `pty` of a `start` frame, and what a `resize` frame says.
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

/// What a `stdin` frame says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StdinBody {
    /// What is typed, at most 65,536 bytes in a frame.
    #[schema(example = "Ada\n")]
    pub text: String,
    /// How `text` is written: `utf8` if left out, or `base64` for bytes that are no text.
    pub encoding: Option<Encoding>,
}

/// What a `signal` frame says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignalBody {
    /// Which signal.
    pub name: SignalName,
}

/// A signal that a client may send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum SignalName {
    /// What Ctrl-C sends.
    Int,
    /// Asks the program to end.
    Term,
    /// What Ctrl-\ sends.
    Quit,
    /// What a terminal sends when it goes away.
    Hup,
    /// Ends the program.
    Kill,
    /// For the program's own purposes.
    Usr1,
    /// Likewise.
    Usr2,
    /// Lets a stopped program go on.
    Cont,
    /// What Ctrl-Z sends.
    Tstp,
}

// Each variant holds a struct: what describes the API knows how structs name their fields, and not how variants would.

/// A frame of the server's in a session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum SessionFrame {
    /// The program waits for its turn.
    Queued(QueuedFrame),
    /// The program has its turn: it is compiled, if need be, and runs.
    Started(StartedFrame),
    /// The program wrote something. With a terminal all of it is `stdout`.
    Output(OutputData),
    /// The program ended; nothing comes after this.
    Finished(FinishedFrame),
    /// Something the client sent was not understood, or the session could not be held.
    Error(ErrorFrame),
}

/// A frame of the client's in a session. The first one is `start`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum ClientFrame {
    /// The program to run.
    Start(Box<StartBody>),
    /// Something is typed.
    Stdin(StdinBody),
    /// Nothing more is typed.
    Eof(NoFieldsBody),
    /// The client's terminal has another size now.
    Resize(TerminalBody),
    /// A signal to the program.
    Signal(SignalBody),
    /// The program is to be stopped.
    Stop(NoFieldsBody),
}

/// Fields of a `start` frame: those of a submission, and a terminal.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct StartBody {
    /// The submission.
    #[serde(flatten)]
    pub submission: SubmitBody,
    /// The terminal that the program is to have; none if left out.
    pub pty: Option<TerminalBody>,
}

/// The fields of a frame that has only its type.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoFieldsBody {}

/// Fields of a `queued` frame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueuedFrame {
    /// The job's id: its result can be read later, like any other's.
    #[schema(format = "uuid")]
    pub job_id: String,
    /// Place in the queue; 1 is next.
    #[schema(example = 3)]
    pub position: u64,
    /// What it waits for besides its turn; left out where there is nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub waiting_for: Option<WaitingFor>,
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
    pub problem: Box<Problem>,
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
    /// The most columns, and the most rows.
    pub const MOST: u64 = 1000;

    /// The size, or the name of the field that is out of range.
    pub fn size(self) -> Result<TerminalSize, &'static str> {
        let within = |value: u64, name| {
            let value =
                u16::try_from(value).ok().filter(|value| (1..=Self::MOST).contains(&u64::from(*value)));
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
        let check = |frame: SessionFrame, expected: serde_json::Value| {
            assert_eq!(serde_json::to_value(frame).expect("serializes"), expected);
        };
        check(
            SessionFrame::Queued(QueuedFrame { job_id: "0192".into(), position: 3, waiting_for: None }),
            json!({"type": "queued", "jobId": "0192", "position": 3}),
        );
        check(
            SessionFrame::Started(StartedFrame { job_id: "0192".into() }),
            json!({"type": "started", "jobId": "0192"}),
        );
        check(
            SessionFrame::Output(OutputData { stream: crate::StreamName::Stdout, text: "hi".into() }),
            json!({"type": "output", "stream": "stdout", "text": "hi"}),
        );
    }

    #[test]
    fn a_terminal_has_a_size_within_reason() {
        let size = |cols, rows| TerminalBody { cols, rows }.size();
        assert_eq!(size(80, 24), Ok(TerminalSize { cols: 80, rows: 24 }));
        assert_eq!(size(1000, 1), Ok(TerminalSize { cols: 1000, rows: 1 }));
        assert_eq!((size(0, 24), size(80, 0)), (Err("cols"), Err("rows")));
        assert_eq!((size(1001, 24), size(80, u64::MAX)), (Err("cols"), Err("rows")));
    }
}
