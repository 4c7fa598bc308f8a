//! Live session: options and signals of a run with interactive input.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The options of a live session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionOptions {
    /// The size of the program's terminal; without one it gets pipes.
    pub terminal: Option<TerminalSize>,
    /// The session ends after this time without input and output.
    #[serde(rename = "idle")]
    pub idle_timeout: Duration,
}

/// The size of a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TerminalSize {
    /// Characters in a line.
    pub cols: u16,
    /// Lines.
    pub rows: u16,
}

/// A signal that a client may send to the program of its session.
///
/// `STOP` is not allowed: a stopped program would occupy its sandbox without doing anything. A terminal sends `TSTP`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum SessionSignal {
    /// Terminal closed.
    Hup,
    /// Ctrl-C.
    Int,
    /// Ctrl-\.
    Quit,
    /// Unconditional end.
    Kill,
    /// Defined by the program.
    Usr1,
    /// Defined by the program.
    Usr2,
    /// Request to end.
    Term,
    /// Continuation of a stopped program.
    Cont,
    /// Ctrl-Z.
    Tstp,
}

impl SessionSignal {
    /// Its number, equal on all supported architectures: signal(7).
    pub const fn number(self) -> i32 {
        match self {
            Self::Hup => 1,
            Self::Int => 2,
            Self::Quit => 3,
            Self::Kill => 9,
            Self::Usr1 => 10,
            Self::Usr2 => 12,
            Self::Term => 15,
            Self::Cont => 18,
            Self::Tstp => 20,
        }
    }
}
